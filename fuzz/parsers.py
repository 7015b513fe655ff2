"""Coverage-guided fuzzing of every source, of finding out who speaks, and of authentication, with atheris.

    python fuzz/parsers.py FOLDER [libFuzzer options]

FOLDER is where inputs that reach new code are kept. An input is: a byte that chooses the source, one that chooses the
headers, then the body. What may come out is a signal that keeps its promises, or Malformed; all else is a crash.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["notifier"]):
    from notifier import auth, inbound
    from notifier.channel import Secret
    from notifier.inbound.recorded import recorded
    from notifier.proof import SCHEMES
    from notifier.source import Malformed, Options, Request
    from notifier.testing.sources import LONGEST_REASON, sound

    PARSERS = [(name, inbound.source(name)) for name in sorted(inbound.SOURCES)]

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="
KINDS = (
    "application/json", "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "application/cloudevents+json", "application/cloudevents-batch+json", "application/json; charset=utf-16",
)  # fmt: skip
HEADS = (
    {}, {"ce-id": "1", "ce-source": "/x", "ce-type": "a.b", "ce-specversion": "1.0"},
    {"x-amz-sns-message-type": "Notification"}, {"sentry-hook-resource": "event_alert"}, {"user-agent": "Pingdom.com"},
    {"user-agent": "Alertmanager/0.27"}, {"x-amz-sns-message-type": "SubscriptionConfirmation"}, {"ce-id": ""},
)  # fmt: skip
PATHS = ("", "/v2/enqueue", "/v2/alerts", "/v2/alerts/x/close", "/v2/alerts/%00/acknowledge", "/v1/x")
OPTIONS = (
    Options(zone="Europe/Berlin"),
    Options(labels=("service", "job"), mapping={"key": "$.a.b[0], id", "state": "state", "each": ""}),
    Options(zone="Nowhere/At", mapping={"each": "$.alerts", "key": "fingerprint", "problem": "firing,1"}),
)
GUARDS = [auth.Guard(scheme, (Secret(SECRET), Secret("user:password")), "x-own", "x-time") for scheme in SCHEMES]


def request(data: bytes) -> Request:
    """What an input stands for."""
    head, body = data[1] if len(data) > 1 else 0, data[2:]
    if head >= 224:  # a file: a whole HTTP request, or an environment
        return recorded(body, NOW)
    headers = {"content-type": KINDS[head % len(KINDS)], **HEADS[head // 8 % len(HEADS)]}
    return Request(NOW, path=PATHS[head % len(PATHS)], headers=headers, body=body)


def one(data: bytes) -> None:
    """One input. Raises what a fault is."""
    came = request(data)
    name, parse = PARSERS[data[0] % len(PARSERS)] if data else PARSERS[0]
    options = OPTIONS[len(data) % len(OPTIONS)]
    assert inbound.detect(came) in inbound.SOURCES
    try:
        for signal in parse(came, options):
            sound(signal, came, signal.source, name)
    except Malformed as error:
        if not 0 < len(str(error)) <= LONGEST_REASON:
            raise AssertionError(name) from error
    doors(came, data)


def doors(came: Request, data: bytes) -> None:
    """No guard raises, lets a stranger in, or keeps a secret."""
    proof = data[2:200].decode("latin-1")
    names = ("authorization", "x-own", "x-time", "x-hub-signature-256", "webhook-id", "webhook-timestamp")
    names += ("webhook-signature", "x-pagerduty-signature", "sentry-hook-signature")
    shown = Request(NOW, "POST", "/" + proof, {"token": proof, "x-own": proof}, dict.fromkeys(names, proof), came.body)
    for guard in GUARDS:
        verdict = auth.verify(shown, guard, NOW)
        if isinstance(verdict, auth.Accepted):
            assert "secret" in proof or "user" in proof or "dXNlcjpwYXNzd29yZA" in proof or b"user:pass" in data, guard
            auth.replayed_as(shown, verdict)
        kept = auth.without_secrets(shown, guard)
        assert SECRET not in str(dict(kept.headers)) or guard.scheme not in ("bearer", "basic")


def seeds(folder: Path) -> None:
    """What was recorded, as first inputs."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [name for name, _ in PARSERS]
    for file in (Path(__file__).parents[1] / "tests" / "inbound" / "samples").rglob("*"):
        if file.is_file() and file.parent.name in names:
            head = b"\xe0" if file.suffix in (".txt", ".http") else b"\x00"
            to = folder / f"seed-{file.parent.name}-{file.name}"
            to.write_bytes(bytes([names.index(file.parent.name)]) + head + file.read_bytes())


if __name__ == "__main__":
    kept = Path(sys.argv[1])
    seeds(kept)
    atheris.Setup([sys.argv[0], str(kept), "-max_len=20000", "-timeout=20", *sys.argv[2:]], one)
    atheris.Fuzz()

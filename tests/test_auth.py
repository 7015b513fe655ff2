"""Who may send to a hook."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.auth import SCHEMES, Accepted, Guard, Reason, Refused, complaint, replayed_as, verify, without_secrets
from notifier.channel import Secret
from notifier.inbound.aws_sns import amazon
from notifier.source import Request

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
OLD, NEW = "old-s3cret-0123456789", "new-s3cret-9876543210"
BODY = '{"test": "grün"}'.encode()
SECRETS = {
    "basic": ("monitor:" + OLD, "monitor:" + NEW),
    "standard": ("whsec_" + base64.b64encode(OLD.encode()).decode(), base64.b64encode(NEW.encode()).decode()),
}


def guard(scheme, *secrets, **over):
    return Guard(scheme, tuple(map(Secret, secrets or SECRETS.get(scheme, (OLD, NEW)))), **over)


def hexed(secret, text=BODY):
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def standard(secret, at=NOW, body=BODY, name="msg_1"):
    stamp = str(int(at.timestamp()))
    signed = f"{name}.{stamp}.".encode() + body
    sum = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": f"v1,{sum}"}


def stamped(secret, at=NOW):
    stamp = str(int(at.timestamp()))
    return {"x-signature": hexed(secret, f"{stamp}:".encode() + BODY), "x-time": stamp}


def basic(pair):
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


SNS = json.dumps({"SigningCertURL": "https://sns.eu-west-1.amazonaws.com/x.pem"}).encode()
# name: the guard, and how a sender that knows the secret makes its request
SENDERS = {
    "bearer": (guard("bearer"), lambda s: Request(NOW, headers={"authorization": f"Bearer {s}"}, body=BODY)),
    "opsgenie": (guard("bearer"), lambda s: Request(NOW, headers={"authorization": f"GenieKey {s}"}, body=BODY)),
    "token": (guard("bearer"), lambda s: Request(NOW, headers={"authorization": f"token token={s}"}, body=BODY)),
    "basic": (guard("basic"), lambda s: Request(NOW, headers=basic(f"monitor:{s}"), body=BODY)),
    "path": (guard("path"), lambda s: Request(NOW, path=f"/{s}/v2/enqueue", body=BODY)),
    "query": (guard("query"), lambda s: Request(NOW, query={"token": s}, body=BODY)),
    "query_named": (guard("query", name="k"), lambda s: Request(NOW, query={"k": s, "a": "b"}, body=BODY)),
    "header": (guard("header"), lambda s: Request(NOW, headers={"cf-webhook-auth": s}, body=BODY)),
    "header_named": (guard("header", name="X-Key"), lambda s: Request(NOW, headers={"x-key": s}, body=BODY)),
    "routing_key": (guard("body"), lambda s: Request(NOW, body=json.dumps({"routing_key": s}).encode())),
    "statuscake": (guard("body"), lambda s: Request(NOW, body=f"Token={s}&Status=Down".encode())),
    "sns": (guard("sns"), lambda s: Request(NOW, path=f"/{s}", body=SNS)),
    "standard": (guard("standard"), lambda s: Request(NOW, headers=standard(s), body=BODY)),
    "github": (
        guard("github"),
        lambda s: Request(NOW, headers={"x-hub-signature-256": "sha256=" + hexed(s)}, body=BODY),
    ),
    "pagerduty": (
        guard("pagerduty"),
        lambda s: Request(NOW, headers={"x-pagerduty-signature": f"v1={'0' * 64}, v1={hexed(s)}"}, body=BODY),
    ),
    "grafana": (
        guard("grafana"),
        lambda s: Request(NOW, headers={"x-grafana-alerting-signature": hexed(s).upper()}, body=BODY),
    ),
    "grafana_stamped": (
        guard("grafana", name="X-Signature", stamp="X-Time"),
        lambda s: Request(NOW, headers=stamped(s), body=BODY),
    ),
    "sentry": (guard("sentry"), lambda s: Request(NOW, headers={"sentry-hook-signature": hexed(s)}, body=BODY)),
    "instatus": (
        guard("instatus"),
        lambda s: Request(NOW, headers={"x-instatus-webhook-signature": hexed(s)}, body=BODY),
    ),
    "cachet": (guard("cachet"), lambda s: Request(NOW, headers={"signature": hexed(s)}, body=BODY)),
}
SIGNED = {"standard", "github", "pagerduty", "grafana", "grafana_stamped", "sentry", "instatus", "cachet"}


@pytest.mark.parametrize("name", SENDERS)
def test_who_knows_the_old_or_the_new_secret_may_send(name):
    """While a secret is being changed, both are accepted, so that no alert is lost."""
    guard, send = SENDERS[name]

    for secret in (OLD, NEW):
        verdict = verify(send(secret), guard, NOW)
        assert isinstance(verdict, Accepted), verdict
        assert verdict.signed == (name in SIGNED)


@pytest.mark.parametrize("name", SENDERS)
def test_who_does_not_know_the_secret_may_not(name):
    """Another secret, one that only begins alike, and none at all are refused, and the reason gives nothing away."""
    guard, send = SENDERS[name]

    for secret in ("guess-0123456789", NEW[:-1], NEW + "0"):
        verdict = verify(send(secret), guard, NOW)
        assert isinstance(verdict, Refused)
        assert verdict.reason is Reason.WRONG
        assert not any(shown in verdict.text for shown in (OLD, NEW, secret))
    nothing = verify(Request(NOW), guard, NOW)
    assert isinstance(nothing, Refused)
    assert nothing.reason is Reason.MISSING


@pytest.mark.parametrize("name", sorted(SIGNED))
def test_a_changed_body_breaks_the_signature(name):
    """Who overhears a signed request cannot make another one of it."""
    guard, send = SENDERS[name]
    sent = send(OLD)

    verdict = verify(Request(NOW, headers=sent.headers, body=sent.body + b" "), guard, NOW)

    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.WRONG


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_hook_whose_secret_is_empty_or_unset_is_closed(scheme):
    """An empty secret must not open the door: not to an empty one, and not to a signature made with it."""
    for secret in (Secret(""), Secret()):
        closed = Guard(scheme, (secret,))
        for _, send in SENDERS.values():
            verdict = verify(send(""), closed, NOW)
            assert isinstance(verdict, Refused)
            assert verdict.reason is Reason.UNSET
    assert isinstance(verify(Request(NOW), Guard(scheme), NOW), Refused)


def test_a_secret_that_cannot_be_read_does_not_shut_out_the_other():
    """One of two secrets is gone from the environment: senders with the other one still get through."""
    two = Guard("bearer", (Secret(), Secret(NEW)))

    assert verify(Request(NOW, headers={"authorization": f"Bearer {NEW}"}), two, NOW) == Accepted()


@pytest.mark.parametrize("name", ["standard", "grafana_stamped"])
@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signed_time_far_from_now_is_a_replay(name, minutes):
    """A request that was signed six minutes ago, or in six minutes, is refused as too old, not as wrong."""
    guard, send = SENDERS[name]

    verdict = verify(send(OLD), guard, NOW + timedelta(minutes=minutes))

    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.OLD
    assert isinstance(verify(send(OLD), guard, NOW + timedelta(minutes=minutes - minutes / 6)), Accepted)


@pytest.mark.parametrize("stamp", ["", "soon", "1e9", "-5", "١٢٣", "9" * 400, "1_0"])
def test_a_time_that_is_none_is_refused(stamp):
    """Whatever stands where the seconds should stand, it is refused and nothing breaks."""
    headers = {**standard(OLD), "webhook-timestamp": stamp}

    verdict = verify(Request(NOW, headers=headers, body=BODY), guard("standard"), NOW)

    assert isinstance(verdict, Refused)
    assert verdict.reason is (Reason.MALFORMED if stamp else Reason.MISSING)


def test_one_good_signature_among_others_is_enough():
    """Entries of unknown versions and broken ones are passed over (Standard Webhooks)."""
    headers = standard(NEW)
    right = headers["webhook-signature"]

    for around in (f"v1a,xyz {right}", f"v1 , , {right} v2,", f"{'v1,AAAA '}{right}", right.rstrip("=")):
        sent = Request(NOW, headers={**headers, "webhook-signature": around}, body=BODY)
        assert verify(sent, guard("standard"), NOW) == Accepted(id="msg_1", signed=True)


@pytest.mark.parametrize("signature", ["v1", "v1a,abc", ",", "nonsense", "v1,"])
def test_signatures_without_a_known_one_are_malformed(signature):
    """The admin learns that the sender signs in another way, not that the secret is wrong."""
    sent = Request(NOW, headers={**standard(OLD), "webhook-signature": signature}, body=BODY)

    verdict = verify(sent, guard("standard"), NOW)

    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.MALFORMED


def test_unpadded_keys_are_understood():
    """Some senders show their whsec_ key without the = at its end."""
    key = base64.b64encode(OLD.encode()).decode().rstrip("=")

    assert isinstance(verify(Request(NOW, headers=standard(OLD), body=BODY), guard("standard", key), NOW), Accepted)


def test_a_key_that_is_no_key_accepts_nothing():
    """A whsec_ key with a typing error is not an empty key."""
    broken = guard("standard", "whsec_!!!")

    assert isinstance(verify(Request(NOW, headers=standard(""), body=BODY), broken, NOW), Refused)


def test_github_needs_its_prefix():
    """A bare digest, or one of another algorithm, is malformed."""
    for found in (hexed(OLD), "sha1=" + hexed(OLD), "sha256=xyz"):
        verdict = verify(Request(NOW, headers={"x-hub-signature-256": found}, body=BODY), guard("github"), NOW)
        assert isinstance(verdict, Refused)
        assert verdict.reason is Reason.MALFORMED


def test_broken_base64_is_malformed():
    """Authorization: Basic with something that is not base64."""
    verdict = verify(Request(NOW, headers={"authorization": "Basic ümlaut"}), guard("basic"), NOW)

    assert isinstance(verdict, Refused)
    assert verdict.reason is Reason.MALFORMED


def test_an_unknown_scheme_is_closed():
    """A mistyped scheme lets nobody in and says which there are."""
    verdict = verify(SENDERS["bearer"][1](OLD), guard("baerer"), NOW)

    assert isinstance(verdict, Refused)
    assert "bearer" in verdict.text


@pytest.mark.parametrize(
    ("scheme", "secrets", "word"),
    [
        ("baerer", (OLD,), "bearer"),
        ("bearer", (), "nobody"),
        ("bearer", (OLD, ""), "empty"),
        ("basic", (OLD,), "user:password"),
        ("standard", ("whsec_!!!",), "base64"),
        ("bearer", (OLD, NEW), ""),
        ("basic", ("monitor:" + OLD,), ""),
        ("standard", SECRETS["standard"], ""),
    ],
)
def test_a_guard_that_could_never_accept_is_found_before(scheme, secrets, word):
    """The check of a configuration tells the admin what is wrong, without showing the secret."""
    said = complaint(Guard(scheme, tuple(map(Secret, secrets))))

    assert word in said
    assert bool(said) == bool(word)
    assert OLD not in said


def test_a_guard_whose_secret_cannot_be_read():
    """The place where the secret was looked for is named."""
    assert complaint(Guard("bearer", (Secret(OLD), Secret()))) == "the secret is not set"


def test_amazon_alone_may_be_asked():
    """Addresses that only look like Amazon's are not."""
    assert amazon("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=1")
    assert amazon("https://sns.cn-north-1.amazonaws.com.cn:443/x.pem")
    for url in (
        "http://sns.eu-west-1.amazonaws.com/",
        "https://sns.eu-west-1.amazonaws.com.evil.example/",
        "https://evil.example/sns.eu-west-1.amazonaws.com",
        "https://sns.eu-west-1.amazonaws.com@evil.example/",
        "https://evil.example\\@sns.eu-west-1.amazonaws.com/",
        "https://sns.a.b.amazonaws.com/",
        "https://s3.eu-west-1.amazonaws.com/",
        "https://sns.eu-west-1.amazonaws.com:8443/",
        "https://sns.eu-west-1.amazonaws.com:x/",
        "https://[sns/",
        "EXAMPLE",
    ):
        assert not amazon(url), url


def test_sns_from_elsewhere_is_refused():
    """Who knows the address still cannot have us fetch from a host that is not Amazon's."""
    for urls in ({"SigningCertURL": "https://evil.example/x.pem"}, {"SigningCertURL": 7}, {"SubscribeURL": "EXAMPLE"}):
        verdict = verify(Request(NOW, path=f"/{OLD}", body=json.dumps(urls).encode()), guard("sns"), NOW)
        assert isinstance(verdict, Refused)
        assert verdict.reason is Reason.WRONG


def test_a_replay_is_recognised():
    """By the sender's key, or by the body; a bare secret has no replays: equal bodies may be two outages."""
    for name, (guard, send) in SENDERS.items():
        sent = send(OLD)
        verdict = verify(sent, guard, NOW)
        assert isinstance(verdict, Accepted)
        found = replayed_as(sent, verdict)
        if name == "standard":
            assert found == "id:msg_1"
        elif name in SIGNED:
            assert found == "sha256:" + hashlib.sha256(BODY).hexdigest()
        else:
            assert found == ""


@pytest.mark.parametrize("name", SENDERS)
def test_what_is_stored_holds_no_secret(name):
    """The request as it is kept for bug reports shows neither the secret nor a way to it, and is otherwise the same."""
    guard, send = SENDERS[name]

    kept = without_secrets(send(OLD), guard)

    assert OLD not in repr(kept)
    assert base64.b64encode(f"monitor:{OLD}".encode()).decode() not in repr(kept)
    assert kept.body == send("***").body
    if name == "path":
        assert kept.path == "/v2/enqueue"


anything = st.text(st.characters(codec=None), max_size=80)
pieces = st.sampled_from(
    [
        "v1,",
        "v1=",
        "sha256=",
        "Basic ",
        "Bearer ",
        "whsec_",
        ",",
        " ",
        "=",
        "0" * 64,
        "1777636800",
        "{",
        "}",
        "é",
        "\udc80",
    ]
)
texts = st.one_of(anything, st.lists(st.one_of(pieces, anything), max_size=6).map("".join))
names = st.sampled_from([
    "authorization", "webhook-id", "webhook-timestamp", "webhook-signature", "x-hub-signature-256", "x-key", "x-time",
    "x-pagerduty-signature", "x-grafana-alerting-signature", "sentry-hook-signature", "cf-webhook-auth", "content-type",
])  # fmt: skip
bodies = st.one_of(
    st.binary(max_size=200),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | anything,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["routing_key", "Token", "SigningCertURL", "SubscribeURL", "x"]), inner, max_size=4
            )
        ),
    ).map(lambda found: json.dumps(found).encode()),
)


@given(
    scheme=st.sampled_from([*SCHEMES, "none"]),
    name=st.sampled_from(["", "X-Key", "x"]),
    stamp=st.sampled_from(["", "X-Time"]),
    secrets=st.lists(texts, max_size=3),
    path=texts,
    query=st.dictionaries(st.sampled_from(["token", "x"]), texts),
    headers=st.dictionaries(names, texts),
    body=bodies,
)
def test_nothing_that_is_sent_breaks_it(scheme, name, stamp, secrets, path, query, headers, body):
    """Whatever comes, there is a verdict; and who did not use the secret's text is not let in."""
    closed = Guard(scheme, tuple(map(Secret, secrets)), name=name, stamp=stamp)
    sent = Request(NOW, path=path, query=query, headers=headers, body=body)

    verdict = verify(sent, closed, NOW)

    assert isinstance(verdict, Accepted | Refused)
    without_secrets(sent, closed)
    stranger = verify(sent, guard(scheme, "q7_never_sent:by_anybody"), NOW)
    assert isinstance(stranger, Refused)


VECTORS = Path(__file__).resolve().parents[2] / "shared" / "reference" / "webhook-samples" / "signatures"
SCHEME_OF = {
    "standard-webhooks v1": "standard",
    "X-Hub-Signature-256": "github",
    "X-PagerDuty-Signature": "pagerduty",
    "grafana, no timestamp": "grafana",
    "grafana, with timestamp header": "grafana",
}


@pytest.mark.parametrize("file", ["github_hub_signature_256", "grafana_hmac", "pagerduty_v3", "standard_webhooks"])
def test_published_vectors(file):
    """Signatures that the senders themselves publish are right, and wrong for a body with one more letter."""
    found = sorted(VECTORS.glob(f"{file}_vector*.json")) if VECTORS.is_dir() else []
    if not found:
        pytest.skip("the collection of vectors is not here")
    read = json.loads(found[0].read_text("utf-8"))
    for vector in read if isinstance(read, list) else [read]:
        headers = {name.lower(): text for name, text in vector["headers"].items()}
        stamped = {"name": "X-Signature", "stamp": "X-Timestamp"} if "x-timestamp" in headers else {}
        at = datetime.fromtimestamp(int(headers.get("webhook-timestamp", headers.get("x-timestamp", "0"))), UTC)
        closed = guard(SCHEME_OF[vector["scheme"]], vector["secret"], **stamped)
        body = vector["body"].encode()

        assert isinstance(verify(Request(NOW, headers=headers, body=body), closed, at), Accepted), vector["scheme"]
        assert isinstance(verify(Request(NOW, headers=headers, body=body + b"!"), closed, at), Refused)

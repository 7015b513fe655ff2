"""The HTTP API: who may do what, what is refused and how, what is done once; and the command line that drives it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from notifier import tokens
from notifier.tokens import SCOPES
from notifier.web.api import openapi
from notifier.web.api.operations import BASE, OPERATIONS
from tests.cli.admin import Admin
from tests.web.running import Served, serving

TEXTS = {"de": "Weg.", "en": "Gone."}
OPENING = {"title": TEXTS, "text": TEXTS, "components": ["voice"]}
LONG_AGO = "2020-01-01T00:00:00Z"


class Client:
    """Somebody with a token."""

    def __init__(self, served: Served, *scopes: str) -> None:
        self.served = served
        with served.store() as store:
            self.token, self.text = tokens.create(store, "laptop", scopes or tuple(SCOPES))

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {"authorization": f"Bearer {self.text}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.served.post(BASE + path, body if body is not None else b"", method, headers=given)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def client(served: Served) -> Client:
    return Client(served)


def incidents(served: Served) -> list[str]:
    with served.store() as store:
        return store.newest_ids(50)


def test_an_evening_through_the_api(client: Client) -> None:
    """Open, update, correct, resolve, reopen, take back: each answer shows the incident and its deliveries."""
    opened = client("POST", "/incidents", OPENING)
    assert opened.status_code == 201
    id = opened.json()["incident"]["id"]
    assert [d["channel"] for d in opened.json()["deliveries"]] == ["news"]
    assert client("POST", f"/incidents/{id}/updates", {"text": TEXTS, "phase": "identified"}).status_code == 201
    assert client("PATCH", f"/incidents/{id}/updates/newest", {"text": {"en": "A line card."}}).status_code == 200
    assert client("POST", "/incidents/voice/updates", {"text": TEXTS, "phase": "resolved"}).status_code == 201
    assert client("POST", f"/incidents/{id}/reopen", {"text": {"en": "Again."}}).status_code == 201
    assert client("DELETE", f"/incidents/{id}/updates/5", {}).status_code == 200
    whole = client("GET", f"/incidents/{id}").json()
    assert [u["phase"] for u in whole["incident"]["updates"]] == ["investigating", "identified", "resolved"]
    assert {u["by"] for u in whole["incident"]["updates"]} == {"laptop"}
    assert client("DELETE", f"/incidents/{id}", {}).json()["incident"]["retracted"] is True


def test_planned_work(client: Client) -> None:
    """A maintenance is planned and moved."""
    window = {"start": "2026-12-24T01:00:00Z", "end": "2026-12-24T02:00:00Z"}
    plan = client("POST", "/maintenances", {"title": TEXTS, "text": TEXTS, "components": ["voice"], "window": window})
    if plan.status_code == 409:
        pytest.fail(plan.text)
    id = plan.json()["incident"]["id"]
    later = {**window, "end": "2026-12-24T03:00:00Z"}
    moved = client("POST", f"/incidents/{id}/reschedule", {"text": TEXTS, "window": later})

    assert moved.json()["incident"]["window"] == later


def test_from_signal_to_public_word(client: Client) -> None:
    """A signal becomes a draft; it is reworded, snoozed, published once; who comes second is told."""
    said = {"key": "k1", "state": "problem", "component": "voice", "severity": "critical", "title": "voice dead"}
    assert client("POST", "/signals", said).json() == {"verdicts": ["a new problem; a draft"]}
    (draft,) = client("GET", "/drafts").json()["items"]
    id = draft["id"]
    assert client("PATCH", f"/drafts/{id}", {"text": {"de": "Er steht."}}).json()["version"] == 2
    assert client("POST", f"/drafts/{id}/approve", {"version": 1}).status_code == 409
    assert client("POST", f"/drafts/{id}/snooze", {"minutes": 5}).status_code == 200
    done = client("POST", f"/drafts/{id}/approve", {"by": "anna"})
    assert done.json()["incident"]["updates"][0]["text"] == {"de": "Er steht."}
    late = client("POST", f"/drafts/{id}/discard", {"by": "bob"})
    assert (late.status_code, "anna" in late.json()["detail"]) == (409, True)
    assert client("GET", "/problems").json()["items"][0]["incident"] == done.json()["incident"]["id"]
    assert client("POST", "/problems/close", {"hook": "signal", "key": "k1"}).status_code == 200
    assert client("GET", "/drafts").json()["items"][0]["command"]["phase"] == "resolved"


def test_a_program_may_propose_what_an_admin_decides(client: Client, served: Served) -> None:
    """With the scope to propose nothing becomes public."""
    made = client("POST", "/drafts", {"command": {"do": "open", **OPENING}})

    assert made.status_code == 201
    assert incidents(served) == []
    assert client("POST", "/drafts", {"command": {"do": "open", "titel": {}}}).status_code == 400


@pytest.mark.parametrize("seconds", [1e12, 1e300])
def test_a_time_beyond_all_measure_is_refused(client: Client, seconds: float) -> None:
    """It is said what is wrong, and nothing is waited for that never comes."""
    made = client("POST", "/drafts", {"command": {"do": "open", **OPENING}, "publish_after": int(seconds)})

    assert made.status_code == 400
    assert made.json()["errors"][0]["pointer"] == "/publish_after"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_each_operation_asks_for_its_scope(served: Served, operation: Any) -> None:
    """Without a token, with a wrong one, with one that lacks the scope: nothing is done and nothing is told."""
    others = Client(served, *(s for s in SCOPES if s != operation.scope))
    path = operation.path.replace("{which}", "x").replace("{id}", "1").replace("{seq}", "1")
    body = operation.example or ({} if operation.takes else None)

    assert others(operation.method, path, body).status_code == 403
    nobody = served.post(BASE + path, body or b"", operation.method)
    stranger = served.post(BASE + path, body or b"", operation.method, headers={"authorization": "Bearer ont_x"})
    assert (nobody.status_code, stranger.status_code) == (401, 401)
    assert incidents(served) == []


def test_a_token_ends(served: Served, client: Client) -> None:
    """It is revoked, or its time is over; then it is like any other text."""
    with served.store() as store, store.transaction():
        store.intake.drop_token(client.token.id)
        _, old = tokens.create(store, "old", ["read"], datetime.fromisoformat(LONG_AGO))
    assert client("GET", "/incidents").status_code == 401
    client.text = old
    assert client("GET", "/incidents").status_code == 401


def test_tokens_are_not_kept_and_not_logged(served: Served, client: Client) -> None:
    """Neither the file nor the log holds what a token is."""
    client("GET", "/incidents")
    client("POST", "/incidents", {"text": "wrong"})
    files = b"".join(p.read_bytes() for p in served.folder.glob("n.db*"))

    assert client.text.encode() not in files
    assert client.text not in served.log.getvalue()
    assert "place=api" in served.log.getvalue()


def test_the_same_key_acts_once(served: Served, client: Client) -> None:
    """A client that got no answer repeats its request with its key: it gets the first answer."""
    first = client("POST", "/incidents", OPENING, idempotency_key="k-1")
    again = client("POST", "/incidents", OPENING, idempotency_key="k-1")
    other = client("POST", "/incidents", {**OPENING, "impact": "minor"}, idempotency_key="k-1")

    assert again.json() == first.json()
    assert (again.status_code, again.headers["idempotent-replayed"]) == (201, "true")
    assert other.status_code == 422
    assert len(incidents(served)) == 1


def test_the_same_key_at_the_same_moment_acts_once(served: Served, client: Client) -> None:
    """Ten at once: one incident, ten equal answers."""
    answers: list[Any] = []

    def ask() -> None:
        answers.append(client("POST", "/incidents", OPENING, idempotency_key="k-2"))

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({a.text for a in answers}) == 1
    assert len(incidents(served)) == 1


def test_a_refused_request_can_be_mended_under_its_key(client: Client) -> None:
    """Only what was done is remembered."""
    assert client("POST", "/incidents", {**OPENING, "components": ["nope"]}, idempotency_key="k-3").status_code == 409
    assert client("POST", "/incidents", OPENING, idempotency_key="k-3").status_code == 201


def test_a_dry_run_stores_nothing(served: Served, client: Client) -> None:
    """It shows what each channel would get."""
    shown = client("POST", "/incidents", {**OPENING, "dry_run": True})

    assert (shown.status_code, [p["channel"] for p in shown.json()["previews"]]) == (200, ["news"])
    assert incidents(served) == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({**OPENING, "title": {}}, "/title"),
        ({**OPENING, "impact": "terrible"}, "/impact"),
        ({**OPENING, "text": {"en": ""}}, "/text/en"),
        ({**OPENING, "extra": 1}, ""),
        ([], ""),
        ({**OPENING, "text": {"en": "\ud800"}}, ""),
    ],
)
def test_a_wrong_body_is_answered_with_its_place(served: Served, client: Client, body: Any, pointer: str) -> None:
    """Problem details with a JSON Pointer."""
    answer = client("POST", "/incidents", json.dumps(body).encode(), content_type="application/json")

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert pointer in [e["pointer"] for e in answer.json()["errors"]]
    assert incidents(served) == []


@pytest.mark.parametrize("raw", [b"{", b"\xff", b'{"text": NaN}', b"[" * 100_000, b"null", b'"x"'])
def test_garbage_is_a_mistake_of_the_sender(client: Client, raw: bytes) -> None:
    """Never a fault of ours."""
    assert client("POST", "/incidents", raw).status_code == 400


def test_a_time_without_zone_is_refused(client: Client) -> None:
    """Nobody knows what it means."""
    assert client("POST", "/incidents", {**OPENING, "began": "2026-01-01T10:00:00"}).status_code == 400


def test_what_is_not_there(client: Client) -> None:
    """404 for things, 405 for methods."""
    for path in ("/incidents/zzzz", "/drafts/99", "/deliveries/99", "/deliveries/x", "/nothing"):
        assert client("GET", path).status_code == 404
    assert client("PUT", "/incidents", {}).status_code == 405


def test_pages_follow_each_other(client: Client) -> None:
    """Each incident stands on one page, each signal too."""
    for number in range(5):
        client("POST", "/incidents", {"title": {"en": f"No {number}"}, "text": TEXTS, "again": True})
        client("POST", "/signals", {"key": f"k{number}", "state": "test"})
    seen: list[str] = []
    after = ""
    while True:
        page = client("GET", f"/incidents?limit=2&after={after}").json()
        seen += [i["title"]["en"] for i in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    first = client("GET", "/signals?limit=3").json()
    rest = client("GET", f"/signals?limit=3&before={first['next']}").json()

    assert sorted(seen) == [f"No {n}" for n in range(5)]
    assert [s["key"] for s in first["items"] + rest["items"]] == ["k4", "k3", "k2", "k1", "k0"]


def test_the_document_describes_what_there_is(served: Served) -> None:
    """Valid OpenAPI 3.1 in form: unique names, examples that fit their shapes, every parameter of a path."""
    document = served.get(f"{BASE}/openapi.json").json()
    names = [way["operationId"] for ways in document["paths"].values() for way in ways.values()]

    assert document["openapi"].startswith("3.1")
    assert len(names) == len(set(names)) == len(OPERATIONS)
    for path, ways in document["paths"].items():
        for way in ways.values():
            assert {p["name"] for p in way["parameters"] if p["in"] == "path"} == set(re.findall(r"{(\w+)}", path))
            content = way.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                Draft202012Validator.check_schema(content["schema"])
                if "example" in content:
                    Draft202012Validator(content["schema"]).validate(content["example"])
    assert openapi.document("https://x")["servers"] == [{"url": "https://x/api/v1"}]


# The command line on a laptop


@pytest.fixture
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, client: Client) -> Admin:
    """An admin elsewhere, without a configuration."""
    folder = tmp_path / "laptop"
    folder.mkdir()
    admin = Admin(folder, monkeypatch, lambda: tuple(capsys.readouterr()))
    monkeypatch.setenv("NOTIFIER_TOKEN", client.text)
    monkeypatch.setenv("NOTIFIER_REMOTE", client.served.url)
    return admin


def test_the_commands_drive_a_server(laptop: Admin, served: Served) -> None:
    """Open, look, update, resolve: as if one sat there; nothing is written here."""
    opened = laptop("open", "Voice is down", "-c", "voice", "-m", "We look.", "--json").json()
    assert [d["state"] for d in opened["deliveries"]] == ["sent"]
    id = opened["incident"]["id"]
    assert id in laptop("list").out
    assert laptop("update", id[:2], "Found it.", "-s", "identified").code == 0
    assert "Found it." in laptop("show").out
    assert laptop("resolve", "-m", "Works.", "--yes").code == 0
    assert laptop("list", "--json").json() == []
    assert laptop("reopen", id, "-m", "Again.").code == 0
    assert laptop("retract", "--all", "--yes").code == 0
    assert incidents(served) == [id]
    assert [p.name for p in laptop.folder.iterdir()] == []


def test_signals_and_drafts_from_a_laptop(laptop: Admin, served: Served) -> None:
    """A signal, its draft, the decision."""
    assert laptop("signal", "problem", "k1", "-c", "voice").out == "a new problem; a draft\n"
    assert "voice" in laptop("drafts").out
    assert "Our monitoring reports" in laptop("drafts", "1").out
    assert "k1" in laptop("signals").out
    assert laptop("approve", "1").code == 0
    assert "already published" in laptop("discard", "1").err
    assert laptop("watch", "job", "--", "false").code == 1
    assert "job: exit status 1" in laptop("signals").out
    assert laptop("signals", "close", "watch", "job").out.startswith("it is over")


def test_a_stopped_channel_from_a_laptop(laptop: Admin, served: Served) -> None:
    """It is said as on the server, and where it is to be mended."""
    laptop("open", "Voice is down", "-m", "x")
    with served.store() as store, store.transaction():
        store.stop("news", "no such chat.")
    updated, listed = laptop("update", "-m", "y"), laptop("list").out

    assert updated.code == 3
    assert updated.out.endswith("news is stopped: no such chat. Once mended, on the server: notifier test news\n")
    assert "! news is stopped, 1 waiting: no such chat. Once mended, on the server: notifier test news\n" in listed
    assert "goes on" not in updated.out + listed


def test_a_preview_from_a_laptop(laptop: Admin, served: Served) -> None:
    """What the server's channels would get; nothing is stored."""
    shown = laptop("open", "Voice is down", "-m", "x", "--dry-run", "--json").json()

    assert [p["channel"] for p in shown["previews"]] == ["news"]
    assert incidents(served) == []


def test_mistakes_from_a_laptop(laptop: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """No token, a wrong one, nobody there, a command that only works there: a clear word each, and never the token."""
    assert "works on the machine itself only" in laptop("tick").err
    assert "works on the machine itself only" in laptop("token", "list").err
    assert "no component" in laptop("open", "x", "-c", "nope", "-m", "y").err
    monkeypatch.setenv("NOTIFIER_TOKEN", "ont_wrong-token-1234")
    wrong = laptop("list")
    assert (wrong.code, "revoked" in wrong.err, "wrong-token" in wrong.err) == (2, True, False)
    monkeypatch.setenv("NOTIFIER_REMOTE", "http://127.0.0.1:9")
    away = laptop("list")
    assert (away.code, "cannot be reached" in away.err) == (2, True)
    monkeypatch.delenv("NOTIFIER_TOKEN")
    assert "notifier token create" in laptop("list").err

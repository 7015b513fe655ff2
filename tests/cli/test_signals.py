"""notifier signals parse: what a recorded request would mean."""

from __future__ import annotations

from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[1] / "inbound" / "samples"


def test_as_json(admin):
    """Another program reads what the request means; nothing is stored, and no configuration is needed."""
    done = admin("signals", "parse", "alertmanager", str(SAMPLES / "alertmanager" / "mixed.json"), "--json")

    assert done.code == 0
    assert [(s["key"], s["state"], s["ended_at"]) for s in done.json()] == [
        ("b06dada9e9311507", "recovery", "2026-11-22T11:46:42Z"),
        ("da3bfa350c1ff95e", "problem", None),
    ]
    assert set(done.json()[0]) == {
        "source", "key", "episode", "state", "component", "severity", "started_at", "ended_at", "title", "text",
        "links",
    }  # fmt: skip
    assert not (admin.folder / "notifier.db").exists()


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("uptime_kuma/down_form.http", "uptime_kuma"),
        ("healthchecks/down_get.http", "healthchecks"),
        ("nagios/service_problem.env.txt", "nagios"),
        ("monit/failed.env.txt", "monit"),
        ("prtg/down.form.txt", "prtg"),
    ],
)
def test_whole_requests_environments_and_bodies(admin, file, source):
    """A file may hold a whole request, an environment, or the body alone; auto finds out whose it is."""
    done = admin("signals", "parse", "auto", str(SAMPLES / file), "--json")

    assert [(s["source"], s["state"]) for s in done.json()] == [(source, "problem")]


def test_from_a_pipe_for_people(admin):
    """Without --json one reads it."""
    request = (SAMPLES / "uptime_kuma" / "up.json").read_text()
    done = admin.process("signals", "parse", "uptime_kuma", stdin=request)

    assert done.out.splitlines()[:3] == [
        "recovery  uptime_kuma, component Voice server",
        "   key   1",
        "   from  2026-11-22T12:02:13Z",
    ]
    assert admin.process("signals", "parse", "alertmanager", stdin='{"alerts": []}').out.startswith("The request says")


def test_settings_of_a_hook(admin):
    """What a hook would set can be tried: mapping, labels, zone, headers."""
    body = '{"c": {"id": 7}, "result": "kaputt", "host": "v1", "at": "2026-11-22 13:00:00"}'
    (admin.folder / "r.json").write_text(body)
    words = ["--map", "key=$.c.id", "--map", "state=result", "--map", "problem=kaputt", "--map", "started=at"]
    words += ["--label", "host", "--zone", "Europe/Berlin", "--json"]
    done = admin("signals", "parse", "generic", "r.json", *words)

    found = done.json()[0]
    assert (found["key"], found["component"], found["started_at"]) == ("7", "v1", "2026-11-22T12:00:00Z")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["zabix", "x.json"], 'Did you mean "zabbix"?'),
        (["zabbix", "x.json"], "x.json: No such file"),
        (["zabbix", "broken.json"], "It cannot be read as zabbix. The body is not valid JSON: line 1, column 2"),
        (["zabbix", "broken.json", "--zone", "Mars"], 'there is no time zone "Mars"'),
        (["zabbix", "broken.json", "--header", "X"], "--header X: NAME:VALUE is wanted."),
    ],
)
def test_mistakes(admin, words, reason):
    """One clear text, and exit code 2."""
    (admin.folder / "broken.json").write_text("{nonsense")
    done = admin("signals", "parse", *words)

    assert done.code == 2
    assert reason in done.err

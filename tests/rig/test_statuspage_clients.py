"""Programs that others wrote for Statuspage, unmodified, read the files of our status page over HTTP.

Opt-in: set STATUSPAGE_CLIENTS to a virtual environment with statuspage-prometheus-exporter and
django-health-check[atlassian,rss] in it, and with npm's statuspage.io in its folder node_modules. `.ci/run` makes one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifier.model import Phase
from notifier.render.site.atom import atom
from notifier.render.site.rss import rss
from notifier.render.site.statuspage import FILES
from notifier.testing import Answer, FakeRemote
from tests.render.states import EVIL, SITE, maintenance, moved, opened, resolved, story, tell

PLACE = Path(os.environ.get("STATUSPAGE_CLIENTS", "missing")).absolute()
PYTHON, NODE = PLACE / "bin" / "python", shutil.which("node")
MODULES = PLACE / "node_modules"
pytestmark = pytest.mark.rig

STATES = {
    "well": [],
    "open": [
        story("bcdf", opened(), tell("Kabel.", Phase.IDENTIFIED)),
        resolved(),
        maintenance("mnpq", Phase.IN_PROGRESS),
        maintenance("next", title="Später", start=datetime(2026, 1, 1, tzinfo=UTC)),
        maintenance("past", Phase.IN_PROGRESS, Phase.COMPLETED),
    ],
    "hostile": [story("bcdf", opened(title=EVIL[:200], text=EVIL, components=("voice", EVIL)))],
}

CHECK = """
import asyncio, dataclasses, datetime, json, sys
from django.conf import settings
settings.configure()
from health_check.contrib.atlassian import AtlassianStatusPage
from health_check.contrib.rss import Feed
from health_check.exceptions import StatusPageWarning

@dataclasses.dataclass
class Page(AtlassianStatusPage):
    timeout: datetime.timedelta = datetime.timedelta(seconds=30)
    base_url: str = sys.argv[1]
    component: str = sys.argv[2]

@dataclasses.dataclass
class News(Feed):
    timeout: datetime.timedelta = datetime.timedelta(seconds=30)
    max_age: datetime.timedelta = datetime.timedelta(days=36500)
    feed_url: str = sys.argv[2]

try:
    asyncio.run((News() if sys.argv[2].startswith("http") else Page()).run())
    print(json.dumps(None))
except StatusPageWarning as warning:
    print(json.dumps([str(warning), warning.timestamp.isoformat()]))
"""

ASK = """
const {Statuspage} = require("statuspage.io");
const client = new Statuspage("ours");
client.setApiUrl(process.argv[1]);
(async () => {
  const {api} = client;
  console.log(JSON.stringify({
    summary: await api.getSummary(), status: await api.getStatus(), components: await api.getComponents(),
    all: await api.incidents.getAll(), unresolved: await api.incidents.getUnresolved(),
    upcoming: await api.scheduledMaintenances.getUpcoming(),
  }));
})();
"""


@pytest.fixture(autouse=True)
def clients():
    """The programs; where everything must be installed (CI=true) it is a failure when they are not."""
    if PYTHON.exists() and (PLACE / "bin" / "statuspage-prometheus-exporter").exists():
        return
    if os.environ.get("CI") == "true":
        pytest.fail("STATUSPAGE_CLIENTS names no environment with the clients, and with CI=true nothing may be missing")
    pytest.skip("STATUSPAGE_CLIENTS is not set")


@pytest.fixture(params=list(STATES.values()), ids=list(STATES))
def incidents(request):
    """All well, a busy day, hostile words."""
    return request.param


@pytest.fixture
def serve():
    """Serves the files for a state: ``serve(incidents)`` gives the address."""
    running = []

    def start(incidents, lang="de"):
        files = {f"/api/v2/{path}": make(SITE, incidents, lang) for path, make in FILES.items()}
        files |= {"/feed.atom": atom(SITE, incidents, lang), "/feed.rss": rss(SITE, incidents, lang)}
        web = FakeRemote(lambda asked: Answer(body=files[asked.path]) if asked.path in files else Answer(404))
        running.append(web.__enter__())
        return web.url

    yield start
    for web in running:
        web.__exit__(None, None, None)


def run(*command, **more):
    """What a program prints."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def exported(serve, tmp_path):
    """What the exporter for Prometheus makes of a state: (metric, labels) -> value."""

    def ask(incidents):
        page = {"ours": {"url": serve(incidents) + "/api/v2/summary.json", "name": "Ours"}}
        (tmp_path / "services.json").write_text(json.dumps(page))
        environment = {
            **os.environ,
            "RUN_MODE": "once",
            "CLEAR_CACHE": "true",
            "SERVICES_JSON_PATH": str(tmp_path / "services.json"),
            "METRICS_TEXTFILE_PATH": str(tmp_path / "out.prom"),
        }
        run(PLACE / "bin" / "statuspage-prometheus-exporter", env=environment, cwd=tmp_path)
        metrics = {}
        for line in (tmp_path / "out.prom").read_text().splitlines():
            if found := re.fullmatch(r"(statuspage_\w+)\{(.*)\} (\S+)", line):
                labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[2]))
                metrics[found[1], tuple(sorted(labels.items()))] = float(found[3])
        return metrics

    return ask


def labels(metrics, name):
    """The labels of every series of that metric, with its value; without those that say that there is nothing."""
    found = [(dict(series), value) for (metric, series), value in metrics.items() if metric == name]
    return [(series, value) for series, value in found if "none" not in (series.get("incident_id"), series.get("id"))]


def test_the_exporter_for_prometheus(exported):
    """It sees all well, an outage with its component, and maintenances, as its users expect."""
    well, busy = exported(STATES["well"]), exported(STATES["open"])

    assert labels(well, "statuspage_service_status") == [({"service_name": "Ours"}, 1.0)]
    assert labels(well, "statuspage_incident_info") == []
    assert {value for _, value in labels(well, "statuspage_component_status")} == {1.0}
    assert labels(busy, "statuspage_service_status") == [({"service_name": "Ours"}, 0.0)]
    ((incident, active),) = labels(busy, "statuspage_incident_info")
    assert active == 1.0
    assert (incident["incident_name"], incident["impact"]) == ("Sprachserver weg", "critical")
    assert (incident["shortlink"], incident["affected_components"]) == (
        "https://status.example.org/de/incidents/bcdf.html",
        "Sprachserver",
    )
    assert sorted(m["maintenance_name"] for m, _ in labels(busy, "statuspage_maintenance_info")) == ["Später", "Umbau"]
    components = {c["component_name"]: value for c, value in labels(busy, "statuspage_component_status")}
    assert components == {"Forum": 1.0, "Spiele": 0.0, "Sprachserver": 0.0, "Spielserver": 1.0}


def test_the_exporter_takes_every_state(exported, incidents):
    """Its probe succeeds whatever was typed."""
    assert labels(exported(incidents), "statuspage_probe_check") == [({"service_name": "Ours"}, 1.0)]


def test_the_health_check_of_django(serve):
    """A check of the page fails while an incident is open, one of a component or its group only if that is affected."""
    well, busy = serve(STATES["well"]), serve(STATES["open"])

    def check(url, component=""):
        return json.loads(run(PYTHON, "-c", CHECK, url, component))

    assert check(well) is None
    found = check(busy)
    assert "Sprachserver weg: https://status.example.org/de/incidents/bcdf.html" in found[0]
    assert found[1] == "2025-11-22T18:15:00+00:00"
    assert check(busy, "Sprachserver") == check(busy) == check(busy, "Spiele")
    assert check(busy, "Forum") is None


def test_the_health_check_reads_the_feeds(serve):
    """The same program reads RSS and Atom: each update with its link, at the time when it was told."""
    busy = serve(STATES["open"])
    for path in ("feed.rss", "feed.atom"):
        warning, at = json.loads(run(PYTHON, "-c", CHECK, busy, f"{busy}/{path}"))
        assert "[Ursache gefunden] Sprachserver weg: https://status.example.org/de/incidents/bcdf.html" in warning
        assert "[Behoben] Alt done: https://status.example.org/de/incidents/done.html" in warning
        assert at.startswith("2025-11-22T")


@pytest.mark.skipif(not NODE, reason="node is not installed")
def test_the_client_of_npm(serve, incidents):
    """A library for Node reads every file it knows; what it hands on is what we wrote. (Whatever maintenances it is
    asked for, it fetches the upcoming ones.)"""
    if not (MODULES / "statuspage.io").exists():
        pytest.fail(f"npm's statuspage.io is not in {MODULES}")
    url = serve(incidents)
    read = json.loads(run(NODE, "-e", ASK, url, env={**os.environ, "NODE_PATH": str(MODULES)}))

    def ours(path):
        return json.loads(FILES[path](SITE, incidents, "de"))

    assert read == {
        "summary": ours("summary.json"),
        "status": ours("status.json"),
        "components": ours("components.json"),
        "all": ours("incidents.json"),
        "unresolved": ours("incidents/unresolved.json"),
        "upcoming": ours("scheduled-maintenances/upcoming.json"),
    }


def test_a_state_that_ends(exported):
    """An incident that is over and a maintenance that was moved leave nothing behind."""
    planned = maintenance("next", start=datetime(2026, 1, 1, tzinfo=UTC))
    later = moved(planned, datetime(2026, 2, 1, tzinfo=UTC))
    ((found, _),) = labels(exported([resolved(), later]), "statuspage_maintenance_info")

    assert found["scheduled_start"] == "2026-02-01T00:00:00Z"
    assert labels(exported([resolved()]), "statuspage_incident_info") == []

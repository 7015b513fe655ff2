"""api/v2/*.json: what programs for Statuspage read, to the letter: keys, their order, types, ids, times."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from itertools import chain

import pytest
from hypothesis import given, settings

from notifier.events import Correct, Reopen
from notifier.model import Component, Impact, Phase, Site
from notifier.render.site.statuspage import FILES, wanted
from notifier.values import replace
from tests.render.states import (
    ANY_SITE,
    ANY_STATE,
    NOW,
    NOWHERE,
    PLANNED,
    SITE,
    STATES,
    maintenance,
    opened,
    resolved,
    story,
    tell,
    texts,
)

LISTS = {
    "summary.json": ["page", "components", "incidents", "scheduled_maintenances", "status"],
    "status.json": ["page", "status"],
    "components.json": ["page", "components"],
    "incidents.json": ["page", "incidents"],
    "incidents/unresolved.json": ["page", "incidents"],
    "scheduled-maintenances.json": ["page", "scheduled_maintenances"],
    "scheduled-maintenances/upcoming.json": ["page", "scheduled_maintenances"],
    "scheduled-maintenances/active.json": ["page", "scheduled_maintenances"],
}
COMPONENT = (
    "id name status created_at updated_at position description showcase start_date group_id page_id group "
    "only_show_if_degraded"
).split()
INCIDENT = (
    "id name status created_at updated_at monitoring_at resolved_at impact shortlink started_at page_id "
    "incident_updates components reminder_intervals"
).split()
UPDATE = (
    "id status body incident_id created_at updated_at display_at affected_components deliver_notifications "
    "custom_tweet tweet_id"
).split()
STATUSES = {"operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"}
INDICATORS = {"none", "minor", "major", "critical", "maintenance"}
DESCRIPTIONS = {
    "All Systems Operational", "Partially Degraded Service", "Minor Service Outage", "Partial System Outage",
    "Major Service Outage", "Service Under Maintenance",
}  # fmt: skip
PHASES = {"investigating", "identified", "monitoring", "resolved"}
STAGES = {"scheduled", "in_progress", "verifying", "completed"}


@pytest.fixture(params=list(STATES.values()), ids=list(STATES))
def incidents(request):
    """Nothing, one, many, long ones, and hostile ones."""
    return request.param


def text(value):
    assert isinstance(value, str)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\ud800-\udfff\ufffe]", value)


def id_(value):
    assert re.fullmatch("[0-9a-z]{12}", value)


def time(value):
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value)
    datetime.fromisoformat(value.replace("Z", "+00:00"))


def page_rules(page):
    assert list(page) == ["id", "name", "url", "time_zone", "updated_at"]
    id_(page["id"])
    text(page["name"])
    assert not page["url"].endswith("/")
    assert page["time_zone"]
    time(page["updated_at"])


def component_rules(one, page):
    assert list(one) == COMPONENT + (["components"] if one["group"] else [])
    id_(one["id"])
    text(one["name"])
    assert one["status"] in STATUSES
    time(one["created_at"])
    time(one["updated_at"])
    assert isinstance(one["position"], int)
    assert (one["description"], one["start_date"]) == (None, None)
    assert one["page_id"] == page["id"]
    assert all(isinstance(one[name], bool) for name in ("showcase", "group", "only_show_if_degraded"))
    if one["group_id"] is not None:
        id_(one["group_id"])


def update_rules(update, incident):
    assert list(update) == UPDATE
    id_(update["id"])
    assert update["incident_id"] == incident["id"]
    assert update["status"] in PHASES | STAGES
    text(update["body"])
    assert "<" not in update["body"]
    for name in ("created_at", "updated_at", "display_at"):
        time(update[name])
    for touched in update["affected_components"]:
        assert list(touched) == ["code", "name", "old_status", "new_status"]
        id_(touched["code"])
        text(touched["name"])
        assert {touched["old_status"], touched["new_status"]} <= STATUSES
    assert update["deliver_notifications"] is True
    assert (update["custom_tweet"], update["tweet_id"]) == (None, None)


def incident_rules(incident, page, planned):
    assert list(incident) == INCIDENT + (["scheduled_for", "scheduled_until"] if planned else [])
    id_(incident["id"])
    text(incident["name"])
    assert incident["status"] in (STAGES if planned else PHASES)
    assert incident["impact"] in ({"maintenance"} if planned else INDICATORS - {"maintenance"})
    for name in ("created_at", "updated_at", "started_at", *(("scheduled_for", "scheduled_until") if planned else ())):
        time(incident[name])
    for name in ("monitoring_at", "resolved_at"):
        assert incident[name] is None or time(incident[name]) is None
    assert (incident["resolved_at"] is not None) == (incident["status"] in ("resolved", "completed"))
    assert incident["page_id"] == page["id"]
    assert incident["shortlink"].startswith(page["url"])
    assert bool(incident["shortlink"]) == bool(page["url"])
    assert incident["reminder_intervals"] is None
    assert incident["incident_updates"]
    for update in incident["incident_updates"]:
        update_rules(update, incident)
    for component in incident["components"]:
        component_rules(component, page)


def rules(made, path):
    """Hold one file against the form."""
    assert list(made) == LISTS[path]
    page_rules(made["page"])
    for component in made.get("components", []):
        component_rules(component, made["page"])
    for incident in made.get("incidents", []):
        incident_rules(incident, made["page"], False)
    for incident in made.get("scheduled_maintenances", []):
        incident_rules(incident, made["page"], True)
    if "status" in made:
        assert list(made["status"]) == ["indicator", "description"]
        assert made["status"]["indicator"] in INDICATORS
        assert made["status"]["description"] in DESCRIPTIONS
    everything = chain(made.get("incidents", []), made.get("scheduled_maintenances", []))
    ids = [x["id"] for i in everything for x in (i, *i["incident_updates"])]
    ids += [c["id"] for c in made.get("components", [])]
    assert len(ids) == len(set(ids)), "an id twice"
    groups = {c["id"]: c for c in made.get("components", []) if c["group"]}
    for id, group in groups.items():
        assert group["components"] == [c["id"] for c in made["components"] if c["group_id"] == id]


def read(path, incidents, site=SITE, lang="de"):
    """A file as programs read it, held against the form."""
    content = FILES[path](site, incidents, lang)
    assert content.isascii()
    made = json.loads(content)
    rules(made, path)
    return made


def test_there_is_every_file():
    """The eight files of Statuspage's public interface."""
    assert set(FILES) == set(LISTS)


@pytest.mark.parametrize("path", FILES)
def test_files_have_the_form(path, incidents):
    """In every state and language, also with nothing configured."""
    for lang in SITE.languages:
        read(path, incidents, lang=lang)
    read(path, incidents, NOWHERE, "en")


@settings(max_examples=100, deadline=None)
@given(incidents=ANY_STATE, site=ANY_SITE)
def test_files_have_the_form_whatever_was_typed(incidents, site):
    """Whatever stands in titles, texts and names: the same keys, types and characters."""
    for path in FILES:
        for lang in site.languages:
            read(path, incidents, site, lang)


@pytest.mark.parametrize("path", FILES)
def test_the_same_state_gives_the_same_bytes(path, incidents):
    """Neither order nor incidents that are not wanted change anything."""
    made = FILES[path](SITE, incidents, "de")

    assert FILES[path](SITE, incidents[::-1], "de") == made
    assert FILES[path](SITE, wanted(incidents), "de") == made


MINOR, MAJOR, CRITICAL = (story(i.value, opened(i)) for i in (Impact.MINOR, Impact.MAJOR, Impact.CRITICAL))
WORKING = maintenance("mnpq", Phase.IN_PROGRESS)


@pytest.mark.parametrize(
    ("incidents", "indicator", "description", "component"),
    [
        ([], "none", "All Systems Operational", "operational"),
        ([resolved()], "none", "All Systems Operational", "operational"),
        ([story("a", opened(Impact.NONE))], "none", "All Systems Operational", "operational"),
        ([maintenance("m")], "none", "All Systems Operational", "operational"),
        ([WORKING], "maintenance", "Service Under Maintenance", "under_maintenance"),
        ([maintenance("m", Phase.IN_PROGRESS, Phase.VERIFYING)], "maintenance", "Service Under Maintenance",
         "under_maintenance"),
        ([maintenance("m", Phase.COMPLETED)], "none", "All Systems Operational", "operational"),
        ([MINOR], "minor", "Partially Degraded Service", "degraded_performance"),
        ([story("a", opened(Impact.MINOR, components=()))], "minor", "Minor Service Outage", "operational"),
        ([MAJOR, MINOR], "major", "Partial System Outage", "partial_outage"),
        ([WORKING, MINOR, CRITICAL], "critical", "Major Service Outage", "major_outage"),
        ([WORKING, MINOR], "minor", "Partially Degraded Service", "degraded_performance"),
    ],
)  # fmt: skip
def test_the_whole_in_one_word(incidents, indicator, description, component):
    """The indicator follows the worst that is open; a maintenance counts when nothing is wrong beside it."""
    status = {"indicator": indicator, "description": description}
    made = read("summary.json", incidents)
    voice = next(c for c in made["components"] if c["name"] == "Sprachserver")

    assert made["status"] == read("status.json", incidents)["status"] == status
    assert voice["status"] == component
    assert next(c for c in made["components"] if c["name"] == "Forum")["status"] == "operational"
    assert next(c for c in made["components"] if c["group"])["status"] == component


def test_an_incident_in_full():
    """One story, field by field."""
    incident = story(
        "bcdf",
        opened(Impact.MAJOR, text="**Wir** suchen <b>."),
        tell("Kabel.", Phase.IDENTIFIED, Impact.CRITICAL, ("forum",)),
        tell("Geht.", Phase.MONITORING, Impact.MINOR),
        Correct(text=texts("Geht wieder.")),
        tell("Aus.", Phase.RESOLVED),
    )
    (made,) = read("incidents.json", [incident])["incidents"]
    updates = made.pop("incident_updates")
    (component,) = made.pop("components")

    assert made == {
        "id": made["id"],
        "name": "Sprachserver weg",
        "status": "resolved",
        "created_at": "2025-11-22T18:05:00.000Z",
        "updated_at": "2025-11-22T18:45:00.000Z",
        "monitoring_at": "2025-11-22T18:25:00.000Z",
        "resolved_at": "2025-11-22T18:45:00.000Z",
        "impact": "critical",
        "shortlink": "https://status.example.org/de/incidents/bcdf.html",
        "started_at": "2025-11-22T18:05:00.000Z",
        "page_id": made["page_id"],
        "reminder_intervals": None,
    }
    assert component["name"] == "Forum"
    assert [(u["status"], u["body"], u["created_at"][11:19], u["updated_at"][11:19]) for u in updates] == [
        ("resolved", "Aus.", "18:45:00", "18:45:00"),
        ("monitoring", "Geht wieder.", "18:25:00", "18:35:00"),
        ("identified", "Kabel.", "18:15:00", "18:15:00"),
        ("investigating", "Wir suchen &lt;b>.", "18:05:00", "18:05:00"),
    ]
    assert [[(c["name"], c["old_status"], c["new_status"]) for c in u["affected_components"]] for u in updates] == [
        [("Forum", "degraded_performance", "operational")],
        [("Forum", "major_outage", "degraded_performance")],
        [("Forum", "operational", "major_outage"), ("Spiele - Sprachserver", "partial_outage", "operational")],
        [("Spiele - Sprachserver", "operational", "partial_outage")],
    ]


def test_which_incidents_are_where():
    """All and open incidents, all, planned and present maintenances; each in its file, and only there."""
    incidents = [
        MAJOR,
        resolved(),
        story("back", opened(), tell("Gut.", Phase.RESOLVED), Reopen(texts("Nein."))),
        story("gone", opened(title="Fehlalarm")),
        maintenance("later", start=NOW + timedelta(days=2), title="Später"),
        maintenance("soon", start=NOW + timedelta(days=1), title="Bald"),
        WORKING,
        maintenance("check", Phase.IN_PROGRESS, Phase.VERIFYING, title="Prüfung", start=NOW - timedelta(hours=1)),
        maintenance("old", Phase.COMPLETED, title="Vorbei", start=NOW - timedelta(days=1)),
        maintenance("off", taken_back=True, title="Abgesagt"),
    ]
    incidents[3] = replace(incidents[3], retracted=True)

    def names(path, kind="incidents"):
        return [i["name"] for i in read(path, incidents)[kind]]

    planned = "scheduled_maintenances"
    assert sorted(names("incidents.json")) == ["Alt done", "Sprachserver weg", "Sprachserver weg"]
    assert names("incidents/unresolved.json") == ["Sprachserver weg", "Sprachserver weg"]
    assert names("summary.json") == names("incidents/unresolved.json")
    assert names("scheduled-maintenances.json", planned) == ["Später", "Bald", "Umbau", "Prüfung", "Vorbei"]
    assert names("scheduled-maintenances/upcoming.json", planned) == ["Bald", "Später"]
    assert names("scheduled-maintenances/active.json", planned) == ["Prüfung", "Umbau"]
    assert names("summary.json", planned) == ["Prüfung", "Umbau", "Bald", "Später"]


def test_a_maintenance_in_full():
    """Impact, window and steps of a maintenance; it has no time of monitoring."""
    incident = maintenance("mnpq", Phase.IN_PROGRESS, Phase.COMPLETED)
    (made,) = read("scheduled-maintenances.json", [incident])["scheduled_maintenances"]

    assert (made["impact"], made["status"]) == ("maintenance", "completed")
    assert (made["scheduled_for"], made["scheduled_until"]) == ("2025-11-22T21:05:00.000Z", "2025-11-22T22:05:00.000Z")
    assert (made["monitoring_at"], made["resolved_at"]) == (None, "2025-11-22T21:35:00.000Z")
    steps = [[(c["old_status"], c["new_status"]) for c in u["affected_components"]] for u in made["incident_updates"]]
    assert steps == [
        [("under_maintenance", "operational")],
        [("operational", "under_maintenance")],
        [("operational", "operational")],
    ]


def test_components_and_groups():
    """A group stands before its components, and counts places of its own; an unknown component is listed while open."""
    incidents = [story("bcdf", opened(components=("voice", "radio")))]
    made = read("components.json", incidents)["components"]

    assert [(c["name"], c["position"], c["group"], c["group_id"] is not None) for c in made] == [
        ("Forum", 1, False, False),
        ("Spiele", 2, True, False),
        ("Sprachserver", 1, False, True),
        ("Spielserver", 2, False, True),
        ("radio", 3, False, False),
    ]
    assert "radio" not in [c["name"] for c in read("components.json", [resolved()])["components"]]


def test_a_group_and_a_component_of_one_name():
    """They stay two things."""
    site = Site(components=(Component("a", {"en": "Web"}, {"en": "Web"}), Component("Web", {"en": "Web"})))

    assert [(c["name"], c["group"]) for c in read("components.json", [], site)["components"]] == [
        ("Web", True),
        ("Web", False),
        ("Web", False),
    ]


def test_ids_stay_for_ever():
    """Ids follow from ours alone: no update, title, language, host or other component changes them. Never change this
    test: programs have stored these ids."""
    first = read("summary.json", [MAJOR])
    moved = replace(SITE, name="Neu", status_url="https://new.example.org", components=SITE.components[::-1])
    later = read("summary.json", [MAJOR, resolved()], moved, "en")

    def ids(made):
        (incident,) = made["incidents"]
        return {c["id"] for c in made["components"]}, incident["id"], [u["id"] for u in incident["incident_updates"]]

    assert ids(first)[1:] == ids(later)[1:]
    assert ids(first)[0] - {c["id"] for c in first["components"] if c["group"]} <= ids(later)[0]
    assert first["incidents"][0]["id"] == "b6yqw17axynl"
    assert next(c["id"] for c in first["components"] if c["name"] == "Forum") == "3ks05dhzmlh8"


def test_there_are_never_too_many():
    """Fifty incidents and fifty maintenances in the lists, but whatever is open is never missing."""
    oldest = story("oldest", opened(title="Uralt"), ago=timedelta(days=400))
    incidents = [oldest, *STATES["many"]]

    assert len(read("incidents.json", incidents)["incidents"]) == 50
    assert len(read("scheduled-maintenances.json", incidents)["scheduled_maintenances"]) == 50
    assert read("incidents/unresolved.json", incidents)["incidents"][-1]["name"] == "Uralt"
    assert len(read("scheduled-maintenances/upcoming.json", incidents)["scheduled_maintenances"]) == len(PLANNED)


def test_what_came_back_is_not_mended():
    """After a reopening, the time of monitoring is that of the new attempt."""
    steps = [opened(), tell("Gut?", Phase.MONITORING), tell("Gut.", Phase.RESOLVED), Reopen(texts("Nein."))]
    again = [*steps, tell("Jetzt aber.", Phase.MONITORING)]

    for commands, at in ((steps, None), (again, "2025-11-22T18:45:00.000Z")):
        (made,) = read("incidents/unresolved.json", [story("bcdf", *commands)])["incidents"]
        assert (made["monitoring_at"], made["resolved_at"]) == (at, None)


def test_the_time_zone():
    """The site's own, by its name in the IANA database."""
    assert read("status.json", [])["page"]["time_zone"] == "Europe/Berlin"
    assert read("status.json", [], NOWHERE)["page"]["time_zone"] == "Etc/UTC"


def test_words_in_each_language():
    """Names and texts in the language asked for; the description is English, as programs expect."""
    made = read("summary.json", [MAJOR], lang="en")

    assert made["incidents"][0]["name"] == "Sprachserver weg (en)"
    assert made["status"]["description"] == "Partial System Outage"
    assert [c["name"] for c in made["components"]] == ["Forum", "Games", "Voice server", "Game server"]

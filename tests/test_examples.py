"""What is in examples/ works as it stands there, with made-up secrets and other folders."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier import config, registry
from notifier.channel import Secret
from notifier.cli import main
from notifier.hooks import Serve
from notifier.values import fields
from notifier.wiring import build

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PLUGIN = EXAMPLES / "plugin"
UNIT = EXAMPLES / "notifier.service"
CONFIGS = ("small.toml", "voice-forum.toml")
PLACES = ("/var/lib/notifier", "/srv/www", "/etc/notifier/secrets")
every_config = pytest.mark.parametrize("name", CONFIGS)


def secrets_in(name: str) -> set[str]:
    """The names of the files and variables that an example takes its secrets from."""
    text = (EXAMPLES / name).read_text("utf-8")
    return set(re.findall(r'(?:\$CREDENTIALS_DIRECTORY/|env = ")([\w-]+)"', text))


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine as examples/README.md sets it up: all examples, secrets, folders, the user's data elsewhere."""
    for place in PLACES:
        (tmp_path / place[1:]).mkdir(parents=True)
    for file in EXAMPLES.iterdir():
        if file.is_file():
            text = file.read_text("utf-8")
            for place in ("/etc/notifier", "/var/lib/notifier", "/srv/www", "/opt/notifier"):
                text = text.replace(place, f"{tmp_path}{place}")
            (tmp_path / file.name).write_text(text, "utf-8")
    for name in CONFIGS:
        for secret in secrets_in(name):
            file = tmp_path / PLACES[2][1:] / secret
            file.write_text(f"made-up-{secret}\n")
            file.chmod(0o600)
            if secret.isupper():
                monkeypatch.setenv(secret, f"made-up-{secret}")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / PLACES[2][1:]))
    return tmp_path


def notifier(*words: str) -> int:
    """The exit code of a command line."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    return int(str(ended.value.code))


@every_config
def test_a_configuration_passes_the_check(name: str, server: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`notifier check` finds nothing wrong, warns of nothing, and names every channel."""
    code = notifier("--config", str(server / name), "check")
    shown = capsys.readouterr()

    assert (code, shown.err) == (0, "")
    assert len(re.findall("^ok ", shown.out, re.MULTILINE)) == (EXAMPLES / name).read_text("utf-8").count("\nkind = ")


@every_config
def test_every_secret_is_read_from_its_place(name: str, server: Path) -> None:
    """No example holds a secret itself, and each names a place of its own kind for it."""
    settings = config.load(server / name, registry.kind)
    found = {
        value.reveal()
        for channel in settings.channels
        for field in fields(type(channel.config))
        if isinstance(value := getattr(channel.config, field), Secret) and value
    }

    assert found == {f"made-up-{s}" for s in secrets_in(name)}


def test_the_large_example_tells_everybody_but_the_admins(server: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An outage of the voice server goes to every public channel, each in its language."""
    words = ["-t", "de=Aus", "-t", "en=Down", "-m", "de=Alles steht.", "-m", "en=Nothing works.", "-c", "voice"]
    code = notifier("--config", str(server / "voice-forum.toml"), "preview", "--json", *words)
    told = {row["channel"]: row["lang"] for row in json.loads(capsys.readouterr().out)["previews"] if row["text"]}
    german = dict.fromkeys(("telegram", "mastodon", "mail-de", "voice-bot"), "de")

    assert code == 0
    assert told == german | {"x": "en", "mail-en": "en"}


def cron_lines() -> list[str]:
    """The lines of the crontab that are neither comment nor variable."""
    return [line for line in (EXAMPLES / "cron").read_text("utf-8").splitlines() if re.match(r"[*\d@]", line)]


def test_the_crontab_has_a_user_and_a_command_that_runs(server: Path) -> None:
    """Every minute, as the user of the record, `notifier tick` ends with 0 when nothing is to be done."""
    (line,) = cron_lines()
    *times, user, command = line.split(None, 6)
    program, *words = shlex.split(command)
    shutil.copy(server / "voice-forum.toml", server / "etc/notifier/notifier.toml")

    assert (times, user) == (["*"] * 5, "notifier")
    assert program == shlex.split(service()["ExecStart"])[0]
    assert notifier(*(word.replace("/etc", f"{server}/etc") for word in words)) == 0


def test_cron_and_systemd_find_the_same_secrets() -> None:
    """What the unit hands over is what the configuration names, from the folder that cron and the alias name."""
    text = UNIT.read_text("utf-8")
    handed = dict(re.findall(r"^LoadCredential=([\w-]+):(\S+)$", text, re.MULTILINE))

    assert set(handed) == secrets_in("voice-forum.toml")
    assert {name: f"/etc/notifier/secrets/{name}" for name in handed} == handed
    for file in ("cron", "README.md"):
        assert "CREDENTIALS_DIRECTORY=/etc/notifier/secrets" in (EXAMPLES / file).read_text("utf-8")


def service() -> dict[str, str]:
    """The [Service] section of the unit; of a repeated key the last."""
    reader = configparser.ConfigParser(strict=False, interpolation=None)
    reader.optionxform = str  # type: ignore[assignment, method-assign]
    reader.read(UNIT, "utf-8")
    return dict(reader["Service"])


def test_the_unit_keeps_it_running_and_lets_it_write() -> None:
    """It comes back whatever happens, may write what the configuration names, and nothing else."""
    unit, settings = service(), config.load(EXAMPLES / "voice-forum.toml", registry.kind)
    (page,) = (c.config.path for c in settings.channels if c.kind.name == "folder")

    assert (unit["Restart"], unit["User"], unit["NoNewPrivileges"]) == ("always", "notifier", "yes")
    assert (unit["ProtectSystem"], unit["ReadWritePaths"]) == ("strict", page)
    assert settings.store.startswith(f"/var/lib/{unit['StateDirectory']}/")
    assert shlex.split(unit["ExecStart"])[1:] == ["--config", "/etc/notifier/notifier.toml", "run"]


def test_the_unit_of_serve_differs_where_it_must() -> None:
    """The same secrets and limits; systemd waits until it is ready and hears from it, and may listen for it."""
    other = UNIT.with_name("notifier-serve.service").read_text("utf-8")
    was, now = set(UNIT.read_text("utf-8").splitlines()), set(other.splitlines())
    reader = configparser.ConfigParser()
    reader.read(UNIT.with_name("notifier-serve.socket"), "utf-8")

    assert {line.partition("=")[0] for line in was ^ now if "=" in line} == {
        "Description", "Type", "NotifyAccess", "WatchdogSec", "ExecStart",
    }  # fmt: skip
    assert "notifier.toml serve" in other
    assert reader["Socket"]["ListenStream"] == f"{Serve().host}:{Serve().port}"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """systemd-analyze has nothing to say about it."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/notifier/bin/notifier", sys.executable), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)

    if "Failed to initialize manager" in done.stderr:
        pytest.skip("systemd cannot be asked here")
    assert (done.returncode, done.stderr) == (0, "")


# The plugin


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The plugin as pip leaves it: the module, and beside it what its pyproject.toml says."""
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text("utf-8"))["project"]
    info = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines = [f"{name} = {spot}" for name, spot in project["entry-points"]["notifier.channels"].items()]
    (info / "entry_points.txt").write_text("\n".join(["[notifier.channels]", *lines]) + "\n")
    for module in PLUGIN.glob("*.py"):
        shutil.copy(module, tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("outage_notifier_zulip", None)


@pytest.mark.usefixtures("installed")
def test_the_plugin_is_found_by_its_entry_point() -> None:
    """Once installed, kind = "zulip" is a kind like any other, with keys, mistakes that are named, and abilities."""
    (text,) = re.findall(r"```toml\n(.*?)```", (PLUGIN / "README.md").read_text("utf-8"), re.DOTALL)
    house = build(config.parse(text, registry.kind))

    assert "zulip" in registry.kinds()
    assert [w.route.can for w in house.channels] == [{"Replies", "Finds", "Probes"}]
    with pytest.raises(config.ConfigError, match=r"steram: is not a key of this table.*stream"):
        config.parse(text.replace("stream", "steram"), registry.kind)


def test_without_the_plugin_its_kind_is_unknown() -> None:
    """The kind comes from the package alone."""
    with pytest.raises(registry.UnknownKind):
        registry.kind("zulip")


def test_the_suite_of_the_plugin_passes(installed: Path) -> None:
    """Its own tests pass against the installed module, in a process of their own."""
    paths = os.pathsep.join([str(installed), str(EXAMPLES.parent)])
    words = ["-m", "pytest", "-p", "no:cacheprovider", "-c", str(PLUGIN / "pyproject.toml"), "-o", "pythonpath="]
    done = subprocess.run(
        [sys.executable, *words, str(PLUGIN / "tests")],
        env={**os.environ, "PYTHONPATH": paths},
        cwd=installed,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) > 20


def test_the_plugin_sees_the_contract_alone() -> None:
    """Of the notifier it imports notifier.channel and nothing else, as docs/plugins.md says."""
    text = (PLUGIN / "outage_notifier_zulip.py").read_text("utf-8")

    assert set(re.findall(r"^\s*(?:from|import) ((?:notifier|channels)[\w.]*)", text, re.MULTILINE)) == {
        "notifier.channel"
    }
    assert len(text.splitlines()) <= 200

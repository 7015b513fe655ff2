"""notifier.toml: what is right is read, and what is wrong is named with its place and its remedy, all at once."""

from datetime import timedelta
from pathlib import Path

import pytest

from notifier import config, registry
from notifier.channel import SecretMissing
from notifier.config import ConfigError, find, load, parse
from notifier.model import Impact

GOOD = """
[site]
name = "Stimmfunk"
status_url = "https://status.example.net"
languages = ["de", "en"]
timezone = "Europe/Berlin"
[store]
url = "sqlite:///x.db"
[components.voice]
name = { de = "Sprachserver", en = "Voice server" }
[components.forum]
name = "Forum"
[channels.page]
kind = "folder"
path = "status"
[channels.hook]
kind = "webhook"
url = "https://example.org/hook"
secret = { env = "HOOK_SECRET" }
lang = "en"
least = "major"
components = ["voice"]
style = "both"
tell_within = "7d"
[channels.team]
kind = "console"
[admins]
channels = ["team"]
"""


def read(text, **more):
    return parse(text, registry.kind, **more)


def problems(text, **more):
    with pytest.raises(ConfigError) as caught:
        read(text, **more)
    return [str(p) for p in caught.value.problems]


def test_a_whole_configuration_is_read():
    """Site, store, components, channels with their own keys and the route's, admins."""
    settings = read(GOOD)

    assert settings.site.languages == ("de", "en")
    assert settings.site.component("forum").name == {"de": "Forum"}
    assert settings.store == str(Path("x.db").absolute())
    assert settings.admins == ("team",)
    hook = settings.channels[1]
    assert (hook.name, hook.kind.name) == ("hook", "webhook")
    assert hook.route["least"] is Impact.MAJOR
    assert hook.route["tell_within"] == timedelta(days=7)


def test_what_init_writes_is_right():
    """The template has no mistake, and neither has it with every # taken away in front of a key."""
    template = (Path(config.__file__).parent / "cli" / "template.toml").read_text(encoding="utf-8")
    everything = "\n".join(
        line[2:] if line.startswith("# ") and ("=" in line[2:30] or line[2:3] == "[") and "`" not in line else line
        for line in template.splitlines()
        if not line.startswith("#   token")
    )

    assert [c.name for c in read(template).channels] == ["console", "page"]
    assert len(read(everything).channels) == 8


def test_all_mistakes_are_told_together_each_with_its_line():
    """A tired admin mends them in one go."""
    text = GOOD.replace("path =", "paht =").replace('"Europe/Berlin"', '"Berlin"').replace('"both"', '"loud"')

    found = problems(text + "[channels.tg]\nkind = 'telegrm'\n[sight]\nx = 1\n")

    assert len(found) == 6
    assert 'notifier.toml:6: [site] timezone: "Berlin" is no time zone; write it as Europe/Berlin' in found
    assert 'notifier.toml:15: [channels.page] paht: is not a key of this table; did you mean "path"?' in found
    assert "notifier.toml:13: [channels.page] path: is missing" in found
    assert "notifier.toml:23: [channels.hook] style: takes reply, edit, both" in found
    assert any('there is no kind "telegrm"; did you mean "telegram"?' in p for p in found)
    assert any("sight: is not a key" in p and '"site"' in p for p in found)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ('languages = ["Deutsch!"]', "takes language tags"),
        ("languages = []", "takes language tags"),
        ('languages = ["en", "de", "en"]', "languages: names a language twice"),
        ("name = 7.5", "takes text"),
        ("nonsense", "is not valid TOML"),
    ],
)
def test_single_mistakes(change, says):
    """Each is named in words."""
    assert any(says in p for p in problems(f"[site]\n{change}\n"))


def test_wrong_values_of_a_route_are_named():
    """Unknown component, impossible time span, unknown admin channel."""
    text = GOOD.replace('["voice"]', '["voize"]').replace('"7d"', '"soon"').replace('["team"]', '["tema"]')

    found = " | ".join(problems(text))

    assert 'there is no component "voize"; did you mean "voice"?' in found
    assert '"soon" is no length of time; write it as 30m, 24h or 7d' in found
    assert 'there is no channel "tema"; did you mean "team"?' in found


def secret(value, tmp_path):
    text = f'[channels.x]\nkind = "webhook"\nurl = "https://example.org"\nsecret = {value}\n'
    return read(text, folder=tmp_path).channels[0].config.secret


def test_secrets_come_from_everywhere(tmp_path, monkeypatch):
    """Plain, environment, file (relative to the configuration), credentials directory, command."""
    monkeypatch.setenv("HOOK", "from-env")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "s").write_text("from-file\n")

    assert secret('"plain"', tmp_path).reveal() == "plain"
    assert secret('{ env = "HOOK" }', tmp_path).reveal() == "from-env"
    assert secret('{ file = "s" }', tmp_path).reveal() == "from-file"
    assert secret('{ file = "$CREDENTIALS_DIRECTORY/s" }', tmp_path).reveal() == "from-file"
    assert secret('{ command = ["echo", "from-command"] }', tmp_path).reveal() == "from-command"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ('{ env = "NOT_THERE" }', "environment variable NOT_THERE is not set"),
        ('{ file = "nowhere" }', "nowhere cannot be read"),
        ('{ command = ["false"] }', r"command false gave none \(exit 1\)"),
        ('{ command = ["no-such-program"] }', "command no-such-program did not run"),
    ],
)
def test_a_secret_that_is_not_there_is_missed_only_when_needed(value, says, tmp_path, monkeypatch):
    """The others can still be told; the text says where it was looked for."""
    monkeypatch.delenv("NOT_THERE", raising=False)
    kept = secret(value, tmp_path)

    with pytest.raises(SecretMissing, match=says):
        kept.reveal()


def test_a_secret_never_shows():
    """Neither as text nor in a repr, nor in an error text that quotes it."""
    text = '[channels.x]\nkind = "webhook"\nurl = "https://example.org/hush-hush-token"\nsecret = "hush hush"\n'
    kept = read(text).channels[0].config

    assert "hush" not in f"{kept} {kept!r} {kept.secret} {kept.secret!r}"
    assert "hush" not in kept.secret.scrub("wrong key hush hush, also hush%20hush and hush+hush")
    assert "hush" not in kept.url.scrub("cannot reach example.org/hush-hush-token")


def test_files_that_everybody_can_read_get_a_warning(tmp_path):
    """A configuration with plain secrets in it, and a secret file."""
    (tmp_path / "s").write_text("x")
    (tmp_path / "s").chmod(0o644)
    path = tmp_path / "notifier.toml"
    path.write_text('[channels.x]\nkind = "webhook"\nurl = "https://e.org/t"\nsecret = { file = "s" }\n')
    path.chmod(0o644)
    open_to_all = load(path, registry.kind).warnings
    path.chmod(0o600)

    assert [w.rpartition("chmod")[2].split()[-1] for w in open_to_all] == [str(path), str(tmp_path / "s")]
    assert len(load(path, registry.kind).warnings) == 1


def test_the_configuration_is_looked_for_in_this_order(tmp_path, monkeypatch):
    """--config, $NOTIFIER_CONFIG, here, the user's, the system's."""
    monkeypatch.chdir(tmp_path)
    env = {"HOME": str(tmp_path / "home")}
    users = tmp_path / "home" / ".config" / "notifier" / "notifier.toml"

    assert find(None, env) is None or find(None, env) == Path("/etc/notifier/notifier.toml")
    users.parent.mkdir(parents=True)
    users.write_text("")
    assert find(None, env) == users
    (tmp_path / "notifier.toml").write_text("")
    assert find(None, env) == Path("notifier.toml")
    assert find(None, {**env, "NOTIFIER_CONFIG": "a.toml"}) == Path("a.toml")
    assert find("b.toml", {**env, "NOTIFIER_CONFIG": "a.toml"}) == Path("b.toml")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    """Missing, or not text."""
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.toml", registry.kind)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(tmp_path / "binary.toml", registry.kind)


@pytest.mark.parametrize("key", ["url", "status_url"])
@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("forum.example.org", '"forum.example.org" must be a whole address, such as https://'),
        ("javascript:alert(1)", '"javascript:alert(1)" must be a whole address, such as https://'),
        ("ftp://forum.example.org", "must be a whole address"),
        ("https://", "must be a whole address"),
        ("https://forum.example.org:99999", "must be a whole address"),
        ("https://[::1", "must be a whole address"),
        ("https://forum example", "must be a whole address"),
        ("https://ada:hunter2@forum.example.org", "must be a whole address without user and password"),
        ("https://ada:hunter2/x@forum.example.org", "must be a whole address without user and password"),
        ("ada:hunter2@forum.example.org", "must be a whole address without user and password"),
        ("https://forum.example.org/?hunter2", "must be an address without ? and #"),
        ("https://forum.example.org/#hunter2", "must be an address without ? and #"),
    ],
)
def test_an_address_of_the_site_is_whole(key, given, says):
    """What no link could lead to is refused with an example; what may be a password is not repeated."""
    (found,) = problems(f'[site]\n{key} = "{given}"\n')

    assert found.startswith(f"notifier.toml:2: [site] {key}: ")
    assert says in found
    assert "hunter2" not in found


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000", "http://localhost/board/", "https://a.example/@status", "https://[::1]:8443/x"]
)
def test_addresses_of_every_form_are_taken(address):
    """With a port, with a path, of this machine."""
    site = read(f'[site]\nurl = "{address}"\nstatus_url = "{address}"\n[worker]\nhosts = ["{address}"]\n').site

    assert (site.url, site.status_url, site.worker.hosts) == (address, address, (address,))


def test_a_file_or_folder_in_the_home_of_nobody_is_named():
    """~NAME of somebody who is not there: the key is told, wherever a path may stand."""
    text = """[site]
logo = "~nosuchuser/logo.svg"
[store]
url = "~nosuchuser/n.db"
[channels.page]
kind = "folder"
path = "~nosuchuser/x"
[channels.hook]
kind = "webhook"
url = { file = "~nosuchuser/url" }
"""
    found = problems(text)

    assert [p.partition(': "')[0] for p in found] == [
        "notifier.toml:2: [site] logo",
        "notifier.toml:4: [store] url",
        "notifier.toml:7: [channels.page] path",
        "notifier.toml:10: [channels.hook] url",
    ]
    assert all("~nosuchuser is nobody's folder here; write the path from / on" in p for p in found)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('kind = "sftp"\nhost = "h"\npath = "/x"\nuser = "u"', "[channels.p] key: give a key or a password"),
        ('kind = "webdav"\naddress = "dav"', '[channels.p] address: "dav" must be a whole address, such as https://'),
        ('kind = "git"\nrepository = "--x"', "[channels.p] repository: must not begin with -"),
        ('kind = "git"\nrepository = "r"\nbranch = "a..b"', "[channels.p] branch: 'a..b' is no name that git takes"),
        ('kind = "apprise"\nurl = "x"\nlimit = 0', "[channels.p] limit: must not be below 1"),
    ],
)
def test_a_kind_names_the_key_once(table, says):
    """What a kind says of its own keys reads as all other mistakes do."""
    (found,) = problems(f"[channels.p]\n{table}\n")

    assert found.partition(" ")[2].startswith(says)


def test_a_repository_is_an_address_or_a_path(tmp_path):
    """A relative path starts from where the configuration lies, as all others do; an address stays what it is."""
    for given, meant in (
        ("r.git", f"{tmp_path}/r.git"),
        ("../a/r.git", f"{tmp_path}/../a/r.git"),
        ("./a:b", f"{tmp_path}/a:b"),
        ("/srv/r.git", "/srv/r.git"),
        ("git@github.com:voice/status.git", "git@github.com:voice/status.git"),
        ("host:status.git", "host:status.git"),
        ("https://codeberg.org/voice/status.git", "https://codeberg.org/voice/status.git"),
        ("ssh://git@host:22/r.git", "ssh://git@host:22/r.git"),
    ):
        settings = read(f'[channels.p]\nkind = "git"\nrepository = "{given}"\n', folder=tmp_path)
        assert settings.channels[0].config.repository == meant


def test_a_secret_that_must_be_read_is_not_read_for_a_check():
    """A private key in a file or the environment is not fetched, nor missed, before it is needed."""
    text = '[channels.p]\nkind = "sftp"\nhost = "h"\npath = "/x"\nuser = "u"\nkey = { file = "/nowhere/key" }\n'

    assert read(text).channels[0].config.private.plain == ""


def test_a_logo_or_templates_that_are_gone_hold_nothing_up(tmp_path):
    """A warning, and the site goes without: an outage must not wait for a picture."""
    settings = read(
        f'[site]\nlogo = "{tmp_path}/logo.svg"\ntemplates = "{tmp_path}/own"\n[site.colors]\naccent = "#0b57a4"\n'
    )

    assert (settings.theme.logo, settings.theme.templates) == ("", "")
    assert settings.warnings == (
        f"[site] logo: {tmp_path}/logo.svg is not there, so pages go without; put it back, or leave the key out",
        f"[site] templates: {tmp_path}/own is no folder, so pages are made with our own templates",
    )

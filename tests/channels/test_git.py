"""Git: the suite of places against a bare repository, and what is particular to it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from channels._files import NAME
from channels.git import Config, connect
from notifier.channel import Permanent, Secret, Temporary
from notifier.testing import Answer, FakeRemote, failure, refused
from notifier.testing.boards import story
from tests.channels.places import PlaceBoardContract, board_of

SECRET = "ghp_s3cret-token"


def git(place: Path, *words: str, given: bytes = b"") -> bytes:
    """What git says of a repository."""
    names = {
        f"GIT_{who}_{what}": "somebody@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    command = ["git", "-c", "safe.directory=*", *words]
    env = {name: said for name, said in os.environ.items() if not name.startswith("GIT_")} | names
    return subprocess.run(command, cwd=place, input=given, env=env, check=True, capture_output=True).stdout


def commits(place: Path) -> list[str]:
    """The commits of the branch, newest first."""
    return git(place, "log", "--format=%an: %s", "gh-pages").decode().splitlines()


def shown(place: Path, branch: str = "gh-pages") -> dict[str, bytes]:
    """Every file of a branch."""
    if not git(place, "for-each-ref", f"refs/heads/{branch}"):
        return {}
    with tarfile.open(fileobj=BytesIO(git(place, "archive", branch))) as archive:
        files = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
        return {name: file.read() for name, file in files.items() if file is not None}


def leave(place: Path, name: str, content: bytes) -> None:
    """A commit of somebody else."""
    old = git(place, "for-each-ref", "--format=%(objectname)", "refs/heads/gh-pages").decode().strip()
    blob = git(place, "hash-object", "-w", "--stdin", given=content).decode().strip()
    tree = git(place, "ls-tree", "gh-pages").decode().splitlines() if old else []
    tree = [line for line in tree if line.partition("\t")[2] != name] + [f"100644 blob {blob}\t{name}"]
    made = git(place, "mktree", given="\n".join(tree).encode()).decode().strip()
    commit = git(place, "commit-tree", made, "-m", "by hand", *(["-p", old] if old else [])).decode().strip()
    git(place, "update-ref", "refs/heads/gh-pages", commit)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "pages.git"], check=True)
    return tmp_path / "pages.git"


@pytest.fixture
def board(place: Path) -> Iterator[Any]:
    made = board_of("git", {"repository": f"file://{place}"})
    yield made
    made.close()


class TestGit(PlaceBoardContract):
    kind = "git"
    secrets = (SECRET,)

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "pages.git"], check=True)
        return tmp_path / "pages.git"

    def settings(self, place: Any) -> dict[str, Any]:
        return {"repository": f"file://{place}"}

    def dead(self) -> Any:
        return board_of("git", {"repository": f"{refused()}/pages.git", "token": f"secret:{SECRET}"})

    def read(self, place: Any) -> dict[str, bytes]:
        return shown(place)

    def leave(self, place: Any, name: str, content: bytes) -> None:
        leave(place, name, content)

    def stamp(self, place: Any) -> object:
        return git(place, "for-each-ref")


def test_one_publish_is_one_commit(board: Any, place: Path) -> None:
    """The history tells what was shown when; nothing new is no commit."""
    for number in (1, 2, 2, 3):
        board.publish(story(number))

    assert commits(place) == ["Status page: Status page"] * 3


def test_foreign_commits_stay(board: Any, place: Path) -> None:
    """What others commit stays in the history and in the branch; nothing is forced over it."""
    leave(place, "CNAME", b"status.example.org")
    board.publish(story(1))
    leave(place, "CNAME", b"other.example.org")
    board.publish(story(2))

    assert commits(place) == ["Status page: Status page", "somebody@example.org: by hand"] * 2
    assert shown(place)["CNAME"] == b"other.example.org"


def test_somebody_who_is_quicker_is_no_obstacle(board: Any, place: Path) -> None:
    """A commit that arrives between our fetch and our push: it is fetched, and ours is made anew on top of it."""
    board.publish(story(1))
    push, racing = board._git, [b"1", b"2"]

    def late(*words: str, given: bytes = b"") -> bytes:
        if words[0] == "push" and racing:
            leave(place, "robots.txt", racing.pop())
        found: bytes = push(*words, given=given)
        return found

    board._git = late
    board.publish(story(2))

    assert shown(place).items() >= {**story(2), "robots.txt": b"1"}.items()
    assert len(commits(place)) == 4


def test_a_folder_of_the_branch(place: Path) -> None:
    """Some hosts show the folder "docs" or "public"; the rest of the branch is not ours."""
    leave(place, "index.html", b"the project's own page")
    board = board_of("git", {"repository": str(place), "folder": "docs/"})
    for number in (1, 2):
        board.publish(story(number))
    board.close()

    assert set(shown(place)) >= {"index.html", "docs/index.html", f"docs/{NAME}"}
    assert shown(place)["index.html"] == b"the project's own page"


def test_a_surrounding_git_does_not_matter(board: Any, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started by a hook of another repository, it does not write into that."""
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    board.publish(story(1))

    assert shown(place).items() >= story(1).items()


def test_the_check_pushes_nothing(board: Any, place: Path) -> None:
    """Trying whether the branch can be pushed to leaves no trace."""
    assert board.probe() == "will create gh-pages"
    board.publish(story(1))
    assert board.probe() == "may push to gh-pages"
    assert len(commits(place)) == 1


def test_what_was_fetched_is_removed(board: Any) -> None:
    """Closing leaves nothing on the disk."""
    board.publish(story(1))
    home = Path(board._home.name)
    assert home.exists()
    board.close()
    assert not home.exists()


def lost(home: Path, what: str) -> None:
    """What clears a folder of old files was there: ``what`` is gone, a file or a folder; "." is all of it."""
    for found in home.glob(what) if what != "." else [home]:
        shutil.rmtree(found) if found.is_dir() else found.unlink()


@pytest.mark.parametrize("what", [".", "HEAD", "refs", "objects", "objects/*/*", "config", "shallow"])
def test_what_was_fetched_may_vanish(board: Any, place: Path, what: str) -> None:
    """A daemon publishes on, though files of its own in /tmp were cleared away in the meantime."""
    for number in (1, 2):
        board.publish(story(number))
    lost(Path(board._home.name), what)
    board.publish(story(3))

    assert shown(place).items() >= story(3).items()
    assert len(commits(place)) == 3


def test_a_single_old_file_may_vanish(board: Any, place: Path) -> None:
    """The oldest go first: a folder of the site that did not change for days. It stays in the branch."""
    same = {"de/old.html": b"1"}
    board.publish({**story(1), **same})
    tree = git(place, "rev-parse", "gh-pages:de").decode().strip()
    lost(Path(board._home.name), f"objects/{tree[:2]}/{tree[2:]}")
    board.publish({**story(2), **same, "de/new.html": b"2"})

    assert shown(place).items() >= {**story(2), **same, "de/new.html": b"2"}.items()


def test_what_was_fetched_is_kept(board: Any, place: Path) -> None:
    """Neither a commit of somebody else nor a push that fails makes us fetch all of the branch again."""
    board.publish(story(1))
    home = board._home.name
    leave(place, "CNAME", b"status.example.org")
    hook = place / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    failure(lambda: board.publish(story(2)))
    hook.unlink()
    board.publish(story(2))

    assert board._home.name == home


def test_a_repository_around_ours_is_let_alone(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where /tmp itself lies in a repository and ours is damaged, git does not take that one for ours."""
    around = tmp_path / "around"
    subprocess.run(["git", "init", "--quiet", around], check=True)
    monkeypatch.setattr(tempfile, "tempdir", str(around))
    board = board_of("git", {"repository": f"file://{place}"})
    board.publish(story(1))
    lost(Path(board._home.name), "HEAD")
    board.publish(story(2))
    board.close()

    assert git(around, "for-each-ref") == b""
    assert shown(place).items() >= story(2).items()


GREETING = "*** Unauthorised access is denied to everybody ***\n*** All is logged ***\n*** ops@example.org ***\n"


def greeting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ssh whose server greets everybody, and then does what git asks of it here."""
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(f"#!/bin/sh\nprintf '{GREETING}' >&2\neval last=\\${{$#}}\nexec sh -c \"$last\"\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{ssh.parent}:{os.environ['PATH']}")


def test_a_greeting_hides_no_missing_branch(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that greets with many lines: that there is no such branch yet is noticed, and it is made."""
    greeting(tmp_path, monkeypatch)
    board = board_of("git", {"repository": f"ssh://git@host{place}"})
    board.publish(story(1))
    board.close()

    assert shown(place).items() >= story(1).items()


def test_a_greeting_hides_no_reason(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told of a failure begins with why, not with what the server greets everybody with."""
    greeting(tmp_path, monkeypatch)
    board = board_of("git", {"repository": f"ssh://git@host{place}"})
    board.publish(story(1))
    (place / "refs" / "heads" / "gh-pages").write_text("1" * 40)
    told = failure(lambda: board.publish(story(2)))
    board.close()

    assert isinstance(told, Temporary)
    assert "git fetch says: " in told.why
    assert told.why.partition("says: ")[2].startswith(("fatal: ", "error: ", "remote: "))


def test_a_hook_that_declines_is_told(board: Any, place: Path) -> None:
    """A protected branch: it is said what to do, and the channel rests."""
    hook = place / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    hook.chmod(0o755)
    told = failure(lambda: board.publish(story(1)))

    assert isinstance(told, Permanent)
    assert told.whole
    assert "it refuses commits on this branch" in told.why


def test_a_repository_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A wrong address is no matter of waiting."""
    board = board_of("git", {"repository": f"file://{tmp_path}/none.git"})
    told = failure(lambda: board.publish(story(1)))
    board.close()

    assert isinstance(told, Permanent)
    assert "there is no such repository" in told.why


def test_the_token_goes_to_the_host_and_nowhere_else(tmp_path: Path) -> None:
    """The host gets user and token; a refusal is told without them."""
    with FakeRemote(lambda request: Answer(403, body=b"no")) as remote:
        board = board_of("git", {"repository": f"{remote.url}/p.git", "token": f"secret:{SECRET}", "user": "bot"})
        told = failure(lambda: board.publish(story(1)))
        board.close()
        login = remote.requests[0].headers["Authorization"]

    assert login == "Basic Ym90OmdocF9zM2NyZXQtdG9rZW4="
    assert isinstance(told, Permanent)
    assert "it refuses the login" in told.why
    assert SECRET not in told.why
    assert "Ym90" not in told.why


def test_a_host_that_never_answers_is_given_up(tmp_path: Path) -> None:
    """A host that hangs holds nothing up for ever, and no process stays behind."""
    with FakeRemote(lambda request: Answer()) as remote:
        remote.fault("hang", times=5)
        board = board_of("git", {"repository": f"{remote.url}/p.git"})
        board.timeout = (1.0, 1.5)
        told = failure(lambda: board.publish(story(1)))
        board.close()

    assert isinstance(told, Temporary)
    assert "did not answer in time" in told.why


def test_no_git_is_told(board: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where git is not installed, it is said how it gets there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    told = failure(lambda: board.publish(story(1)))

    assert isinstance(told, Temporary)
    assert "sudo apt install git" in told.why


@pytest.mark.parametrize(
    ("over", "key"),
    [
        ({"repository": "--upload-pack=touch /tmp/x"}, "repository"),
        ({"repository": "https://bot:hunter2@host/p.git"}, "repository"),
        ({"repository": "https://bot:hunter2/x@host/p.git"}, "repository"),
        ({"repository": "https://hunter2@host/p.git"}, "repository"),
        ({"repository": "ssh://git:hunter2@host:22/p.git"}, "repository"),
        ({"repository": "git:hunter2@host:p.git"}, "repository"),
        ({"branch": "--force"}, "branch"),
        *(({"branch": branch}, "branch") for branch in ("", "a b", "a..b", "a//b", "a/", ".a", "a.lock", "a.", "@")),
        *(({"folder": f}, "folder") for f in ("../../x", "a/../b", "./a", "a//b", "/a", "a/.git", "a\nM 100644", '"a')),
        ({"author": "nobody"}, "author"),
        ({"author": "a <b>\nM 100644"}, "author"),
    ],
)
def test_what_git_would_misread_is_refused(over: dict[str, str], key: str) -> None:
    """No key can become an option of git, nor hold a password, nor make what breaks the branch for all others."""
    with pytest.raises(ValueError, match=f"^{key}: ") as told:
        connect(Config(**{"repository": "https://host/p.git", "token": Secret("x"), **over}))  # type: ignore[arg-type]
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    "repository",
    [
        "git@host:a/p.git",
        "ssh://git@host:22/p.git",
        "ssh://git@[::1]:22/p.git",
        "https://host:443/@me/p.git",
        "/a/p.git",
    ],
)
def test_what_git_takes_is_taken(repository: str) -> None:
    """Addresses with a login name for SSH and with a port, paths; branches and folders of every day."""
    for branch in ("gh-pages", "site/live", "v1.2_x", "a@b"):
        assert Config(repository, branch=branch, folder="docs/site/").branch == branch

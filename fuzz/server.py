"""A running `notifier serve` against made-up requests: its API by schemathesis, its hooks and its socket by garbage.

    python fuzz/server.py MINUTES

Nothing may come back as 5xx, the process may neither end nor hang nor log a fault, and what was taken is weighed.
"""

from __future__ import annotations

import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

import requests

from notifier import inbound, tokens
from notifier.store.sqlite import Sqlite

SAMPLES = Path(__file__).parents[1] / "tests" / "inbound" / "samples"
SITE = """
[site]
name = "Fuzz"
languages = ["de", "en"]
[store]
url = "n.db"
[components.voice]
name = "Voice"
[channels.news]
kind = "folder"
path = "page"
[channels.team]
kind = "folder"
path = "team"
[serve]
url = "http://127.0.0.1"
"""
HOOK = '[hooks.{0}]\nsource = "{0}"\nauth = "none"\nper_minute = 100000000\n'
NASTY = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b"\x00" * 50,
    b"[" * 50_000,
    b'{"a":' * 20_000,
    b"\xff\xfe{",
    b'"\\ud800"',
    b"9" * 5000,
)
MARKS = (
    b"{",
    b"}",
    b'"',
    b"\\u0000",
    b"\\ud800",
    b"1e999",
    b"null",
    b"-1",
    b"[[[",
    b"9999-12-31T23:59:59-23:59",
    b"\x1b[2J",
)


def main(minutes: float) -> int:
    """The exit code; what was found is printed."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    mapped = "\n".join(
        HOOK.format(name) + ("mapping = { key = 'id' }\n" if name == "generic" else "") for name in names()
    )
    (folder / "notifier.toml").write_text(SITE + mapped)
    (folder / "notifier.toml").chmod(0o600)
    found: list[str] = []
    with served(folder) as (process, url):
        found += garbage(url, minutes * 30)
        found += schema(url, folder, minutes)
        found += [] if process.poll() is None else [f"the process ended with {process.returncode}"]
        found += well(url, folder)
    log = (folder / "log").read_text(errors="replace")
    found += [f"in the log: {line}" for line in log.splitlines() if "level=error" in line or "Traceback" in line][:20]
    print("\n".join(found) or "Nothing was found.", f"\nThe log is {folder}/log." if found else "")
    if not found:
        shutil.rmtree(folder)
    return bool(found)


def names() -> list[str]:
    """All sources, and the one that finds out."""
    return [*sorted(inbound.SOURCES), inbound.AUTO]


@contextmanager
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The process, and where it listens."""
    command = [sys.executable, "-m", "notifier", "--config", "notifier.toml", "serve", "--port", "0"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stderr=log, stdout=log)
    try:
        end = monotonic() + 60
        while "Listening on " not in (said := (folder / "log").read_text()):
            if process.poll() is not None or monotonic() > end:
                raise SystemExit(f"the server did not start: {said}")
            sleep(0.05)  # between two looks into its log
        yield process, said.partition("Listening on ")[2].partition(". Ctrl-C")[0]
    finally:
        process.terminate()
        process.wait(60)


def well(url: str, folder: Path) -> Iterator[str]:
    """Whether it still answers, and has weighed everything."""
    end = monotonic() + 120
    with closing(Sqlite(folder / "n.db")) as store:
        while store.intake.unweighed(1) and monotonic() < end:
            sleep(0.1)  # between two looks into the store
        if store.intake.unweighed(1):
            yield f"not weighed: {store.intake.unweighed(1)}"
        for one in store.intake.requests(100_000, "bad"):
            if "this is a fault of" in one.why:  # of the source, while reading; of the notifier, while weighing
                yield f"{one.hook}: {one.why}: {one.request.body[:300]!r}"
    with closing(sqlite3.connect(folder / "n.db")) as db:  # what failed when its time had come
        yield from (name for (name,) in db.execute("SELECT name FROM kept WHERE name LIKE 'put off %'"))
    answer = requests.get(f"{url}/readyz", timeout=30)
    if answer.status_code != 200:
        yield f"readyz: {answer.status_code} {answer.text}"


def schema(url: str, folder: Path, minutes: float) -> list[str]:
    """schemathesis on the API's own description, with a token that may do everything."""
    command = [sys.executable, "-m", "notifier", "--config", "notifier.toml", "token", "create", "fuzz"]
    scopes = [word for scope in tokens.SCOPES for word in ("--scope", scope)]
    token = subprocess.run([*command, *scopes], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    tool = Path(sys.executable).with_name("schemathesis")
    asked = [
        str(tool),
        "run",
        f"{url}/api/v1/openapi.json",
        "--url",
        f"{url}/api/v1",
        "-H",
        f"Authorization: Bearer {token}",
    ]
    asked += ["--checks", "not_a_server_error", "--max-time", str(int(minutes * 30)), "--request-timeout", "30"]
    done = subprocess.run(asked, cwd=folder, capture_output=True, text=True, check=False)
    print(done.stdout[-3000:])
    return [] if done.returncode == 0 else [f"schemathesis ended with {done.returncode}: {done.stderr[-1000:]}"]


def garbage(url: str, seconds: float) -> list[str]:
    """Some who send what they like to the hooks, and bytes that are no HTTP to the socket."""
    found: list[str] = []
    counted: Counter[int] = Counter()
    ends = monotonic() + seconds

    def send(seed: int) -> None:
        chance = random.Random(seed)
        while monotonic() < ends:
            try:
                status = raw(url, chance) if chance.random() < 0.2 else post(url, chance)
            except (requests.Timeout, TimeoutError) as error:
                found.append(f"no answer: {error}")
            except (requests.RequestException, OSError):
                status = 0
            counted[status] += 1
            if status >= 500:
                found.append(f"answered {status}")

    threads = [threading.Thread(target=send, args=(random.randrange(1 << 30),)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"garbage: {dict(counted)}")
    return found[:20]


def post(url: str, chance: random.Random) -> int:
    """A request to a hook, or elsewhere."""
    name = chance.choice(names())
    kind = chance.choice(["application/json", "", "text/plain", "multipart/form-data; boundary=x", "\x7f"])
    paths = [f"/hooks/{name}", f"/hooks/{name}/v2/enqueue", f"/hooks/{name}/v2/alerts/x/close", f"/hooks/{name}?a=%00"]
    paths += ["/hooks/%00", "/hooks/", "/drafts/" + "x" * chance.randrange(300), "/api/v1/" + chance.choice(names())]
    method = chance.choice(["POST", "POST", "POST", "PUT", "GET", "PATCH", "OPTIONS", "HEAD", "DELETE"])
    headers = {"content-type": kind, "x-amz-sns-message-type": chance.choice(["Notification", "x"])}
    return requests.request(
        method, url + chance.choice(paths), data=body(chance), headers=headers, timeout=60
    ).status_code


def body(chance: random.Random) -> bytes:
    """Something recorded with pieces changed, or something nasty."""
    if chance.random() < 0.2:
        return chance.choice(NASTY)
    said = bytearray(chance.choice(RECORDED))
    for _ in range(chance.randrange(6)):
        at = chance.randrange(len(said) + 1)
        said[at : at + chance.randrange(12)] = chance.choice(MARKS)
    return bytes(said[: chance.randrange(len(said) + 1)] if chance.random() < 0.1 else said)


RECORDED = [file.read_bytes() for file in sorted(SAMPLES.rglob("*")) if file.is_file()]


def raw(url: str, chance: random.Random) -> int:
    """Bytes to the socket; the status of what came back, 0 for none."""
    host, _, port = url.rpartition("/")[2].partition(":")
    lines = [
        b"POST /hooks/generic HTTP/1.1",
        b"Host: x",
        b"Content-Length: 5",
        b"Transfer-Encoding: chunked",
        b"\xff: \xff",
    ]
    lines += [
        b"Expect: 100-continue",
        b"Content-Length: -1",
        b"X" * 3000 + b": y",
        b"Upgrade: websocket",
        b"GET * HTTP/9.9",
    ]
    said = (
        b"\r\n".join(chance.sample(lines, chance.randrange(1, 6)))
        + b"\r\n\r\n"
        + chance.randbytes(chance.randrange(40))
    )
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(said)
        line.shutdown(socket.SHUT_WR)
        answer = line.recv(200)
    return int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))

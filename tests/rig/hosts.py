"""Real servers that take files, each started with a configuration of its own on a free port of 127.0.0.1."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from notifier.testing import refused

ROOT = Path(__file__).resolve().parents[2]
RIG = ROOT / ".rig"


def lacking(what: str) -> None:
    """Skip for lack of ``what``; where everything must be installed (CI=true) that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"this test needs {what}, and with CI=true nothing may be missing")
    pytest.skip(f"this test needs {what}")


def program(name: str, package: str) -> str:
    """The path of a server's program, of a Debian package or below .rig (see .ci/run)."""
    found = str(RIG / name) if "/" in name else shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None or not Path(found).exists():
        lacking(package)
    return str(found)


def needs_root(what: str) -> None:
    """Skip where we are not root."""
    if os.geteuid() != 0:
        lacking(f"root, for {what}")


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """A server, from when it listens; what it says goes to a file."""
    with open(folder / "said", "wb") as said, subprocess.Popen(command, stdout=said, stderr=said) as process:
        try:
            end = time.monotonic() + 60
            while not _listens(port):
                if process.poll() is not None or time.monotonic() > end:
                    pytest.fail(f"{command[0]} did not start: {(folder / 'said').read_text()}")
                time.sleep(0.02)  # between two looks whether it listens yet
            yield
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def free() -> int:
    """A port where nobody listens."""
    return int(urlsplit(refused()).port or 0)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that servers may enter who are somebody else."""
    with tempfile.TemporaryDirectory(prefix="rig-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)
        yield Path(name)


@contextmanager
def sshd() -> Iterator[dict[str, Any]]:
    """OpenSSH: lets us in as who we are, by a key. Gives host, port, user, key file, host key, known_hosts, folder."""
    server = program("sshd", "the Debian package openssh-server")
    with open_folder() as folder:
        for name in ("host", "user"):
            make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(make, check=True)
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        port = free()
        (folder / "site").mkdir()
        (folder / "sshd.conf").write_text(
            f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nPidFile none\nStrictModes no\nUsePAM no\n"
            f"AuthorizedKeysFile {folder}/user.pub\nPasswordAuthentication no\nPermitRootLogin yes\n"
            "MaxStartups 100\nSubsystem sftp internal-sftp -u 022\n"
        )
        pin = " ".join((folder / "host.pub").read_text().split()[:2])
        (folder / "known").write_text(f"[127.0.0.1]:{port} {pin}\n")
        with running([server, "-D", "-e", "-f", str(folder / "sshd.conf")], port, folder):
            yield {"port": port, "user": pwd.getpwuid(os.geteuid()).pw_name, "folder": folder, "pin": pin}


@contextmanager
def vsftpd(tls: bool) -> Iterator[tuple[Path, int, Path]]:
    """vsftpd for everybody: its folder, its port, and the certificate, which is its own CA."""
    server = program("vsftpd", "the Debian package vsftpd")
    needs_root("vsftpd")
    with open_folder() as folder:
        for name in ("top", "top/pub", "empty"):
            (folder / name).mkdir()
        shutil.chown(folder / "top" / "pub", "ftp")
        port = free()
        lines = (
            f"listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\nanonymous_enable=YES\n"
            f"anon_root={folder}/top\nwrite_enable=YES\nanon_upload_enable=YES\nanon_mkdir_write_enable=YES\n"
            "anon_other_write_enable=YES\nanon_umask=022\nno_anon_password=YES\nseccomp_sandbox=NO\n"
            f"anon_world_readable_only=NO\nsecure_chroot_dir={folder}/empty\nftp_username=ftp\n"
        )
        if tls:
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                 "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                check=True, capture_output=True,
            )  # fmt: skip
            lines += (
                "ssl_enable=YES\nallow_anon_ssl=YES\nforce_anon_data_ssl=YES\nforce_anon_logins_ssl=YES\n"
                f"rsa_cert_file={folder}/cert.pem\nrsa_private_key_file={folder}/key.pem\n"
            )
        (folder / "vsftpd.conf").write_text(lines)
        with running([server, str(folder / "vsftpd.conf")], port, folder):
            yield folder / "top" / "pub", port, folder / "cert.pem"


@contextmanager
def nginx() -> Iterator[tuple[Path, int]]:
    """nginx with WebDAV: its folder and its port."""
    server = program("nginx", "the Debian packages nginx-light and libnginx-mod-http-dav-ext")
    module = Path("/usr/lib/nginx/modules/ngx_http_dav_ext_module.so")
    if not module.exists():
        lacking("the Debian package libnginx-mod-http-dav-ext")
    with open_folder() as folder:
        (folder / "dav").mkdir()
        port = free()
        me = pwd.getpwuid(os.geteuid()).pw_name
        temporary = "".join(
            f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"load_module {module};\nuser {me};\ndaemon off;\npid {folder}/pid;\nerror_log {folder}/log;\n"
            f"events {{}}\nhttp {{\naccess_log off;\n{temporary}client_max_body_size 100m;\n"
            f"server {{ listen 127.0.0.1:{port}; location / {{ root {folder}/dav;"
            " dav_methods PUT DELETE MKCOL COPY MOVE; dav_ext_methods PROPFIND OPTIONS;"
            " dav_access user:rw group:r all:r; } } }\n"
        )
        with running([server, "-c", str(folder / "nginx.conf"), "-e", str(folder / "log")], port, folder):
            yield folder / "dav", port


@contextmanager
def wsgidav() -> Iterator[tuple[Path, int]]:
    """WsgiDAV: its folder and its port."""
    server = program("dav/bin/wsgidav", "wsgidav in .rig/dav, see .ci/run")
    with open_folder() as folder:
        (folder / "dav").mkdir()
        port = free()
        command = [server, "--host", "127.0.0.1", "--port", str(port), "--root", str(folder / "dav")]
        with running([*command, "--auth", "anonymous", "--no-config"], port, folder):
            yield folder / "dav", port


@contextmanager
def moto() -> Iterator[str]:
    """moto, an emulator of Amazon's services: its address."""
    server = program("moto/bin/moto_server", "moto in .rig/moto, see .ci/run")
    port = free()
    with open_folder() as folder, running([server, "-H", "127.0.0.1", "-p", str(port)], port, folder):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def s3rver(bucket: str) -> Iterator[str]:
    """s3rver, a server that keeps a bucket as files: its address."""
    if shutil.which("npm") is None:
        pytest.skip("this test needs npm, for s3rver")
    server = program("s3rver/node_modules/.bin/s3rver", "s3rver in .rig/s3rver, see .ci/run")
    port = free()
    with open_folder() as folder:
        command = [server, "-d", str(folder), "-a", "127.0.0.1", "-p", str(port), "--configure-bucket", bucket]
        with running(command, port, folder):
            yield f"http://127.0.0.1:{port}"

"""S3: a bucket of Amazon S3 or of whatever speaks its API, such as MinIO, Ceph, R2, Wasabi, Garage.

A PUT replaces a file as a whole; eight that do not refer to each other are sent at a time. Two that publish at once are
kept apart by conditional writes of the notes (If-Match, If-None-Match), where the service knows these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from channels import _checks
from channels._board import Board, Taken
from channels._files import NAME, half, headers
from channels._several import Several
from notifier.channel import DeliveryError, Permanent, Secret, Temporary, key, need, value

if TYPE_CHECKING:
    from obstore.store import S3Store

NEW = "new"  # the tag of notes that are not there yet
LASTING = {  # codes of docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    "AccessDenied": "the key may not do that: give it the rights to get, put and delete objects there",
    "AllAccessDisabled": "the account has no access to it any more",
    "AuthorizationHeaderMalformed": "the region is another one: correct the key region",
    "IllegalLocationConstraintException": "the region is another one: correct the key region",
    "InvalidAccessKeyId": "it does not know access_key: put in a valid one",
    "InvalidBucketName": "the name of the bucket cannot be one: correct the key bucket",
    "NoSuchBucket": "there is no such bucket: create it, or correct the key bucket",
    "PermanentRedirect": "the bucket lives elsewhere: correct the keys region and endpoint",
    "SignatureDoesNotMatch": "secret_key is not the one of access_key: put in the right one",
}
UNKNOWN = re.compile(r"status code: 501 |<Code>NotImplemented<")  # of a service that knows no conditional writing


@value
class Config:
    """A bucket, and a key that may write to it."""

    bucket: str = key("name of the bucket")
    access_key: Secret = key("access key id")
    secret_key: Secret = key("secret access key")
    region: str = key("region of the bucket", "us-east-1")
    endpoint: str = key("address of the service, such as https://s3.example.org; none: Amazon", "")
    prefix: str = key("folder in the bucket; none: its root", "")
    url: str = key("where visitors find it, such as https://status.example.org", "")

    def __post_init__(self) -> None:
        """Raises ValueError, naming the key."""
        _checks.bucket(self.bucket)
        _checks.inside("prefix", self.prefix.lstrip("/"), "status")
        if self.endpoint:
            _checks.address("endpoint", self.endpoint, "https://s3.example.org", "access_key and secret_key")


def connect(config: Config) -> S3:
    """The board, not yet connected. Raises MissingExtra when obstore is not installed."""
    need("obstore", "s3")
    return S3(config)


class S3(Board):
    """One bucket, or a folder in one."""

    def __init__(self, config: Config) -> None:
        super().__init__(config.url)
        self.timeout = (5.0, 20.0)
        self._config = config
        self._where = urlsplit(config.endpoint).netloc or f"Amazon S3 {config.region}"
        self._store: S3Store | None = None
        self._several = Several()
        self._conditional = True

    def probe(self) -> str:
        """Whether the key may write there and remove; leaves nothing."""
        with self.session():
            self.put(half("probe"), b"x")
            self.settle()
            self.drop(half("probe"))
        return f"may write to {self._config.bucket} at {self._where}"

    @contextmanager
    def session(self) -> Iterator[None]:
        """The bucket; nothing is called yet."""
        from obstore.store import S3Store

        config, (connect, read) = self._config, self.timeout
        more: Any = {"endpoint": config.endpoint} if config.endpoint else {}  # one that is None is refused
        with self._told():
            self._store = S3Store(
                config.bucket,
                prefix=config.prefix.strip("/") or None,
                region=config.region,
                access_key_id=config.access_key.reveal(),
                secret_access_key=config.secret_key.reveal(),
                virtual_hosted_style_request=not config.endpoint,
                client_options={
                    "allow_http": config.endpoint.startswith("http://"),
                    "connect_timeout": timedelta(seconds=connect),
                    "timeout": timedelta(seconds=read),
                },
                retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=read)},
                **more,
            )
        try:
            with self._several:
                yield
        finally:
            self._store = None

    def fetch(self, path: str) -> bytes | None:
        """What is in one object."""
        return self._get(path)[0]

    def load(self) -> tuple[bytes | None, str | None]:
        """The notes and their ETag."""
        notes, tag = self._get(NAME)
        return notes, tag if self._conditional else None

    def _get(self, path: str) -> tuple[bytes | None, str | None]:
        import obstore

        with self._told():
            try:
                found = obstore.get(self._open, path)
                return bytes(found.bytes()), found.meta["e_tag"]
            except FileNotFoundError as error:
                if "NoSuchBucket" in str(error):
                    raise
                return None, NEW

    def save(self, notes: bytes, tag: str | None) -> str | None:
        """Write the notes if they are still those of the tag. Raises Taken; without a tag, if another was last."""
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        self.settle()
        mode: Any = "overwrite" if tag is None else "create" if tag == NEW else {"e_tag": tag}
        try:
            return self._put(NAME, notes, mode)
        except (AlreadyExistsError, PreconditionError):
            raise Taken from None
        except Exception as error:
            if tag is None or not UNKNOWN.search(str(error).partition("\n\n")[0]):
                raise self._error(error) from None
        self._conditional = False
        return self.save(notes, None)

    def put(self, path: str, content: bytes) -> None:
        """Replace one file, beside others."""
        self._several.begin(self._told()(self._put), path, content, "overwrite")

    def settle(self) -> None:
        """What was put is there before what is put from now on."""
        self._several.wait()

    def drop(self, path: str) -> None:
        """Remove one file; what is gone already is fine."""
        import obstore

        with self._told():
            obstore.delete(self._open, path)

    def _put(self, path: str, content: bytes, mode: Any) -> str | None:
        import obstore

        attributes: Any = dict(zip(("Content-Type", "Cache-Control"), headers(path), strict=True))
        tag = obstore.put(self._open, path, content, attributes=attributes, mode=mode, use_multipart=False)["e_tag"]
        return tag if self._conditional else None

    @property
    def _open(self) -> S3Store:
        assert self._store is not None, "only within a session"
        return self._store

    @contextmanager
    def _told(self) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, OSError) as error:
            raise self._error(error) from None

    def _error(self, error: Exception) -> DeliveryError:
        """What the service says, by its code. A repeat is harmless, so all else is for later."""
        text = str(error)
        said = re.search(r"<Code>(\w+)</Code>", text)
        code = said[1] if said else "PermanentRedirect" if "redirect without LOCATION" in text else ""
        if code == "RequestTimeTooSkewed":
            return Temporary(f"{self._where}: the clock here is wrong by more than 15 minutes: set it", whole=True)
        if code in LASTING or "PermissionDenied" in type(error).__name__ or "Unauth" in type(error).__name__:
            return Permanent(f"{self._where}, bucket {self._config.bucket}: {LASTING.get(code, code)}", whole=True)
        reason = re.search(r'message: "([^"]+)"', text) or re.search(r"kind: (Timeout)", text)
        status = re.search(r"status code: ([^:]+)", text)
        why = code or (reason[1] if reason else status[1] if status else text.partition("\n")[0][:150])
        return Temporary(f"{self._where}, bucket {self._config.bucket}: {why}")

"""The photo store: a folder by default, by setting a bucket of a server that speaks S3.

A stored photo is a file and no fact: rows say whose it is and who may see it, and what no row names is swept
away. So a file lies safely on the disk before its row is written.
"""

import errno
import hashlib
import os
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
from uuid import UUID, uuid4

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from kernel.errors import NoRoom, NotFound, Unavailable

log = structlog.get_logger(__name__)

KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.jpg|incoming/[0-9a-f]{32}(\.part)?")
INCOMING, PARTIAL = "incoming", ".part"
FREE_SHARE, FREE_BYTES = 0.1, 5 * 1024**3
"""A tenth of the disk stays free, 5 GB of a large one: a database may live there too."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Stored:
    """One file in the store, as the sweep sees it."""

    key: str
    stored_at: datetime
    size_bytes: int


class PhotoStore(ABC):
    """Keeps files under keys made of their photo and content, never of a name that somebody sent."""

    def put(self, jpeg: bytes, *, photo_id: UUID) -> str:
        """Keep a clean picture and return its key; the same picture of the same photo has the same key.

        Two photos never share a file, so each can go without the other. Raises NoRoom, Unavailable.
        """
        sha256 = hashlib.sha256(photo_id.bytes + jpeg).hexdigest()
        key = f"{sha256[:2]}/{sha256}.jpg"
        self._write(key, jpeg)
        return key

    def put_incoming(self, data: bytes, *, photo_id: UUID) -> str:
        """Keep the bytes that came, until a job has cleaned them, and return their key; raises as `put`."""
        key = f"{INCOMING}/{photo_id.hex}"
        self._write(key, data)
        return key

    def get(self, key: str) -> bytes:
        """Return the content of a file; NotFound `photo_gone` if there is none, Unavailable."""
        with suppress(FileNotFoundError):
            if KEY.fullmatch(key):
                return self._read(key)
        raise NotFound("photo_gone", "照片已不在")

    def delete(self, key: str) -> None:
        """Delete a file, if it is there; raises Unavailable."""
        with suppress(FileNotFoundError):
            if KEY.fullmatch(key):
                self._remove(key)

    @abstractmethod
    def stored(self) -> Iterator[Stored]:
        """Yield every file of ours, also what a killed writer left behind; raises Unavailable."""

    @abstractmethod
    def _write(self, key: str, data: bytes) -> None: ...

    @abstractmethod
    def _read(self, key: str) -> bytes: ...

    @abstractmethod
    def _remove(self, key: str) -> None: ...


def connect(url: str) -> PhotoStore:
    """Return the store of a URL, `file:folder` or `s3://bucket/prefix?endpoint=…&region=…`; nothing is opened yet.

    ValueError says what is wrong with the URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return Bucket(parts)
    if parts.scheme != "file" or parts.netloc or not parts.path:
        raise ValueError("must be file:folder or s3://bucket?endpoint=https://…")
    return Folder(Path(unquote(parts.path)))


class Folder(PhotoStore):
    """Files under a folder of this machine; each is there whole or not at all, also after a power cut."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def stored(self) -> Iterator[Stored]:
        for folder in sorted(self._root.glob("*/")):
            for file in folder.iterdir():
                key = f"{folder.name}/{file.name}"
                with suppress(FileNotFoundError):
                    if KEY.fullmatch(key):
                        found = file.stat()
                        yield Stored(key, datetime.fromtimestamp(found.st_mtime, UTC), found.st_size)

    def _write(self, key: str, data: bytes) -> None:
        """Write beside, then rename: a reader never sees half a file."""
        file, partial = self._root / key, self._root / INCOMING / f"{uuid4().hex}{PARTIAL}"
        try:
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_folder(partial.parent)
            _make_folder(file.parent)
            self._keep_free(len(data))
            with partial.open("xb") as opened:
                opened.write(data)
                opened.flush()
                os.fsync(opened.fileno())
            partial.replace(file)
            _sync_folder(file.parent)
        except OSError as error:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            if error.errno in FULL:
                raise _no_room() from error
            raise

    def _read(self, key: str) -> bytes:
        return (self._root / key).read_bytes()

    def _remove(self, key: str) -> None:
        (self._root / key).unlink()

    def _keep_free(self, size_bytes: int) -> None:
        disk = shutil.disk_usage(self._root)
        if disk.free - size_bytes < min(disk.total * FREE_SHARE, FREE_BYTES):
            raise _no_room()


def _no_room() -> NoRoom:
    log.error("no_room_for_photos")
    return NoRoom()


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk; a file's own sync does not."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


class Bucket(PhotoStore):
    """Objects in a bucket; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY come from the environment.

    The endpoint must be named, since without one the photos would leave for a default abroad (PIPL 36), and
    so must the keys: a client without them asks the machine's cloud for some, at an address nobody named.
    The client is opened at first use, so that each worker that a server forks opens its own.
    """

    def __init__(self, url: SplitResult) -> None:
        options = {name: values[-1] for name, values in parse_qs(url.query).items()}
        if not url.netloc or not options.get("endpoint", "").startswith(("https://", "http://")):
            raise ValueError("must name bucket and endpoint: s3://bucket?endpoint=https://…")
        if unknown := options.keys() - {"endpoint", "region"}:
            raise ValueError(f"knows endpoint and region, not {', '.join(sorted(unknown))}")
        self._access_key_id = os.environ.get("AWS_ACCESS_KEY_ID", "")
        self._secret_access_key = os.environ.get("AWS_SECRET_ACCESS_KEY", "")
        if not self._access_key_id or not self._secret_access_key:
            raise ValueError("a bucket also needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        self._bucket, self._prefix, self._options = url.netloc, url.path.strip("/"), options

    @property
    def _client(self) -> S3Store:
        """Return this process's client; RuntimeError in a child forked after the first use.

        There it would hang, and the parent's own client with it.
        """
        opened_by, client = self._opened
        if opened_by != os.getpid():
            raise RuntimeError("the bucket was opened before this process was forked")
        return client

    @cached_property
    def _opened(self) -> tuple[int, S3Store]:
        client = S3Store(
            self._bucket,
            prefix=self._prefix or None,
            endpoint=self._options["endpoint"],
            region=self._options.get("region", "us-east-1"),
            access_key_id=self._access_key_id,
            secret_access_key=self._secret_access_key,
            disable_bulk_delete=True,
            client_options={"timeout": "5s", "connect_timeout": "2s", "allow_http": True},
            retry_config={"max_retries": 1},
        )
        return os.getpid(), client

    def stored(self) -> Iterator[Stored]:
        with _reached():
            for page in obstore.list(self._client):
                for found in page:
                    if KEY.fullmatch(found["path"]):
                        yield Stored(found["path"], found["last_modified"], found["size"])

    def _write(self, key: str, data: bytes) -> None:
        with _reached((BaseError, FileNotFoundError)):  # the latter: there is no such bucket
            obstore.put(self._client, key, data, use_multipart=False)

    def _read(self, key: str) -> bytes:
        with _reached():
            return obstore.get(self._client, key).bytes().to_bytes()

    def _remove(self, key: str) -> None:
        with _reached():
            obstore.delete(self._client, key)


@contextmanager
def _reached(failures: tuple[type[Exception], ...] = (BaseError,)) -> Iterator[None]:
    try:
        yield
    except failures as error:
        log.error("photo_bucket_fails", reason=str(error)[:400])
        raise Unavailable() from error

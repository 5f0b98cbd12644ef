"""The photo store: what was put is got, a full disk says so, and no half of a file is ever seen."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from moto.server import ThreadedMotoServer

from kernel import photos
from kernel.errors import NoRoom, NotFound, Unavailable
from kernel.photos import Bucket, Folder, PhotoStore, connect

ROOT = Path(__file__).parents[2]
JPEG = b"\xff\xd8 a picture"
KEPT_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.jpg")


@pytest.fixture(autouse=True)
def keys_of_the_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server that speaks S3, with the bucket `photos`."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    httpx.put(f"{url}/photos", trust_env=False).raise_for_status()
    yield url
    server.stop()


@pytest.fixture
def folder(tmp_path: Path) -> PhotoStore:
    return connect(f"file:{tmp_path}/photos")


@pytest.fixture
def bucket(s3: str) -> PhotoStore:
    return connect(f"s3://photos/{uuid4().hex}?endpoint={s3}")


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> PhotoStore:
    return request.getfixturevalue(request.param)


def _keys(store: PhotoStore) -> list[str]:
    return sorted(found.key for found in store.stored())


# -- both kinds ---------------------------------------------------------------------------------


def test_what_was_put_is_got(store):
    data = bytes(range(256)) * 30_000
    kept = store.put(JPEG, photo_id=uuid4())
    incoming = store.put_incoming(data, photo_id=uuid4())
    assert store.get(kept) == JPEG and store.get(incoming) == data


def test_a_key_says_nothing_of_any_name(store):
    photo_id = uuid4()
    assert KEPT_KEY.fullmatch(store.put(JPEG, photo_id=photo_id))
    assert store.put_incoming(JPEG, photo_id=photo_id) == f"incoming/{photo_id.hex}"


def test_the_same_picture_of_the_same_photo_is_kept_once(store):
    """A job may run twice."""
    photo_id = uuid4()
    assert store.put(JPEG, photo_id=photo_id) == store.put(JPEG, photo_id=photo_id)
    assert len(_keys(store)) == 1


def test_the_same_picture_of_two_photos_can_lose_one(store):
    mine, theirs = (store.put(JPEG, photo_id=uuid4()) for _ in range(2))
    store.delete(mine)
    assert store.get(theirs) == JPEG


def test_what_was_deleted_is_gone_and_may_be_deleted_again(store):
    key = store.put(JPEG, photo_id=uuid4())
    for _ in range(2):
        store.delete(key)
    with pytest.raises(NotFound) as refused:
        store.get(key)
    assert refused.value.code == "photo_gone"
    assert _keys(store) == []


def test_the_sweep_sees_every_file_with_its_age(store):
    before = datetime.now(UTC) - timedelta(seconds=2)  # S3 tells whole seconds
    keys = sorted((store.put(JPEG, photo_id=uuid4()), store.put_incoming(b"raw", photo_id=uuid4())))
    found = sorted(store.stored(), key=lambda each: each.key)
    assert [each.key for each in found] == keys
    assert {each.size_bytes for each in found} == {len(JPEG), 3}
    assert all(before <= each.stored_at <= datetime.now(UTC) + timedelta(seconds=1) for each in found)


def test_an_empty_store_has_nothing_to_sweep(store):
    assert _keys(store) == []


@pytest.mark.parametrize(
    "key",
    ["../secret", "/etc/hostname", "incoming/../../secret", "ab/" + "../" * 9 + "etc/passwd", "", ".", "ab",
     "ab/" + "a" * 64 + ".jpg\n", "AB/" + "a" * 64 + ".jpg", "incoming/..%2fsecret", "incoming/" + "\0" * 32],
)  # fmt: skip
def test_a_key_that_is_none_of_ours_leads_nowhere(store, tmp_path, key):
    secret = tmp_path / "secret"
    secret.write_text("kept")
    store.put_incoming(b"raw", photo_id=uuid4())
    with pytest.raises(NotFound):
        store.get(key)
    store.delete(key)
    assert secret.read_text() == "kept"


def test_many_may_write_at_once(store):
    photo_ids = [uuid4() for _ in range(4)] * 4
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda photo_id: store.put(JPEG * 1000, photo_id=photo_id), photo_ids))
    assert _keys(store) == sorted(keys)
    assert {store.get(key) for key in keys} == {JPEG * 1000}


# -- the folder ---------------------------------------------------------------------------------


def test_nothing_is_made_before_the_first_photo(tmp_path):
    connect(f"file:{tmp_path}/photos")
    assert list(tmp_path.iterdir()) == []


def test_a_stranger_s_file_in_the_folder_is_not_swept(folder, tmp_path):
    folder.put(JPEG, photo_id=uuid4())
    (tmp_path / "photos" / "lost+found").mkdir()
    (tmp_path / "photos" / "lost+found" / "README").touch()
    (tmp_path / "photos" / "README").touch()
    assert len(_keys(folder)) == 1


def test_others_on_the_machine_cannot_look_into_the_folder(folder, tmp_path):
    folder.put(JPEG, photo_id=uuid4())
    assert (tmp_path / "photos").stat().st_mode & 0o077 == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 600 KB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no disk may be mounted here (not root): a full one is not tried")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def _fill(store: PhotoStore) -> list[str]:
    """Put photos of 50 KB until there is no room; return their keys."""
    keys = []
    with pytest.raises(NoRoom) as refused:
        for _ in range(100):
            keys.append(store.put(os.urandom(50_000), photo_id=uuid4()))
    assert (refused.value.status, refused.value.code) == (507, "no_room_for_photos")
    return keys


def test_a_tenth_of_the_disk_stays_free(small_disk):
    store = Folder(small_disk / "photos")
    keys = _fill(store)
    disk = os.statvfs(small_disk)
    assert len(keys) > 5 and disk.f_bavail >= disk.f_blocks * 0.1
    assert _keys(store) == sorted(keys)


def test_a_disk_that_fills_up_under_the_pen_leaves_no_part_of_a_file(small_disk, monkeypatch):
    """Somebody else may take the last room between the look at the disk and the writing."""
    monkeypatch.setattr(photos, "FREE_SHARE", -1)
    store = Folder(small_disk / "photos")
    keys = _fill(store)
    assert _keys(store) == sorted(keys)
    assert all(len(store.get(key)) == 50_000 for key in keys)
    store.delete(keys[0])
    store.put(os.urandom(40_000), photo_id=uuid4())


def test_a_disk_without_room_for_a_name_says_so_too(small_disk, monkeypatch):
    monkeypatch.setattr(photos, "FREE_SHARE", -1)
    with (small_disk / "filler").open("wb") as filler, pytest.raises(OSError):
        while True:
            filler.write(bytes(100_000))
            filler.flush()
    with pytest.raises(NoRoom):
        Folder(small_disk / "photos").put(JPEG, photo_id=uuid4())


KILLED_AT = {
    "before the bytes are safe": "os.fsync = stop",
    "before the name is given": "pathlib.Path.replace = stop",
    "before the name is safe": "photos._sync_folder = stop",
}


@pytest.mark.parametrize("moment", KILLED_AT)
def test_a_writer_that_is_killed_leaves_a_whole_file_or_none(folder, tmp_path, moment):
    for _ in range(2):  # so that the folders are there already
        folder.put_incoming(b"raw", photo_id=uuid4())
    photo_id = uuid4()
    program = (
        "import os, pathlib, signal, sys, uuid\n"
        "from kernel import photos\n"
        "def stop(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{KILLED_AT[moment]}\n"
        "store = photos.connect(f'file:{sys.argv[1]}')\n"
        "store.put_incoming(b'x' * 1_000_000, photo_id=uuid.UUID(sys.argv[2]))\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "photos"), str(photo_id)]
    assert subprocess.run(command, cwd=ROOT).returncode == -signal.SIGKILL
    key = f"incoming/{photo_id.hex}"
    if moment == "before the name is safe":
        assert folder.get(key) == b"x" * 1_000_000
    else:
        with pytest.raises(NotFound):
            folder.get(key)
    assert len(_keys(folder)) == 3  # what is left of it waits for the sweep
    for left in _keys(folder):
        folder.delete(left)
    assert [file for file in (tmp_path / "photos").rglob("*") if file.is_file()] == []


# -- the bucket ---------------------------------------------------------------------------------


FORKED = """
import os, signal, sys, uuid
from kernel.photos import connect
store = connect(sys.argv[1])
if sys.argv[2] == "used":
    store.put(b"from the parent", photo_id=uuid.uuid4())
if not (child := os.fork()):
    signal.alarm(20)
    try:
        store.put(b"from the child", photo_id=uuid.uuid4())
    except RuntimeError:
        os._exit(7)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
store.put(b"from the parent again", photo_id=uuid.uuid4())
"""


@pytest.mark.parametrize(("before", "child_ends_with"), [("unused", 0), ("used", 7)])
def test_a_forked_worker_opens_the_bucket_itself_and_never_takes_its_parent_s(s3, before, child_ends_with):
    """A client used before the fork hangs in the child and takes the parent's with it, so it is refused."""
    url = f"s3://photos/{uuid4().hex}?endpoint={s3}"
    told = subprocess.run(
        [sys.executable, "-c", FORKED, url, before], cwd=ROOT, capture_output=True, timeout=60, check=True
    )
    assert int(told.stdout) == child_ends_with
    assert len(_keys(connect(url))) == 2


def test_two_prefixes_do_not_see_each_other(s3):
    one, other = (connect(f"s3://photos/{uuid4().hex}/?endpoint={s3}") for _ in range(2))
    key = one.put(JPEG, photo_id=uuid4())
    assert _keys(other) == []
    with pytest.raises(NotFound):
        other.get(key)


def test_a_bucket_that_does_not_exist_is_a_fault_of_ours_to_try_again(s3):
    store = connect(f"s3://nowhere?endpoint={s3}")
    with pytest.raises(Unavailable):
        store.put(JPEG, photo_id=uuid4())
    with pytest.raises(Unavailable):
        _keys(store)


def test_a_server_that_is_away_is_said_to_be_away():
    store = connect("s3://photos?endpoint=http://127.0.0.1:9")
    for use in (
        lambda: store.put(JPEG, photo_id=uuid4()),
        lambda: store.get(f"incoming/{uuid4().hex}"),
        lambda: store.delete(f"incoming/{uuid4().hex}"),
        lambda: _keys(store),
    ):
        with pytest.raises(Unavailable) as refused:
            use()
        assert refused.value.retry_after_seconds > 0


# -- the setting --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("file:var/photos", Folder),
        ("file:/var/lib/zhucun/photos", Folder),
        ("file:///var/lib/zhucun/photos", Folder),
        ("s3://photos?endpoint=https://s3.example.cn", Bucket),
        ("s3://photos/a/prefix?endpoint=http://minio:9000&region=cn-east-1", Bucket),
    ],
)
def test_a_url_names_a_folder_or_a_bucket(url, kind):
    assert type(connect(url)) is kind


@pytest.mark.parametrize(
    "url",
    ["", "var/photos", "file:", "file://var/photos", "ftp://photos", "s3:photos", "s3://photos",
     "s3://?endpoint=https://s3.example.cn", "s3://photos?endpoint=s3.example.cn",
     "s3://photos?endpoint=https://s3.example.cn&secret_access_key=canary"],
)  # fmt: skip
def test_any_other_url_is_none(url):
    with pytest.raises(ValueError) as refused:
        connect(url)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_bucket_without_keys_is_refused_before_a_client_looks_for_some_elsewhere(monkeypatch, name, value):
    """By itself the client asks the metadata address of the machine's cloud."""
    monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match="AWS_ACCESS_KEY_ID"):
        connect("s3://photos?endpoint=http://127.0.0.1:9")


def test_a_folder_may_have_a_blank_or_chinese_in_its_name(tmp_path):
    key = connect(f"file:{tmp_path}/a%20b/照片").put(JPEG, photo_id=uuid4())
    assert (tmp_path / "a b" / "照片" / key).read_bytes() == JPEG


def test_the_application_has_its_store(installed_app):
    assert isinstance(installed_app.extensions["photos"], PhotoStore)

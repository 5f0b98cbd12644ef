"""The steps of a photo, as phones take them."""

from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from kernel.database import db, transaction
from kernel.photos import Folder
from pictures.models import Photo
from tests.factories import Phone
from tests.photos_corpus import jpeg, phone_exif, scene

PLACE = (114.93, 25.85)
"""The middle of the first village."""


def shot(
    seed: int = 1,
    *,
    taken_at: datetime | None = None,
    place: tuple[float, float] | None = None,
    **options: Any,
) -> bytes:
    """Return a photo as a phone takes it, a different one for each seed."""
    exif = phone_exif(taken_at=taken_at, place=place)
    return jpeg(scene(seed, 800, 600), exif=exif.tobytes(), **options)


def form(data: bytes, *, key: UUID | str | None = None, name: str = "photo.jpg") -> dict[str, Any]:
    return {"client_key": str(key or uuid4()), "photo": FileStorage(BytesIO(data), filename=name)}


def send(phone: Phone, address: str, data: bytes, **changes: Any) -> Any:
    """Send a photo to an address, written beforehand: the test client leaves its temporary files open."""
    boundary, body = encode_multipart(form(data, **changes))
    return phone.post(address, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def sent(phone: Phone, address: str, data: bytes, **changes: Any) -> str:
    """Send a photo that is taken in, and return its id."""
    answer = send(phone, address, data, **changes)
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def row(photo_id: str | UUID) -> Photo:
    """Return the photo as it is now."""
    with transaction():
        statement = select(Photo).where(Photo.id == UUID(str(photo_id)))
        return db.session.scalars(statement.execution_options(populate_existing=True)).one()


def files() -> list[str]:
    """Return the keys of all files in the store."""
    return sorted(found.key for found in current_app.extensions["photos"].stored())


def folder() -> Path:
    """Return where the store of these tests keeps its files."""
    store = current_app.extensions["photos"]
    assert isinstance(store, Folder)
    return store._root

"""One photo: its picture, its deletion, what is said about it. Sending one is an address of its visit or leave."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint, FileSchema
from flask import Response

from identity.permissions import Permission
from identity.session import caller, requires
from kernel.errors import NotFound
from pictures.policy import MarkKind
from pictures.schemas import DismissalRequest, PhotoQuery
from pictures.service import delete_photo, dismiss_mark, open_photo

JPEG = "image/jpeg"

bp = APIBlueprint("photos", __name__, tag="照片 photos")


@bp.get("/photos/<uuid:photo_id>")
@bp.input(PhotoQuery, location="query")
@bp.output(FileSchema(type="string", format="binary"), content_type=JPEG)
@requires(Permission.SEE_PHOTOS)
def get_photo(photo_id: UUID, query_data: dict[str, Any]) -> Response:
    """A photo of a visit or leave that I may see, or its thumbnail."""
    data = open_photo(caller=caller(), photo_id=photo_id, as_thumbnail=query_data["size"] == "thumbnail")
    response = Response(data, mimetype=JPEG)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Disposition"] = 'inline; filename="photo.jpg"'
    return response


@bp.delete("/photos/<uuid:photo_id>")
@bp.output({}, 204)
@requires(Permission.DELETE_PHOTOS)
def delete(photo_id: UUID) -> str:
    """Delete a photo: I took it and it is fresh, or my township deletes it; that it was there stays on record."""
    delete_photo(caller=caller(), photo_id=photo_id)
    return ""


@bp.post("/photos/<uuid:photo_id>/marks/<kind>/dismissal")
@bp.input(DismissalRequest)
@bp.output({}, 204)
@requires(Permission.JUDGE_PHOTOS)
def post_dismissal(photo_id: UUID, kind: str, json_data: dict[str, Any]) -> str:
    """Say why a mark on a photo means nothing."""
    dismiss_mark(caller=caller(), photo_id=photo_id, kind=_kind(kind), reason=json_data["reason"])
    return ""


def _kind(text: str) -> MarkKind:
    try:
        return MarkKind(text)
    except ValueError as error:
        raise NotFound("mark_not_found", "没有该疑点") from error

"""The evidence of an inspection as one archive, with a manifest of SHA-256 hashes (Article 21)."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import func, select

from identity.scope import Caller
from kernel import audit
from kernel.database import db, transaction
from oversight.findings import findings_of
from oversight.inspection_presentation import present_finding_words, present_inspection_in_full
from oversight.inspection_schemas import FindingResponse, InspectionResponse
from oversight.inspections import InspectionCase
from oversight.situation import plain
from pictures.models import Photo
from pictures.policy import PhotoState
from pictures.service import photo_store

ZIP = "application/zip"
MANIFEST = "manifest.json"
LARGE_PHOTOS = 50
"""More are not fetched from the store while somebody waits."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """An archive, and the hash of its manifest, by which a paper can name it."""

    archive: bytes
    manifest_sha256: str


def collect_evidence(
    case: InspectionCase, *, caller: Caller, tell: Callable[[int], None] = lambda percent: None
) -> Evidence:
    """Return what an inspection has found, as far as the caller may see it; who took it is on record.

    ``tell`` is told the percentage done.
    """
    inspection = case.inspection
    with transaction():
        documents, photos = _documents(case, caller), _photos(case)
    file, listed = BytesIO(), []
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for path, content in _contents(documents, photos, tell):
            archive.writestr(path, content)
            listed.append(
                {"path": path, "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            )
        manifest = _as_json(
            {
                "inspection_id": str(inspection.id),
                "collected_at": plain(caller.now),
                "collected_by": caller.name,
                "files": listed,
            }
        )
        archive.writestr(MANIFEST, manifest)
    manifest_sha256 = hashlib.sha256(manifest).hexdigest()
    with transaction():
        audit.record(
            "inspection.collect_evidence",
            now=caller.now,
            county_id=inspection.county_id,
            actor_id=caller.person_id,
            subject_id=inspection.id,
            files=len(listed),
            manifest_sha256=manifest_sha256,
        )
    return Evidence(file.getvalue(), manifest_sha256)


def evidence_name(case: InspectionCase) -> str:
    """Return what the archive is called."""
    return f"督查-{case.village.name}-{case.inspection.day}.zip"


def is_large(case: InspectionCase) -> bool:
    """Say whether the archive will hold so many photos that it is made as a job."""
    statement = select(func.count()).select_from(_kept_photos(case).subquery())
    return (db.session.scalar(statement) or 0) > LARGE_PHOTOS


def _documents(case: InspectionCase, caller: Caller) -> dict[str, Any]:
    found = findings_of(case.inspection.id, case.inspection.county_id)
    return {
        "inspection.json": InspectionResponse().dump(present_inspection_in_full(case)),
        **{
            f"findings/{each.finding.id}.json": FindingResponse().dump(present_finding_words(each, caller))
            for each in found
        },
    }


def _photos(case: InspectionCase) -> list[tuple[str, str]]:
    """Return path and key of every photo that can still be fetched."""
    rows = db.session.scalars(_kept_photos(case))
    return [
        (f"photos/{photo.subject_id}/{photo.id}.jpg", photo.picture_key)
        for photo in rows
        if photo.picture_key
    ]


def _kept_photos(case: InspectionCase) -> Any:
    inspection = case.inspection
    ids = [each.finding.id for each in findings_of(inspection.id, inspection.county_id)]
    return (
        select(Photo)
        .where(
            Photo.county_id == inspection.county_id,
            Photo.subject_id.in_(ids),
            Photo.state == PhotoState.KEPT,
        )
        .order_by(Photo.received_at, Photo.id)
    )


def _contents(
    documents: dict[str, Any], photos: list[tuple[str, str]], tell: Callable[[int], None]
) -> Iterator[tuple[str, bytes]]:
    for path, document in documents.items():
        yield path, _as_json(plain(document))
    for number, (path, key) in enumerate(photos, start=1):
        yield path, photo_store().get(key)
        tell(99 * number // len(photos))


def _as_json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode()

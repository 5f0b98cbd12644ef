"""The photos of the demo's visits, as cleaned and kept, and the marks on those a person should look at twice."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from random import Random
from uuid import UUID

from demo.families import first_quarter
from demo.history import Ground
from demo.people import HOMES, Cast
from demo.pictures import draw_picture, made_over
from demo.places import key
from demo.visits import Round, expect_photos
from identity.permissions import Role
from kernel.periods import Quarter
from kernel.photos import PhotoStore
from kernel.pictures import CleanPicture, clean
from pictures.models import Photo, PhotoMark, SubjectKind
from pictures.policy import MarkKind, PhotoState
from visits.models import Visit
from visits.policy import Way

EVERY, MOST = 5, 16
"""Every fifth visit has a photo, so many visits at most: each photo takes as long as a thousand check-ins."""
NEVER_CAME = 1


@dataclass
class Album:
    """The photos, the marks on them, and their files as long as the album is filled."""

    store: PhotoStore
    photos: list[Photo] = field(default_factory=list)
    marks: list[PhotoMark] = field(default_factory=list)
    _cleaned: dict[bytes, CleanPicture] = field(default_factory=dict)

    def put(self, visit: Visit, data: bytes) -> Photo:
        """Keep a photo of a visit as the job leaves it."""
        place = sum(photo.subject_id == visit.id for photo in self.photos)
        photo_id = key("photo", visit.id, place)
        picture = self._cleaned.get(data) or self._cleaned.setdefault(data, clean(data))
        said = visit.person_id.bytes + visit.id.bytes + hashlib.sha256(data).digest()
        photo = Photo(
            county_id=visit.county_id,
            id=photo_id,
            subject_kind=SubjectKind.VISIT,
            subject_id=visit.id,
            compared_within=visit.household_id,
            person_id=visit.person_id,
            client_key=key("photo key", visit.id, place),
            content_sha256=hashlib.sha256(said).digest(),
            size_bytes=len(data),
            received_at=visit.received_at + timedelta(minutes=place + 1),
            state=PhotoState.KEPT,
            picture_key=self.store.put(picture.jpeg, photo_id=photo_id),
            thumbnail_key=self.store.put(picture.thumbnail, photo_id=photo_id),
            width_px=picture.width_px,
            height_px=picture.height_px,
            pixels_sha256=picture.pixels_sha256,
            dhash=picture.dhash,
        )
        self.photos.append(photo)
        return photo

    def mark(self, photo: Photo, kind: MarkKind, other: Photo | None = None) -> PhotoMark:
        """Put a mark on a photo."""
        mark = PhotoMark(
            county_id=photo.county_id,
            id=key("photo mark", photo.id, kind),
            photo_id=photo.id,
            kind=kind,
            other_id=other.id if other else None,
            found_at=photo.received_at,
        )
        self.marks.append(mark)
        return mark


def fill_album(
    made: Round, cast: Cast, grounds: Mapping[UUID, Ground], store: PhotoStore, *, today: date
) -> Album:
    """Let some visits have photos, and some photos be doubtful."""
    album = Album(store)
    village_ids = [key("area", code) for code, _ in HOMES.values()]
    doubtful = [pair for village_id in village_ids for pair in _pairs(made, village_id, today)]
    for earlier, later in doubtful:
        _tell_of_doubts(album, made, earlier, later)
    chosen = [visit for visit in _recent(made, today) if visit.photos_expected == 0][::EVERY]
    for visit in chosen[-MOST:]:
        data = draw_picture(Random(f"picture {visit.id}"))
        expect_photos(made, visit, 1)
        album.put(visit, data)
    if doubtful:
        _dismiss_one(album, doubtful[0][0], cast, grounds)
        expect_photos(made, doubtful[0][0], doubtful[0][0].photos_expected + NEVER_CAME)
    return album


def _recent(made: Round, today: date) -> list[Visit]:
    """Return the visits at home since the last quarter but one, in the order in which they came."""
    begun = first_quarter(today)
    visits = [visit for visit in made.visits if visit.way is Way.AT_HOME and Quarter.of(visit.day) != begun]
    return sorted(visits, key=lambda visit: (visit.received_at, visit.id))


def _pairs(made: Round, village_id: UUID, today: date) -> Iterable[tuple[Visit, Visit]]:
    """Return the latest two visits of one person to two households of a village."""
    own = [visit for visit in _recent(made, today) if visit.village_id == village_id]
    found = [
        (earlier, later)
        for earlier, later in combinations(own, 2)
        if earlier.person_id == later.person_id and earlier.household_id != later.household_id
    ]
    return found[-1:]


def _tell_of_doubts(album: Album, made: Round, earlier: Visit, later: Visit) -> None:
    """On the later visit the photo of the earlier one is sent again, and another of it made over."""
    yard, door = (draw_picture(Random(f"picture {earlier.id} {n}")) for n in range(2))
    expect_photos(made, earlier, 2)
    first, second = album.put(earlier, yard), album.put(earlier, door)
    album.mark(second, MarkKind.OTHER_TIME)
    expect_photos(made, later, 2)
    album.mark(album.put(later, yard), MarkKind.EQUAL, first)
    album.mark(album.put(later, made_over(door)), MarkKind.NEAR, second)


def _dismiss_one(album: Album, visit: Visit, cast: Cast, grounds: Mapping[UUID, Ground]) -> None:
    """Let the township find that a phone's clock was wrong."""
    ids = {photo.id for photo in album.photos if photo.subject_id == visit.id}
    mark = next(mark for mark in album.marks if mark.photo_id in ids)
    mark.dismissed_by = cast.holder(Role.TOWNSHIP_CLERK, grounds[visit.village_id].township_id)
    mark.dismissed_at = mark.found_at + timedelta(hours=1)
    mark.dismissal_reason = "手机日期设置有误，已与本人核实"

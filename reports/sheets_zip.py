"""A township's or county's stamped sheets as one archive of PDFs, each printed for itself."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID
from zipfile import ZIP_STORED, ZipFile

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from attendance.documents import Signing, sheet_pdf
from attendance.models import Sheet, SheetVersion
from attendance.sheet import SheetContent
from attendance.sheet_marks import stamped_marks
from attendance.sheets import only_rows
from identity.permissions import Permission
from identity.scope import Caller, areas_within, within
from kernel.database import db, transaction
from kernel.errors import Refusal
from kernel.periods import Month
from kernel.printing import printable
from org.models import Area, Level, Posting
from org.queries import lies_in

ZIP = "application/zip"
AT_ONCE = 20
"""Sheets read, printed and told of together."""
NO_FILE_NAME = re.compile(r'[/\\:*?"<>|\s]+')


class StampedSheet(NamedTuple):
    """Which version of which village's sheet, and where it lies in the archive."""

    version_id: UUID
    county_id: UUID
    path: str


def zip_sheets(
    *, caller: Caller, area: Area, month: Month, verify_url: str, tell: Callable[[int], None]
) -> bytes:
    """Return the newest stamped sheets of a month in a folder for each township; Refusal if there are none.

    ``tell`` is told the percentage after every few sheets. Only so many are held at once, and each is a
    document of its own.
    """
    with transaction():
        sheets = _stamped_sheets(caller, area, month)
    waiting = iter(sheets)
    file, done, printed = BytesIO(), 0, 0
    with ZipFile(file, "w", ZIP_STORED) as archive:  # a PDF is packed already
        while some := list(islice(waiting, AT_ONCE)):
            for path, content, marks in _read(some, caller, verify_url):
                archive.writestr(path, sheet_pdf(content, marks))
                printed += 1
            done += len(some)
            tell(99 * done // len(sheets))
    if not printed:
        raise Refusal("nothing_stamped", "这个月还没有盖章的考勤表")
    return file.getvalue()


def _stamped_sheets(caller: Caller, area: Area, month: Month) -> list[StampedSheet]:
    township = aliased(Area)
    statement = (
        select(
            SheetVersion.id, SheetVersion.county_id, SheetVersion.number, Area.name, Area.code, township.name
        )
        .select_from(Area)
        .join(Sheet, and_(Sheet.county_id == Area.county_id, Sheet.village_id == Area.id))
        .join(
            SheetVersion,
            and_(
                SheetVersion.county_id == Sheet.county_id,
                SheetVersion.sheet_id == Sheet.id,
                SheetVersion.number == Sheet.version,
            ),
        )
        .outerjoin(township, township.id == Area.township_id)
        .where(Area.level == Level.VILLAGE, lies_in(area), Sheet.month == month.first_day)
        .order_by(township.sort_key, township.id, Area.sort_key, Area.id)
    )
    rows = db.session.execute(areas_within(statement, caller, Permission.SEE_REPORTS))
    return [
        StampedSheet(
            version_id,
            county_id,
            f"{_for_file(above or '')}/{_for_file(name)}-{code}-{month}-{number}.pdf",
        )
        for version_id, county_id, number, name, code, above in rows
    ]


def _for_file(name: str) -> str:
    return NO_FILE_NAME.sub("_", printable(name)).strip(".")


def _read(
    sheets: list[StampedSheet], caller: Caller, verify_url: str
) -> Iterator[tuple[str, SheetContent, Any]]:
    """Give each sheet with the lines the caller may see; one without any is left out."""
    with transaction():
        versions = _versions(sheets)
        visible = _visible(versions.values(), caller)
    for sheet in sheets:
        version = versions[sheet.version_id]
        content = SheetContent.read(version.content)
        seen = only_rows(content, visible)
        if content.rows and not seen.rows:
            continue
        url = verify_url.replace("{code}", version.check_code)
        printed = Signing(caller.name, caller.now)
        yield sheet.path, seen, stamped_marks(version, seen, verify_url=url, printed=printed)
    db.session.expunge_all()


def _versions(sheets: list[StampedSheet]) -> dict[UUID, SheetVersion]:
    rows = db.session.scalars(
        select(SheetVersion).where(
            SheetVersion.county_id.in_({sheet.county_id for sheet in sheets}),
            SheetVersion.id.in_([sheet.version_id for sheet in sheets]),
        )
    )
    return {version.id: version for version in rows}


def _visible(versions: Any, caller: Caller) -> set[UUID]:
    posting_ids = {UUID(row["posting_id"]) for version in versions for row in version.content["rows"]}
    statement = (
        select(Posting.id).join(Area, Area.id == Posting.village_id).where(Posting.id.in_(posting_ids))
    )
    return set(db.session.scalars(within(statement, caller, Permission.SEE_REPORTS)))

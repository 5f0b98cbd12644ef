"""The sheet as a file to print or to work with: a stamped version, or what stands so far."""

from flask import Response, url_for

from attendance.documents import UNSTAMPED, SheetMarks, Signing, sheet_pdf
from attendance.models import SheetVersion
from attendance.sheet import SheetContent
from attendance.sheet_marks import stamped_marks
from attendance.workbook import sheet_xlsx
from identity.scope import Caller
from kernel.files import PDF, XLSX, as_file
from kernel.workdays import rest_days


def paper(content: SheetContent, version: SheetVersion | None, form: str, *, me: Caller) -> Response:
    """Return the sheet in a form (pdf, xlsx), named for its village and month.

    Not stamped it says so; where the reader sees some of the lines only, it says that too.
    """
    marks = _marks(content, version, me)
    body, kind = (sheet_pdf(content, marks), PDF) if form == "pdf" else (sheet_xlsx(content, marks), XLSX)
    number = f"-{version.number}" if version else ""
    return as_file(body, f"{content.village}-{content.month}{number}.{form}", kind, disposition="inline")


def _marks(content: SheetContent, version: SheetVersion | None, me: Caller) -> SheetMarks:
    printed = Signing(me.name, me.now)
    if version is None:
        return SheetMarks(note=UNSTAMPED, rest_days=rest_days(content.month), printed=printed)
    verify_url = url_for("sheets.get_verify", code=version.check_code, _external=True)
    return stamped_marks(version, content, verify_url=verify_url, printed=printed)

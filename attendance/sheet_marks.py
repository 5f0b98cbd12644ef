"""What a stamped version says beside its lines when it is printed."""

from attendance.documents import EXCERPT, SheetMarks, Signing
from attendance.models import SheetVersion
from attendance.sheet import SheetContent
from kernel.workdays import rest_days

STEPS = ("submitted", "witnessed", "checked", "stamped")


def stamped_marks(
    version: SheetVersion, content: SheetContent, *, verify_url: str, printed: Signing
) -> SheetMarks:
    """Return the marks of a stamped version; where the reader sees some of the lines only, they say so."""
    return SheetMarks(
        version=version.number,
        check_code=version.check_code,
        verify_url=verify_url,
        reason=version.reason or "",
        note=EXCERPT if len(content.rows) < len(version.content["rows"]) else "",
        rest_days=rest_days(content.month),
        printed=printed,
        **{step: Signing.read(version.marks.get(step)) for step in STEPS},
    )

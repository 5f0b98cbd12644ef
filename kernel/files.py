"""What is drawn from data as a file: to keep, or to look at."""

from pathlib import PurePath
from urllib.parse import quote

from flask import Response

PDF = "application/pdf"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MIMETYPES = {"csv": CSV, "xlsx": XLSX, "pdf": PDF}
"""The forms a report is given in beside JSON (``?format=``)."""


def as_file(content: bytes, name: str, mimetype: str, *, disposition: str = "attachment") -> Response:
    """Return a file under its name, which may be Chinese; ``inline`` lets a browser show it."""
    response = Response(content, mimetype=mimetype)
    # a header is sent as Latin-1: a name beyond it has its own form, beside one for whoever does not know that
    plain, full = f"file{PurePath(name).suffix}", f"UTF-8''{quote(name, safe='')}"
    response.headers.set("Content-Disposition", disposition, **{"filename": plain, "filename*": full})
    return response

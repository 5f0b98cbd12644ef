"""Everything stored about me (PIPL 45)."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from identity.permissions import Permission
from identity.session import caller, requires
from kernel.files import XLSX, as_file
from reports.own_data import OwnData, own_data
from reports.own_data_documents import TITLE, cell, workbook
from reports.own_data_schemas import OwnDataQuery, OwnDataResponse
from reports.own_data_words import action_word, table_word

bp = APIBlueprint("own_data", __name__, tag="身份 identity")


@bp.get("/me/data")
@bp.input(OwnDataQuery, location="query")
@bp.output(OwnDataResponse)
@requires(Permission.SEE_OWN)
def get_own_data(query_data: dict[str, Any]) -> dict[str, Any] | Response:
    """Everything stored about me, nobody else's, and who looked at it; as JSON or as a file to keep."""
    me = caller()
    found = own_data(me)
    if query_data["format"] == "xlsx":
        return as_file(workbook(found, name=me.name), f"{TITLE}-{me.name}.xlsx", XLSX)
    return _present(found, with_rows=query_data["rows"])


def _present(found: OwnData, *, with_rows: bool) -> dict[str, Any]:
    return {
        "made_at": found.made_at,
        "tables": [
            {
                "table": each.table,
                "title": table_word(each.table),
                "count": len(each.rows),
                "columns": each.columns,
                "rows": [[cell(value) for value in row] for row in each.rows] if with_rows else [],
            }
            for each in found.tables
        ],
        "deeds": [
            {
                "table": deed.table,
                "title": table_word(deed.table),
                "id": deed.row_id,
                "part": deed.part,
                "at": cell(deed.at),
            }
            for deed in found.deeds
        ],
        "looked_at": [
            {"at": entry.at, "action": entry.action, "text": action_word(entry.action), "by": entry.by}
            for entry in found.looked_at
        ],
        "own_actions": [
            {"at": entry.at, "action": entry.action, "text": action_word(entry.action)}
            for entry in found.own_actions
        ],
    }

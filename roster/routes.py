"""The roster and its import, areas, settings of areas."""

from dataclasses import asdict
from io import BytesIO
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint, FileSchema
from flask import Response, send_file

from identity.permissions import Permission
from identity.scope import get_area
from identity.session import caller, requires
from kernel.files import XLSX
from kernel.periods import day_of
from kernel.spreadsheet import write_template
from roster.entries import ROSTER_COLUMNS
from roster.people import ERRORS_SHOWN, import_roster
from roster.queries import describe_settings, list_areas, list_roster
from roster.schemas import (
    AreaPage,
    AreaQuery,
    RosterImportRequest,
    RosterImportResponse,
    RosterPage,
    RosterQuery,
    SettingRequest,
    SettingsResponse,
    SettingState,
)
from roster.service import set_setting

bp = APIBlueprint("roster", __name__, tag="名册 roster")


@bp.get("/roster/template")
@bp.output(FileSchema(type="string", format="binary"), content_type=XLSX)
@requires(Permission.IMPORT_ROSTER)
def get_template() -> Response:
    """The spreadsheet to fill in, with an explanation of each column."""
    file = BytesIO(write_template(ROSTER_COLUMNS, title="名册"))
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name="驻村名册模板.xlsx")


@bp.post("/roster/imports")
@bp.input(RosterImportRequest, location="form_and_files")
@bp.output(RosterImportResponse)
@requires(Permission.IMPORT_ROSTER)
def post_import(form_and_files_data: dict[str, Any]) -> dict[str, Any]:
    """Import people, postings and offices of my county; a dry run lists every bad row and writes nothing."""
    me = caller()
    (holding, *_) = me.holdings_for(Permission.IMPORT_ROSTER)
    result = import_roster(
        form_and_files_data["file"].read(),
        now=me.now,
        by=me.person_id,
        within_county=holding.area_id,
        dry_run=form_and_files_data["dry_run"],
    )
    return {
        **asdict(result),
        "errors": [asdict(error) for error in result.errors[:ERRORS_SHOWN]],
        "error_count": len(result.errors),
        "warnings": [asdict(warning) for warning in result.warnings[:ERRORS_SHOWN]],
        "warning_count": len(result.warnings),
    }


@bp.get("/roster")
@bp.input(RosterQuery, location="query")
@bp.output(RosterPage)
@requires(Permission.SEE_ROSTER)
def get_roster(query_data: dict[str, Any]) -> dict[str, Any]:
    """People and their postings, as far as I may see them."""
    area_id = query_data.pop("area")
    if area_id is not None:
        get_area(area_id, caller(), Permission.SEE_ROSTER)
    return list_roster(caller(), area_id=area_id, **query_data)


@bp.get("/areas")
@bp.input(AreaQuery, location="query")
@bp.output(AreaPage)
@requires(Permission.SEE_AREAS)
def get_areas(query_data: dict[str, Any]) -> dict[str, Any]:
    """The areas below one area, or all of one level, as far as I may see them."""
    return list_areas(caller(), parent_id=query_data.pop("parent"), **query_data)


@bp.get("/areas/<uuid:area_id>/settings")
@bp.output(SettingsResponse)
@requires(Permission.SEE_SETTINGS)
def get_settings(area_id: UUID) -> dict[str, Any]:
    """Every setting: its value in force for the area today, whose it is, and the built-in value."""
    me = caller()
    area = get_area(area_id, me, Permission.SEE_SETTINGS)
    return {"items": describe_settings(area, day=day_of(me.now))}


@bp.put("/areas/<uuid:area_id>/settings/<key>")
@bp.input(SettingRequest)
@bp.output(SettingState)
@requires(Permission.SET_SETTINGS)
def put_setting(area_id: UUID, key: str, json_data: dict[str, Any]) -> dict[str, Any]:
    """Let an area have its own value from a day on, under a document (Article 30)."""
    me = caller()
    area = get_area(area_id, me, Permission.SET_SETTINGS)
    set_setting(area=area, key=key, by=me.person_id, now=me.now, **json_data)
    return next(item for item in describe_settings(area, day=day_of(me.now)) if item["key"] == key)

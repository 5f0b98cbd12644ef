"""Importing the fences of many villages from one GeoJSON file."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from geofence.service import draw_fence
from kernel.database import db, transaction
from kernel.errors import Refusal
from kernel.spreadsheet import RowError
from org.models import Area, Level

Features = list[tuple[int, dict[str, Any]]]
"""Features with their places in the file, from 1."""


@dataclass(slots=True)
class FenceImport:
    """How many villages got a fence, or why none did; ``row`` of an error is the feature's place in the file."""

    drawn: int = 0
    errors: list[RowError] = field(default_factory=list)


class FencesRefused(Refusal):
    """A feature is no fence, or of no village; nothing was drawn."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__("fences_have_errors", f"有 {len(errors)} 个图形有误，一个围栏也没有导入")
        self.errors = errors


def import_fences(
    data: bytes,
    *,
    source: str,
    now: datetime,
    by: UUID | None = None,
    progress: Callable[[list[str]], Iterable[str]] = iter,
) -> FenceImport:
    """Draw a fence for each village the features name by ``village_code``; FencesRefused lists every bad one."""
    result = FenceImport()
    of_village = _group(_read_features(data), result)
    with transaction():
        villages = _find_villages(of_village)
        for code in progress(list(of_village)):
            village = villages.get(code)
            if village is None:
                _refuse(result, of_village[code][0][0], "village_unknown", f"没有代码为 {code} 的村")
            else:
                _draw(village, of_village[code], source=source, by=by, now=now, result=result)
        if result.errors:
            raise FencesRefused(sorted(result.errors, key=lambda error: error.row))
    return result


def _read_features(data: bytes) -> list[Any]:
    try:
        collection = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Refusal("not_geojson", "文件不是 UTF-8 编码的 GeoJSON") from error
    match collection:
        case {"type": "FeatureCollection", "features": list() as features}:
            return features
    raise Refusal("not_a_feature_collection", "文件不是 GeoJSON 要素集合（FeatureCollection）")


def _group(features: list[Any], result: FenceImport) -> dict[str, Features]:
    of_village: dict[str, Features] = defaultdict(list)
    for place, feature in enumerate(features, start=1):
        match feature:
            case {"properties": {"village_code": str() | int() as code}}:
                of_village[str(code)].append((place, feature))
            case _:
                _refuse(result, place, "village_code_missing", "没有注明村代码 village_code")
    return of_village


def _find_villages(codes: Iterable[str]) -> dict[str, Area]:
    villages = db.session.scalars(
        select(Area).where(
            Area.code == any_(literal(list(codes), ARRAY(Text()))),
            Area.level == Level.VILLAGE,
            Area.last_day.is_(None),
        )
    )
    return {village.code: village for village in villages}


def _draw(
    village: Area, features: Features, *, source: str, by: UUID | None, now: datetime, result: FenceImport
) -> None:
    drawing = {"type": "FeatureCollection", "features": [feature for _, feature in features]}
    try:
        draw_fence(village=village, drawing=drawing, source=source, by=by, now=now)
    except Refusal as refusal:
        place = features[refusal.details.get("feature") or 0][0]
        _refuse(result, place, refusal.code, f"{village.name}（{village.code}）{refusal.message}")
    else:
        result.drawn += 1


def _refuse(result: FenceImport, place: int, code: str, message: str) -> None:
    result.errors.append(RowError(place, "village_code", code, message))

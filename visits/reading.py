"""How a caller reads what WeChat holds for risky, and the line that says so (security.md E14)."""

from typing import Any
from uuid import UUID

from identity.permissions import REACH, Permission, Reach
from identity.scope import Caller
from kernel.content import ContentCheck
from org.models import Area
from visits.models import Visit, VisitCorrection
from visits.policy import Reading, reading

TEXT_NOTICES = {
    Reading.OPEN: None,
    Reading.OWN: "微信内容安全检查提示文字可能违规，暂时只有您和乡镇看得到；如属误判，请联系乡镇核实放开",
    Reading.TO_RELEASE: "微信内容安全检查提示文字可能违规，已对其他人隐藏；核实无误的，请写明理由放开",
    Reading.HIDDEN: "文字待乡镇核实，暂不显示",
}
PHOTO_NOTICES = {
    Reading.OPEN: None,
    Reading.OWN: "微信内容安全检查提示照片可能违规，暂时只有您和乡镇看得到；如属误判，请联系乡镇核实放开",
    Reading.TO_RELEASE: "微信内容安全检查提示照片可能违规，已对其他人隐藏；核实无误的，请写明理由放开",
    Reading.HIDDEN: "照片待乡镇核实，暂不显示",
}


def is_township(village: Area, caller: Caller, permission: Permission) -> bool:
    """Say whether the caller holds the permission for the township in which the village lies."""
    return any(
        REACH[holding.role] is Reach.TOWNSHIP and holding.area_id == village.township_id
        for holding in caller.holdings_for(permission)
    )


def reading_of(check: ContentCheck, author_id: UUID, village: Area, caller: Caller) -> Reading:
    """Return how the caller reads what this author wrote or sent."""
    return reading(
        check,
        is_author=author_id == caller.person_id,
        may_release=is_township(village, caller, Permission.RELEASE_CONTENT),
    )


def shown(text: Any, how: Reading) -> Any:
    """Return a text, or the optional lines of a visit, or what is left of it where it is hidden."""
    return type(text)() if how is Reading.HIDDEN else text


def reading_of_visit(visit: Visit, latest: VisitCorrection | None, village: Area, caller: Caller) -> Reading:
    """Return how the caller reads a visit as it holds now; it is its person's, whoever told it last."""
    return reading_of((latest or visit).content_check, visit.person_id, village, caller)

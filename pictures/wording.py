"""What people are told about photos."""

from pictures.policy import MarkKind

MARKS = {
    MarkKind.EQUAL: "与本县另一张照片完全相同",
    MarkKind.NEAR: "与同一户或同一人一年内的另一张照片十分相似",
    MarkKind.OTHER_TIME: "照片自带的拍摄时间与走访时间相差超过24小时",
    MarkKind.OTHER_PLACE: "照片自带的拍摄地点距本村超过2公里",
}

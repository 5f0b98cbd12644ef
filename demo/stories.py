"""What the demo tells of leave in the last weeks: one story for each thing that becomes of a leave."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial

from demo.diary import (
    ANNUAL,
    ERRANDS,
    MEETING,
    OTHER,
    PERSONAL,
    SICK,
    TRAINING,
    TRIP,
    Diary,
    Errand,
    on,
)
from demo.history import Stay
from demo.leaves import Application, Desk
from demo.people import Cast, workday
from demo.places import key
from identity.permissions import Role
from leave.models import ConsentChannel, Delegation, Verdict
from leave.policy import LeaveSpan, Tier, after
from leave.requests import PhoneConsent

ONE_DAY = timedelta(days=1)
DEPUTY_SIGNS_IN = "360726105000"
OPERATION = Errand("腰椎手术住院，住院证已交", "赣州市人民医院")
EMERGENCY = Errand("突发急性阑尾炎，县医院急诊", "县人民医院")


def delegations_of(cast: Cast, *, today: date) -> list[Delegation]:
    """Return the delegation that runs these weeks: in one township the clerk signs for the head."""
    first_day = today - timedelta(days=10)
    return [
        Delegation(
            county_id=key("area", "360726000000"),
            id=key("delegation", DEPUTY_SIGNS_IN),
            office=Tier.TOWNSHIP,
            area_id=key("area", DEPUTY_SIGNS_IN),
            deputy_id=cast.holder(Role.TOWNSHIP_CLERK, key("area", DEPUTY_SIGNS_IN)),
            first_day=first_day,
            last_day=today + timedelta(days=14),
            document_no=f"鹤委字〔{first_day.year}〕8号（演示）",
            delegated_by=cast.holder(Role.TOWNSHIP_HEAD, key("area", DEPUTY_SIGNS_IN)),
            made_at=on(first_day, -8),
        )
    ]


def _span(first_day: date, days: int) -> LeaveSpan:
    return LeaveSpan(first_day, first_day + (days - 1) * ONE_DAY)


def waits_for_township(diary: Diary, stay: Stay) -> None:
    """Two days, asked for yesterday."""
    diary.ask(stay, PERSONAL, _span(diary.workday(4), 2), at=on(diary.day(-1), 9.3))


def training_waits_for_township(diary: Diary, stay: Stay) -> None:
    """One day of training, waiting the longest."""
    diary.ask(stay, TRAINING, _span(diary.workday(3), 1), at=on(diary.day(-2), 15.2))


def meeting_waits_for_township(diary: Diary, stay: Stay) -> None:
    """One day in town."""
    diary.ask(stay, MEETING, _span(diary.workday(2), 1), at=on(diary.day(-1), 16.6))


def waits_for_opinion(diary: Diary, stay: Stay) -> None:
    """Six days, of which the township has said nothing yet."""
    diary.ask(stay, OTHER, _span(diary.workday(7), 6), at=on(diary.day(-1), 14.1))


def waits_for_county_office(diary: Diary, stay: Stay) -> None:
    """Five days, with the township's opinion."""
    application = diary.ask(stay, ANNUAL, _span(diary.workday(6), 5), at=on(diary.day(-2), 16.2))
    diary.speak(application, on(diary.day(-1), 10.1), opinion="同意，已安排队员值守")


def half_days_wait_for_county_office(diary: Diary, stay: Stay) -> None:
    """Four days and a half, with the township's opinion."""
    first_day = diary.workday(5)
    span = LeaveSpan(first_day, first_day + 4 * ONE_DAY, ends_at_noon=True)
    diary.speak(diary.ask(stay, TRIP, span, at=on(diary.day(-3), 9.5)), on(diary.day(-2), 11.4))


def waits_for_county_group(diary: Diary, stay: Stay) -> None:
    """Nine days, with the township's opinion."""
    application = diary.ask(
        stay, TRAINING, _span(diary.workday(9), 9), at=on(diary.day(-3), 10.7), errand=ERRANDS[TRAINING][1]
    )
    diary.speak(application, on(diary.day(-1), 8.9), opinion="同意参加培训")


def waits_for_stand_in(diary: Diary, stay: Stay) -> None:
    """Eighteen days; the unit has to name somebody before the leading group can agree."""
    application = diary.ask(
        stay, SICK, _span(diary.workday(10), 18), at=on(diary.day(-5), 10.2), errand=ERRANDS[SICK][1]
    )
    diary.speak(application, on(diary.day(-4), 9.1), opinion="情况属实，建议批准")


def has_stand_in(diary: Diary, stay: Stay) -> None:
    """Twenty days, with a stand-in who has the posting meanwhile."""
    stand_in = diary.cast.postings[-1]
    span = LeaveSpan(stand_in.first_day, stand_in.last_day or date.max)
    asked_on = span.first_day - 10 * ONE_DAY
    application = diary.ask(stay, SICK, span, at=on(asked_on, 9.1), errand=OPERATION)
    diary.speak(application, on(asked_on + ONE_DAY, 10.4), opinion="情况属实，建议批准")
    naming = partial(Desk.name_stand_in, application=application, person_id=stand_in.person_id)
    diary.acts.append((on(asked_on + 3 * ONE_DAY, 15.5), naming))
    diary.speak(application, on(asked_on + 4 * ONE_DAY, 16.3), opinion="同意，接替人员按时到岗")
    stay.leave_village(span.first_day, span.last_day)


def is_away(diary: Diary, stay: Stay) -> None:
    """Away today, back in a day or two."""
    first_day = diary.workday(-1)
    last_day = max(first_day + 2 * ONE_DAY, diary.day(1))
    asked_on = first_day - 4 * ONE_DAY
    application = diary.ask(stay, TRIP, LeaveSpan(first_day, last_day), at=on(asked_on, 9.8))
    diary.speak(application, on(asked_on, 17.2), on(asked_on + ONE_DAY, 10.5))
    stay.leave_village(first_day, last_day)


def goes_for_an_afternoon(diary: Diary, stay: Stay) -> None:
    """Half a day, agreed to."""
    day = diary.workday(2)
    application = diary.ask(
        stay,
        MEETING,
        LeaveSpan(day, day, begins_at_noon=True),
        at=on(diary.day(-1), 8.4),
        errand=ERRANDS[MEETING][1],
    )
    diary.speak(application, on(diary.day(-1), 17.8))


def is_signed_by_deputy(diary: Diary, stay: Stay) -> None:
    """Three days, agreed to by the deputy of the township's head."""
    application = diary.ask(stay, TRIP, _span(diary.workday(3), 3), at=on(diary.day(-3), 11.3))
    diary.speak(application, on(diary.day(-2), 9.2), opinion="同意（受委托签批）")


def is_rejected(diary: Diary, stay: Stay) -> None:
    """Not agreed to, with the reason."""
    application = diary.ask(stay, ANNUAL, _span(diary.workday(1), 3), at=on(diary.day(-3), 9.9))
    diary.speak(
        application,
        on(diary.day(-2), 10.3),
        verdict=Verdict.REJECTED,
        opinion="本周迎接市级检查，建议下月再休",
    )


def is_withdrawn(diary: Diary, stay: Stay) -> None:
    """Taken back before anybody decided."""
    application = diary.ask(stay, PERSONAL, _span(diary.workday(3), 2), at=on(diary.day(-3), 20.1))
    diary.acts.append((on(diary.day(-2), 8.2), partial(Desk.withdraw, application=application)))


def is_not_taken(diary: Diary, stay: Stay) -> None:
    """Agreed to, and then the person stayed."""
    day = diary.workday(-4)
    application = diary.ask(stay, TRIP, _span(day, 2), at=on(day - 4 * ONE_DAY, 10.6))
    diary.speak(application, on(day - 3 * ONE_DAY, 9.4))
    diary.come_back(application, on(day, 8.5))


def is_overdue(diary: Diary, stay: Stay) -> None:
    """Not seen again since the leave ended."""
    first_day = diary.workday(-8)
    application = diary.ask(stay, PERSONAL, _span(first_day, 2), at=on(first_day - 3 * ONE_DAY, 10.9))
    diary.speak(application, on(first_day - 2 * ONE_DAY, 9.7))
    stay.leave_village(first_day, diary.today)


def is_extended(diary: Diary, stay: Stay) -> None:
    """Three days and three more, routed by the total."""
    first_day = diary.workday(-11)
    span = _span(first_day, 3)
    application = diary.ask(stay, TRIP, span, at=on(first_day - 4 * ONE_DAY, 9.6), errand=ERRANDS[TRIP][2])
    diary.speak(application, on(first_day - 3 * ONE_DAY, 11.1))
    more = after(span, last_day=first_day + 5 * ONE_DAY, ends_at_noon=False)
    extension = diary.ask(
        stay, TRIP, more, at=on(span.last_day, 8.8), errand=Errand("设备厂家推迟演示", ERRANDS[TRIP][2].destination),
        extends=application,
    )  # fmt: skip
    diary.speak(extension, on(span.last_day, 11.5), on(span.last_day, 16.4))
    stay.leave_village(first_day, more.last_day)


def asks_twice(diary: Diary, stay: Stay) -> None:
    """Three days and again three days without a day in the village between: the county office decides."""
    first_day = diary.workday(-15)
    one, two = _span(first_day, 3), _span(first_day + 3 * ONE_DAY, 3)
    for span, asked_at in ((one, on(first_day - 3 * ONE_DAY, 9.4)), (two, on(first_day + ONE_DAY, 10.2))):
        application = diary.ask(stay, TRIP, span, at=asked_at, errand=ERRANDS[TRIP][1])
        diary.speak(application, asked_at + timedelta(hours=5), asked_at + timedelta(hours=25))
    stay.leave_village(one.first_day, two.last_day)


def phones_and_files(diary: Diary, stay: Stay) -> None:
    """Agreed by phone, papers filed in time and agreed to."""
    application = _phones(diary, stay, diary.workday(-13), days=2)
    back_on = workday(application.draft.span.last_day, 1)
    diary.come_back(application, on(back_on, 12.2))
    diary.acts.append((on(back_on + ONE_DAY, 9.1), partial(Desk.file_papers, application=application)))
    diary.speak(application, on(back_on + ONE_DAY, 15.8), on(back_on + 2 * ONE_DAY, 10.1))


def phones_and_forgets(diary: Diary, stay: Stay) -> None:
    """Agreed by phone, back for long, and no papers."""
    application = _phones(diary, stay, diary.workday(-9), days=2)
    diary.come_back(application, on(workday(application.draft.span.last_day, 1), 18))


def phones(diary: Diary, stay: Stay) -> None:
    """Agreed by phone, away still; the papers have time."""
    first_day = diary.workday(-1)
    _phones(diary, stay, first_day, days=(diary.today - first_day).days + 1)


def _phones(diary: Diary, stay: Stay, day: date, *, days: int) -> Application:
    head_id = diary.cast.holder(Role.TOWNSHIP_HEAD, stay.ground.township_id)
    consent = PhoneConsent(diary.name(head_id), on(day, 6.9), ConsentChannel.PHONE)
    stay.leave_village(day, day + (days - 1) * ONE_DAY)
    return diary.ask(stay, SICK, _span(day, days), at=on(day, 8.1), errand=EMERGENCY, consent=consent)


STORIES: Mapping[int, Callable[[Diary, Stay], None]] = {
    1: waits_for_township,
    2: is_away,
    3: training_waits_for_township,
    4: is_rejected,
    7: goes_for_an_afternoon,
    8: waits_for_county_office,
    9: has_stand_in,
    11: is_signed_by_deputy,
    12: waits_for_county_group,
    14: waits_for_opinion,
    15: waits_for_stand_in,
    16: phones,
    17: phones_and_forgets,
    19: meeting_waits_for_township,
    20: is_not_taken,
    21: is_overdue,
    22: is_extended,
    24: is_withdrawn,
    25: phones_and_files,
    26: asks_twice,
    27: half_days_wait_for_county_office,
    28: waits_for_county_group,
}
"""What is told of whom, by the place in the list of postings."""

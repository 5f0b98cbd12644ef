"""Who may be posted, what a village's team is, how long a term is (Articles 2, 5, 6, 7, 18). Pure: facts in, findings out."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

PARTY_YEARS = 1
WORKING_YEARS = 2


class UnitKind(StrEnum):
    """Article 2: whose unit it is decides whether its people are city-dispatched."""

    CITY_ORGAN = "city_organ"
    CITY_INSTITUTION = "city_institution"
    CITY_ENTERPRISE = "city_enterprise"
    CITY_COLLEGE = "city_college"
    CENTRAL_OR_PROVINCIAL = "central_or_provincial"
    COUNTY_ORGAN = "county_organ"
    COUNTY_INSTITUTION = "county_institution"
    COUNTY_ENTERPRISE = "county_enterprise"
    TOWNSHIP_ORGAN = "township_organ"

    @property
    def is_city_dispatched(self) -> bool:
        return not self.value.startswith(("county_", "township_"))

    @property
    def has_managers(self) -> bool:
        """Say whether its people rank by management rather than by section (事业单位、国有企业)."""
        return self.value.endswith(("_institution", "_enterprise", "_college"))


class Grade(StrEnum):
    """What Article 6 distinguishes: 正科级, 副科级, 后备干部, 中层以上管理人员, 其他."""

    SECTION_CHIEF = "section_chief"
    DEPUTY_SECTION_CHIEF = "deputy_section_chief"
    RESERVE = "reserve"
    MIDDLE_MANAGEMENT = "middle_management"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Qualification:
    """What is known of a person on the first day of a posting."""

    full_member_since: date | None
    working_since: date | None
    grade: Grade | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What the policy says must be (必须) and is not, and what should be in principle (原则上) and is not."""

    errors: list[str]
    warnings: list[str]


def qualified_as_first_secretary(who: Qualification, *, unit: UnitKind, first_day: date) -> Findings:
    """Return what speaks against a first secretary on the first day of the posting (Article 6)."""
    errors = []
    if who.full_member_since is None:
        errors.append("第一书记必须是中共正式党员（第六条）")
    elif years_after(who.full_member_since, PARTY_YEARS) > first_day:
        errors.append(f"到任时党龄不满{PARTY_YEARS}年（第六条，自转正之日起算）")
    if who.working_since is None or years_after(who.working_since, WORKING_YEARS) > first_day:
        errors.append(f"到任时工作经历不满{WORKING_YEARS}年（第六条）")
    warnings = [] if who.grade in _grades(unit) else [_GRADE_WARNING]
    return Findings(errors, warnings)


def qualified_as_member(who: Qualification) -> Findings:
    """Return what speaks against a team member: only that party members are preferred (Article 6)."""
    return Findings([], [] if who.full_member_since else ["工作队员应优先选派优秀年轻党员干部（第六条）"])


def speaks_against(
    who: Qualification,
    *,
    leads: bool,
    unit: UnitKind,
    first_day: date,
    is_seconded: bool = False,
    runs_already: bool = False,
) -> Findings:
    """Return what speaks against posting somebody from a day on (Articles 5 and 6).

    ``leads``: as first secretary. ``is_seconded``: the person's own unit is not the one with the task. Of a
    posting that ``runs_already`` when it is entered, what nobody has written down is only said: the register
    catches up with life.
    """
    found = _first_secretary(who, unit, first_day, runs_already) if leads else _member(who, runs_already)
    return Findings(found.errors, [*found.warnings, _SECONDED_WARNING] if is_seconded else found.warnings)


def _member(who: Qualification, runs_already: bool) -> Findings:
    return Findings([], []) if runs_already and who.full_member_since is None else qualified_as_member(who)


def _first_secretary(who: Qualification, unit: UnitKind, first_day: date, runs_already: bool) -> Findings:
    is_known = None not in (who.full_member_since, who.working_since, who.grade)
    if not runs_already or is_known:
        return qualified_as_first_secretary(who, unit=unit, first_day=first_day)
    supposed = replace(
        who,
        full_member_since=who.full_member_since or date.min,
        working_since=who.working_since or date.min,
        grade=who.grade or Grade.SECTION_CHIEF,
    )
    found = qualified_as_first_secretary(supposed, unit=unit, first_day=first_day)
    return Findings(found.errors, [*found.warnings, _UNPROVEN_WARNING])


_SECONDED_WARNING = "所在单位不是承担任务的派出单位，不得向下级单位转嫁选派任务（第五条）"
_UNPROVEN_WARNING = "转正日期、参加工作日期、职级未填全，未能逐项核对（第六条）"
_GRADE_WARNING = "职级未达到第六条的原则要求（正科级或后备、科级或后备、中层以上或后备）"


def _grades(unit: UnitKind) -> set[Grade | None]:
    if unit.has_managers:
        return {Grade.MIDDLE_MANAGEMENT, Grade.SECTION_CHIEF, Grade.DEPUTY_SECTION_CHIEF, Grade.RESERVE}
    if unit.is_city_dispatched:
        return {Grade.SECTION_CHIEF, Grade.RESERVE}
    return {Grade.SECTION_CHIEF, Grade.DEPUTY_SECTION_CHIEF, Grade.RESERVE}


def years_after(day: date, years: int) -> date:
    """Return the same day so many years later; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


# -- terms (Article 18) ---------------------------------------------------------------------------


def term_ends_on(first_day: date, *, years: int) -> date:
    """Return the last day of a term of so many years (Article 18: two at least)."""
    return years_after(first_day, years) - timedelta(days=1)


# -- teams (Articles 2 and 7) ---------------------------------------------------------------------


class VillageKindName(StrEnum):
    """Article 2: 脱贫村, 易地扶贫搬迁安置点, 重点帮扶村, 巩固拓展村 take a team; the last two a first secretary only."""

    FORMER_POOR = "former_poor"
    RESETTLEMENT = "resettlement"
    KEY_SUPPORT = "key_support"
    CONSOLIDATION = "consolidation"
    WEAK_PARTY_BRANCH = "weak_party_branch"
    RED_VILLAGE = "red_village"


TEAM_KINDS = frozenset(VillageKindName) - {VillageKindName.WEAK_PARTY_BRANCH, VillageKindName.RED_VILLAGE}
"""Villages that take a whole team; the other kinds take a first secretary."""


class Need(StrEnum):
    """What a village is to be sent (Article 2)."""

    TEAM = "team"
    FIRST_SECRETARY = "first_secretary"
    NOBODY = "nobody"


class Lead(StrEnum):
    """As what somebody leads a team: 第一书记兼任队长, or 代理队长."""

    FIRST_SECRETARY = "first_secretary"
    ACTING = "acting"


@dataclass(frozen=True, slots=True)
class Team:
    """How a village stands on a day; ``lead`` None: nobody leads."""

    need: Need
    size: int
    missing_people: int
    lead: Lead | None
    is_missing_leader: bool

    @property
    def is_complete(self) -> bool:
        return not self.missing_people and not self.is_missing_leader


def need_of(kinds: Collection[VillageKindName]) -> Need:
    """Return what a village of these kinds is to be sent: a team if any of them asks for one."""
    if TEAM_KINDS & set(kinds):
        return Need.TEAM
    return Need.FIRST_SECRETARY if kinds else Need.NOBODY


def team_of(
    kinds: Collection[VillageKindName],
    *,
    size: int,
    has_first_secretary: bool,
    has_acting_leader: bool,
    min_people: int,
) -> Team:
    """Return what a village has and lacks on a day (Article 7).

    A village that takes a first secretary only lacks nobody else; one that nobody has to be sent to lacks nothing.
    An acting leader leads while the appointment runs, also beside a first secretary who is away.
    """
    need = need_of(kinds)
    least = {Need.TEAM: min_people, Need.FIRST_SECRETARY: 1, Need.NOBODY: 0}[need]
    lead = Lead.ACTING if has_acting_leader else Lead.FIRST_SECRETARY if has_first_secretary else None
    return Team(
        need=need,
        size=size,
        missing_people=max(0, least - size),
        lead=lead,
        is_missing_leader=lead is None and need is not Need.NOBODY,
    )

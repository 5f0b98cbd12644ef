"""Teams (Articles 2 and 7): derived from postings, kinds of village and appointments, never stored."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by

from identity.permissions import Permission
from identity.scope import Caller, areas_within
from kernel.database import db
from kernel.periods import day_of
from kernel.web import read_cursor, write_cursor
from org.models import ActingLeader, Area, Level, Person, Posting, PostingRole, VillageKind
from org.policy import Lead, Need, Team, VillageKindName, team_of
from org.queries import ancestors, is_or_lies_in, serves_between, setting_rows
from org.settings import SettingRow, resolve


@dataclass(frozen=True, slots=True)
class _Facts:
    """A village on a day: its kinds, how many are posted, who its first secretary is and who leads meanwhile."""

    village: Area
    kinds: list[VillageKindName]
    size: int
    secretary_id: UUID | None
    acting_id: UUID | None

    def team(self, min_people: int) -> Team:
        return team_of(
            self.kinds,
            size=self.size,
            has_first_secretary=self.secretary_id is not None,
            has_acting_leader=self.acting_id is not None,
            min_people=min_people,
        )


@dataclass(frozen=True, slots=True)
class VillageTeam:
    """A village's team on a day, with who leads it."""

    facts: _Facts
    team: Team

    @property
    def leader_id(self) -> UUID | None:
        return {
            Lead.ACTING: self.facts.acting_id,
            Lead.FIRST_SECRETARY: self.facts.secretary_id,
            None: None,
        }[self.team.lead]


def list_teams(
    caller: Caller,
    *,
    area_id: UUID | None,
    day: date | None,
    incomplete_only: bool,
    limit: int,
    cursor: str | None,
) -> dict[str, Any]:
    """Return a page of the villages that take somebody or have somebody, by name: what each has and lacks on a day.

    Four statements, however many the villages.
    """
    day = day or day_of(caller.now)
    after = read_cursor(cursor, bytes.fromhex, UUID)
    villages = _villages(caller, area_id, day, after, None if incomplete_only else limit + 1)
    settings = setting_rows({id_ for facts in villages for id_ in ancestors(facts.village) if id_})
    shown = [
        each for each in _teams(villages, settings, day) if not (incomplete_only and each.team.is_complete)
    ]
    page = shown[:limit]
    names = _names([each.leader_id for each in page if each.leader_id])
    last = page[-1].facts.village if len(shown) > limit else None
    return {
        "day": day,
        "items": [_describe(each, names) for each in page],
        "next_cursor": write_cursor(last.sort_key.hex(), last.id) if last else None,
    }


def _villages(
    caller: Caller, area_id: UUID | None, day: date, after: Sequence[Any] | None, limit: int | None
) -> list[_Facts]:
    kinds = (
        select(VillageKind.village_id, func.array_agg(VillageKind.kind).label("kinds"))
        .where(_holds(VillageKind, day))
        .group_by(VillageKind.village_id)
        .subquery()
    )
    secretary = func.array_agg(aggregate_order_by(Posting.person_id, Posting.first_day.desc()))
    posted = (
        select(
            Posting.village_id,
            func.count(Posting.person_id.distinct()).label("size"),
            secretary.filter(Posting.role == PostingRole.FIRST_SECRETARY).label("secretaries"),
        )
        .where(serves_between(day, day))
        .group_by(Posting.village_id)
        .subquery()
    )
    statement = (
        select(
            Area,
            kinds.c.kinds,
            func.coalesce(posted.c.size, literal(0)),
            posted.c.secretaries,
            ActingLeader.person_id,
        )
        .outerjoin(kinds, kinds.c.village_id == Area.id)
        .outerjoin(posted, posted.c.village_id == Area.id)
        .outerjoin(
            ActingLeader,
            and_(
                ActingLeader.county_id == Area.county_id,
                ActingLeader.village_id == Area.id,
                _holds(ActingLeader, day),
            ),
        )
        .where(
            Area.level == Level.VILLAGE,
            or_(kinds.c.village_id.is_not(None), posted.c.village_id.is_not(None)),
        )
        .order_by(Area.sort_key, Area.id)
        .limit(limit)
    )
    if area_id is not None:
        statement = statement.where(is_or_lies_in(area_id))
    if after is not None:
        statement = statement.where(tuple_(Area.sort_key, Area.id) > tuple_(*after))
    return [
        _Facts(
            village=village,
            kinds=sorted(VillageKindName(kind) for kind in held or ()),
            size=size,
            secretary_id=secretaries[0] if secretaries else None,
            acting_id=acting_id,
        )
        for village, held, size, secretaries, acting_id in db.session.execute(
            areas_within(statement, caller, Permission.SEE_TEAMS)
        )
    ]


def _holds(register: type[VillageKind] | type[ActingLeader], day: date) -> Any:
    return and_(register.first_day <= day, or_(register.last_day.is_(None), register.last_day >= day))


def _teams(
    villages: Collection[_Facts], settings: Collection[SettingRow], day: date
) -> Iterator[VillageTeam]:
    for facts in villages:
        own = resolve(settings, ancestors=ancestors(facts.village), day=day)
        yield VillageTeam(facts, facts.team(own["team.min_people"]))


def _names(person_ids: Collection[UUID]) -> dict[UUID, Person]:
    return {each.id: each for each in db.session.scalars(select(Person).where(Person.id.in_(person_ids)))}


def _describe(each: VillageTeam, names: dict[UUID, Person]) -> dict[str, Any]:
    team, leader_id = each.team, each.leader_id
    return {
        "village": each.facts.village,
        "kinds": each.facts.kinds,
        "takes": team.need,
        "size": team.size,
        "missing_people": team.missing_people,
        "leader": names[leader_id] if leader_id else None,
        "leads_as": team.lead,
        "missing_leader": team.is_missing_leader,
        "complete": team.is_complete,
        "message": _message(team),
    }


def _message(team: Team) -> str:
    """Return what is lacking in a sentence; empty where nothing is."""
    said = []
    if team.need is Need.FIRST_SECRETARY and team.missing_people:
        return "缺第一书记（第二条）"
    if team.missing_people:
        said.append(f"缺 {team.missing_people} 人（第七条）")
    if team.is_missing_leader:
        said.append("没有工作队长，可由县乡指定代理队长（第七条）")
    return "；".join(said)

"""People by the thousand: written by the database itself, with sessions, consents, fences and a past."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from math import cos, pi, sin
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from attendance.policy import MONTH_SHARES
from geofence.datum import Datum, Point, from_wgs84
from identity.consent import LOCATION_NOTICE
from kernel.periods import CHINA, Month, days_of, full
from kernel.workdays import rest_days

_LEAVES = (
    "INSERT INTO leaves (county_id, id, client_key, content_sha256, posting_id, person_id, kind, state,"
    " first_day, last_day, begins_at_noon, ends_at_noon, asked_last_day, asked_ends_at_noon, reason_sealed,"
    " destination, work_goes_to, decides, counted_days, chain_days, chain_first_day, needs_stand_in, rule,"
    " submitted_at, waits_for, waits_in, waits_since, returned_on)"
    " SELECT county_id, gen_random_uuid(), gen_random_uuid(), '', postings.id, person_id, 'trip', '{state}',"
    " day, day + 1, false, false, day + 1, false, '',"
    " '县城', '', 'township', 2, 2, day, false, '{{\"day_count\": \"calendar\", \"steps\": [\"township\"]}}',"
    " asked_at, {office}, CASE WHEN {office} IS NOT NULL THEN township_id END,"
    " CASE WHEN {office} IS NOT NULL THEN asked_at END, CASE WHEN {office} IS NULL THEN day + 2 END"
    " FROM postings JOIN areas ON areas.id = village_id, generate_series(%(first)s::int, %(last)s::int) AS number,"
    " LATERAL (SELECT current_date - {days_ago} AS day,"
    " now() - (interval '1 day' * ({submitted_days_ago}) + interval '1 s' * (hashtext(postings.id::text) %% 40000))"
    " AS asked_at) AS times"
    " WHERE %(area)s IN (areas.township_id, areas.county_id)"
    " LIMIT %(limit)s"
)
"""Leaves of everybody posted in an area, one for each number."""
STAMPED_DAYS = 25
VERTICES = 40
RADIUS_DEG = 0.01
VILLAGES_ABREAST = 200
SPACING_DEG = 0.03


@dataclass(frozen=True)
class Somebody:
    """A person with a posting and a signed-in phone."""

    person_id: UUID
    village_id: UUID

    @property
    def token(self) -> str:
        return f"bench-{self.person_id}"

    def attempt(self, number: int = 0) -> dict[str, Any]:
        """Return the body of a check-in inside the fence; no two people stand at the same point."""
        place = from_wgs84(_place(self.person_id, self.village_id), Datum.GCJ02)
        return {
            "client_key": str(UUID(int=(self.person_id.int + number) % 2**128)),
            "fix": {
                "longitude_deg": place.longitude_deg,
                "latitude_deg": place.latitude_deg,
                "datum": "gcj02",
                "accuracy_m": 20 + self.person_id.int % 40,
                "altitude_m": 120.5,
                "speed_m_s": 0,
                "captured_at": datetime.now(CHINA).isoformat(),
            },
        }


class World:
    """One city, its counties, and the connection to the database they lie in."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self.city_id = self._area("city", "市", city_id=None)
        self.unit_id = uuid4()
        connection.execute(
            "INSERT INTO dispatching_units (id, name, kind) VALUES (%s, %s, 'city_organ')",
            [self.unit_id, str(self.unit_id)],
        )

    def _area(self, level: str, name: str, **within: UUID | None) -> UUID:
        id_ = uuid4()
        line = {**within, f"{level}_id": id_} if level != "village" else within
        self._connection.execute(
            "INSERT INTO areas (id, code, name, sort_key, level, city_id, county_id, township_id)"
            " VALUES (%s, %s, %s, '', %s, %s, %s, %s)",
            [id_, id_.hex, name, level, line.get("city_id"), line.get("county_id"), line.get("township_id")],
        )
        return id_

    def county(self) -> UUID:
        """Make a county."""
        return self._area("county", "县", city_id=self.city_id)

    def township(self, county_id: UUID, *, villages: int, people_each: int, first_day: date) -> UUID:
        """Make a township with villages, and people posted there since a day."""
        township_id = self._area("township", "乡", city_id=self.city_id, county_id=county_id)
        self._connection.execute(
            "INSERT INTO areas (id, code, name, sort_key, level, city_id, county_id, township_id)"
            " SELECT id, id::text, '村', '', 'village', %(city)s, %(county)s, %(township)s"
            " FROM (SELECT gen_random_uuid() id FROM generate_series(1, %(villages)s)) new",
            {"city": self.city_id, "county": county_id, "township": township_id, "villages": villages},
        )
        self._connection.execute(
            "WITH newcomer AS ("
            "  SELECT gen_random_uuid() AS id, areas.id AS village_id FROM areas, generate_series(1, %(people)s)"
            "  WHERE township_id = %(township)s AND level = 'village'"
            "), person AS ("
            "  INSERT INTO people (id, name, sort_key, phone_sealed, phone_lookup)"
            "  SELECT id, '张三', '', '', uuid_send(id) FROM newcomer"
            ")"
            "INSERT INTO postings (id, person_id, village_id, unit_id, role, first_day)"
            " SELECT gen_random_uuid(), id, village_id, %(unit)s, 'member', %(first_day)s FROM newcomer",
            {"people": people_each, "township": township_id, "unit": self.unit_id, "first_day": first_day},
        )
        return township_id

    def sign_in(self, township_id: UUID) -> list[Somebody]:
        """Give the people of a township phones that are signed in and consents; return them."""
        people = self._connection.execute(
            "SELECT person_id, village_id FROM postings JOIN areas ON areas.id = village_id"
            " WHERE township_id = %s",
            [township_id],
        ).fetchall()
        self._connection.execute(
            "INSERT INTO sessions (id, token_sha256, person_id, started_at, expires_at)"
            " SELECT gen_random_uuid(), sha256(convert_to('bench-' || id::text, 'UTF8')), id, now(),"
            " now() + interval '1 day' FROM unnest(%s::uuid[]) AS id",
            [[person_id for person_id, _ in people]],
        )
        self._connection.execute(
            "INSERT INTO consents (id, person_id, purpose, version, given_at)"
            " SELECT gen_random_uuid(), id, %s, %s, now() FROM unnest(%s::uuid[]) AS id",
            [LOCATION_NOTICE.purpose, LOCATION_NOTICE.version, [person_id for person_id, _ in people]],
        )
        return [Somebody(person_id, village_id) for person_id, village_id in people]

    def clerk(self, township_id: UUID) -> str:
        """Appoint a clerk of the township and return their token."""
        return self.appoint("township_clerk", township_id)

    def appoint(self, role: str, area_id: UUID) -> str:
        """Give somebody new an office of an area and return their token."""
        id_ = self.official(role, area_id)
        self._connection.execute(
            "INSERT INTO sessions (id, token_sha256, person_id, started_at, expires_at)"
            " VALUES (gen_random_uuid(), sha256(convert_to(%s, 'UTF8')), %s, now(), now() + interval '1 day')",
            [f"bench-{id_}", id_],
        )
        return f"bench-{id_}"

    def official(self, role: str, area_id: UUID) -> UUID:
        """Give somebody new an office of an area and return who it is."""
        id_ = uuid4()
        self._connection.execute("INSERT INTO people VALUES (%s, '李四', '', '', %s)", [id_, id_.bytes])
        self._connection.execute(
            "INSERT INTO offices (id, person_id, role, area_id, first_day)"
            " VALUES (gen_random_uuid(), %s, %s, %s, '2021-05-01')",
            [id_, role, area_id],
        )
        return id_

    def household(self, township_id: UUID) -> dict[UUID, UUID]:
        """Put a household into each village of a township; return them by village."""
        rows = self._connection.execute(
            "INSERT INTO households (county_id, id, village_id, category, risk_kinds, risk_level, members_count,"
            " head_name, identified_on, state, state_since, is_away, states_count, added_at)"
            " SELECT county_id, gen_random_uuid(), id, 'unstable', '[\"illness\"]', 3, 4,"
            " '王五', '2025-05-01', 'monitored', '2025-05-01', false, 1, now()"
            " FROM areas WHERE township_id = %s AND level = 'village' RETURNING village_id, id",
            [township_id],
        )
        return dict(rows.fetchall())

    def fence(self, township_id: UUID) -> None:
        """Draw a fence of 40 corners for each village of a township."""
        villages = self._connection.execute(
            "SELECT id FROM areas WHERE township_id = %s AND level = 'village'", [township_id]
        ).fetchall()
        with self._connection.cursor().copy(
            "COPY fences (id, village_id, version, drawing, sent, source, drawn_at) FROM STDIN"
        ) as copy:
            for (village_id,) in villages:
                drawing = Jsonb(drawing_round(*middle_of(village_id)))
                copy.write_row([uuid4(), village_id, 1, drawing, Jsonb({}), "试", datetime.now(CHINA)])

    def past(self, area_id: UUID, *, first_day: date, last_day: date) -> int:
        """Let the people of an area have been there on 8 days of 10 between two days; return how many days."""
        return self._be_there(area_id, "luck %% 10 < 8", first_day=first_day, last_day=last_day)

    def worked(self, area_id: UUID, month: Month) -> int:
        """Let the people of an area have been there in a month on nearly all working days, of the others on half."""
        rest = days_of(month, rest_days(month))
        there = "luck %% 100 < CASE WHEN day::date = ANY(%(rest)s) THEN 50 ELSE 99 END"
        return self._be_there(area_id, there, first_day=month.first_day, last_day=month.last_day, rest=rest)

    def _be_there(self, area_id: UUID, condition: str, **values: Any) -> int:
        return self._connection.execute(
            "INSERT INTO checkins (county_id, id, posting_id, person_id, village_id, client_key,"
            " content_sha256, day, outcome, counted, late_upload, verdict, band, happened_at, received_at)"
            " SELECT county_id, gen_random_uuid(), postings.id, person_id, village_id, gen_random_uuid(),"
            " '', day, 'counted', true, false, 'inside', 'inside', day + interval '8 h', day + interval '8 h'"
            " FROM postings JOIN areas ON areas.id = village_id,"
            " generate_series(%(first_day)s::date, %(last_day)s::date, interval '1 day') AS day,"
            " LATERAL (SELECT abs(hashtext(postings.id::text) %% 1000) + extract(day FROM day)::int * 7 AS luck) drawn"
            f" WHERE %(area)s IN (areas.township_id, areas.county_id, areas.city_id) AND {condition}",
            {**values, "area": area_id},
        ).rowcount

    def stamped(self, county_id: UUID, month: Month) -> None:
        """Let the sheets of a county's villages be stamped, of a month in whose first days all were there.

        Reports read the lines; no documents are written.
        """
        values = {
            "county": county_id,
            "month": month.first_day,
            "posted": full(month),
            "present": (1 << STAMPED_DAYS) - 1,
            "halves": 2 * STAMPED_DAYS,
            "shares": 2 * MONTH_SHARES,
        }
        self._connection.execute(
            "INSERT INTO sheets (county_id, id, village_id, month, state, version)"
            " SELECT county_id, gen_random_uuid(), id, %(month)s, 'stamped', 1 FROM areas"
            " WHERE county_id = %(county)s AND level = 'village'",
            values,
        )
        self._connection.execute(
            "INSERT INTO sheet_lines (county_id, id, village_id, month, posting_id, posted, mornings, paid,"
            " assessed_halves, posted_half_shares)"
            " SELECT county_id, gen_random_uuid(), village_id, %(month)s, postings.id, %(posted)s,"
            " jsonb_build_object('in_village', %(present)s::int, 'rest', %(posted)s::int & ~%(present)s::int),"
            " %(present)s, %(halves)s, %(shares)s FROM postings JOIN areas ON areas.id = village_id"
            " WHERE county_id = %(county)s",
            values,
        )

    def leaves(self, area_id: UUID, *, first: int, last: int) -> int:
        """Let the people of an area have been on leave for two days each time, ten times a year; return how often.

        Their leaves are numbered back in time: the first is the latest.
        """
        return self._connection.execute(
            _LEAVES.format(
                state="returned", office="NULL", days_ago="36 * number", submitted_days_ago="36 * number + 3"
            ),
            {"area": area_id, "first": first, "last": last, "limit": None},
        ).rowcount

    def waiting_leaves(self, township_id: UUID, *, count: int, seal: Callable[[str, UUID], bytes]) -> None:
        """Let people of a township have asked for leave from tomorrow on, of which it has not decided yet."""
        self._connection.execute(
            _LEAVES.format(
                state="submitted",
                office="'township'",
                days_ago="-3 * number",
                submitted_days_ago="number",
            ),
            {"area": township_id, "first": 1, "last": 4, "limit": count},
        )
        waiting = self._connection.execute(
            "SELECT id FROM leaves WHERE waits_in = %s", [township_id]
        ).fetchall()
        with self._connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE leaves SET reason_sealed = %s WHERE waits_in = %s AND id = %s",
                [(seal("家中老人住院陪护", leave_id), township_id, leave_id) for (leave_id,) in waiting],
            )

    def settle(self) -> None:
        """Commit, and let the database take stock as it would overnight."""
        self._connection.commit()
        self._connection.autocommit = True
        self._connection.execute("VACUUM ANALYZE")
        self._connection.autocommit = False


def _place(person_id: UUID, village_id: UUID) -> Point:
    """Return a place of one's own some way from the middle of the village."""
    east, north = ((person_id.int >> shift) % 2**16 / 2**16 - 0.5 for shift in (0, 16))
    longitude_deg, latitude_deg = middle_of(village_id)
    return Point(longitude_deg + east * RADIUS_DEG / 2, latitude_deg + north * RADIUS_DEG / 2)


def middle_of(village_id: UUID) -> tuple[float, float]:
    """Return where a village lies: its id says it, so that nothing has to be remembered."""
    number = village_id.int % (VILLAGES_ABREAST * VILLAGES_ABREAST)
    north, east = divmod(number, VILLAGES_ABREAST)
    return 108 + east * SPACING_DEG, 24 + north * SPACING_DEG


def drawing_round(longitude_deg: float, latitude_deg: float) -> dict[str, Any]:
    """Return a fence of 40 corners about a kilometre round a place, as it is kept."""
    ring = [list(corner) for corner in _corners(longitude_deg, latitude_deg)]
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    feature = {"type": "Feature", "properties": {"datum": "wgs84"}, "geometry": geometry}
    return {"type": "FeatureCollection", "features": [feature]}


def _corners(longitude_deg: float, latitude_deg: float) -> Iterator[tuple[float, float]]:
    for number in range(VERTICES):
        angle = 2 * pi * number / VERTICES
        radius_deg = RADIUS_DEG * (1 + 0.2 * (-1) ** number)
        yield longitude_deg + radius_deg * cos(angle), latitude_deg + radius_deg * sin(angle)

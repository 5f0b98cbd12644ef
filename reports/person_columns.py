"""Which tables hold a person and how, told by the schema itself, so that a new table is never forgotten (PIPL 45). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, MetaData, Table, Uuid

PEOPLE = "people"
IS_ABOUT = frozenset({"person_id", "deputy_id", "asked_by"})
"""Columns that say whom a row is about; any other that names a person says who did something."""
HANGS_ON = {"leave_id": "leaves", "checkin_id": "checkins", "rotation_id": "rotations"}
"""Columns that name a row of another table without a foreign key."""
ABOUT_FAMILIES = frozenset({"household_states", "households", "problem_steps", "problems"})
"""Rows about a family, whoever wrote them: here only that one wrote them is one's own."""
RECORD_OF_CHANGES = "audit_entries"
"""Read by its own statements: who did something to a person's rows, and what the person did."""

WITHHELD = frozenset(
    {
        "checkins.distance_m",  # with its point it would give the fence away
        "messages.dedupe",
        "photos.dhash",
        "photos.incoming_key",
        "photos.picture_key",
        "photos.thumbnail_key",
        "rotations.findings",  # what speaks against the successor, and where they belong, is theirs
        "rotations.successor_home_unit",
        "visit_corrections.content",  # what is told of a visit is about the family
        "visit_corrections.note",
        "visits.content",
        "visits.note",
    }
)
"""What an own row holds that is another's, or no information about a person."""


@dataclass(frozen=True, slots=True)
class Held:
    """How a table holds a person: through columns of its own, through a row it hangs on, as who did something."""

    table: Table
    about: tuple[Column[object], ...]
    through: tuple[tuple[Column[object], Table], ...]
    doers: tuple[Column[object], ...]

    @property
    def is_own(self) -> bool:
        """Tell whether its rows can be about a person."""
        return bool(self.about or self.through)


def is_person(column: Column[object]) -> bool:
    """Tell whether a column names a person: by its key, or without one by its name, who did something ``_by``."""
    if any(key.column.table.name == PEOPLE for key in column.foreign_keys):
        return True
    return isinstance(column.type, Uuid) and not column.foreign_keys and column.name.endswith("_by")


def tables_that_hold_a_person(metadata: MetaData) -> list[Held]:
    """Return every table that holds a person, in the order of the schema."""
    found = []
    for table in metadata.sorted_tables:
        persons = [column for column in table.columns if is_person(column)]
        about = [column for column in persons if column.name in IS_ABOUT]
        if table.name == PEOPLE:
            about = [table.c.id]
        through = [] if table.name in ABOUT_FAMILIES else list(_hangs_on(table, metadata))
        if about:  # a row with a person of its own hangs on another's only where that is said to be so
            through = [(column, parent) for column, parent in through if column.name in HANGS_ON]
        doers = [column for column in persons if column not in about]
        if about or through or doers:
            found.append(Held(table, tuple(about), tuple(through), tuple(doers)))
    return found


def _hangs_on(table: Table, metadata: MetaData) -> Iterator[tuple[Column[object], Table]]:
    """Yield the columns that name a row which is itself about a person."""
    for column in table.columns:
        targets = {key.column.table for key in column.foreign_keys if key.column.name == "id"}
        if not column.foreign_keys and column.name in HANGS_ON:
            targets = {metadata.tables[HANGS_ON[column.name]]}
        for target in targets:
            if target.name != PEOPLE and any(is_about(other) for other in target.columns):
                yield column, target


def is_about(column: Column[object]) -> bool:
    """Tell whether a column says whom its row is about."""
    return column.name in IS_ABOUT and is_person(column)

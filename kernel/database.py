"""The one database: the models' Base, the session, and the transaction of a use case."""

import select
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ColumnElement, DateTime, MetaData, Row, Select, Text, Uuid, any_, func, literal
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.types import UserDefinedType

AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: DateTime(timezone=True),
            str: Text(),
            UUID: Uuid(),
            dict[str, Any]: JSONB(),
            list[Any]: JSONB(),
        },
    )


class Identified:
    """A register's own key; codes and names of the offices are data."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4, sort_order=-10)


class OfCounty:
    """A fact's key: the county first, so that facts can be spread over machines by county."""

    county_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-20)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4, sort_order=-10)


db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"expire_on_commit": False},
)


@contextmanager
def transaction() -> Iterator[None]:
    """Run one use case in one transaction; inside another it joins the outer one."""
    info = db.session().info
    if info.get("in_transaction"):
        yield
        return
    info["in_transaction"] = True
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        info["in_transaction"] = False


class Many(UserDefinedType[Collection[Any]]):
    """Many values as one parameter, written as PostgreSQL writes an array: the driver would take ten times as long."""

    cache_ok = True
    render_bind_cast = True

    def __init__(self, kind: str, write: Callable[[Collection[Any]], list[str]]) -> None:
        self.kind = kind
        self.write = write

    def get_col_spec(self, **_: Any) -> str:
        return f"{self.kind}[]"

    def bind_processor(self, dialect: Dialect) -> Callable[[Collection[Any] | None], str]:
        return lambda values: "{" + ",".join(self.write(values or ())) + "}"


UUIDS = Many("UUID", lambda ids: [f"{id_.int:032x}" for id_ in ids])
DATES = Many("DATE", lambda days: [day.isoformat() for day in days])


def any_of(ids: Iterable[UUID]) -> ColumnElement[Any]:
    """Return what a column equals that is one of these ids, however many, by one parameter."""
    return any_(literal(list(ids), UUIDS))


def equal(column: Any) -> Any:
    """Return what stands, in an exclusion constraint, for an equal value: a range that holds only its hash.

    Ranges come with PostgreSQL; equality would need the extension btree_gist. Used with the operator ``&&``.
    """
    number = func.uuid_hash_extended(column, 0)
    return func.int8range(number, number, "[]")


def psycopg_url(url: str) -> URL:
    """Return the URL with the psycopg 3 driver, whichever spelling of PostgreSQL it came with."""
    return make_url(url).set(drivername="postgresql+psycopg")


def libpq_url(url: str) -> str:
    """Return the URL as libpq and psycopg read it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _refuse_hung_up(connection: Any, _record: object, _proxy: object) -> None:
    """Give up a connection on which the server has said something unasked: good-bye, as a rule (P8).

    Unlike a ping it costs no round trip.
    """
    pending = select.poll()
    pending.register(connection, select.POLLIN)
    if pending.poll(0):
        raise InvalidatePoolError


def engine_options(*, threads: int) -> dict[str, Any]:
    """Return how we connect: bounded waits everywhere, a connection a thread and a second one for a helper of each."""
    bounds = "-c statement_timeout=3000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"
    # a disk today has no arm to move, and to compile a statement takes longer than to run one of ours
    planning = "-c random_page_cost=1.1 -c jit=off"
    return {
        "pool_size": threads + 1,
        "max_overflow": threads,
        "pool_timeout": 2,
        "pool_events": [(_refuse_hung_up, "checkout")],
        "hide_parameters": True,
        "connect_args": {"options": f"{bounds} {planning} -c timezone=UTC", "connect_timeout": 3},
    }

"""What a phone sends once and perhaps again: the same key is the same thing, with other content a conflict."""

import hashlib
import json
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert as insert_or_skip
from sqlalchemy.sql.dml import ReturningInsert

from kernel.database import db
from kernel.errors import Conflict

Keyed = TypeVar("Keyed", bound=Any)
"""A row of a county with ``id``, ``client_key`` and ``content_sha256``."""


def fingerprint(author_id: UUID, *content: Any) -> bytes:
    """Return a hash of who sent what."""
    told = json.dumps([author_id, *content], sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).digest()


def find_known(kind: type[Keyed], county_id: UUID, client_key: UUID, content_sha256: bytes) -> Keyed | None:
    """Return what has the key already; Conflict if it is another's or says otherwise."""
    first: Keyed | None = db.session.scalars(
        select(kind).where(kind.county_id == county_id, kind.client_key == client_key)
    ).one_or_none()
    if first and first.content_sha256 != content_sha256:
        raise Conflict("key_reused", "同一编号已用于另一条记录")
    return first


CHANGED_MEANWHILE = "changed_meanwhile", "刚被他人更改，请刷新后再试"


def store_once(row: Keyed, *, stands: tuple[str, str] = CHANGED_MEANWHILE) -> tuple[Keyed, bool]:
    """Insert the row and return it and True; where its key was faster, what stands there and False.

    Conflict where another unique constraint objects; ``stands`` is its code and its words.
    """
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    if db.session.connection().execute(_insert_or_skip(row.__table__), values).first() is not None:
        return row, True
    first = find_known(type(row), row.county_id, row.client_key, row.content_sha256)
    if first is None:
        raise Conflict(*stands)
    return first, False


@cache
def _insert_or_skip(table: Table) -> ReturningInsert[tuple[UUID]]:
    return insert_or_skip(table).on_conflict_do_nothing().returning(table.c.id)

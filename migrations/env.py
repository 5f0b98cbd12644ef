"""Alembic's environment: migrations run through the app's own engine, one at a time, never waiting long."""

from alembic import context
from flask import current_app

from kernel.database import Base

LOCK_TIMEOUT_SECONDS = 5


def run_migrations() -> None:
    """Run the migrations in one transaction each, under an advisory lock."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'")
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("SELECT pg_advisory_lock(42)")
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transaction_per_migration=True,
            compare_type=True,
            include_object=lambda obj, name, kind, reflected, other: getattr(obj, "schema", None) is None,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.invalidate()


run_migrations()

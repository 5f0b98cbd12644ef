"""The only reader of the clock. It is the database's, so that all machines agree on the day."""

from datetime import date, datetime

from sqlalchemy import func, select

from kernel.database import db
from kernel.periods import CHINA


def now() -> datetime:
    """Return this instant, in China's zone."""
    return db.session.execute(select(func.now())).scalar_one().astimezone(CHINA)


def today() -> date:
    """Return the calendar day in China."""
    return now().date()

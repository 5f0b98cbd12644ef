"""Since when somebody has been heard, for use inside a statement (D22)."""

from typing import Any

from sqlalchemy import TIMESTAMP, cast, func


def heard_since(answered_at: Any, answer_due_on: Any) -> Any:
    """Return the instant of the answer, or the end of the days for it if that came first.

    As ``policy.is_heard`` has it: once this instant lies in the past, an office may decide.
    """
    days_over = func.timezone("Asia/Shanghai", cast(answer_due_on + 1, TIMESTAMP))
    return func.least(answered_at, days_over)

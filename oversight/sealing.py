"""The words with which somebody answers are sealed: they may tell of an illness (PIPL 28)."""

from uuid import UUID

from identity.login import cipher

ANSWER = "oversight_answer"


def seal(text: str, row_id: UUID) -> bytes:
    """Return an answer as it is kept, bound to its row."""
    return cipher().encrypt(text, field=ANSWER, row_id=row_id)


def unseal(sealed: bytes | None, row_id: UUID) -> str | None:
    """Return the answer, None where none was given."""
    return None if sealed is None else cipher().decrypt(sealed, field=ANSWER, row_id=row_id)

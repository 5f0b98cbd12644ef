"""Whose photo it is to see, delete or judge: asked of the package to which its visit or leave belongs.

Visits and leaves stand above photos, so they are not called by name: the application hands their guards in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from flask import current_app

from identity.scope import Caller
from pictures.models import Photo, SubjectKind

Check = Callable[[Photo, Caller], None]


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be done with the photos of one kind; each check returns, or raises why not."""

    check_seen: Check
    """NotFound beyond the caller's reach."""
    check_deleted: Check
    check_judged: Check


EXTENSION = "photo_guards"


def guard_of(photo: Photo) -> Guard:
    """Return the guard of the photo's visit or leave."""
    guards = cast(Mapping[SubjectKind, Guard], current_app.extensions[EXTENSION])
    return guards[SubjectKind(photo.subject_kind)]

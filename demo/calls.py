"""All that Articles 10 to 12 leave behind in the demo: families, their helpers, visits, problems, photos."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from demo.families import make_families
from demo.history import Ground
from demo.pairing import pair_all
from demo.people import Cast
from demo.photos import fill_album
from demo.problems import find_problems
from demo.visits import visit_all
from kernel.photos import PhotoStore
from org.models import Area


def call_on_families(
    cast: Cast,
    areas: Mapping[str, Area],
    grounds: Mapping[UUID, Ground],
    store: PhotoStore,
    *,
    today: date,
) -> list[Sequence[Any]]:
    """Return the rows in the order in which they can be inserted; people who come up on the way join the cast."""
    families = make_families(areas, cast, today=today)
    helped = pair_all(families, cast, areas, today=today)
    made = visit_all(families, helped.pairings, cast, grounds, today=today)
    troubles = find_problems(made, cast, grounds, today=today)
    album = fill_album(made, cast, grounds, store, today=today)
    return [
        [family.household for family in families],
        [entry for family in families for entry in family.history],
        *(helped.helpers, helped.pairings),
        *(made.visits, made.corrections),
        *(troubles.problems, troubles.steps),
        *(album.photos, album.marks),
    ]

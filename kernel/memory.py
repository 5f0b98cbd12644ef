"""What a process keeps in memory for as long as it lives, and when it looks for no garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def keep_for_good() -> None:
    """Take what the start has left out of the garbage collector's rounds.

    Modules and mappings are never garbage; to walk them all again at each full collection was half the time of
    a county's month.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def without_garbage_rounds() -> Iterator[None]:
    """Let the garbage collector rest while much is built that stays to the end.

    Its rounds over ever more of it find nothing; they were a fifth of a city's report.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

"""What a process keeps in memory for as long as it lives."""

import gc


def keep_for_good() -> None:
    """Take what the start has left out of the garbage collector's rounds.

    Modules and mappings are never garbage; to walk them all again at each full collection was half the time of
    a county's month.
    """
    gc.collect()
    gc.freeze()

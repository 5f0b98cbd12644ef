"""Where a village ends, and how far a fix lies from it."""

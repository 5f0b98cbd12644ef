"""Areas, dispatching units, people, postings, and each area's own settings; it has no routes."""

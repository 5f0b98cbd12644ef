"""Everything that only the demo has: its people, its history, and the command that starts it."""

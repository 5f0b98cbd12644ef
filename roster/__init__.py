"""The registers as offices send them: areas, people and postings, fences; and settings of an area."""

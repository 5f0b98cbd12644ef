"""What a dispatching unit pays: living allowance by stamped sheets, travel by round trips (Article 27)."""

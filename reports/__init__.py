"""What the months add up to: residency by area and unit (Articles 12, 16)."""

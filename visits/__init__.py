"""Households, who is paired with them, visits, and what is settled after them (Articles 9–12)."""

"""请假: requested, routed by its length, decided by an office (Article 17)."""

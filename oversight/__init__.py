"""Inspections, recall, recurring duties and the facts for assessments (Articles 14, 15, 20-22, 26, 28, 29)."""

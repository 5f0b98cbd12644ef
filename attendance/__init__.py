"""The month: what each day counts as, and the sheet a township stamps (考勤表)."""

"""How fast, with how few statements and in how little memory; see `python -m bench --help`."""

"""`python -m demo`: everything on this machine, with invented people."""

from pathlib import Path

import click

from demo.launch import PROJECT, run


@click.command()
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65_535), help="Where to answer."
)
@click.option("--reset", is_flag=True, help="Throw the demo's data away and start over.")
@click.option(
    "--var",
    default=PROJECT / "var",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of data and logs.",
)
def main(port: int, reset: bool, var: Path) -> None:
    """Start database, stand-in for WeChat, worker and server; Ctrl-C stops them."""
    run(port=port, var=var.resolve(), reset=reset)


if __name__ == "__main__":
    main()

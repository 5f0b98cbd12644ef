"""`zhucun demo seed`: fill an empty database with invented people."""

import click
from flask import current_app
from flask.cli import AppGroup

from kernel.clock import now

demo_group = AppGroup("demo", help="Invented people and their history, for looking around.")


@demo_group.command("seed")
def seed_command() -> None:
    """Fill an empty database with the demo; a filled one is left alone."""
    if current_app.config["ZHUCUN"].in_production:
        raise click.ClickException("正式环境不放演示数据 (APP_ENV=production takes no demo data)")
    # Imported here, because only the demo's extra brings the names.
    from demo.seed import is_seeded, seed

    if is_seeded():
        click.echo("演示数据已在库中，未作改动 (already seeded, left alone)")
        return
    with click.progressbar(length=100, label="演示数据 seeding") as bar:
        seed(now=now(), progress=bar.update)


commands: tuple[click.Command, ...] = (demo_group,)

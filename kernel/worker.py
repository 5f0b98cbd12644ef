"""`zhucun worker`: the process that carries out jobs."""

import click
from flask import current_app
from flask.cli import with_appcontext

from kernel.jobs import connected_to
from kernel.memory import keep_for_good


@click.command("worker")
@click.option("--concurrency", default=2, show_default=True, help="Jobs carried out at once.")
@with_appcontext
def worker_command(concurrency: int) -> None:
    """Carry out jobs until stopped."""
    keep_for_good()
    with connected_to(current_app.config["ZHUCUN"].database_url) as queue:
        queue.run_worker(concurrency=concurrency)

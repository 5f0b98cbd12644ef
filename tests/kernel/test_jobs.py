"""Jobs live in the database: put there with the change that needs them, carried out by whoever is alive."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

from procrastinate.periodic import PeriodicDeferrer
from sqlalchemy import text

from checkin.jobs import forget_points
from kernel.database import db
from kernel.jobs import SCHEMA, queue, take_up_stalled_jobs

ROOT = Path(__file__).parents[2]


def _states() -> dict[str, str]:
    with db.engine.connect() as connection:
        rows = connection.execute(text(f"SELECT task_name, status::text FROM {SCHEMA}.procrastinate_jobs"))
        return {task: status for task, status in rows}


def test_the_queue_has_a_schema_of_its_own(app):
    with db.engine.connect() as connection:
        inside = connection.execute(
            text("SELECT count(*) FROM information_schema.tables WHERE table_schema = :schema"),
            {"schema": SCHEMA},
        ).scalar_one()
        outside = connection.execute(
            text(
                "SELECT count(*) FROM information_schema.tables "
                "WHERE table_schema = 'public' AND table_name LIKE 'procrastinate%'"
            )
        ).scalar_one()
    assert inside >= 3 and outside == 0


def test_a_job_is_carried_out_once_it_is_put_there(jobs, work):
    with jobs.open():
        forget_points.defer(timestamp=0)
    assert _states() == {forget_points.name: "todo"}
    work()
    assert _states()[forget_points.name] == "succeeded"


def test_a_periodic_job_is_put_there_when_its_time_has_come(jobs):
    """Nobody else does it: the worker's own loop defers it, through the queue the task was declared on."""
    (periodic,) = (
        each for each in queue.periodic_registry.periodic_tasks.values() if each.task is forget_points
    )

    async def defer() -> None:
        async with jobs.open_async():
            deferrer = PeriodicDeferrer(registry=queue.periodic_registry)
            await deferrer.defer_jobs([(periodic, 1_795_485_420)])

    asyncio.run(defer())
    assert _states() == {forget_points.name: "todo"}


def test_a_job_of_a_killed_worker_is_taken_up_again(jobs, work):
    with jobs.open():
        forget_points.defer(timestamp=0)
        with db.engine.begin() as database:
            database.execute(text(f"SET LOCAL search_path TO {SCHEMA}, public"))
            database.execute(text(f"UPDATE {SCHEMA}.procrastinate_jobs SET status = 'doing'"))
        take_up_stalled_jobs.defer(timestamp=0)
    for _ in range(2):
        work()
    assert _states() == {forget_points.name: "succeeded", take_up_stalled_jobs.name: "succeeded"}


def test_every_job_can_wait_only_once_and_has_a_time():
    """Two machines put the same periodic job there: one stays."""
    periodic = {
        task.task.name: task.task.queueing_lock for task in queue.periodic_registry.periodic_tasks.values()
    }
    assert {forget_points.name, take_up_stalled_jobs.name} <= periodic.keys()
    assert all(periodic.values()), json.dumps(periodic)


def test_the_worker_command_carries_out_jobs_until_it_is_told_to_stop(jobs, settings):
    with jobs.open():
        forget_points.defer(timestamp=0)
    environment = {
        **os.environ,
        "APP_ENV": "test",
        "DATABASE_URL": settings.database_url,
        "WECHAT_API_URL": settings.wechat_api_url,
    }
    command = [sys.executable, "-c", "import app; app.cli()", "worker"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, cwd=ROOT) as worker:
        deadline = monotonic() + 30
        while _states()[forget_points.name] != "succeeded" and monotonic() < deadline:
            sleep(0.2)
        worker.terminate()
        assert worker.wait(20) in (0, -signal.SIGTERM)
    assert _states()[forget_points.name] == "succeeded"

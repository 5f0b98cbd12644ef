"""The job queue: it lives in the same database, so a job is enqueued in the transaction that needs it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import procrastinate
from procrastinate import PsycopgConnector
from sqlalchemy import text

from kernel.database import db, libpq_url

SCHEMA = "jobs"
STALLED_AFTER_SECONDS = 600

queue = procrastinate.App(connector=PsycopgConnector())
"""Tasks are declared on it; ``connected_to`` gives it its database."""


@contextmanager
def connected_to(database_url: str) -> Iterator[procrastinate.App]:
    """Let the queue talk to this database; a copy would not do, since tasks defer themselves through `queue`."""
    connector = PsycopgConnector(
        conninfo=libpq_url(database_url), kwargs={"options": f"-c search_path={SCHEMA},public"}, max_size=4
    )
    with queue.replace_connector(connector) as connected:
        yield connected


_ENQUEUE = text(
    f"""
    SELECT {SCHEMA}.procrastinate_defer_jobs_v1(ARRAY[
        CAST(
            ROW(:queue, :task, :priority, :lock, :queueing_lock, CAST(:arguments AS jsonb), NULL)
            AS {SCHEMA}.procrastinate_job_to_defer_v1
        )
    ])
    """
)
"""The function brings its own search path (migration 0008)."""


def enqueue(task_name: str, **arguments: Any) -> None:
    """Put a job into the queue in the running transaction: it exists if that commits, and only then.

    The arguments are JSON. By its name, because the service that needs a job done stands below the module that
    declares it; KeyError if nobody does. Procrastinate's own ``defer`` would take a connection of its own, and
    inside a worker cannot take ours.
    """
    task = queue.tasks[task_name]
    db.session.execute(
        _ENQUEUE,
        {
            "queue": task.queue,
            "task": task.name,
            "priority": task.priority,
            "lock": task.lock,
            "queueing_lock": task.queueing_lock,
            "arguments": json.dumps(arguments),
        },
    )


@queue.periodic(cron="*/10 * * * *")
@queue.task(queueing_lock="take_up_stalled_jobs", pass_context=True)
async def take_up_stalled_jobs(context: procrastinate.JobContext, timestamp: int) -> None:
    """Hand the jobs of killed workers to living ones; jobs run at least once, so each can run twice."""
    stalled = await context.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS)
    for job in stalled:
        await context.app.job_manager.retry_job(job)

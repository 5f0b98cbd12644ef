"""The worker of the demo's jobs, in a thread of the launcher."""

import asyncio
from contextlib import suppress
from threading import Event, Thread

import click
from apiflask import APIFlask
from procrastinate import App

from kernel.jobs import connected_to

STOP_SECONDS = 10


class WorkerThread:
    """Carries out jobs of the app's database until it is stopped."""

    def __init__(self, app: APIFlask) -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ended = Event()
        self._thread = Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise ClickException if the worker has ended by itself."""
        if self._ended.is_set():
            raise click.ClickException("任务线程意外退出 (the worker thread ended)")

    def stop(self) -> None:
        """Let the job at hand finish, and end."""
        with suppress(RuntimeError):  # the loop is closed already if the worker ended by itself
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        database_url = self._app.config["ZHUCUN"].database_url
        try:
            with self._app.app_context(), connected_to(database_url) as jobs:
                self._loop.run_until_complete(self._work(jobs))
        finally:
            self._loop.close()
            self._ended.set()

    async def _work(self, jobs: App) -> None:
        async with jobs.open_async():
            working = asyncio.create_task(jobs.run_worker_async(install_signal_handlers=False))
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working

"""Work of many parts in two threads: one reckons while the other waits for the database."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flask import current_app

Part = TypeVar("Part")
Result = TypeVar("Result")


def work_off(work: Callable[[Part], Result], parts: Iterable[Part]) -> list[Result]:
    """Do the same to each part, and return what comes of them in their order; the first error ends it all.

    A second thread helps where there is more than one part. It has a session of its own, which it leaves when
    the parts are done: what it has read is detached, and each part is read at its own moment.
    """
    waiting = deque(enumerate(parts))
    done: dict[int, Result] = {}

    def work_on() -> None:
        while True:
            try:
                number, part = waiting.popleft()
            except IndexError:
                return
            try:
                done[number] = work(part)
            except BaseException:
                waiting.clear()
                raise

    def help_out() -> None:
        with context:
            work_on()

    context = current_app.app_context()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="parts") as pool:
        helper = pool.submit(help_out) if len(waiting) > 1 else None
        work_on()
        if helper:
            helper.result()
    return [result for _, result in sorted(done.items())]

"""A program: look at and clean each file of a folder in a process of its own, and say what that took.

``python -m tests.photos_measured <folder>`` writes ``<file>.clean`` beside what was cleaned, and prints a line
of JSON for each: its name, what became of it, and how many megabytes of memory the process had at most.
"""

import json
import os
import signal
import sys
from pathlib import Path

from kernel.errors import Refusal
from kernel.pictures import clean, look

PATIENCE_SECONDS = 5


def _outcome(file: Path) -> str:
    data = file.read_bytes()
    try:
        look(data)
        picture = clean(data)
    except Refusal as refusal:
        return refusal.code
    file.with_name(f"{file.name}.clean").write_bytes(picture.jpeg + picture.thumbnail)
    return "clean"


def _run_alone(file: Path, outcome: int) -> None:
    """Do the work in this forked process and leave; whatever else happens shows in how the process ended."""
    signal.alarm(PATIENCE_SECONDS)
    try:
        os.write(outcome, _outcome(file).encode())
    except BaseException as error:
        os.write(outcome, repr(error).encode())
    finally:
        os._exit(0)


def main(folder: Path) -> None:
    for file in sorted(folder.iterdir()):
        reading, writing = os.pipe()
        if not (pid := os.fork()):
            _run_alone(file, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as told:
            outcome = told.read().decode()
        _, status, usage = os.wait4(pid, 0)
        print(json.dumps([file.name, outcome or f"ended with {status}", usage.ru_maxrss // 1024]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""`python -m bench`: measure, print the table, write bench/results.json."""

import argparse
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path

from flask_migrate import upgrade

from app import create_app
from bench import rows, sheets, visits
from bench.rows import Bench, Line
from bench.server import ROOT, database
from kernel.database import db
from kernel.memory import keep_for_good

WORKS = [work for part in (rows, sheets, visits) for work in part.ROWS.items()]
ROWS = sorted({row for row, _ in WORKS}, key=lambda row: int(row.removeprefix("T")))
RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    """Measure the rows asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rows", default=",".join(ROWS), help="such as T1,T5")
    parser.add_argument("--scale", choices=["small", "full"], default="small", help="full takes an hour")
    options = parser.parse_args()
    asked = options.rows.split(",")
    if unknown := set(asked).difference(ROWS):
        parser.error(f"no such rows: {', '.join(sorted(unknown))}")
    works = dict.fromkeys(work for row in asked for name, work in WORKS if name == row)
    with database(os.environ.get("DATABASE_URL")) as url:
        os.environ.update(APP_ENV="test", DATABASE_URL=url)
        app = create_app()
        with app.app_context():
            upgrade(str(ROOT / "migrations"))
            db.session.remove()
            keep_for_good()  # as a worker and a server do
            bench = Bench(url, app, is_full=options.scale == "full")
            for work in works:
                print(f"… {(work.__doc__ or '').splitlines()[0]}", flush=True)
                for line in work(bench):
                    bench.lines.append(line)
                    print(_write(line), flush=True)
    _keep(bench.lines, options.scale)


def _write(line: Line) -> str:
    base = "" if line.base is None else f"{line.base:,.2f}"
    ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
    sign = "≥" if line.at_least else "≤"
    verdict = "ok" if line.is_met else "OVER"
    figure = f"{line.figure:,.2f} {line.unit}"
    return (
        f"{line.row:4} {line.what:44} {figure:>14} {base:>10} {ratio:>6}  {sign} {line.target:<5} {verdict}"
    )


def _keep(lines: list[Line], scale: str) -> None:
    rows = [{**asdict(line), "ratio": line.ratio, "met": line.is_met} for line in lines]
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    RESULTS.write_text(
        json.dumps({"scale": scale, "machine": machine, "rows": rows}, ensure_ascii=False, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()

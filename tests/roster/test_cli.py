"""The commands of the operator."""

import json

import pytest
from sqlalchemy import func, select

from app import commands
from geofence.models import FenceVersion
from identity.models import WechatBinding
from kernel.database import db
from kernel.spreadsheet import read_table
from org.models import Area, Person, Posting
from roster.entries import ROSTER_COLUMNS
from tests.factories import MIDDLE, bind_wechat, make_person, square

AREAS = "code,name,parent_code,level\n360900000000,宜春市,,city\n360981000000,丰城市,360900000000,county\n"
CHANGES = "change,code,old_name,new_name\nrenamed,360981000000,丰城市,新丰城市\n"
HEADER = ",".join(column.name for column in ROSTER_COLUMNS)
GOOD = "曾大山,13811110001,队员,甲县,甲一乡,塅垇村,,市统计局,市直机关,2026-01-01,"


@pytest.fixture
def run(app, tmp_path):
    """Run a command line, perhaps on a file of this content."""
    runner = app.test_cli_runner()

    def run(*arguments, file=None):
        if file is not None:
            path = tmp_path / "file"
            path.write_bytes(file.encode())
            arguments = (*arguments, str(path))
        return runner.invoke(commands(), args=arguments)

    return run


def count(table):
    return db.session.scalar(select(func.count()).select_from(table))


def test_areas_are_imported_once_the_dry_run_is_clean(run):
    tried = run("areas", "import", "--edition-day", "2023-10-31", "--dry-run", file=AREAS)
    assert (tried.exit_code, count(Area)) == (0, 0), tried.output
    done = run("areas", "import", "--edition-day", "2023-10-31", file=AREAS)
    assert "added: 2" in done.output
    changed = run("areas", "import", "--edition-day", "2024-10-31", "--changes", file=CHANGES)
    assert "renamed: 1" in changed.output


def test_bad_areas_are_listed_and_the_exit_code_is_1(run):
    failed = run("areas", "import", "--edition-day", "2023-10-31", file=AREAS + "12,短,,city\n")
    assert failed.exit_code == 1
    assert "row 4" in failed.output
    assert count(Area) == 0


def test_template_is_written(run, tmp_path):
    path = tmp_path / "template.xlsx"
    assert run("roster", "template", str(path)).exit_code == 0
    assert read_table(path.read_bytes(), columns=ROSTER_COLUMNS) == ([], [])


def test_roster_is_imported_for_any_county(world, run):
    before = count(Posting)
    tried = run("roster", "import", "--dry-run", file=f"{HEADER}\n{GOOD}\n")
    assert (tried.exit_code, count(Posting)) == (0, before), tried.output
    assert run("roster", "import", file=f"{HEADER}\n{GOOD}\n").exit_code == 0
    assert count(Posting) == before + 1


def test_bad_roster_is_listed_and_the_exit_code_is_1(world, run):
    failed = run("roster", "import", file=f"{HEADER}\n{GOOD.replace('塅垇村', '无此村')}\n")
    assert failed.exit_code == 1
    assert "area_unknown" in failed.output
    assert run("roster", "import", file="x\n").exit_code == 1


def features(*codes, datum="wgs84"):
    """Return a drawing with a square village for each code."""
    drawn = []
    for number, code in enumerate(codes):
        middle = MIDDLE.moved(east_m=10_000 * number)
        (feature,) = square(middle.longitude_deg, middle.latitude_deg)["features"]
        drawn.append({**feature, "properties": {"datum": datum, "village_code": code}})
    return drawn


def collection(drawn):
    return json.dumps({"type": "FeatureCollection", "features": drawn})


def test_features_of_one_village_are_one_fence(world, run):
    before = count(FenceVersion)
    drawn = features(world.village.code, world.village_2.code, world.village.code)
    done = run("fences", "import", file=collection(drawn))
    assert (done.exit_code, count(FenceVersion)) == (0, before + 2), done.output
    newest = db.session.scalars(
        select(FenceVersion)
        .where(FenceVersion.village_id == world.village.id)
        .order_by(FenceVersion.version.desc())
    ).first()
    assert (newest.version, len(newest.drawing["features"])) == (2, 2)


def test_every_bad_feature_is_listed_and_nothing_is_drawn(world, run):
    before = count(FenceVersion)
    drawn = [
        *features(world.village.code, "360799999999", world.county.code),
        *features(world.village_2.code, datum="nad27"),
        {"type": "Feature", "properties": None, "geometry": None},
    ]
    failed = run("fences", "import", file=collection(drawn))
    assert failed.exit_code == 1
    for row, code in (
        (2, "village_unknown"),
        (3, "village_unknown"),
        (4, "datum_unknown"),
        (5, "village_code_missing"),
    ):
        assert any(f"row {row} " in line and code in line for line in failed.output.splitlines())
    assert count(FenceVersion) == before
    assert run("fences", "import", file="[]").exit_code == 1
    assert run("fences", "import", file="{").exit_code == 1


def test_person_is_invited_by_phone(app, run):
    make_person("曾大山", "13811110001")
    invited = run("accounts", "invite", "13811110001")
    assert (invited.exit_code, len(invited.output.split()[0])) == (0, 10), invited.output
    assert run("accounts", "invite", "13811110002").exit_code == 1


def test_person_is_unbound_by_phone(app, run):
    bind_wechat(make_person("曾大山", "13811110001"), "openid")
    unbound = run("accounts", "unbind", "13811110001")
    assert unbound.exit_code == 0, unbound.output
    assert db.session.scalars(select(WechatBinding.ended_at)).one() is not None
    assert run("accounts", "unbind", "13811110001").exit_code == 1
    assert count(Person) == 1

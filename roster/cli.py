"""Commands of the operator: importing areas, the roster and fences; accounts of people."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
from flask.cli import AppGroup
from sqlalchemy import select

from identity import login
from kernel.clock import now
from kernel.database import db
from kernel.errors import Refusal
from kernel.spreadsheet import RowError, write_template
from org.models import Person
from roster.areas import import_areas, import_changes
from roster.entries import ROSTER_COLUMNS
from roster.fences import FencesRefused, import_fences
from roster.people import import_roster

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DAY = click.DateTime(formats=["%Y-%m-%d"])

areas = AppGroup("areas", help="地区：导入统计用区划代码。 Areas.")
roster = AppGroup("roster", help="名册：模板与导入。 The roster.")
fences = AppGroup("fences", help="围栏：批量导入。 Fences.")
accounts = AppGroup("accounts", help="账号：邀请与解除绑定。 Accounts.")
commands = (areas, roster, fences, accounts)


@areas.command("import")
@click.argument("file", type=FILE)
@click.option("--edition-day", type=DAY, required=True, help="First day the edition is in force, 2023-10-31.")
@click.option("--changes", is_flag=True, help="The file lists changes (change,code,old_name,new_name).")
@click.option("--dry-run", is_flag=True, help="Say what would be done; write nothing.")
def import_areas_command(file: Path, edition_day: datetime, changes: bool, dry_run: bool) -> None:
    """Import an edition of the statistics bureau's table (code,name,parent_code,level)."""
    run = import_changes if changes else import_areas
    data, day = file.read_bytes(), edition_day.date()
    with _refusals_told():
        plan = run(data, edition_day=day, now=now(), dry_run=True)
        _stop_at(plan.errors)
        if not dry_run:
            run(data, edition_day=day, now=now())
    _tell(
        dry_run,
        added=len(plan.added),
        renamed=len(plan.renamed),
        abolished=len(plan.abolished),
        unchanged=plan.unchanged,
    )


@roster.command("template")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def template_command(file: Path) -> None:
    """Write the spreadsheet to fill in."""
    file.write_bytes(write_template(ROSTER_COLUMNS, title="名册"))


@roster.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Say what would be done; write nothing.")
def import_roster_command(file: Path, dry_run: bool) -> None:
    """Import people, postings and offices of any county and of the city."""
    data = file.read_bytes()
    with _refusals_told():
        plan = import_roster(data, now=now(), by=None, within_county=None, dry_run=True)
        _stop_at(plan.errors)
        if not dry_run:
            import_roster(data, now=now(), by=None, within_county=None, dry_run=False)
    _tell(
        dry_run,
        people_added=plan.people_added,
        postings_added=plan.postings_added,
        offices_added=plan.offices_added,
        dates_changed=plan.dates_changed,
        unchanged=plan.unchanged,
    )


@fences.command("import")
@click.argument("file", type=FILE)
@click.option("--source", help="Document or person the fences come from; by default the name of the file.")
def import_fences_command(file: Path, source: str | None) -> None:
    """Draw the fences of a GeoJSON file whose features name their `village_code`."""
    with _refusals_told():
        result = import_fences(file.read_bytes(), source=source or file.name, now=now(), progress=_with_bar)
    _tell(False, villages_drawn=result.drawn)


def _with_bar(codes: list[str]) -> Iterator[str]:
    with click.progressbar(codes, label="围栏 fences") as bar:
        yield from bar


@accounts.command("invite")
@click.argument("phone")
def invite_command(phone: str) -> None:
    """Print an invitation code for the person of the roster with this phone number."""
    code, expires_at = login.invite(person_id=_find_person(phone), by=None, now=now())
    click.echo(f"{code}  有效期至 valid until {expires_at:%Y-%m-%d %H:%M}")


@accounts.command("unbind")
@click.argument("phone")
def unbind_command(phone: str) -> None:
    """End the WeChat binding and the sessions of the person with this phone number."""
    with _refusals_told():
        login.unbind(person_id=_find_person(phone), by=None, now=now())
    click.echo("已解除绑定 Unbound.")


def _find_person(phone: str) -> UUID:
    lookup = login.cipher().lookup(phone, field="phone")
    person_id = db.session.scalars(select(Person.id).where(Person.phone_lookup == lookup)).one_or_none()
    if person_id is None:
        raise click.ClickException("名册中没有这个手机号 Nobody on the roster has this phone number.")
    return person_id


def _tell(dry_run: bool, **figures: int) -> None:
    click.echo("试算，未写入 Dry run, nothing written" if dry_run else "已写入 Written")
    for name, figure in figures.items():
        click.echo(f"  {name}: {figure}")


def _stop_at(errors: Iterable[RowError]) -> None:
    """Print every bad row and end with exit code 1, if there are any."""
    listed = list(errors)
    for error in listed:
        click.echo(
            f"第 {error.row} 行 row {error.row} {error.column} [{error.code}] {error.message}", err=True
        )
    if listed:
        raise click.ClickException(f"有 {len(listed)} 处错误，未写入 {len(listed)} errors, nothing written.")


@contextmanager
def _refusals_told() -> Iterator[None]:
    """Turn a refusal into a message and exit code 1."""
    try:
        yield
    except FencesRefused as refused:
        _stop_at(refused.errors)
    except Refusal as refusal:
        raise click.ClickException(f"{refusal.message} [{refusal.code}]") from refusal

"""Wiring only: settings, extensions, blueprints, commands."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from apiflask import APIFlask
from flask.cli import FlaskGroup, NoAppException
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

import allowances.routes
import attendance.absence_routes
import attendance.changeover_routes
import attendance.jobs
import attendance.routes
import attendance.sheet_routes
import checkin.jobs
import checkin.routes
import demo.cli
import feedback.routes
import geofence.routes
import identity.routes
import leave.jobs
import leave.proofs
import leave.routes
import messages.jobs
import messages.routes
import oversight.assessment_routes
import oversight.duty_jobs
import oversight.duty_photos
import oversight.duty_routes
import oversight.finding_photos
import oversight.inbox_routes
import oversight.inspection_jobs
import oversight.inspection_routes
import oversight.recall_routes
import pictures.jobs
import pictures.routes
import reports.burden_routes
import reports.evidence_routes
import reports.job_routes
import reports.jobs
import reports.own_data_routes
import reports.pairing_visits_routes
import reports.residency_routes
import roster.cli
import roster.rotation_proofs
import roster.rotation_routes
import roster.routes
import roster.team_routes
import visits.jobs
import visits.photos
import visits.routes
from identity import session
from identity.production import refuse_demo_accounts
from kernel import cache, health, limits, logs, openapi, photos, web
from kernel.crypto import FieldCipher
from kernel.database import db, engine_options, psycopg_url
from kernel.memory import keep_for_good
from kernel.settings import BadSettings, Settings, parse_data_keys, read_settings
from kernel.wechat import WeChat
from kernel.worker import worker_command
from messages.delivery import refuse_unknown_templates
from pictures import guards
from pictures.models import SubjectKind

API = "/api/v1"
BLUEPRINTS = (
    identity.routes.bp,
    geofence.routes.bp,
    checkin.routes.bp,
    feedback.routes.bp,
    allowances.routes.bp,
    attendance.absence_routes.bp,
    attendance.changeover_routes.bp,
    attendance.routes.bp,
    attendance.sheet_routes.bp,
    leave.routes.bp,
    messages.routes.bp,
    oversight.assessment_routes.bp,
    oversight.duty_routes.bp,
    oversight.inbox_routes.bp,
    oversight.inspection_routes.bp,
    oversight.recall_routes.bp,
    pictures.routes.bp,
    reports.own_data_routes.bp,
    reports.burden_routes.bp,
    reports.evidence_routes.bp,
    reports.residency_routes.bp,
    reports.pairing_visits_routes.bp,
    reports.job_routes.bp,
    roster.routes.bp,
    roster.team_routes.bp,
    roster.rotation_routes.bp,
    visits.routes.bp,
)
COMMANDS = (*roster.cli.commands, *demo.cli.commands, worker_command)
JOBS = (
    attendance.jobs,
    checkin.jobs,
    leave.jobs,
    messages.jobs,
    oversight.duty_jobs,
    oversight.inspection_jobs,
    pictures.jobs,
    reports.jobs,
    visits.jobs,
)
"""Modules that declare jobs; a worker knows a job once its module is imported."""

PHOTO_GUARDS = {
    SubjectKind.VISIT: visits.photos.GUARD,
    SubjectKind.LEAVE: leave.proofs.GUARD,
    SubjectKind.DUTY: oversight.duty_photos.GUARD,
    SubjectKind.ROTATION: roster.rotation_proofs.GUARD,
    SubjectKind.FINDING: oversight.finding_photos.GUARD,
}


def create_app(settings: Settings | None = None) -> APIFlask:
    """Return the application for these settings, by default those of the environment."""
    settings = settings or read_settings()
    refuse_unknown_templates(settings)
    logs.configure()
    app = APIFlask("zhucun", title=openapi.TITLE, version=openapi.VERSION, docs_path=None, static_folder=None)  # type: ignore[arg-type]
    app.config.update(
        ZHUCUN=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=psycopg_url(settings.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(threads=settings.threads),
        TRUSTED_HOSTS=list(settings.allowed_hosts) or None,
    )
    db.init_app(app)
    Migrate(app, db, directory=str(Path(__file__).parent / "migrations"))
    app.extensions["field_cipher"] = FieldCipher(parse_data_keys(settings.data_keys))
    app.extensions["cache"] = cache.connect(settings.redis_url)
    app.extensions["photos"] = photos.connect(settings.photos_url)
    app.extensions[guards.EXTENSION] = PHOTO_GUARDS
    app.extensions["wechat"] = WeChat(
        app_id=settings.wechat_app_id,
        app_secret=settings.wechat_app_secret,
        base_url=settings.wechat_api_url,
        cache=app.extensions["cache"],
    )
    web.install(app)
    health.install(app)
    session.install(app)
    web.read_strictly(app)
    openapi.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint, url_prefix=API)
    limits.install(app, settings.redis_url, "identity.post_session", "identity.post_binding")
    hops = settings.proxy_hops
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def create_server() -> APIFlask:
    """Return the application that serves people; in production it refuses to start with demo accounts."""
    with _bad_settings_listed():
        app = create_app()
        if app.config["ZHUCUN"].in_production:
            with app.app_context():
                refuse_demo_accounts()
        keep_for_good()
        return app


def cli() -> None:
    """Run the command line `zhucun`."""
    commands()()


def commands() -> FlaskGroup:
    """Return the command line; it knows its commands, and tells of them, before there are settings."""
    group = FlaskGroup(create_app=_create_for_command, add_version_option=False)
    for command in COMMANDS:
        group.add_command(command)
    return group


def _create_for_command() -> APIFlask:
    try:
        return create_app()
    except BadSettings as bad:
        raise NoAppException(_what_is_wrong(bad)) from bad


@contextmanager
def _bad_settings_listed() -> Iterator[None]:
    """End the process with a list of what is wrong instead of a trace."""
    try:
        yield
    except BadSettings as bad:
        click.echo(_what_is_wrong(bad), err=True)
        sys.exit(2)


def _what_is_wrong(bad: BadSettings) -> str:
    return f"These settings need your attention:\n{bad}"

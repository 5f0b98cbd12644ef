"""/healthz for the proxy, /metrics for Prometheus."""

import os
import secrets
import time

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import text

from kernel.database import db
from kernel.errors import NotFound

REQUESTS = Counter("zhucun_requests", "Requests by endpoint and status", ["endpoint", "status"])
SECONDS = Histogram("zhucun_request_seconds", "Seconds a request took, by endpoint", ["endpoint"])

bp = Blueprint("health", __name__)


def install(app: Flask) -> None:
    """Count every request and add the two addresses."""
    app.before_request(_start)
    app.after_request(_count)
    app.register_blueprint(bp)


def _start() -> None:
    g.started = time.perf_counter()


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    REQUESTS.labels(endpoint, response.status_code).inc()
    SECONDS.labels(endpoint).observe(time.perf_counter() - g.get("started", time.perf_counter()))
    return response


@bp.get("/healthz")
def healthz() -> dict[str, str]:
    """Answer once the database does."""
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}


@bp.get("/metrics")
def metrics() -> Response:
    """The counters of all processes of this server, for whoever holds the token; unknown to all others."""
    token = current_app.config["ZHUCUN"].metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not secrets.compare_digest(token.encode(), given.encode()):
        raise NotFound()
    registry: CollectorRegistry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

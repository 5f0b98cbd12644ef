"""Rate limits for the doors that are open to strangers; without Redis each process counts for itself."""

from typing import Any

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from kernel.cache import BOUNDED

DOOR = "120 per minute"
"""High, since a whole county may stand behind one address."""


def install(app: Flask, redis_url: str, *endpoints: str) -> None:
    """Limit these endpoints by the caller's address; a Redis that is down limits nobody."""
    options: dict[str, Any] = dict(BOUNDED) if redis_url else {}
    limiter = Limiter(
        get_remote_address,
        storage_uri=_storage(redis_url),
        storage_options=options,
        strategy="moving-window",
        key_prefix="zhucun:doors:1",
        in_memory_fallback=[DOOR],
        in_memory_fallback_enabled=True,
        swallow_errors=True,
        headers_enabled=False,
    )
    limiter.init_app(app)
    for endpoint in endpoints:
        view: Any = app.view_functions[endpoint]
        app.view_functions[endpoint] = limiter.limit(DOOR)(view)


def _storage(redis_url: str) -> str:
    """Return the address in the spelling of the `limits` library."""
    if redis_url.startswith("unix://"):
        return f"redis+{redis_url}"
    return redis_url or "memory://"

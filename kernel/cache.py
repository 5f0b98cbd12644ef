"""Redis, or its in-process stand-in. Holds only what may be lost: rate limits and access tokens."""

from collections.abc import Mapping
from typing import Any

import fakeredis
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_SECONDS = 0.2
BOUNDED: Mapping[str, Any] = {
    "socket_timeout": TIMEOUT_SECONDS,
    "socket_connect_timeout": TIMEOUT_SECONDS,
    "retry": Retry(NoBackoff(), 0),
}
"""How every client of Redis is made: by itself it would try ten times, with pauses between."""


def connect(url: str) -> redis.Redis:
    """Return a client that gives up after 0.2 s; without a URL, a stand-in inside this process."""
    if not url:
        return fakeredis.FakeRedis()
    return redis.Redis.from_url(url, **BOUNDED)

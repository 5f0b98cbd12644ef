"""The phones: raw HTTP/1.1 over connections kept alive, from a process of its own (`python -m bench.load`)."""

import asyncio
import json
import pickle
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any
from uuid import uuid4

HEAD_END = b"\r\n\r\n"
BOUNDARY = "a-photo-of-a-visit"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass
class Answers:
    """What came back to one burst of requests."""

    elapsed_seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies_ms: list[float] = field(default_factory=list)
    bodies: set[int] = field(default_factory=set)
    """A hash of each different body."""

    @property
    def per_second(self) -> float:
        return sum(self.statuses.values()) / self.elapsed_seconds

    @property
    def p99_ms(self) -> float:
        return quantiles(self.latencies_ms, n=100)[98]

    def expect(self, status: int) -> "Answers":
        """Return the answers, all of which must have this status."""
        if set(self.statuses) != {status}:
            raise RuntimeError(f"expected {status} only, got {dict(self.statuses)}")
        return self


def write_request(
    method: str, path: str, *, token: str | None = None, json_body: Any = None, photo: bytes | None = None
) -> bytes:
    """Return the bytes of one request; a photo goes as a form, with a key of its own."""
    body, content_type = b"" if json_body is None else json.dumps(json_body).encode(), "application/json"
    if photo is not None:
        body, content_type = _form(photo), f"multipart/form-data; boundary={BOUNDARY}"
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    if token is not None:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join(lines).encode() + HEAD_END + body


def _form(photo: bytes) -> bytes:
    def part(name: str, content: bytes) -> bytes:
        head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name={name}"
        return head.encode() + HEAD_END + content + b"\r\n"

    parts = part("client_key", str(uuid4()).encode()), part('"photo"; filename="photo.jpg"', photo)
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def send(requests: list[bytes], *, port: int, connections: int = 32) -> Answers:
    """Send all requests over so many connections at once and return the answers."""
    run = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=pickle.dumps((requests, port, connections)),
        stdout=subprocess.PIPE,
        check=True,
    )
    return pickle.loads(run.stdout)  # type: ignore[no-any-return]


class Phone(asyncio.Protocol):
    """One connection: sends the next request once the last one is answered."""

    def __init__(self, requests: Iterator[bytes], answers: Answers) -> None:
        self._requests, self._answers = requests, answers
        self._received = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send_next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(HEAD_END)
        if head_end < 0:
            return
        length = _LENGTH.search(self._received, 0, head_end)
        if len(self._received) < head_end + len(HEAD_END) + int(length[1] if length else 0):
            return
        self._answers.latencies_ms.append((time.perf_counter() - self._sent_at) * 1_000)
        self._answers.statuses[int(self._received[9:12])] += 1
        self._answers.bodies.add(hash(self._received[head_end:]))
        self._received = b""
        self._send_next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("closed by the server"))

    def _send_next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


async def _send(requests: list[bytes], port: int, connections: int) -> Answers:
    answers, queue, loop = Answers(), iter(requests), asyncio.get_running_loop()
    started = time.perf_counter()
    phones = [
        (await loop.create_connection(lambda: Phone(queue, answers), "127.0.0.1", port))[1]
        for _ in range(min(connections, len(requests)))
    ]
    await asyncio.gather(*(phone.done for phone in phones))
    answers.elapsed_seconds = time.perf_counter() - started
    return answers


if __name__ == "__main__":
    from bench import load  # the answers are to be pickled under the module's name

    answers = asyncio.run(load._send(*pickle.load(sys.stdin.buffer)))
    sys.stdout.buffer.write(pickle.dumps(answers))

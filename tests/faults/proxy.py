"""A bad line: between phone and server it loses answers, delivers twice, cuts requests off, and dawdles."""

import asyncio
import random
import re
import threading

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class BadLine(threading.Thread):
    """Listens on a port of its own and passes each request on to the server, or not quite."""

    def __init__(self, server_port: int, *, seed: int) -> None:
        super().__init__(daemon=True)
        self._server_port, self._chance = server_port, random.Random(seed)
        self._loop, self._listening = asyncio.new_event_loop(), threading.Event()
        self.broken = 0

    def __enter__(self) -> "BadLine":
        self.start()
        self._listening.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self.join()

    def run(self) -> None:
        listener = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = listener.sockets[0].getsockname()[1]
        self._listening.set()
        self._loop.run_forever()
        listener.close()
        self._loop.run_until_complete(asyncio.sleep(0.2))  # the phones have hung up; let the talks end
        self._loop.close()

    async def _serve(self, phone: asyncio.StreamReader, to_phone: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await _read_message(phone)
                fate = self._chance.random()
                self.broken += fate < 0.5
                if fate < 0.1:
                    await self._deliver(request[: len(request) // 2], wants_answer=False)
                    break
                if self._chance.random() < 0.1:
                    await asyncio.sleep(0.1)
                answer = await self._deliver(request)
                if fate < 0.3:
                    break
                if fate < 0.5:
                    answer = await self._deliver(request)
                to_phone.write(answer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            to_phone.close()

    async def _deliver(self, request: bytes, *, wants_answer: bool = True) -> bytes:
        answers, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
        try:
            to_server.write(request)
            await to_server.drain()
            return await _read_message(answers) if wants_answer else b""
        finally:
            to_server.close()


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = LENGTH.search(head)
    return head + await reader.readexactly(int(length[1]) if length else 0)

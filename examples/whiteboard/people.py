"""Who is at the board."""

import asyncio
import hashlib
import itertools
import time

from fastapi import WebSocket, WebSocketDisconnect

MOST_PEOPLE = 60
MOST_WAITING = 600  # messages that a slow browser may lag behind
BYTES_A_SECOND = 200_000

_numbers = itertools.count(1)


class Person:
    def __init__(self, name: str, key: str):
        self.id = next(_numbers)
        self.author = hashlib.sha256(key.encode()).hexdigest()[:16]
        self.name = 'Somebody'
        self.rename(name)
        self.mailbox: asyncio.Queue[dict] = asyncio.Queue(MOST_WAITING)
        self.too_slow = asyncio.Event()
        self.allowance = float(BYTES_A_SECOND)
        self.heard = time.monotonic()

    @classmethod
    def from_hello(cls, hello: dict) -> 'Person':
        if hello['t'] != 'hello' or not 8 <= len(hello['key']) <= 100:
            raise ValueError('hello')
        return cls(hello['name'], hello['key'])

    def rename(self, name: str) -> None:
        self.name = ' '.join(str(name).split())[:24] or self.name

    def introduction(self) -> dict:
        return {'id': self.id, 'name': self.name, 'author': self.author}

    def may_speak(self, size: int) -> bool:
        now = time.monotonic()
        self.allowance = min(2.0 * BYTES_A_SECOND, self.allowance + (now - self.heard) * BYTES_A_SECOND)
        self.heard = now
        self.allowance -= size
        if self.allowance < 0:
            raise ValueError('too much at once')
        return True

    def tell(self, message: dict) -> None:
        try:
            self.mailbox.put_nowait(message)
        except asyncio.QueueFull:
            self.too_slow.set()

    async def write_to(self, socket: WebSocket) -> None:
        try:
            while not self.too_slow.is_set():
                await asyncio.wait_for(socket.send_json(await self.mailbox.get()), timeout=20)
            await socket.close(1013, 'Too slow')
        except (WebSocketDisconnect, RuntimeError, asyncio.TimeoutError):
            pass  # the reader notices the same and takes leave


class Room:
    def __init__(self):
        self.people: dict[int, Person] = {}

    def enter(self, person: Person) -> bool:
        if len(self.people) >= MOST_PEOPLE:
            return False
        self.people[person.id] = person
        return True

    def leave(self, person: Person) -> None:
        self.people.pop(person.id, None)

    def introductions(self) -> list[dict]:
        return [person.introduction() for person in self.people.values()]

    def tell(self, message: dict, but: Person | None = None) -> None:
        for person in self.people.values():
            if person is not but:
                person.tell(message)

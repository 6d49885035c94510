"""Opening a memory on the process's engine."""
from __future__ import annotations

import queue
from typing import Any, TypeVar

from ._async_client import AsyncClient, AsyncInbox
from ._client import Client, outcome
from ._engine import shared_engine
from ._wire import camel, encode

C = TypeVar("C", bound=Client)
A = TypeVar("A", bound=AsyncClient)


def _params(path: str, given: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    every = {**given, **{camel(name): value for name, value in more.items()}}
    options = {name: encode(value, name) for name, value in every.items() if value is not None}
    return {"path": path, "options": {"client": "python", **options}}


def open_memory(kind: type[C], method: str, path: str, given: dict[str, Any], more: dict[str, Any]) -> C:
    engine = shared_engine()
    inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    engine.request(method, _params(path, given, more), inbox.put)
    opened = outcome(inbox.get(), None)
    return kind(engine, int(opened["memory"]), path)


async def open_memory_async(kind: type[A], method: str, path: str, given: dict[str, Any], more: dict[str, Any]) -> A:
    engine = shared_engine()
    inbox = AsyncInbox()
    engine.request(method, _params(path, given, more), inbox.deliver)
    opened = outcome(await inbox.get(), None)
    return kind(engine, int(opened["memory"]), path)

"""What the methods of a memory stand on: one call of the protocol, awaited."""
from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any

from . import _types as T
from ._client import Base, Items, ask_params, outcome
from ._engine import Message
from ._items import Parts
from ._progress import Progress, reporter
from ._wire import options
from .vectors import VectorView, views

__all__ = ["AsyncAnswer", "AsyncClient", "Progress", "options"]


class AsyncClient(Base):
    """Awaits each call. Cancelling the task cancels the call."""

    async def _call(self, method: str, params: Message, returns: Any, progress: Progress = None) -> Any:
        report = reporter(method, progress)
        try:
            inbox = AsyncInbox()
            request_id = await self._request(method, self._params(params, ["progress"] if report else []), inbox)
            return outcome(await self._wait(request_id, inbox, report), returns)
        finally:
            if report:
                report.close()

    async def _request(self, method: str, params: Message, inbox: AsyncInbox) -> int:
        return self._engine.request(method, params, inbox.deliver)

    async def _wait(self, request_id: int, inbox: AsyncInbox, report: Callable[[Message], None] | None) -> Message:
        try:
            while True:
                message = await inbox.get()
                if "result" in message or "error" in message:
                    return message
                if report and message.get("event") == "progress":
                    report(message["data"])
        except BaseException:
            self._engine.cancel(request_id)
            raise

    async def put_many(self, items: Items, *, vectors: Any = None, durability: T.Durability | None = None, progress: Progress = None) -> T.PutManyResult:
        """Stores many documents in batches, each of them one commit. Takes what the synchronous `put_many` takes."""
        parts = Parts(items, vectors, self._engine.hello)
        report = reporter("putMany", progress, parts.total)
        inbox = AsyncInbox()
        request_id = await self._request("putMany", self._params({"options": options(durability=durability)}, ["progress"] if report else []), inbox)
        try:
            message = await self._feed(request_id, inbox, parts, report) or await self._wait(request_id, inbox, report)
            result: T.PutManyResult = outcome(message, T.PutManyResult)
            return result
        except BaseException:
            self._engine.cancel(request_id)
            raise
        finally:
            if report:
                report.close()

    async def _feed(self, request_id: int, inbox: AsyncInbox, parts: Parts, report: Callable[[Message], None] | None) -> Message | None:
        credit = int(self._engine.hello["itemWindow"])
        for part in parts:
            while credit == 0 or not inbox.is_empty:
                message = await inbox.get()
                if "result" in message or "error" in message:
                    return message
                credit += int(message.get("credit", 0))
                if report and message.get("event") == "progress":
                    report(message["data"])
            # A pipe that is full would hold up the whole loop.
            await asyncio.to_thread(self._engine.send, {"id": request_id, **part})
            credit -= 1
        self._engine.send({"id": request_id, "end": True})
        return None

    def ask_stream(self, question: str, **given: Any) -> AsyncAnswer:
        """Asks, and gives the pieces of the answer as they come; `await result()` afterwards is the whole. Takes what `ask` takes."""
        return AsyncAnswer(self, question, given)

    async def vectors(self) -> list[VectorView]:
        """The stored vectors of each segment: `frame_ids` and `data`, numpy arrays where numpy is installed."""
        return views(await self._call("vectors", {}, None))

    async def close(self) -> None:
        """Releases the file. What was acknowledged is in it already."""
        if self._engine.is_alive and not self._closed:
            self._closed = True
            await self._call("close", {}, None)

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()


class AsyncAnswer:
    """An answer as it comes: an asynchronous iterator over its pieces."""

    def __init__(self, client: AsyncClient, question: str, given: dict[str, Any]) -> None:
        self._client = client
        self._params = ask_params(client, question, given)
        self._last: Message | None = None
        self._inbox: AsyncInbox | None = None
        self._request_id = 0

    async def __aiter__(self) -> AsyncIterator[str]:
        if self._inbox is None:
            self._inbox = AsyncInbox()
            self._request_id = await self._client._request("ask", self._params, self._inbox)
        try:
            while self._last is None:
                message = await self._inbox.get()
                if "result" in message or "error" in message:
                    self._last = message
                    outcome(message, None)
                elif message.get("event") == "token":
                    yield str(message["data"])
        except BaseException:
            if self._last is None:
                self._client._engine.cancel(self._request_id)
            raise

    async def result(self) -> T.AskResult:
        """Waits for the end; the whole answer with its usage, grounding and citations."""
        async for _ in self:
            pass
        assert self._last is not None
        result: T.AskResult = outcome(self._last, T.AskResult)
        return result


class AsyncInbox:
    """Messages that the reader's thread hands to the event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Message] = asyncio.Queue()

    def deliver(self, message: Message) -> None:
        # A loop that is closed has nobody waiting any more.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._queue.put_nowait, message)

    async def get(self) -> Message:
        return await self._queue.get()

    @property
    def is_empty(self) -> bool:
        return self._queue.empty()

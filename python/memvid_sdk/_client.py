"""What the methods of a memory stand on: one call of the protocol, waited for."""
from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

from . import _types as T
from ._engine import Engine, Message
from ._errors import error_from
from ._items import Parts
from ._progress import Progress, reporter
from ._wire import camel, decode, options
from .vectors import VectorView, views

__all__ = ["Answer", "Client", "Progress", "options"]

Items = Iterable[T.PutItem | dict[str, Any]]
_CANCEL_WAIT_S = 5.0


class Base:
    def __init__(self, engine: Engine, memory: int, path: str) -> None:
        self._engine = engine
        self._memory = memory
        #: The file's path as it was given.
        self.path = path
        self._closed = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.path!r})"

    def _params(self, params: Message, events: list[str]) -> Message:
        return {"memory": self._memory, **params, **({"events": events} if events else {})}


def outcome(message: Message, returns: Any) -> Any:
    if "error" in message:
        raise error_from(message["error"])
    return decode(returns, message["result"])


class Client(Base):
    """Waits for each call. Ctrl-C cancels the call that is waited for."""

    def _call(self, method: str, params: Message, returns: Any, progress: Progress = None) -> Any:
        report = reporter(method, progress)
        try:
            return outcome(self._run(method, self._params(params, ["progress"] if report else []), report), returns)
        finally:
            if report:
                report.close()

    def _run(self, method: str, params: Message, report: Callable[[Message], None] | None) -> Message:
        inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        request_id = self._engine.request(method, params, inbox.put)
        return self._wait(request_id, inbox, report)

    def _wait(self, request_id: int, inbox: queue.SimpleQueue[Message], report: Callable[[Message], None] | None) -> Message:
        try:
            while True:
                message = inbox.get()
                if "result" in message or "error" in message:
                    return message
                if report and message.get("event") == "progress":
                    report(message["data"])
        except BaseException:
            self._abandon(request_id, inbox)
            raise

    def _abandon(self, request_id: int, inbox: queue.SimpleQueue[Message]) -> None:
        """Cancels a request and waits for its end, so that nothing goes on behind the caller's back."""
        self._engine.cancel(request_id)
        try:
            while True:
                message = inbox.get(timeout=_CANCEL_WAIT_S)
                if "result" in message or "error" in message:
                    return
        except queue.Empty:
            self._engine.forget(request_id)

    def put_many(self, items: Items, *, vectors: Any = None, durability: T.Durability | None = None, progress: Progress = None) -> T.PutManyResult:
        """Stores many documents in batches, each of them one commit. Takes any iterable of items, see `PutItem`.

        Args:
            vectors: One row for each item, e.g. a numpy array of shape (items, dimension); they go over without a step through text.
            durability: Default `durable`.
            progress: True for a progress bar (tqdm where it is installed), or a function that is called with `{'done': …}`.
        """
        parts = Parts(items, vectors, self._engine.hello)
        report = reporter("putMany", progress, parts.total)
        inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        params = self._params({"options": options(durability=durability)}, ["progress"] if report else [])
        request_id = self._engine.request("putMany", params, inbox.put)
        try:
            message = self._feed(request_id, inbox, parts, report) or self._wait(request_id, inbox, report)
            result: T.PutManyResult = outcome(message, T.PutManyResult)
            return result
        except BaseException:
            self._abandon(request_id, inbox)
            raise
        finally:
            if report:
                report.close()

    def _feed(self, request_id: int, inbox: queue.SimpleQueue[Message], parts: Parts, report: Callable[[Message], None] | None) -> Message | None:
        """Sends the parts as credit allows. Returns the request's last message when it ended before them."""
        credit = int(self._engine.hello["itemWindow"])
        for part in parts:
            while credit == 0 or not inbox.empty():
                message = inbox.get()
                if "result" in message or "error" in message:
                    return message
                credit += int(message.get("credit", 0))
                if report and message.get("event") == "progress":
                    report(message["data"])
            self._engine.send({"id": request_id, **part})
            credit -= 1
        self._engine.send({"id": request_id, "end": True})
        return None

    def ask_stream(self, question: str, **given: Any) -> Answer:
        """Asks, and gives the pieces of the answer as they come; `result` afterwards is the whole. Takes what `ask` takes."""
        return Answer(self, question, given)

    def vectors(self) -> list[VectorView]:
        """The stored vectors of each segment: `frame_ids` and `data`, numpy arrays where numpy is installed."""
        return views(self._call("vectors", {}, None))

    def close(self) -> None:
        """Releases the file. What was acknowledged is in it already."""
        if self._engine.is_alive and not self._closed:
            self._closed = True
            self._call("close", {}, None)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class Answer:
    """An answer as it comes: an iterator over its pieces. `result` waits for the end and has the whole."""

    def __init__(self, client: Client, question: str, given: dict[str, Any]) -> None:
        self._client = client
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._last: Message | None = None
        self._request_id = client._engine.request("ask", ask_params(client, question, given), self._inbox.put)

    def __iter__(self) -> Iterator[str]:
        try:
            while self._last is None:
                message = self._inbox.get()
                if "result" in message or "error" in message:
                    self._last = message
                    outcome(message, None)
                elif message.get("event") == "token":
                    yield str(message["data"])
        except BaseException:
            if self._last is None:
                self.close()
            raise

    @property
    def result(self) -> T.AskResult:
        for _ in self:
            pass
        assert self._last is not None
        result: T.AskResult = outcome(self._last, T.AskResult)
        return result

    def close(self) -> None:
        """Stops asking."""
        if self._last is None:
            self._client._abandon(self._request_id, self._inbox)
            self._last = {"error": {"code": "Aborted", "message": "the answer was not waited for"}}


def ask_params(client: Base, question: str, given: dict[str, Any]) -> Message:
    """What `ask` takes, with its pieces asked for."""
    return client._params({"question": question, "options": options(**{camel(name): value for name, value in given.items()})}, ["token"])

"""The engine as a child process, and the protocol of format-spec/rpc.md."""
from __future__ import annotations

import atexit
import contextlib
import os
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any, BinaryIO

import msgpack

from ._errors import EngineError, error_from
from ._locate import find_engine, find_node

PROTOCOL = 1
_LENGTH = struct.Struct("<I")
_GRACE_S = 5.0

Message = dict[str, Any]
Deliver = Callable[[Message], None]

_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


class Engine:
    """One child process. It serves any number of memories; all methods may be called from several threads."""

    def __init__(self) -> None:
        # A session of its own: a terminal's Ctrl-C reaches this program alone, which then decides what to stop.
        try:
            self._child = subprocess.Popen(
                [find_node(), str(find_engine())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise EngineError("EngineNotFound", f"the engine could not be started: {error}") from error
        assert self._child.stdin is not None and self._child.stdout is not None
        self._input: BinaryIO = self._child.stdin  # type: ignore[assignment]
        self._output: BinaryIO = self._child.stdout  # type: ignore[assignment]
        self._write_lock = threading.Lock()
        self._waiting: dict[int, Deliver] = {}
        self._waiting_lock = threading.Lock()
        self._next_id = 1
        self._end: EngineError | None = None
        self.hello = self._read_hello()
        self._reader = threading.Thread(target=self._read_all, name="memvid-engine", daemon=True)
        self._reader.start()
        _engines.add(self)

    @property
    def is_alive(self) -> bool:
        return self._end is None

    def request(self, method: str, params: Message, deliver: Deliver) -> int:
        """Sends a request. `deliver` is called from the reader's thread with every message about it; the last one has `result` or `error`."""
        with self._waiting_lock:
            request_id = self._next_id
            self._next_id += 1
            self._waiting[request_id] = deliver
        try:
            self.send({"id": request_id, "method": method, "params": params})
        except BaseException:
            self.forget(request_id)
            raise
        return request_id

    def send(self, message: Message) -> None:
        """Writes one message. Raises EngineError when the engine is gone."""
        try:
            body = msgpack.packb(message)
        except (TypeError, ValueError, OverflowError) as error:
            raise error_from({"code": "InvalidInput", "message": f"an argument that can't be sent: {error}"}) from error
        with self._write_lock:
            if self._end is not None:
                raise self._end
            try:
                self._input.write(_LENGTH.pack(len(body)) + body)
                self._input.flush()
            except (OSError, ValueError) as error:
                raise self._died() from error

    def cancel(self, request_id: int) -> None:
        """Asks for a request to be stopped; it still ends with a message."""
        # When the engine is gone, so is the request.
        with contextlib.suppress(EngineError):
            self.send({"cancel": request_id})

    def forget(self, request_id: int) -> None:
        with self._waiting_lock:
            self._waiting.pop(request_id, None)

    def close(self) -> None:
        """Ends the child: its input ends, it stops what runs, closes its files and exits. After a while it is killed."""
        if self._end is None:
            self._end = EngineError("EngineDied", "the engine was closed")
        with contextlib.suppress(OSError):
            self._input.close()
        try:
            self._child.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def leave_to_parent(self) -> None:
        """In a forked child: the engine belongs to the parent. Our copies of its pipes would keep it alive after the parent's death."""
        self._end = EngineError("Forked", "this memory was opened before the process forked", hint="Open it again in the child.")
        for pipe in (self._input, self._output):
            # Not `pipe.close`: it would flush, or wait for a lock that no thread of this process holds any more.
            with contextlib.suppress(OSError, ValueError):
                os.close(pipe.fileno())
        self._child.returncode = 0  # The child is not ours to wait for.

    def _read_hello(self) -> Message:
        message = self._read_message()
        hello = message.get("hello") if message else None
        if not isinstance(hello, dict):
            self._child.kill()
            code = self._child.wait()
            raise EngineError("EngineDied", f"the engine did not start (exit {code}); what it said is on standard error")
        if hello.get("protocol") != PROTOCOL:
            self._child.kill()
            raise EngineError("Unsupported", f"the engine speaks protocol {hello.get('protocol')}, this package {PROTOCOL}")
        return hello

    def _read_message(self) -> Message | None:
        head = self._output.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack(head)
        body = self._output.read(length)
        if len(body) < length:
            return None
        message = msgpack.unpackb(body, strict_map_key=False)
        return message if isinstance(message, dict) else None

    def _read_all(self) -> None:
        try:
            while (message := self._read_message()) is not None:
                self._dispatch(message)
        except (OSError, ValueError, msgpack.UnpackException):
            pass
        end = self._died()
        with self._waiting_lock:
            waiting, self._waiting = self._waiting, {}
        for deliver in waiting.values():
            deliver({"error": {"code": end.code, "message": end.message, "hint": end.hint}})

    def _dispatch(self, message: Message) -> None:
        request_id = message.get("id")
        if request_id is None and "error" in message:
            self._end = EngineError("ProtocolError", str(message["error"].get("message")))
            return
        is_last = "result" in message or "error" in message
        with self._waiting_lock:
            deliver = self._waiting.pop(request_id, None) if is_last else self._waiting.get(request_id)  # type: ignore[arg-type]
        if deliver is not None:
            deliver(message)

    def _died(self) -> EngineError:
        if self._end is None:
            try:
                code: int | None = self._child.wait(1)
            except subprocess.TimeoutExpired:
                code = None
            how = "" if code is None else f" (exit {code})" if code >= 0 else f" (signal {-code})"
            self._end = EngineError("EngineDied", f"the engine ended{how}", hint="What was acknowledged is in the file. Open it again.")
        return self._end


_shared: Engine | None = None
_shared_lock = threading.Lock()


def shared_engine() -> Engine:
    """The engine of this process; a new one when the last has ended."""
    global _shared
    with _shared_lock:
        if _shared is None or not _shared.is_alive:
            _shared = Engine()
        return _shared


def _close_all() -> None:
    for engine in list(_engines):
        engine.close()


def _after_fork_in_child() -> None:
    global _shared, _shared_lock
    _shared = None
    _shared_lock = threading.Lock()
    for engine in list(_engines):
        engine.leave_to_parent()
    _engines.clear()


atexit.register(_close_all)
if sys.platform != "win32":
    os.register_at_fork(after_in_child=_after_fork_in_child)

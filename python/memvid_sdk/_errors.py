"""Errors: one class per family, the engine's stable `code` on each."""
from __future__ import annotations

from typing import Any


class MemvidError(Exception):
    """Something the engine refused or could not do. Switch on `code` or on the class, never on the text."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        path: str | None = None,
        offset: int | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        #: What to do about it, one sentence.
        self.hint = hint
        self.path = path
        #: Byte offset in the file.
        self.offset = offset
        self.details = details or {}

    def __str__(self) -> str:
        where = f": {self.path}" if self.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"[{self.code}] {self.message}{where}{hint}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.code, self.message, self.hint, self.path, self.offset, self.details))


def _rebuild(kind: type[MemvidError], code: str, message: str, hint: str | None, path: str | None, offset: int | None, details: dict[str, Any]) -> MemvidError:
    return kind(code, message, hint=hint, path=path, offset=offset, details=details)


class InputError(MemvidError, ValueError):
    """An argument, option or setting that can't be used."""


class NotFoundError(MemvidError, LookupError):
    """A file, frame, session, action, checkpoint or saved replay that is not there."""


class SessionError(MemvidError):
    """A session that is active, or is not."""


class StorageError(MemvidError):
    """The file: damaged, no .mv2 file, no space, no permission."""


class CorruptError(StorageError):
    """Bytes that do not match their checksum or hash."""


class LockedError(StorageError):
    """Another writer holds the file; `details` names it (`pid`, `sinceMs`)."""


class ProviderError(MemvidError):
    """A model's provider refused, failed or could not be reached."""


class AbortedError(MemvidError):
    """The work was stopped."""


class EngineError(MemvidError):
    """The engine's process could not be started, ended, or spoke another protocol."""


_CLASSES: dict[str, type[MemvidError]] = {
    "InvalidInput": InputError,
    "UnknownModel": InputError,
    "MissingKey": InputError,
    "UnknownPrice": InputError,
    "Unsupported": InputError,
    "NotFound": NotFoundError,
    "FrameNotFound": NotFoundError,
    "SessionNotFound": NotFoundError,
    "CheckpointNotFound": NotFoundError,
    "ActionNotFound": NotFoundError,
    "ReplayNotFound": NotFoundError,
    "AmbiguousSession": InputError,
    "SessionActive": SessionError,
    "NoActiveSession": SessionError,
    "CheckpointMismatch": SessionError,
    "Corrupt": CorruptError,
    "NotMv2": StorageError,
    "Truncated": StorageError,
    "NotAFile": StorageError,
    "AlreadyExists": StorageError,
    "Io": StorageError,
    "NoSpace": StorageError,
    "Poisoned": StorageError,
    "PermissionDenied": StorageError,
    "ReadOnly": StorageError,
    "Locked": LockedError,
    "Closed": StorageError,
    "Aborted": AbortedError,
    "NativeUnavailable": EngineError,
    "ProtocolError": EngineError,
    "EngineDied": EngineError,
    "EngineNotFound": EngineError,
    "Forked": EngineError,
}


def error_from(wire: dict[str, Any]) -> MemvidError:
    """The exception for an error of the protocol."""
    code = str(wire.get("code", "Internal"))
    kind = _CLASSES.get(code, ProviderError if code.startswith("Provider") else MemvidError)
    offset = wire.get("offset")
    return kind(
        code,
        str(wire.get("message", "")),
        hint=wire.get("hint"),
        path=wire.get("path"),
        offset=None if offset is None else int(offset),
        details=wire.get("details") or {},
    )

"""memvid: memory for AI agents in one `.mv2` file, and a flight recorder for what was done with it.

    from memvid_sdk import create

    with create("knowledge.mv2") as mem:
        mem.put(text="The mill burned down in 1871.", title="Mill")
        print(mem.ask("When did the mill burn down?").answer)

`memvid_sdk.aio` has the same to be awaited.
"""
from __future__ import annotations

from os import PathLike, fspath
from typing import Any, Literal

from ._api import MemoryApi
from ._client import Answer
from ._errors import (
    AbortedError,
    CorruptError,
    EngineError,
    InputError,
    LockedError,
    MemvidError,
    NotFoundError,
    ProviderError,
    SessionError,
    StorageError,
)
from ._functions import install_model, list_models, salvage, score_grounding
from ._open import open_memory
from ._types import *  # noqa: F403
from .vectors import VectorView

__version__ = "0.1.0"

__all__ = [
    "AbortedError",
    "Answer",
    "CorruptError",
    "EngineError",
    "InputError",
    "LockedError",
    "Memory",
    "MemvidError",
    "NotFoundError",
    "ProviderError",
    "SessionError",
    "StorageError",
    "VectorView",
    "create",
    "install_model",
    "list_models",
    "open",
    "salvage",
    "score_grounding",
]


class Memory(MemoryApi):
    """An open memory; made by `create` or `open`. Sees what other processes have committed; records while a session is active."""

    def __enter__(self) -> Memory:
        return self


def create(
    path: str | PathLike[str],
    *,
    enable_vec: bool | None = None,
    vector_dim: int | None = None,
    vector_precision: Literal["f32", "f16", "i8"] | None = None,
    lock_timeout_ms: int | None = None,
    **more: Any,
) -> Memory:
    """Opens the memory at `path`, and makes it first when there is no file. `enable_vec`, `vector_dim` and `vector_precision` count for new
    files only.

    Args:
        enable_vec: Whether frames get vectors. Default True.
        vector_dim: Dimension of your own vectors; not given: the embedded embedder makes them.
        vector_precision: How finely vectors are kept: `f32` as given, `f16` as halves, `i8` as bytes with a step for each. Default `f32`.
        lock_timeout_ms: How long a write waits for another writer's turn. Default 5000.
    """
    given = {"enableVec": enable_vec, "vectorDim": vector_dim, "vectorPrecision": vector_precision, "lockTimeoutMs": lock_timeout_ms}
    return open_memory(Memory, "create", fspath(path), given, more)


def open(path: str | PathLike[str], *, read_only: bool | None = None, lock_timeout_ms: int | None = None, **more: Any) -> Memory:
    """Opens the memory at `path`. A missing file is refused with NotFoundError."""
    return open_memory(Memory, "open", fspath(path), {"readOnly": read_only, "lockTimeoutMs": lock_timeout_ms}, more)

"""The same as `memvid_sdk`, to be awaited.

    from memvid_sdk.aio import create

    async with await create("knowledge.mv2") as mem:
        print((await mem.ask("When did the mill burn down?")).answer)
"""
from __future__ import annotations

from os import PathLike, fspath
from typing import Any

from ._aio_api import AsyncMemoryApi
from ._async_client import AsyncAnswer
from ._open import open_memory_async

__all__ = ["AsyncAnswer", "Memory", "create", "open"]


class Memory(AsyncMemoryApi):
    """An open memory; made by `create` or `open`."""

    async def __aenter__(self) -> Memory:
        return self


async def create(
    path: str | PathLike[str],
    *,
    enable_vec: bool | None = None,
    vector_dim: int | None = None,
    lock_timeout_ms: int | None = None,
    **more: Any,
) -> Memory:
    """Opens the memory at `path`, and makes it first when there is no file; see `memvid_sdk.create`."""
    given = {"enableVec": enable_vec, "vectorDim": vector_dim, "lockTimeoutMs": lock_timeout_ms}
    return await open_memory_async(Memory, "create", fspath(path), given, more)


async def open(path: str | PathLike[str], *, read_only: bool | None = None, lock_timeout_ms: int | None = None, **more: Any) -> Memory:
    """Opens the memory at `path`. A missing file is refused with NotFoundError."""
    return await open_memory_async(Memory, "open", fspath(path), {"readOnly": read_only, "lockTimeoutMs": lock_timeout_ms}, more)

"""Stored vectors as arrays."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class VectorView:
    """The vectors of one segment. `data[i]` belongs to frame `frame_ids[i]`."""

    dim: int
    #: numpy int64 array, or a list of int where numpy is not installed.
    frame_ids: Any
    #: numpy float32 array of shape (rows, dim), or a memoryview of that shape where numpy is not installed. Read-only.
    data: Any


def views(wire: list[dict[str, Any]]) -> list[VectorView]:
    """The segments as they came, without a copy of the numbers."""
    return [_view(int(segment["dim"]), segment["frameIds"], segment["data"]) for segment in wire]


def _view(dim: int, ids: bytes, data: bytes) -> VectorView:
    try:
        import numpy
    except ImportError:
        rows = memoryview(data).cast("f", (len(data) // 4 // dim, dim)) if data else memoryview(b"")
        return VectorView(dim, [int(each) for each in memoryview(ids).cast("d")], rows)
    return VectorView(dim, numpy.frombuffer(ids, "<f8").astype("int64"), numpy.frombuffer(data, "<f4").reshape(-1, dim))

"""Stored vectors as arrays."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import _types as T

#: How items lie in memory: for a memoryview, their bytes, and for numpy.
_ITEMS = {"f32": ("f", 4, "<f4"), "f16": ("e", 2, "<f2"), "i8": ("b", 1, "<i1")}


@dataclass(frozen=True)
class VectorView:
    """The vectors of one segment. `data[i]` belongs to frame `frame_ids[i]`."""

    dim: int
    #: numpy int64 array, or a list of int where numpy is not installed.
    frame_ids: Any
    #: numpy array of shape (rows, dim) of float32, float16 or int8, or a memoryview of that shape where numpy is not installed. Read-only.
    data: Any
    #: How finely the vectors are kept.
    precision: T.VectorPrecision = "f32"
    #: For `i8` what an item of 1 is worth in each row, as `data`; else None.
    steps: Any = None


def views(wire: list[dict[str, Any]]) -> list[VectorView]:
    """The segments as they came, without a copy of the numbers."""
    return [_view(segment, int(segment["dim"]), int(segment["stride"])) for segment in wire]


def _view(segment: dict[str, Any], dim: int, stride: int) -> VectorView:
    ids, data, steps, precision = segment["frameIds"], segment["data"], segment.get("steps"), segment["precision"]
    letter, size, kind = _ITEMS[precision]
    try:
        import numpy
    except ImportError:
        rows = memoryview(data).cast(letter, (len(data) // size // stride, stride)) if data else memoryview(b"")
        # Of bytes each row is followed by zeros; a memoryview of two dimensions can't be cut.
        rows = rows if dim == stride or not data else memoryview(b"".join(data[at : at + dim] for at in range(0, len(data), stride))).cast(letter, (len(data) // stride, dim))
        return VectorView(dim, [int(each) for each in memoryview(ids).cast("d")], rows, precision, memoryview(steps).cast("f") if steps else None)
    rows = numpy.frombuffer(data, kind).reshape(-1, stride)[:, :dim]
    return VectorView(dim, numpy.frombuffer(ids, "<f8").astype("int64"), rows, precision, numpy.frombuffer(steps, "<f4") if steps else None)

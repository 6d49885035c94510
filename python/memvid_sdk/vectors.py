"""Stored vectors as arrays."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import _types as T

#: What an item is for numpy, and for a memoryview, which knows no halves: their bits.
_ITEMS = {"f32": ("<f4", "f", 4), "f16": ("<f2", "H", 2), "i8": ("<i1", "b", 1)}


@dataclass(frozen=True)
class VectorView:
    """The vectors of one segment. `data[i]` belongs to frame `frame_ids[i]`."""

    dim: int
    #: numpy int64 array, or a list of int where numpy is not installed.
    frame_ids: Any
    #: numpy array of shape (rows, dim) of float32, float16 or int8, or a memoryview of that shape where numpy is not installed, of halves the bits.
    #: Read-only.
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
    try:
        import numpy
    except ImportError:
        worth = memoryview(steps).cast("f") if steps else None
        return VectorView(dim, [int(each) for each in memoryview(ids).cast("d")], _rows(data, precision, dim, stride), precision, worth)
    rows = numpy.frombuffer(data, _ITEMS[precision][0]).reshape(-1, stride)[:, :dim]
    return VectorView(dim, numpy.frombuffer(ids, "<f8").astype("int64"), rows, precision, numpy.frombuffer(steps, "<f4") if steps else None)


def _rows(data: bytes, precision: str, dim: int, stride: int) -> Any:
    """Rows without numpy. What follows each of them is left out, by a copy: a memoryview of two dimensions can't be cut."""
    _, letter, size = _ITEMS[precision]
    if not data:
        return memoryview(b"")
    if dim != stride:
        data = b"".join(data[at : at + dim * size] for at in range(0, len(data), stride * size))
    flat: Any = memoryview(data)
    return flat.cast(letter, (len(data) // size // dim, dim))

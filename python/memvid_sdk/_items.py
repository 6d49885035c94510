"""The items of a `put_many`, cut into parts of bounded size."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from itertools import islice
from typing import Any

from . import _types as T
from ._errors import InputError
from ._wire import encode, encode_vector

_PART_ITEMS = 1000
_PART_BYTES = 4 * 1024 * 1024


class Parts:
    """Iterates over `{ items, vectors?, dimension? }`. `total` is known when the items have a length."""

    def __init__(self, items: Iterable[T.PutItem | dict[str, Any]], vectors: Any, hello: dict[str, Any]) -> None:
        if isinstance(items, (str, bytes, dict)) or not hasattr(items, "__iter__"):
            raise InputError("InvalidInput", f"put_many: the items are an iterable of items, got {type(items).__name__}")
        self._items = iter(items)
        self._vectors = vectors
        self.total = len(items) if isinstance(items, Sized) else None
        if vectors is not None and self.total is not None and len(vectors) != self.total:
            raise InputError("InvalidInput", f"put_many: {len(vectors)} vectors for {self.total} items")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        first = 0
        while batch := list(islice(self._bounded(), _PART_ITEMS)):
            part: dict[str, Any] = {"items": batch}
            if self._vectors is not None:
                rows = self._vectors[first : first + len(batch)]
                if len(rows) != len(batch):
                    raise InputError("InvalidInput", f"put_many: there are fewer vectors than items: {first + len(rows)}")
                part["vectors"], part["dimension"] = _pack(rows)
            yield part
            first += len(batch)

    def _bounded(self) -> Iterator[dict[str, Any]]:
        """Items until a part is full by its bytes; the next call goes on behind them."""
        size = 0
        for item in self._items:
            if not isinstance(item, dict):
                raise InputError("InvalidInput", f"put_many: an item is a dict, got {type(item).__name__}")
            yield encode(item)
            size += len(item.get("text") or "") + len(item.get("bytes") or b"")
            if size >= _PART_BYTES:
                return


def _pack(rows: Any) -> tuple[bytes, int]:
    shape = getattr(rows, "shape", None)
    if shape is not None and len(shape) == 2:
        return encode_vector(rows), int(shape[1])
    packed = [encode_vector(row) for row in rows]
    widths = {len(row) for row in packed}
    if len(widths) != 1:
        raise InputError("InvalidInput", f"put_many: vectors of different dimensions: {sorted(w // 4 for w in widths)}")
    return b"".join(packed), widths.pop() // 4

"""Values between Python and the wire: MessagePack maps with camelCase keys (format-spec/rpc.md)."""
from __future__ import annotations

import types
from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from os import PathLike, fspath
from typing import Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

Bytes = bytes
#: A moment: a datetime (a naive one is local time), milliseconds since 1970, or an ISO 8601 text.
Moment = datetime | int | float | str
#: A vector: a numpy array, a buffer of f32, or numbers.
Vector = Sequence[float] | memoryview | Any

#: Keys whose value belongs to the user: what is below them keeps its names.
OPAQUE = frozenset({"metadata", "payload", "input", "output"})


class Record:
    """A result: fields by attribute, and `to_dict()` for all of it, also what a newer engine adds."""

    _wire: ClassVar[dict[str, Any]] = {}

    def to_dict(self) -> dict[str, Any]:
        """Everything that was received, with snake_case keys, as the command line's `--json` has it."""
        result = snake_keys(self._wire)
        assert isinstance(result, dict)
        return result


def snake(name: str) -> str:
    """`latencyMs` → `latency_ms`; a key that is no name in camelCase, such as a status, stays as it is."""
    if not (name.isalnum() and name[:1].islower()):
        return name
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def camel(name: str) -> str:
    """`latency_ms` → `latencyMs`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def snake_keys(value: Any) -> Any:
    """The value with snake_case keys throughout, except below keys that are the user's own. Absent fields are left out."""
    if isinstance(value, dict):
        return {snake(key): field if key in OPAQUE else snake_keys(field) for key, field in value.items()}
    if isinstance(value, list):
        return [snake_keys(item) for item in value]
    return value


def encode_vector(value: Any) -> bytes:
    """f32, little-endian. Raises TypeError for what is no list of numbers."""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if type(value).__module__ == "numpy" and hasattr(value, "astype"):
        return bytes(value.astype("<f4", copy=False).tobytes())
    if isinstance(value, memoryview) and value.format == "f":
        return value.tobytes()
    return array("f", value).tobytes()


def encode(value: Any, key: str = "") -> Any:
    """An argument as it goes over the wire."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return encode_vector(value) if key == "vector" and isinstance(value, bytes) else value
    if key == "vector":
        return encode_vector(value)
    if isinstance(value, datetime):
        return value.astimezone().isoformat()
    if isinstance(value, PathLike):
        return fspath(value)
    if key in OPAQUE:
        return value
    if isinstance(value, Mapping):
        return {camel(name): encode(field, camel(name)) for name, field in value.items() if field is not None}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [encode(item) for item in value]
    return value


def options(**given: Any) -> dict[str, Any]:
    """Named arguments of a call, without those that were not given."""
    return {key: encode(value, key) for key, value in given.items() if value is not None}


def decode(kind: Any, value: Any) -> Any:
    """A value from the wire as `kind` says: numbers that are whole become int where an int is due, maps become their dataclass."""
    return _decoder(kind)(value)


@cache
def _decoder(kind: Any) -> Callable[[Any], Any]:
    origin = get_origin(kind)
    if kind is int:
        return _whole
    if kind is float:
        return lambda value: float(value) if isinstance(value, int) else value
    if origin in (Union, types.UnionType):
        return _union_decoder(get_args(kind))
    if origin is list:
        item = _decoder(get_args(kind)[0])
        return lambda value: [item(each) for each in value] if isinstance(value, list) else value
    if origin is dict:
        field = _decoder(get_args(kind)[1])
        return lambda value: {key: field(each) for key, each in value.items()} if isinstance(value, dict) else value
    if origin is Literal or not isinstance(kind, type) or not issubclass(kind, Record):
        return lambda value: value
    return _record_decoder(kind)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _union_decoder(members: tuple[Any, ...]) -> Callable[[Any], Any]:
    structured = [m for m in members if get_origin(m) in (list, dict) or (isinstance(m, type) and issubclass(m, (Record, int, float)))]
    if len(structured) != 1:
        return _whole if int in members else lambda value: value
    inner = _decoder(structured[0])
    return lambda value: None if value is None else inner(value)


def _record_decoder(kind: type[Record]) -> Callable[[Any], Any]:
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name != "_wire"}
    fields = [(camel(name.rstrip("_")), name, _decoder(hint)) for name, hint in hints.items()]

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        record = object.__new__(kind)
        target = record.__dict__
        for wire, name, field in fields:
            target[name] = field(value.get(wire))
        target["_wire"] = value
        return record

    return read

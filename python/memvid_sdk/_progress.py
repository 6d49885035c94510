"""Progress of long calls: a bar on a terminal, or a function of the caller's."""
from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

#: True: a bar on standard error. A function: called with what is known, e.g. `{'done': 2000, 'total': 10000}`.
Progress = bool | Callable[[dict[str, Any]], None] | None


class Reporter:
    """Called with each progress event."""

    def __init__(self, method: str, progress: Callable[[dict[str, Any]], None] | bool, total: int | None) -> None:
        self._call = progress if callable(progress) else None
        self._bar = None if callable(progress) else _bar(method, total)

    def __call__(self, data: dict[str, Any]) -> None:
        if self._call:
            self._call(data)
        elif self._bar is not None:
            done = int(data.get("done", data.get("step", 0)))
            if data.get("total"):
                self._bar.total = int(data["total"])
            self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def reporter(method: str, progress: Progress, total: int | None = None) -> Reporter | None:
    """None when nobody wants to know."""
    return Reporter(method, progress, total) if progress else None


def _bar(method: str, total: int | None) -> Any:
    """tqdm's bar where it is installed and there is a terminal."""
    if not sys.stderr.isatty():
        return None
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    return tqdm(total=total, desc=method, file=sys.stderr)

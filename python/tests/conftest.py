from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from memvid_sdk import Memory, create


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "knowledge.mv2"


@pytest.fixture
def mem(path: Path) -> Iterator[Memory]:
    with create(path) as memory:
        yield memory

"""The package itself: typed, tidy, and what the Node API gives."""
from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-m", "mypy"],
        [sys.executable, "-m", "ruff", "check", "memvid_sdk", "tests"],
        [shutil.which("node") or "node", "tools/generate.mjs", "--check"],
    ],
    ids=["mypy", "ruff", "generated"],
)
def test_checks_pass(command: list[str]) -> None:
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr

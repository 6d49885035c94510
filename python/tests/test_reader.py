"""The reader of format-spec/reader, which was written from the specification alone: it lists what the engine lists, and finds each planted damage."""
from __future__ import annotations

import importlib.util
import json
import random
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import memvid_sdk

ROOT = Path(__file__).resolve().parents[2]


def load_reader() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mv2_reader", ROOT / "format-spec" / "reader" / "reader.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reader = load_reader()


GOLDEN = sorted((ROOT / "fixtures" / "format").glob("[0-9]*/*.mv2"))


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", GOLDEN, ids=name_of)
def test_it_lists_what_the_twin_of_a_golden_file_lists(path: Path) -> None:
    report: dict[str, Any] = reader.read(path.read_bytes())
    twin: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert report["damages"] == []
    assert report["lost"] == twin["verify"]["lostFrameIds"] and report["gaps"] == twin["verify"]["gaps"]
    names = ("commit", "timeMs", "chainHash")
    assert [{name: commit[name] for name in names} for commit in twin["commits"]] == report["commits"]
    assert len(report["frames"]) == len(twin["frames"])
    for frame, expected in zip(report["frames"], twin["frames"], strict=True):
        assert frame == {name: expected[name] or "" if name == "title" else expected[name] for name in frame}
    recorded = {s["session"]: s["actions"] for s in report["sessions"] if s["status"] != "deleted"}
    assert recorded == {s["info"]["sessionId"].replace("-", ""): sum(a["record"] is not None for a in s["actions"]) for s in twin["sessions"]}
    assert {s["session"] for s in report["sessions"] if s["status"] == "active"} == {
        s["info"]["sessionId"].replace("-", "") for s in twin["sessions"] if s["info"]["status"] == "active"
    }


def test_it_lists_what_the_engine_lists_in_a_file_of_today(tmp_path: Path) -> None:
    path = tmp_path / "k.mv2"
    with memvid_sdk.create(path) as memory:
        memory.session_start("reading")
        for n in range(140):
            memory.put(text=f"Note {n}: lamp {n * 7} on the quay was lit.", uri=f"mv2://notes/{n % 90}", title=f"Note {n}", tags=["lamp"])
        memory.find("lamp 49")
        memory.delete("mv2://notes/3")
        memory.session_end()
        assert memory.compact().dropped_segments > 0
        memory.put(text="One more after the compaction.", uri="mv2://notes/last")
        report: dict[str, Any] = reader.read(path.read_bytes())
        assert report["damages"] == [] and report["gaps"] == 0 and report["lost"] == []
        assert [frame["frameId"] for frame in report["frames"]] == list(range(memory.stats().frame_count))
        history = {info.commit: info.chain_hash for info in memory.commits(limit=1000)}
        assert {c["commit"]: c["chainHash"] for c in report["commits"]} == history
        assert [event["type"] for event in report["events"]] == ["start", *["action"] * 142, "end"]


def plant(data: bytearray, chance: random.Random) -> str:
    """Damages a file behind its header; says how."""
    kind = chance.choice(["flip", "flip", "zero", "noise", "swap", "cut", "header", "padding"])
    at = chance.randrange(4096, len(data) - 256)
    before = bytes(data)
    while bytes(data) == before:
        at = chance.randrange(4096, len(data) - 256)
        if kind == "flip":
            data[at] ^= 1 << chance.randrange(8)
        elif kind == "zero":
            data[at : at + chance.randrange(1, 200)] = bytes(0)
            data.extend(bytes(len(before) - len(data)))
        elif kind == "noise":
            length = chance.randrange(1, 200)
            data[at : at + length] = chance.randbytes(length)
        elif kind == "swap":
            a, b = at // 64 * 64, chance.randrange(4096, len(data) - 256) // 64 * 64
            data[a : a + 64], data[b : b + 64] = data[b : b + 64], data[a : a + 64]
        elif kind == "cut":
            del data[at:]
        elif kind == "padding":
            place = data.find(bytes(16), at)
            if place > 0:
                data[place + 3] = 1
        else:
            place = data.find(b"\xa7M2R", at)
            if place > 0:
                # A header that was altered on purpose, with its checksum made right again.
                field = chance.choice([5, 8, 16, 32, 40, 50, 80, 95])
                data[place + field] ^= 1 << chance.randrange(8)
                crc = reader.crc32c(bytes(data[56:72]) + bytes(data[place : place + 124]))
                data[place + 124 : place + 128] = crc.to_bytes(4, "little")
    return f"{kind} near {at}"


def test_it_finds_each_of_two_hundred_planted_damages() -> None:
    chance = random.Random(7)
    missed = []
    # Those that can be read two hundred times in a test's time; not one that ends with zeros, where a cut is no damage.
    files = [path for path in GOLDEN if 8192 < path.stat().st_size < 200_000 and path.stem != "reserve"]
    assert len(files) >= 5
    for n in range(200):
        path = files[n % len(files)]
        whole = path.read_bytes()
        data = bytearray(whole)
        what = plant(data, chance)
        report = reader.read(bytes(data))
        # A file that was cut right behind a commit is a whole file with less in it: only the count tells.
        is_shorter = report is not None and what.startswith("cut") and len(report["commits"]) < len(reader.read(whole)["commits"])
        if report is None or not (report["damages"] or is_shorter):
            missed.append(f"{n}: {name_of(path)}: {what}")
    assert missed == []


def test_it_is_short() -> None:
    assert len((ROOT / "format-spec" / "reader" / "reader.py").read_text(encoding="utf-8").splitlines()) < 400


def test_what_is_no_memory_is_told_apart() -> None:
    assert reader.read(b"PK\x03\x04 a zip archive") is None
    assert reader.read(reader.MAGIC + bytes(100))["damages"] != []

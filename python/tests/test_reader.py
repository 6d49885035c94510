"""The reader of format-spec/reader, which was written from the specification alone: it lists what the engine lists, and finds each planted damage."""
from __future__ import annotations

import importlib.util
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


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, str]]]:
    """A file with small puts, updates, a deletion, a session, merged segments and, in the end, a compaction; its live documents."""
    path = tmp_path_factory.mktemp("reader") / "k.mv2"
    with memvid_sdk.create(path) as memory:
        memory.session_start("reading")
        for n in range(140):
            memory.put(text=f"Note {n}: lamp {n * 7} on the quay was lit.", uri=f"mv2://notes/{n % 90}", title=f"Note {n}", tags=["lamp"])
        memory.find("lamp 49")
        memory.ask("Which lamp was lit?")
        memory.delete("mv2://notes/3")
        memory.session_end()
        live = [(entry.uri, memory.get(entry.frame_id).text or "") for entry in memory.timeline(limit=1000)]
        assert memory.compact().dropped_segments > 0
        memory.put(text="One more after the compaction.", uri="mv2://notes/last")
        live.append(("mv2://notes/last", "One more after the compaction."))
    return path, live


def test_it_lists_what_the_engine_lists(grown: tuple[Path, list[tuple[str, str]]]) -> None:
    path, live = grown
    report: dict[str, Any] = reader.read(path.read_bytes())
    assert report["damages"] == [] and report["gaps"] == 0 and report["lost"] == []
    with memvid_sdk.open(path) as memory:
        stats = memory.stats()
        assert len(report["commits"]) == stats.commits
        assert [frame["frameId"] for frame in report["frames"]] == list(range(stats.frame_count))
        history = {info.commit: info.chain_hash for info in memory.commits(limit=1000)}
        assert {c["commit"]: c["chainHash"] for c in report["commits"]} == history
        sizes = {frame["uri"]: frame["sizeBytes"] for frame in report["frames"]}
        assert all(sizes[uri] == len(text.encode()) for uri, text in live)
    kinds = [event["type"] for event in report["events"]]
    assert kinds[0] == "start" and kinds[-1] == "end" and kinds.count("action") == 143


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


def test_it_finds_each_of_two_hundred_planted_damages(grown: tuple[Path, list[tuple[str, str]]]) -> None:
    whole = grown[0].read_bytes()
    chance = random.Random(7)
    missed = []
    for n in range(200):
        data = bytearray(whole)
        what = plant(data, chance)
        report = reader.read(bytes(data))
        is_shorter = report is not None and len(report["commits"]) < 1 + whole.count(b"MV2TAIL\n") and what.startswith("cut")
        if report is not None and not report["damages"] and not is_shorter:
            missed.append(f"{n}: {what}")
    assert missed == []


def test_what_is_no_memory_is_told_apart() -> None:
    assert reader.read(b"PK\x03\x04 a zip archive") is None
    assert reader.read(reader.MAGIC + bytes(100))["damages"] != []

"""What is put is found, in the words of Python."""
from __future__ import annotations

import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy
import pytest

import memvid_sdk
from memvid_sdk import Memory, create


def test_put_find_get_update_delete(mem: Memory) -> None:
    put = mem.put(text="Die Mühle 磨坊 burned down in 1871.", title="Mill", tags=["fire"], metadata={"camelCase": 1, "snake_case": [2]})
    assert (put.frame_id, put.commit, put.durability) == (0, 1, "durable")
    found = mem.find("mill burned", k=3)
    assert [hit.title for hit in found.hits] == ["Mill"]
    assert isinstance(found.hits[0].score, float) and isinstance(found.hits[0].timestamp_ms, int)
    frame = mem.get(put.uri)
    assert frame.text == "Die Mühle 磨坊 burned down in 1871."
    assert frame.metadata == {"camelCase": 1, "snake_case": [2]}
    updated = mem.update(0, text="It was rebuilt.")
    assert (updated.supersedes, mem.get(0).status, mem.get(updated.frame_id).title) == (0, "superseded", "Mill")
    assert mem.delete(updated.frame_id).frame_id == updated.frame_id
    assert mem.find("rebuilt").hits == []


def test_bytes_and_times(mem: Memory) -> None:
    when = datetime(2020, 5, 17, 12, tzinfo=timezone.utc)
    mem.put(bytes=b"\x00\x01\xff", timestamp=when, title="raw")
    mem.put(text="later", timestamp="2021-01-01T00:00:00Z")
    assert mem.get(0).bytes == b"\x00\x01\xff"
    assert mem.get(0).timestamp_ms == int(when.timestamp() * 1000)
    assert [entry.title for entry in mem.timeline(before=datetime(2020, 12, 31, tzinfo=timezone.utc))] == ["raw"]


def test_a_path_is_any_path(path: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("from a file")
    with create(path) as mem:
        mem.put(path=note)  # type: ignore[arg-type]
        assert mem.get(0).text == "from a file"
    assert mem.path == str(path)


def test_put_many_with_vectors_as_one_array(path: Path) -> None:
    vectors = numpy.random.default_rng(7).normal(size=(2500, 32)).astype("f4")
    with create(path, vector_dim=32) as mem:
        seen: list[int] = []
        result = mem.put_many(({"text": f"number {i}"} for i in range(2500)), vectors=vectors, progress=lambda p: seen.append(p["done"]))
        assert (result.count, len(result.frame_ids), seen[-1]) == (2500, 2500, 2500)
        hit = mem.find("", mode="vec", vector=vectors[1234], k=1).hits[0]
        assert hit.frame_id == 1234
        stored = numpy.concatenate([view.data for view in mem.vectors()])
        ids = numpy.concatenate([view.frame_ids for view in mem.vectors()])
        unit = vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)
        kept = stored[numpy.argsort(ids)]
        cosine = (kept * unit).sum(axis=1) / numpy.linalg.norm(kept, axis=1)
        assert cosine.min() > 0.9999


@pytest.mark.parametrize(("precision", "kind"), [("f32", "float32"), ("f16", "float16"), ("i8", "int8")])
def test_vectors_are_seen_as_they_are_kept(path: Path, precision: Any, kind: str) -> None:
    given = numpy.sin(numpy.arange(1, 401 * 5 + 1).reshape(-1, 5)).astype("f4")
    with create(path, vector_dim=5, vector_precision=precision) as mem:
        mem.put_many([{"text": f"text {n}"} for n in range(len(given))], vectors=given)
        assert mem.stats().vector_precision == precision
        seen = 0
        for view in mem.vectors():
            assert (view.precision, view.data.dtype, view.data.shape[1]) == (precision, kind, 5)
            rows = view.data.astype("f4") * (1 if view.steps is None else view.steps[:, None])
            assert numpy.abs(rows - given[view.frame_ids]).max() <= {"f32": 0, "f16": 5e-4, "i8": 1 / 250}[precision]
            seen += len(rows)
        assert seen == len(given)
        done = mem.optimize()
        assert (done.vector_count, done.has_graph) == (401, False)


@pytest.mark.parametrize(("precision", "letter"), [("f32", "f"), ("f16", "H"), ("i8", "b")])
def test_vectors_are_seen_without_numpy(path: Path, precision: Any, letter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with create(path, vector_dim=3, vector_precision=precision) as mem:
        mem.put_many([{"text": str(n)} for n in range(4)], vectors=numpy.ones((4, 3), "f4"))
        monkeypatch.setitem(sys.modules, "numpy", None)
        (view,) = mem.vectors()
        assert (view.data.shape, view.data.format, view.frame_ids) == ((4, 3), letter, [0, 1, 2, 3])
        first = {"f32": 1.0, "f16": 0x3C00, "i8": 127}[precision]
        assert view.data.tolist() == [[first] * 3] * 4
        assert view.steps is None or abs(view.steps[0] * 127 - 1) < 1e-6


def test_vectors_of_one_item_in_each_form(path: Path) -> None:
    forms = [[1.0, 0.0], numpy.array([0.0, 1.0]), memoryview(numpy.array([1, 1], "f4"))]
    with create(path, vector_dim=2) as mem:
        mem.put_many([{"text": str(i), "vector": vector} for i, vector in enumerate(forms)])
        order = [hit.frame_id for hit in mem.find("", mode="vec", vector=(0.0, 2.0), k=3).hits]
        assert order == [1, 2, 0]


@pytest.mark.parametrize(
    ("items", "vectors"),
    [("text", None), ([1], None), ([{"text": "a"}], numpy.zeros((2, 4), "f4")), ([{"text": "a"}, {"text": "b"}], [[1.0], [1.0, 2.0]])],
)
def test_items_that_can_not_be_stored(mem: Memory, items: object, vectors: object) -> None:
    with pytest.raises(memvid_sdk.InputError):
        mem.put_many(items, vectors=vectors)  # type: ignore[arg-type]
    assert mem.stats().frame_count == 0


def test_a_bad_item_far_behind_says_what_was_committed(mem: Memory) -> None:
    items = [{"text": f"number {i}"} for i in range(3000)] + [{"title": "no content"}]
    with pytest.raises(memvid_sdk.InputError) as caught:
        mem.put_many(items)
    assert caught.value.details["index"] == 3000
    assert mem.stats().frame_count == caught.value.details["committed"]


def test_errors_have_a_class_and_a_code(mem: Memory, tmp_path: Path) -> None:
    with pytest.raises(memvid_sdk.NotFoundError) as missing:
        memvid_sdk.open(tmp_path / "missing.mv2")
    assert missing.value.code == "NotFound" and missing.value.path == str(tmp_path / "missing.mv2")
    with pytest.raises(memvid_sdk.InputError):
        mem.find("")
    with pytest.raises(memvid_sdk.SessionError):
        mem.session_end()
    (tmp_path / "zip.mv2").write_bytes(b"PK\x03\x04" + bytes(5000))
    with pytest.raises(memvid_sdk.StorageError) as other:
        memvid_sdk.open(tmp_path / "zip.mv2")
    assert other.value.code == "NotMv2"
    with pytest.raises(memvid_sdk.InputError):
        mem.put(text="x", metadata={"a": object()})
    mem.session_start("s")
    mem.session_end()
    with pytest.raises(memvid_sdk.NotFoundError) as action:
        mem.session_fork("s", name="x", from_action=0)
    assert action.value.code == "ActionNotFound"
    with pytest.raises(memvid_sdk.NotFoundError) as replay:
        mem.session_replay_view("s", 1)
    assert replay.value.code == "ReplayNotFound"
    with pytest.raises(memvid_sdk.InputError) as price:
        mem.session_replay("s", use_model="openai-compatible:x", base_url="http://127.0.0.1:1/v1", max_cost=1)
    assert price.value.code == "UnknownPrice"
    mem.close()
    with pytest.raises(memvid_sdk.MemvidError):
        mem.stats()


def test_a_number_with_a_fraction_stays_one(mem: Memory) -> None:
    mem.put(text="The mill burned down.")
    found = mem.find("mill")
    assert 0 < found.latency_ms < 60_000 and isinstance(found.snapshot.commit, int)
    assert found.to_dict()["hits"][0]["content_hash"] == found.hits[0].content_hash

"""Record, end, replay."""
from __future__ import annotations

from memvid_sdk import Memory


def test_record_replay_audit_compare(mem: Memory) -> None:
    mem.put(text="The acquisition was valued at $2 billion.", uri="mv2://docs/deal")
    session_id = mem.session_start("Audit Session")
    mem.find("acquisition")
    asked = mem.ask("What was the acquisition valued at?")
    mem.record(name="search_web", input={"queryText": "deal"}, output=[1, 2])
    checkpoint = mem.session_checkpoint("before")
    summary = mem.session_end()
    assert summary.actions == {"find": 1, "ask": 1, "tool-call": 1, "checkpoint": 1}
    assert (checkpoint.name, summary.action_count) == ("before", 4)
    assert asked.usage.cost_usd == 0 and asked.grounding.score == 1.0 and asked.grounding.label == "HIGH"
    steps: list[int] = []
    replay = mem.session_replay(session_id, audit=True, diff=True, progress=lambda p: steps.append(p["step"]))
    assert steps == [1, 2, 3, 4]
    assert [(a.original_answer, a.context, a.answer_status) for a in replay.ask_results] == [(asked.answer, "VERIFIED", "NOT RE-ASKED")]
    view = mem.session_view(session_id)
    assert [action.kind for action in view.actions] == ["find", "ask", "tool-call", "checkpoint"]
    assert mem.session_compare(session_id, session_id).identical
    assert [session.session_id for session in mem.session_list()] == [session_id]
    mem.session_delete(session_id)
    assert mem.session_list() == []


def test_an_answer_comes_in_pieces(mem: Memory) -> None:
    mem.put(text="The mill burned down in 1871.")
    stream = mem.ask_stream("When did the mill burn down?")
    pieces = list(stream)
    assert "".join(pieces) == stream.result.answer != ""
    assert stream.result.model == "local:extractive"

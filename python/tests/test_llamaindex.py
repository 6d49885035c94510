"""The retriever, through LlamaIndex's own query engine parts."""

from __future__ import annotations

from memvid_sdk import Memory
from memvid_sdk.llamaindex import MemvidRetriever


def test_passages_with_scores_and_sources(mem: Memory) -> None:
    mem.put(text="Vorwort: Über die Mühle 磨坊. The mill burned down in 1871.", title="Mill", uri="mv2://docs/mill", metadata={"n": 1})
    mem.put(text="Revenue grew by 18%.")
    nodes = MemvidRetriever(mem, k=1).retrieve("When did the mill burn down?")
    assert [(node.node.node_id, node.node.metadata["n"]) for node in nodes] == [("mv2://docs/mill", 1)]
    assert "The mill burned down in 1871." in nodes[0].get_content()
    assert nodes[0].score is not None and nodes[0].score > 0
    assert MemvidRetriever(mem, mode="lex").retrieve("nowhere") == []

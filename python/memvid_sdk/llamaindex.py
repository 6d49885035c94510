"""LlamaIndex over a memory: a retriever. Needs `pip install "memvid-sdk[llamaindex]"`.

    from memvid_sdk import create
    from memvid_sdk.llamaindex import MemvidRetriever

    nodes = MemvidRetriever(create("knowledge.mv2"), k=8).retrieve("acquisition price")
"""

from __future__ import annotations

from typing import Any

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from . import Memory


class MemvidRetriever(BaseRetriever):
    """Retrieves the best passage of each document, by words and by meaning. While a session is active, each search is recorded.

    Args:
        memory: An open memory.
        k: Most passages. Default 8.
        search: Further arguments of `Memory.find`.
    """

    def __init__(self, memory: Memory, k: int = 8, **search: Any) -> None:
        super().__init__()
        self._memory = memory
        self._k = k
        self._search = search

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._memory.find(query_bundle.query_str, **{"k": self._k, **self._search}).hits
        nodes = []
        for hit in hits:
            frame = self._memory.get(hit.frame_id)
            # A span is of the text's UTF-8 bytes.
            passage = (frame.text or "").encode()[hit.span.start : hit.span.start + hit.span.length].decode(errors="ignore")
            about = {**frame.metadata, "uri": hit.uri, "title": hit.title, "frame_id": hit.frame_id}
            nodes.append(NodeWithScore(node=TextNode(id_=hit.uri, text=passage, metadata=about), score=hit.score))
        return nodes

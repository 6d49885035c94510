"""LangChain's own standard tests, and what is ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import RetrieversIntegrationTests, VectorStoreIntegrationTests

from memvid_sdk import InputError, Memory, create
from memvid_sdk.langchain import MemvidRetriever, MemvidVectorStore


class TestVectorStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, path: Path) -> Iterator[VectorStore]:
        with create(path) as memory:
            yield MemvidVectorStore(memory, self.get_embeddings())


class TestRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def memory(self, mem: Memory) -> None:
        mem.put_many([{"text": f"The mill of village {i} burned down.", "metadata": {"village": i}} for i in range(6)])
        self._memory = mem

    @property
    def retriever_constructor(self) -> type[MemvidRetriever]:
        return MemvidRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"memory": self._memory}

    @property
    def retriever_query_example(self) -> str:
        return "mill burned"


def test_the_own_embedder_and_ids_of_any_kind(mem: Memory) -> None:
    store = MemvidVectorStore(mem)
    ids = ["a/b 磨坊", "mv2://docs/own"]
    assert store.add_texts(["The mill burned down in 1871.", "Revenue grew."], [{"n": 1}, {"n": 2}], ids=ids) == ids
    assert [document.id for document in store.similarity_search("mill", k=1)] == ["a/b 磨坊"]
    assert store.get_by_ids(ids) == [
        Document(id="a/b 磨坊", page_content="The mill burned down in 1871.", metadata={"n": 1}),
        Document(id="mv2://docs/own", page_content="Revenue grew.", metadata={"n": 2}),
    ]
    (_, score), *_ = store.similarity_search_with_score("revenue", k=1)
    assert 0 < score <= 1


def test_calls_that_do_not_fit(mem: Memory) -> None:
    store = MemvidVectorStore(mem)
    with pytest.raises(InputError):
        store.add_texts(["a"], ids=["1", "2"])
    with pytest.raises(InputError):
        store.delete()


def test_searches_are_recorded(mem: Memory) -> None:
    mem.put(text="The mill burned down in 1871.", title="Mill")
    mem.session_start("chain")
    found = MemvidRetriever(memory=mem, search_kwargs={"mode": "lex"}).invoke("mill")
    assert [document.metadata["title"] for document in found] == ["Mill"]
    assert mem.session_end().actions == {"find": 1}

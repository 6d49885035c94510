"""LangChain over a memory: a vector store and a retriever. Needs `pip install "memvid-sdk[langchain]"`.

    from memvid_sdk import create
    from memvid_sdk.langchain import MemvidRetriever, MemvidVectorStore

    store = MemvidVectorStore(create("knowledge.mv2"))            # the memory's own embedder
    store = MemvidVectorStore(create("own.mv2"), embedding)       # LangChain's embeddings
    retriever = MemvidRetriever(memory=create("knowledge.mv2"), k=8)
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote, unquote

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore

from . import Memory, create
from ._errors import InputError, NotFoundError
from ._types import FindHit, FrameView

_PREFIX = "mv2://documents/"


def _uri(document_id: str) -> str:
    return document_id if document_id.startswith("mv2://") else _PREFIX + quote(document_id, safe="")


def _id(uri: str) -> str:
    return unquote(uri[len(_PREFIX) :]) if uri.startswith(_PREFIX) else uri


def _document(frame: FrameView) -> Document:
    return Document(id=_id(frame.uri), page_content=frame.text or "", metadata=dict(frame.metadata))


class MemvidVectorStore(VectorStore):
    """A memory as a vector store. A document's id is its URI below `mv2://documents/`; adding an id again supersedes the document.

    Args:
        memory: An open memory.
        embedding: LangChain's embeddings. Without them the memory's own embedder serves, and a search is hybrid: by words and by meaning.
    """

    def __init__(self, memory: Memory, embedding: Embeddings | None = None) -> None:
        self.memory = memory
        self._embedding = embedding

    @property
    def embeddings(self) -> Embeddings | None:
        return self._embedding

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Stores texts; returns their ids."""
        contents = list(texts)
        given: Sequence[str | None] = ids if ids is not None else [None] * len(contents)
        described = metadatas if metadatas is not None else [{} for _ in contents]
        if len(given) != len(contents) or len(described) != len(contents):
            raise InputError("InvalidInput", f"add_texts: {len(contents)} texts, {len(given)} ids and {len(described)} metadatas")
        names = [name or str(uuid.uuid4()) for name in given]
        items = [{"text": text, "uri": _uri(name), "metadata": about} for text, name, about in zip(contents, names, described, strict=True)]
        if items:
            self.memory.put_many(items, vectors=self._embedding.embed_documents(contents) if self._embedding else None)
        return names

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """The k nearest documents. Further arguments go to `Memory.find`, e.g. `tags` or `as_of`."""
        return [document for document, _ in self.similarity_search_with_score(query, k, **kwargs)]

    def similarity_search_with_score(self, query: str, k: int = 4, **kwargs: Any) -> list[tuple[Document, float]]:
        """The k nearest documents with their scores, higher is nearer."""
        if self._embedding:
            return self._found(self._nearest(self._embedding.embed_query(query), k, **kwargs))
        return self._found(self.memory.find(query, k=k, **kwargs).hits)

    def similarity_search_by_vector(self, embedding: list[float], k: int = 4, **kwargs: Any) -> list[Document]:
        """The documents nearest to a vector."""
        return [document for document, _ in self._found(self._nearest(embedding, k, **kwargs))]

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Deletes documents; ids that are not there are passed over. Their bytes stay in the file's history."""
        if ids is None:
            raise InputError("InvalidInput", "delete: name the ids", hint="A memory is emptied by making a new file.")
        for document_id in ids:
            try:
                self.memory.delete(_uri(document_id))
            except NotFoundError:
                continue
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Documents by their ids; those that are not there are left out."""
        found = []
        for document_id in ids:
            try:
                frame = self.memory.get(_uri(document_id))
            except NotFoundError:
                continue
            if frame.status == "active":
                found.append(_document(frame))
        return found

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | None = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        path: str = "memory.mv2",
        **kwargs: Any,
    ) -> MemvidVectorStore:
        """A store of these texts in the file at `path`."""
        store = cls(create(path), embedding)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    def _nearest(self, vector: list[float], k: int, **kwargs: Any) -> list[FindHit]:
        # An empty file has no vectors yet, so that a search by vector would be refused.
        if self.memory.stats().live_frame_count == 0:
            return []
        return self.memory.find("", mode="vec", vector=vector, k=k, **kwargs).hits

    def _found(self, hits: list[FindHit]) -> list[tuple[Document, float]]:
        return [(_document(self.memory.get(hit.frame_id)), hit.score) for hit in hits]


class MemvidRetriever(BaseRetriever):
    """Retrieves whole documents by words and by meaning. While a session is active, each search is recorded."""

    memory: Any
    #: Most documents.
    k: int = 8
    #: Further arguments of `Memory.find`, e.g. `{"mode": "lex", "tags": ["minutes"]}`.
    search_kwargs: dict[str, Any] = {}  # noqa: RUF012 (a field of a pydantic model, copied for each instance)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None, **kwargs: Any) -> list[Document]:
        hits = self.memory.find(query, **{"k": k or self.k, **self.search_kwargs, **kwargs}).hits
        documents = []
        for hit in hits:
            document = _document(self.memory.get(hit.frame_id))
            document.metadata = {**document.metadata, "uri": hit.uri, "title": hit.title, "score": hit.score, "snippet": hit.snippet}
            documents.append(document)
        return documents

"""Retrieval figures on held-out pairs: each query against all documents of its source that were held out, plus distractors."""

import numpy as np

DISTRACTORS = 3000


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def ranks(queries: np.ndarray, documents: np.ndarray) -> np.ndarray:
    """Rank of document i for query i by cosine, 1 is best; the extra documents at the end are distractors."""
    scores = unit(queries) @ unit(documents).T
    own = scores[np.arange(len(queries)), np.arange(len(queries))]
    return 1 + (scores > own[:, None]).sum(axis=1)


def figures(rows: list[dict], queries: np.ndarray, documents: np.ndarray) -> dict[str, tuple[float, float]]:
    """nDCG@10 and MRR@10 by source. Each query has one relevant document, so nDCG is 1 / log2(1 + rank)."""
    found = {}
    for source in dict.fromkeys(row["source"] for row in rows):
        held = [i for i, row in enumerate(rows) if row["source"] == source and row["split"] == "held"]
        others = [i for i, row in enumerate(rows) if row["source"] == source and row["split"] == "train"][:DISTRACTORS]
        rank = ranks(queries[held].astype(np.float32), documents[held + others].astype(np.float32))
        within = rank <= 10
        found[source] = float(np.mean(within / np.log2(1 + rank))), float(np.mean(within / rank))
    return found


def mean(found: dict[str, tuple[float, float]], sources: set[str] | None = None) -> tuple[float, float]:
    values = [value for source, value in found.items() if sources is None or source in sources]
    ndcg, mrr = np.mean(values, axis=0)
    return float(ndcg), float(mrr)

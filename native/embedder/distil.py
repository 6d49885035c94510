"""Distils the teacher into a table of token vectors and writes the engine's asset. How and why: README.md.

usage: python distil.py <folder of the model> <folder of the texts> <folder for caches> <asset to write>
"""

import sys
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

import asset
import corpus
import evaluate
from teacher import MAX_TOKENS, Teacher

DIM = 256
# Weight of a token of probability p in the first table, a / (a + p): Arora et al., "A simple but tough-to-beat baseline", 2017.
SIF_A = 1e-3

EPOCHS = 8
BATCH = 1024
LEARNING_RATE = 0.01
TEMPERATURE = 0.05
# Share of the true pair in the target; the rest is what the teacher thinks of all documents of the batch.
TRUE_PAIR = 0.3


def unit(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    norms = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return rows / norms, norms


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def cached(path: Path, make) -> np.ndarray:
    if not path.exists():
        np.save(path, make())
    return np.load(path).astype(np.float32)


def token_counts(token_ids: list[list[int]], silent: np.ndarray) -> sparse.csr_matrix:
    """One row per text with the number of times that each token is in it."""
    kept = [[i for i in ids[: MAX_TOKENS - 2] if not silent[i]] for ids in token_ids]
    columns = np.concatenate([np.array(ids, np.int32) for ids in kept])
    starts = np.cumsum([0, *map(len, kept)])
    counts = sparse.csr_matrix((np.ones(len(columns), np.float32), columns, starts), shape=(len(kept), len(silent)))
    counts.sum_duplicates()
    return counts


def first_table(vectors: np.ndarray, frequency: np.ndarray, basis: np.ndarray, silent: np.ndarray) -> np.ndarray:
    """Each token through the teacher by itself, centred, projected and weighted (the recipe of model2vec)."""
    probability = (frequency + 1) / (frequency + 1).sum()
    rows = (vectors - vectors[~silent].mean(axis=0)) @ basis * (SIF_A / (SIF_A + probability))[:, None]
    rows[silent] = 0
    return (rows / np.linalg.norm(rows[~silent], axis=1).mean()).astype(np.float32)


def compact(counts: sparse.csr_matrix) -> tuple[np.ndarray, sparse.csr_matrix]:
    """The same matrix over only the tokens that occur, and which these are."""
    columns, indices = np.unique(counts.indices, return_inverse=True)
    shape = (counts.shape[0], len(columns))
    return columns, sparse.csr_matrix((counts.data, indices.astype(np.int32), counts.indptr), shape=shape)


def fit(table: np.ndarray, counts: list[sparse.csr_matrix], teacher: list[np.ndarray], basis: np.ndarray) -> np.ndarray:
    """Moves the rows so that sums of them behave like the teacher's embeddings.

    Two losses over a batch of pairs: one minus the cosine to the teacher's projected embedding, and the cross-entropy between
    the softmax of a query's cosines with all documents of the batch and the teacher's, in both directions. Optimised by Adagrad
    with one rate per row, since an optimiser with momentum throws rare tokens far off at their few occurrences.
    """
    table = table.copy()
    squares = np.zeros((len(table), 1), np.float32)
    targets = [unit(rows @ basis)[0] for rows in teacher]
    rng = np.random.default_rng(1)
    pairs = counts[0].shape[0]
    steps = EPOCHS * (pairs // BATCH)
    diagonal = np.arange(BATCH)
    for step in range(steps):
        if step % (pairs // BATCH) == 0:
            order = rng.permutation(pairs)
        batch = order[step % (pairs // BATCH) * BATCH :][:BATCH]
        columns, both = compact(sparse.vstack([part[batch] for part in counts], format="csr"))
        rows = table[columns]
        vectors, norms = unit(both @ rows)
        queries, documents = vectors[:BATCH], vectors[BATCH:]
        slopes = [-targets[0][batch], -targets[1][batch]]
        student_scores = queries @ documents.T / TEMPERATURE
        teacher_scores = teacher[0][batch] @ teacher[1][batch].T / TEMPERATURE
        for transposed in (False, True):
            student, wanted = (scores.T if transposed else scores for scores in (student_scores, teacher_scores))
            wanted = softmax(wanted) * (1 - TRUE_PAIR)
            wanted[diagonal, diagonal] += TRUE_PAIR
            slope = (softmax(student) - wanted) / (2 * TEMPERATURE)
            slope = slope.T if transposed else slope
            slopes[0] += slope @ documents
            slopes[1] += slope.T @ queries
        slope = np.concatenate(slopes)
        slope = (slope - vectors * (vectors * slope).sum(axis=1, keepdims=True)) / norms
        gradient = both.T @ slope
        squares[columns] += (gradient * gradient).mean(axis=1, keepdims=True)
        rate = LEARNING_RATE * (1 - (step + 1) / (steps + 1))
        table[columns] = rows - rate * gradient / (np.sqrt(squares[columns]) + 1e-9)
    return table


def main() -> None:
    model_dir, texts, caches, out = map(Path, sys.argv[1:])
    rows = corpus.load(texts, caches / "corpus.jsonl")
    teacher = Teacher(model_dir)
    tokens = asset.vocabulary(teacher.tokenizer)
    silent = asset.silent(tokens)
    sides = [teacher.tokenize([row[side] for row in rows]) for side in ("query", "document")]
    counts = [token_counts(side, silent) for side in sides]
    vectors = cached(caches / "tokens.npy", lambda: teacher.embed_ids([[i] for i in range(len(tokens))], normalize=False))
    names = ("queries", "documents")
    embedded = [cached(caches / f"{name}.npy", lambda side=side: teacher.embed_ids(side).astype(np.float16)) for name, side in zip(names, sides)]

    train = np.array([row["split"] == "train" for row in rows])
    frequency = np.asarray(sum(part[train].sum(axis=0) for part in counts)).ravel()
    sample = np.concatenate([part[train] for part in embedded])
    basis = np.linalg.eigh(sample.T @ sample)[1][:, ::-1][:, :DIM].copy()

    def report(name: str, queries: np.ndarray, documents: np.ndarray) -> None:
        found = evaluate.figures(rows, queries, documents)
        for label, sources in (("trained sources", set(found) - corpus.HELD_OUT), ("other sources", corpus.HELD_OUT)):
            print("| {} | {} | {:.3f} | {:.3f} |".format(name, label, *evaluate.mean(found, sources)))
        print("   " + ", ".join(f"{source} {ndcg:.3f}" for source, (ndcg, _) in found.items()), flush=True)

    print("| embedder | held-out pairs of | nDCG@10 | MRR@10 |\n|---|---|---|---|")
    report("teacher", *embedded)
    report("teacher, 256 dimensions", *(part @ basis for part in embedded))
    table = first_table(vectors, frequency, basis, silent)
    report("token vectors, weighted", *(part @ table for part in counts))
    table = fit(table, [part[train] for part in counts], [part[train] for part in embedded], basis)
    report("fitted to the teacher", *(part @ table for part in counts))
    asset.write(out, tokens, table)
    _, scales, values = asset.read(out)
    report("int8, as written", *(part @ (values * scales[:, None]) for part in counts))


if __name__ == "__main__":
    main()

"""The Python side of `npm run bench:doors`: takes commands as JSON lines, answers with JSON lines."""

import json
import sys
import time

import numpy
from memvid_sdk import create, open


def find(path: str, queries: list[str]) -> list[float]:
    """Milliseconds of each search."""
    samples = []
    with open(path) as mem:
        mem.find(queries[0])
        for query in queries:
            started = time.perf_counter()
            mem.find(query, k=10)
            samples.append((time.perf_counter() - started) * 1000)
    return samples


def put_many(path: str, count: int, dimension: int) -> float:
    """Seconds from the first item to the closed file."""
    vectors = numpy.random.default_rng(7).normal(size=(count, dimension)).astype("f4")
    started = time.perf_counter()
    with create(path, vector_dim=dimension) as mem:
        mem.put_many(({"text": f"item {i}"} for i in range(count)), vectors=vectors)
    return time.perf_counter() - started


for line in sys.stdin:
    command = json.loads(line)
    name = command.pop("command")
    print(json.dumps({"find": find, "put_many": put_many}[name](**command)), flush=True)

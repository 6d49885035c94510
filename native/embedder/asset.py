"""Writes and reads the asset of the engine: vocabulary, scales and int8 rows. Layout: format-spec/08-embedder.md."""

import struct
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

MAGIC = b"MV2EMBED"
VERSION = 1
HEADER = struct.Struct("<8sIIII")


def vocabulary(tokenizer: Tokenizer) -> list[str]:
    by_id = {index: token for token, index in tokenizer.get_vocab().items()}
    return [by_id[index] for index in range(len(by_id))]


def silent(tokens: list[str]) -> np.ndarray:
    """Tokens that carry no meaning of a text and get a row of zeros: [PAD], [UNK], [CLS], [SEP], [MASK], [unused…]."""
    return np.array([len(token) > 2 and token[0] == "[" and token[-1] == "]" for token in tokens])


def quantize(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Int8 rows with one f32 scale each; the largest scale becomes 1/127, which changes no direction of a sum."""
    rows = rows / np.abs(rows).max()
    scales = (np.abs(rows).max(axis=1) / 127.0).astype(np.float32)
    safe = np.where(scales > 0, scales, 1)
    return scales, np.rint(rows / safe[:, None]).clip(-127, 127).astype(np.int8)


def write(path: Path, tokens: list[str], rows: np.ndarray) -> None:
    scales, values = quantize(np.where(silent(tokens)[:, None], 0, rows))
    text = "".join(token + "\n" for token in tokens).encode()
    header = HEADER.pack(MAGIC, VERSION, values.shape[1], len(tokens), len(text))
    path.write_bytes(header + text + scales.astype("<f4").tobytes() + values.tobytes())


def read(path: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    data = path.read_bytes()
    magic, version, dim, count, size = HEADER.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise ValueError(f"{path} is not an embedder asset of version {VERSION}")
    start = HEADER.size
    tokens = data[start : start + size].decode().split("\n")[:-1]
    scales = np.frombuffer(data, "<f4", count, start + size)
    values = np.frombuffer(data, np.int8, count * dim, start + size + 4 * count).reshape(count, dim)
    return tokens, scales, values

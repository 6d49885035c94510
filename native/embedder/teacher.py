"""The teacher: all-MiniLM-L6-v2 (int8 ONNX) and its WordPiece tokenizer, as they lie in the Maven package."""

import os
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

DIM = 384
MAX_TOKENS = 128
CLS, SEP, UNK = 101, 102, 100


def load_tokenizer(model_dir: Path) -> Tokenizer:
    """The tokenizer without padding, cut or template; text such as "[MASK]" is plain text, as it is in the engine."""
    tokenizer = Tokenizer.from_file(str(model_dir / "all-minilm-l6-v2-q-tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True
    return tokenizer


class Teacher:
    def __init__(self, model_dir: Path, threads: int = 1):
        self.tokenizer = load_tokenizer(model_dir)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        model = str(model_dir / "all-minilm-l6-v2-q.onnx")
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def tokenize(self, texts: list[str]) -> list[list[int]]:
        return [e.ids for e in self.tokenizer.encode_batch(texts, add_special_tokens=False)]

    def embed_ids(self, token_ids: list[list[int]], batch_tokens: int = 4096, normalize: bool = True) -> np.ndarray:
        """Mean of the last hidden states over all tokens, [CLS] and [SEP] included, as sentence-transformers does."""
        rows = [[CLS, *ids[: MAX_TOKENS - 2], SEP] for ids in token_ids]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        out = np.zeros((len(rows), DIM), np.float32)
        start = 0
        while start < len(order):
            end = start + 1
            while end < len(order) and len(rows[order[end]]) * (end + 1 - start) <= batch_tokens:
                end += 1
            self._run([rows[i] for i in order[start:end]], order[start:end], out)
            start = end
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9) if normalize else out

    def embed(self, texts: list[str]) -> np.ndarray:
        return self.embed_ids(self.tokenize(texts))

    def _run(self, rows: list[list[int]], targets: list[int], out: np.ndarray) -> None:
        ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self.session.run(["last_hidden_state"], feeds)[0]
        out[targets] = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)

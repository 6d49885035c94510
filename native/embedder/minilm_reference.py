"""Embeds texts with the reference runtime, for the test that holds our forward pass to it.

usage: minilm_reference.py <folder of speeches> <model.onnx> <static table> <folder for the fixture>

Writes `minilm-texts.json`, 1,000 texts: sentences of State of the Union speeches, passages of them, a few of other scripts; and
`minilm-vectors.bin`, for each text a scale (f32) and 384 int8, rounding that costs less than 0.0001 of the cosine.
"""

import json
import random
import re
import sys
from pathlib import Path

import numpy
import onnxruntime
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

MAX_TOKENS = 256
OTHER = [
    "東京は日本の首都である。", "Привет, как дела?", "Ça coûte 12,50 € à l'École normale supérieure.", "x", "?!", "🙂 emoji only 🙂",
    "The mill burned down in 1871.", "def f(x): return x ** 2  # square", "नमस्ते दुनिया", "ﬁnancial naïveté — co\u00adoperate\u200b",
]


def vocabulary(table: Path) -> list[str]:
    data = table.read_bytes()
    text_length = int.from_bytes(data[20:24], "little")
    return data[24 : 24 + text_length].decode().split("\n")[:-1]


def texts(speeches: Path) -> list[str]:
    sentences = []
    for path in sorted(speeches.glob("*.txt")):
        text = " ".join(path.read_text(errors="replace").split())
        sentences += [s for s in re.split(r"(?<=[.!?]) ", text) if 20 <= len(s) <= 300]
    chance = random.Random(7)
    starts = [chance.randrange(len(sentences) - 12) for _ in range(60)]
    passages = [" ".join(sentences[start : start + chance.randint(3, 12)]) for start in starts]
    return chance.sample(sorted(set(sentences)), 930) + passages + OTHER


def main(speeches: str, model: str, table: str, folder: str) -> None:
    words = vocabulary(Path(table))
    tokenizer = Tokenizer(models.WordPiece({word: at for at, word in enumerate(words)}, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(word, words.index(word)) for word in ("[CLS]", "[SEP]")]
    )
    tokenizer.enable_truncation(MAX_TOKENS)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    all_texts, rows = texts(Path(speeches)), []
    for text in all_texts:
        ids = numpy.array([tokenizer.encode(text).ids], dtype=numpy.int64)
        inputs = {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}
        mean = session.run(None, inputs)[0][0].mean(axis=0)
        vector = mean / numpy.linalg.norm(mean)
        scale = numpy.float32(numpy.abs(vector).max() / 127)
        rows.append(scale.tobytes() + numpy.rint(vector / scale).astype(numpy.int8).tobytes())
    out = Path(folder)
    (out / "minilm-texts.json").write_text(json.dumps(all_texts, ensure_ascii=False, indent=0) + "\n")
    (out / "minilm-vectors.bin").write_bytes(b"".join(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Writes fixtures/embedder: token ids of the reference tokenizer, and vectors computed from the asset with numpy.

usage: python fixtures.py <folder of the model> <asset> <fixtures/embedder>
"""

import json
import random
import sys
from pathlib import Path

import numpy as np

import asset
from teacher import UNK, load_tokenizer

WRITTEN = """
hello world|Hello, World!|The quick brown fox jumps over the lazy dog.|don't can't won't it's|e-mail: someone@example.org
state-of-the-art|unbelievably antidisestablishmentarianism|internationalization i18n|hyphen-ated under_scored CamelCaseWord
3.14159|1,234,567.89|$12.50 €99 £7 ¥1000|2026-11-23T12:59:11Z|0xdeadbeef 1e-9 50%|x=y*z+(a/b)^2|[CLS] not special [SEP] [MASK] [UNK] [PAD]
##ing|## a|#hashtag @user|a##b|[unused5]|fn main() { println!("{}", x); }|SELECT * FROM t WHERE a <> 'b';|if (a && b) { return null }
C:\\Windows\\System32|/usr/local/bin/node|https://example.org/a?b=c&d=%20#e|<p class="x">text</p>|{"key": [1, 2.5, null]}
café naïve résumé Zürich|Ångström Øre straße ﬁne ﬂow|ĀĂĄ Łódź Ñandú İstanbul ıspanak|ﬀ ﬃ ½ ² ™ ℃ Ω K Å|é vs é|q̣̇ ạ̇ s̈o|ΑΒΓ αβγ ς Σίσυφος
Привет, мир! Ёлка йод|Українська мова ї|Здравейте|שלום עולם שָׁלוֹם|مرحبا بالعالم مُحَمَّد|नमस्ते दुनिया क़|বাংলা ভাষা|ภาษาไทย|ქართული|Հայերեն|አማርኛ
你好,世界。|我爱北京天安门|东京は日本の首都です|カタカナ ひらがな がぎぐ パピプ|㐀㐁 𠀀𠀁 豈更|한국어 문장입니다|한글|ㄱㄴㄷ|中文English混合123文本|、。「」『』【】・ー〜
😀 😂🤣|👩‍👩‍👧‍👦 family|🇩🇪🇫🇷 flags|👍🏽 ok|❤️ heart|✂️☎️|🏳️‍🌈|a😀b|1️⃣ 2️⃣|☃ snowman|𝕳𝖊𝖑𝖑𝖔 𝓌ℴ𝓇𝓁𝒹|𐐀𐐨 Deseret|Ⓐⓑ ①②
zero\u200bwidth|soft\u00adhyphen|bom\ufefftext|nul\u0000byte|bell\u0007|esc\u001b[31m|del\u007f|c1\u0085next|rep\ufffdlace|private\ue000use|\u202eright-to-left\u202c
tab\tnew\nline\rreturn|vertical\u000btab form\u000cfeed|nbsp\u00a0space|ideographic\u3000space|thin\u2009space|ogham\u1680space|line\u2028sep\u2029par|mongolian\u180e
“smart quotes” ‘single’ – — … •|«guillemets» ¿qué? ¡sí!|§ 5 ¶ 2 † ‡ ‰|a·b|x×y ÷ ± ≤ ≥ ≠ ∞ ∑ √|←↑→↓ ⇒|░▒▓ │┤ ■□|^ ~ ` | $ + < = >|°C µm ª º
؟ ، ؛ ٪|۔ ।॥|๛ ၊။|፡።|᠂᠃|⁇ ⁈ ⁉|﹏﹖ ！？（）|‐ ‑ ‒ ― ‖|′ ″ ‴|〈〉《》|\ua66f\u0488|\u0301alone|a\u0301\u0323\u0307|\u0915\u093c|\u1100\u1161\u11a8|\u302e\u0301|\u0f71\u0f72
"""


def strings(vocabulary: list[str]) -> list[str]:
    rng = random.Random(20261123)
    found = [text for line in WRITTEN.strip().split("\n") for text in line.split("|")]
    found += ["", " ", "\n\t ", "a", "#", "##", "\u0000", "word " * 300]
    found += ["x" * n for n in (99, 100, 101, 400, 401, 1000)] + ["é" * 100, "é" * 101, "好" * 101, "😀" * 100, "😀" * 101, "a" * 99 + "é", "q" * 200 + " ok"]
    words = [token for token in vocabulary if token.isalpha()]
    for _ in range(140):
        found.append(" ".join(rng.choice(words) for _ in range(rng.randrange(1, 12))))
    for _ in range(120):
        joined = "".join(rng.choice(words) for _ in range(rng.randrange(2, 5)))
        found.append(rng.choice([str.upper, str.title, str])(joined) + rng.choice(["", "!", "'s", "...", "-" + joined[:3], "123"]))
    planes = [(0, 0x7F), (0, 0x24F), (0x300, 0x5FF), (0x600, 0x1FFF), (0x2000, 0x2FFF), (0x3000, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x1FFFF), (0, 0x10FFFF)]
    for _ in range(220):
        low, high = rng.choice(planes)
        codes = [rng.randint(low, high) for _ in range(rng.randrange(1, 24))]
        found.append("".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000))
    for _ in range(80):
        found.append("".join(rng.choice("abcXYZ 019.,-_é́好한😀\t\u00a0\u200b\u0301ñßΣЙ") for _ in range(rng.randrange(3, 40))))
    return list(dict.fromkeys(found))


def vector(scales: np.ndarray, values: np.ndarray, ids: list[int]) -> np.ndarray | None:
    """The vector as format-spec/08-embedder.md defines it: every step rounded to f32, in this order."""
    total = np.zeros(values.shape[1], np.float32)
    for index in ids:
        if index != UNK:
            total = total + scales[index] * values[index].astype(np.float32)
    square = np.float32(0)
    for value in total:
        square = square + value * value
    norm = np.sqrt(square)
    return total / norm if norm > 0 else None


def main() -> None:
    model_dir, table, out = map(Path, sys.argv[1:])
    tokenizer = load_tokenizer(model_dir)
    vocabulary, scales, values = asset.read(table)
    texts = strings(vocabulary)
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    cases = [{"text": text, "ids": row} for text, row in zip(texts, ids)]
    (out / "tokens.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    vectors = []
    for text, row in list(zip(texts, ids))[::9]:
        found = vector(scales, values, row)
        bits = None if found is None else [f"{int(word):08x}" for word in found.view(np.uint32)[::32]]
        vectors.append({"text": text, "everyThirtySecond": bits})
    (out / "vectors.json").write_text("[\n" + ",\n".join(json.dumps(case) for case in vectors) + "\n]\n")
    print(f"{len(cases)} token cases, {len(vectors)} vectors")


if __name__ == "__main__":
    main()

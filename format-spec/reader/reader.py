"""A second reader of .mv2 files, written from the pages of this folder alone. It checks every hash and lists, as JSON, commits, frames,
sessions, and what is damaged.

    python3 reader.py FILE

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
MAGICS = {TEXT: b"MV2TEXT\0", VECTORS: b"MV2V", RUN: b"MV2RUN1\n"}
EVENTS = {1: "start", 2: "action", 3: "end", 4: "delete", 5: "replay", 6: "signature"}

_TABLE = list(range(256))
for _ in range(8):
    _TABLE = [(n >> 1) ^ 0x82F63B78 if n & 1 else n >> 1 for n in _TABLE]


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def sums(data: bytes, at: int) -> bool:
    """Whether a block holds its own CRC32C at `at`, over all bytes before."""
    return crc32c(data[:at]) == int.from_bytes(data[at : at + 4], "little")


def hash256(data: bytes, context: str | None = None) -> bytes:
    return blake3(data, derive_key_context=context).digest()


def named(names: str, layout: str, data: bytes) -> Record:
    return Record(**dict(zip(names.split(), struct.unpack_from("<" + layout, data), strict=True)))


class Damage(Exception):
    """What does not hold, as `(offset, message)`."""


def must(holds: object, offset: int, message: str) -> None:
    if not holds:
        raise Damage(offset, message)


class Fields:
    """Reads one field after the other, and fails at the end."""

    def __init__(self, data: bytes, offset: int) -> None:
        self.data, self.at, self.offset = data, 0, offset

    def take(self, count: int) -> bytes:
        must(0 <= count <= len(self.data) - self.at, self.offset, "a field reaches past the end")
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
        self.frames, self.events = dict[int, dict[str, Any]](), dict[int, dict[str, Any]]()  # by id, by offset
        self.dictionaries: dict[int, bytes] = {}
        self.gaps: list[tuple[int, int, int]] = []  # start, end, bytes taken by the gaps before
        self.map_commit = self.area = self.uncheckable = self.next_frame_id = 0
        self.segments, self.lost = set[int](), set[int]()
        self.erased, self.set_aside = dict[int, int](), dict[int, int]()  # target and erasure; start and end
        try:
            self.read(data)
        except Damage as damage:
            self.damages.append(damage.args)

    def read(self, data: bytes) -> None:
        must(len(data) >= HEADER and sums(data[:HEADER], 4092), 0, "the header's checksum does not hold")
        head = named("major minor length compat ro incompat uuid salt by hash align", "HHIQQQ16s16s64sBB", data[8:])
        is_known = (head.major, head.length, head.incompat, head.hash, head.align) == (1, HEADER, 0, 1, 6)
        must(is_known, 8, f"format {head.major}.{head.minor} with features {head.incompat:#x}")
        self.salt, self.length = head.salt, len(data)
        if data[HEADER : HEADER + 4] != b"\xa7M2R":
            self.read_gap_map()
        self.newest_state()
        self.walk()
        must(self.damages or self.next_frame_id == len(self.lost | self.frames.keys()), 0, f"{len(self.frames)} of {self.next_frame_id} frames")

    def read_gap_map(self) -> None:
        """Page 1: two copies of a map; a head tells how long each is, and it is the first one's or the second one's."""
        for place in range(HEADER, len(self.data), 4096):
            head = self.data[place : place + 64]
            if head[:8] == b"MV2GAPS\n" and head[24:40] == self.salt and sums(head, 60):
                count, self.map_commit = struct.unpack_from("<QQ", head, 8)
                one = (64 + count * 16 + 4095) // 4096 * 4096
                if place in (HEADER, HEADER + one):
                    break
        else:
            return must(self.data[HEADER : HEADER + 8] != b"MV2GAPS\n", HEADER, "neither head of the gap map checks")
        self.area, used = 2 * one, 64 + count * 16
        copies = [self.data[HEADER + n * one :][:one] for n in (0, 1)]
        right = [c[64:used] for c in copies if crc32c(c[64:used]) == int.from_bytes(head[40:44], "little")]
        must(right, HEADER, "neither copy of the gaps checks")
        if copies[0] != copies[1] or any(copies[0][used:]) or any(head[44:60]):
            self.damages.append((HEADER, "the two copies of the gap map differ, or reserved bytes are not zero"))
        least, before = HEADER + 128, 0
        for start, length in struct.iter_unpack("<QQ", right[0]):
            must(start >= least and start % 64 == 0 and length % 64 == 0 and length, HEADER, "gaps out of order")
            self.gaps.append((start, start + length, before))
            before += length
            least = start + length + 128
        taken = sum(end - start for start, end, before in self.gaps if start + self.area - before < len(self.data))
        self.length = max(len(self.data) - self.area + taken, HEADER)

    def gap_at(self, offset: int) -> tuple[int, int, int] | None:
        after = bisect_right(self.gaps, offset, key=lambda gap: gap[1])
        return self.gaps[after] if after < len(self.gaps) and self.gaps[after][0] <= offset else None

    def bytes(self, start: int, end: int) -> bytes:
        """Bytes of the log, which are where the gap map says."""
        after = bisect_right(self.gaps, start, key=lambda gap: gap[1])
        must(after == len(self.gaps) or self.gaps[after][0] >= end, start, "bytes that a compaction dropped")
        first, last, before = self.gaps[after - 1] if after else (0, 0, 0)
        at = start + self.area - (before + last - first) if start >= HEADER else start
        must(start <= end and at + end - start <= len(self.data), start, "bytes past the end of the file")
        return self.data[at : at + end - start]

    def record(self, offset: int) -> Record:
        head = self.bytes(offset, offset + 128)
        must(head[:4] == b"\xa7M2R" and sums(self.salt + head, 140), offset, "no record starts here, or its header's checksum does not hold")
        names = "kind flags header_len payload_len raw_len self_offset epoch codec zeros payload_hash checked_len checks_crc more_zeros"
        record = named(names, "BBHQQQQB7s32sQI32s", head[4:])
        record.offset, record.header, record.start = offset, head, offset + 128
        record.stop = record.start + record.payload_len
        record.end = (record.stop + 63) // 64 * 64
        is_here = (record.header_len, record.self_offset, offset % 64) == (128, offset, 0) and record.stop <= self.length
        must(is_here, offset, "a record header of another place or length")
        must(not any(record.zeros + record.more_zeros), offset, "reserved bytes of a record header are not zero")
        must(record.kind in KNOWN or not record.flags & 0x80, offset, f"an unknown critical record of type {record.kind:#x}")
        return record

    def check_record(self, record: Record) -> bytes | None:
        """Hash, padding and block checks; the payload, or None where there is none to read."""
        offset, gap = record.offset, self.gap_at(record.start)
        if gap:
            is_retired = record.offset not in self.segments or self.newest < self.map_commit
            may_go = gap[:2] == (record.start, record.end) and record.kind in (TEXT, VECTORS) and is_retired
            return must(may_go, offset, "a payload was dropped that has to be there")
        payload = self.bytes(record.start, record.stop)
        must(not any(self.bytes(record.stop, record.end)), offset, "padding that is not zero")
        if offset in self.erased:
            return must(not any(payload), offset, "an erased record holds something")
        must(hash256(payload) == record.payload_hash, offset, "a payload does not match its hash")
        if record.flags & 2:
            table = payload[record.checked_len :]
            blocks = [payload[at : min(at + 65536, record.checked_len)] for at in range(0, record.checked_len, 65536)]
            right = crc32c(table) == record.checks_crc and table == b"".join(crc32c(b).to_bytes(4, "little") for b in blocks)
            must(right, offset, "block checks do not hold")
        return payload

    def commit_at(self, offset: int) -> Record:
        record = self.record(offset)
        payload = self.bytes(record.start, record.stop)
        shape = (record.kind, record.flags, record.codec, record.raw_len, record.checked_len, record.checks_crc)
        must(shape == (COMMIT, 0x80, 0, record.payload_len, 0, 0), offset, "no commit, or its header says what none may say")
        must(hash256(payload) == record.payload_hash, offset, "a commit does not match its hash")
        commit = named("number prev prev_chain first count flags durable time toc ro incompat root writer_len zero delta_len", "QQ32sQIIQqQQQ32sHHI", payload)
        end = 144 + commit.writer_len + commit.delta_len
        right = end + 32 == len(payload) and payload[end:] == hash256(payload[:end], "mv2 1.0 chain") and not commit.incompat
        must(right, offset, "a commit's chain hash does not hold, or it has unknown features")
        commit.chain, commit.delta, commit.offset, commit.record = payload[end:], payload[end - commit.delta_len : end], offset, record
        return commit

    def trailer(self, record: Record) -> None:
        tail = self.bytes(record.end, record.end + 64)
        offset, length, _, salt, epoch, zeros = struct.unpack_from("<QQQ16sQI", tail, 8)
        is_its = (offset, length, salt, epoch, zeros) == (record.offset, record.end - record.offset, self.salt, record.epoch, 0)
        must(is_its and tail[:8] == b"MV2TAIL\n" and sums(tail, 60), record.end, "a trailer does not fit its commit")

    def newest_state(self) -> None:
        """The last commit at the end of the file, its newest full table and the deltas since."""
        end = self.length // 64 * 64
        while True:
            must(end > HEADER, HEADER, "no valid commit")
            gap = self.gap_at(end - 64)
            tail = b"" if gap else self.bytes(end - 64, end)
            if tail[:8] == b"MV2TAIL\n" and tail[32:48] == self.salt:
                try:
                    commit = self.commit_at(struct.unpack_from("<Q", tail, 8)[0])
                    self.trailer(commit.record)
                    break
                except Damage as damage:
                    self.damages.append(damage.args)
            end = gap[0] if gap else end - 64
        self.end, self.newest, deltas = end, commit.number, []
        if torn := len(self.data[len(self.data) - (self.length - end) :].rstrip(b"\0")):
            self.damages.append((end, f"{torn} bytes after the last commit"))
        try:
            while commit.toc < commit.first and commit.number > 0:
                deltas.append(commit.delta)
                commit = self.commit_at(commit.prev)
            table = self.record(commit.toc) if commit.toc and commit.toc >= commit.first else None
            deltas.append(self.bytes(table.start, table.stop) if table else commit.delta)
        except Damage as damage:
            self.damages.append(damage.args)
        for delta in reversed(deltas):
            self.apply(delta)

    def operations(self, data: bytes, offset: int) -> Iterator[tuple[int, Fields]]:
        fields = Fields(data, offset)
        while fields.at < len(data):
            yield fields.take(1)[0], Fields(fields.block(), offset)

    def apply(self, delta: bytes) -> None:
        for kind, f in self.operations(delta, 0):
            v = [f.varint() for _ in range({7: 3, 8: 1, 10: 1, 11: 2, 13: 2, 14: 2}.get(kind, 0))]
            if kind == 7:
                self.segments.add(v[2])
            elif kind == 8:
                self.segments.discard(v[0])
            elif kind == 10:
                self.next_frame_id = v[0]
            elif kind == 11:
                self.erased[v[0]] = v[1]
            elif kind == 13:
                self.set_aside[v[0]] = v[0] + v[1]
            elif kind == 14:
                self.lost.update(range(v[0], v[0] + v[1]))

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
                return self.damages.append(damage.args)
            at = record.end
            try:
                payload = self.check_record(record)
                if record.kind == COMMIT:
                    commit = self.commit_at(record.offset)
                    self.commits.append({"commit": commit.number, "timeMs": commit.time, "chainHash": commit.chain.hex()})
                    self.check_commit(commit, leaves, chain, number, start, linked)
                    chain, number, linked = commit.chain, commit.number, True
                    list(self.operations(commit.delta, record.offset))
                    self.trailer(record)
                else:
                    leaves.append(record)
                    if payload is not None:
                        self.content(record, payload)
            except Damage as damage:
                self.damages.append(damage.args)
            except (zstandard.ZstdError, struct.error, IndexError, UnicodeDecodeError) as error:
                self.damages.append((record.offset, f"what the record holds can't be read: {error}"))
            if record.kind == COMMIT:
                at += 0 if at in self.set_aside else 64
                leaves, start = [], at

    def check_commit(self, commit: Record, leaves: list[Record], chain: bytes, number: int, start: int, linked: bool) -> None:
        follows = (commit.prev_chain, commit.number) == (chain, number + 1)
        if not linked:
            self.uncheckable += not follows
            return
        root = merkle([hash256(record.header, "mv2 1.0 leaf") for record in leaves])
        must({r.epoch for r in leaves} <= {commit.record.epoch}, commit.offset, "a record of another writer in a transaction")
        must((commit.count, commit.first, commit.root) == (len(leaves), start, root), commit.offset, "not the records that a commit names")
        must(follows, commit.offset, "a commit does not follow from the one before")

    def content(self, record: Record, payload: bytes) -> None:
        kind, offset = record.kind, record.offset
        if kind == FRAMES:
            self.read_frames(record, payload)
        elif kind == DICTIONARY:
            self.dictionaries[offset] = self.plain(payload, record)
        elif kind == TOC:
            list(self.operations(payload, offset))
        elif kind == EVENT:
            self.events[offset] = self.read_event(record, payload)
        elif kind == ERASURE and self.erased.get(target := int.from_bytes(payload[:8], "little")) == offset and payload[8:]:
            self.events[target] = self.read_event(Record(**vars(record) | {"offset": target}), payload[8:])
        must(payload.startswith(MAGICS.get(kind, b"")), offset, "a segment without its magic")
        must(kind != FILLER or not any(payload), offset, "a filler that holds something")

    def plain(self, stored: bytes, record: Record) -> bytes:
        if record.codec == 1:
            must(record.raw_len <= min((1 << 30) + (16 << 20), (len(stored) + 64) * 10_000), record.offset, "a body that claims to be too long")
            stored = zstandard.ZstdDecompressor().decompress(stored, max_output_size=max(record.raw_len, 1))
        must(len(stored) == record.raw_len, record.offset, f"a body of {len(stored)} bytes, {record.raw_len} are declared")
        return stored

    def chunks(self, stored: bytes, offset: int) -> bytes:
        f = Fields(stored, offset)
        places = [f.varint() * 64, f.varint() * 64]
        lengths = [(f.varint(), f.varint()) for _ in range(f.varint())]
        text = next((self.dictionaries[place] for place in places if place in self.dictionaries), None)
        must(text, offset, "both copies of a dictionary are gone")
        unpack = zstandard.ZstdDecompressor(zstandard.ZstdCompressionDict(text, zstandard.DICT_TYPE_RAWCONTENT))
        parts = [unpack.decompress(f.take(packed), max_output_size=max(raw, 1)) for raw, packed in lengths]
        must([len(part) for part in parts] == [raw for raw, _ in lengths], offset, "a chunk of another length than declared")
        return b"".join(parts)

    def read_frames(self, record: Record, payload: bytes) -> None:
        f = Fields(payload, record.offset)
        first, count, entries_len = struct.unpack("<QII", f.take(16))
        hashes = [f.take(32) for _ in range(count)]
        e = Fields(f.take(entries_len), record.offset)
        stored = payload[f.at :]
        b, time = Fields(self.chunks(stored, record.offset) if record.codec == 2 else self.plain(stored, record), record.offset), 0
        for frame_id, expected in enumerate(hashes, first):
            zigzag, supersedes, attributes_len, content_len, flags = (e.varint() for _ in range(5))
            time += (zigzag >> 1) ^ -(zigzag & 1)
            a = Fields(b.take(attributes_len), record.offset)
            uri, title, mime = a.text() or f"mv2://frames/{frame_id}", a.text(), a.text()
            tags = [a.text() for _ in range(a.varint())]
            must(hash256(b.take(content_len)) == expected, record.offset, f"frame {frame_id} does not match its content hash")
            frame = {"frameId": frame_id, "uri": uri, "title": title, "mimeType": mime, "tags": tags, "timestampMs": time, "isText": flags & 1 == 1}
            self.frames[frame_id] = frame | {"supersedes": supersedes - 1 if supersedes else None, "sizeBytes": content_len, "contentHash": expected.hex()}

    def read_event(self, record: Record, payload: bytes) -> dict[str, Any]:
        event = named("kind zeros sequence session time commit chain prev start last count more_zeros", "B3sI16sqQ32sQQQI12s", payload)
        links = all(not link or link < record.offset for link in (event.prev, event.start, event.last))
        must(event.kind in EVENTS and links and not any(event.zeros + event.more_zeros), record.offset, "a session event that does not hold")
        chains = [c["chainHash"] for c in self.commits[event.commit : event.commit + 1] if c["commit"] == event.commit]
        must(chains in ([], [event.chain.hex()]), record.offset, f"an event names another commit {event.commit} than this file's")
        for frame_id, content_hash in struct.iter_unpack("<Q32s", payload[112 : 112 + event.count * 40]):
            right = frame_id not in self.frames or self.frames[frame_id]["contentHash"] == content_hash.hex()
            must(right, record.offset, f"an event names another content than frame {frame_id} has")
        body = self.plain(payload[112 + event.count * 40 :], record)
        named_by = {"type": EVENTS[event.kind], "session": event.session.hex(), "sequence": event.sequence}
        return named_by | {"timeMs": event.time, "commit": event.commit, "sizeBytes": len(body)}

    def report(self) -> dict[str, Any]:
        sessions: dict[str, dict[str, Any]] = {}
        events = [self.events[offset] for offset in sorted(self.events)]
        for event in events:
            session = sessions.setdefault(event["session"], {"session": event["session"], "actions": 0, "status": "active"})
            session["actions"] += event["type"] == "action"
            session["status"] = {"end": "ended", "delete": "deleted"}.get(event["type"], session["status"])
        frames = [self.frames[n] for n in sorted(self.frames) if n not in self.lost]
        damages = [{"offset": offset, "message": message} for offset, message in sorted(self.damages)]
        lists = {"commits": self.commits, "frames": frames, "lost": sorted(self.lost), "sessions": [*sessions.values()], "events": events}
        return lists | {"gaps": self.uncheckable, "damages": damages}


def merkle(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else bytes(32)
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hash256(merkle(leaves[:split]) + merkle(leaves[split:]), "mv2 1.0 node")


def read(data: bytes) -> dict[str, Any] | None:
    """What a file holds, and every damage in it; None when it is no .mv2 file."""
    return Reader(data).report() if data[:8] == MAGIC else None


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        found = read(file.read())
    if found is None:
        print(f"{sys.argv[1]}: not an .mv2 file", file=sys.stderr)
        sys.exit(2)
    print(json.dumps(found, indent=1))
    sys.exit(1 if found["damages"] else 0)

"""Checks a memvid evidence archive with Python's standard library (3.8 or newer), by the rules of format-spec/09-proof.md.
Usage: python3 verify.py evidence.zip [--key "name+id+base64"]... [--anchor "memvid-anchor ..."]...
Take this file from a place that you trust: the copy inside an archive was packed by whoever made it."""
import base64, functools, hashlib, hmac, io, json, struct, sys, zlib
ABOUT = ("name", "query", "question", "uri", "answer")  # what is printed of an action
sha256 = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
is_base64 = lambda text: base64.b64encode(base64.b64decode(text)).decode() == text  # each value has one form

def unzip(raw):
    """Entries by name. The archive is made again from them: a byte that differs is an error."""
    files, central, at = {}, b"", 0
    while raw[at:at + 4] == b"PK\3\4":
        size, name_len = struct.unpack("<IH", raw[at + 22:at + 28])
        name, data = raw[at + 30:at + 30 + name_len], raw[at + 30 + name_len:at + 30 + name_len + size]
        common = struct.pack("<5H3I2H", 20, 0x800, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(name), 0)
        central += b"PK\1\2\24\0" + common + struct.pack("<3H2I", 0, 0, 0, 0, at) + name
        entry = b"PK\3\4" + common + name + data
        if raw[at:at + len(entry)] != entry or name.decode() in files:
            raise ValueError("damaged at byte %d" % at)
        files[name.decode()], at = data, at + len(entry)
    if raw[at:] != central + b"PK\5\6" + struct.pack("<4H2IH", 0, 0, len(files), len(files), len(central), at, 0):
        raise ValueError("its directory is damaged")
    return files

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
turn = lambda x, n: (x >> n | x << 32 - n) & 0xFFFFFFFF
MIXES = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))
def compress(chain, block, counter, length, flags):
    v, m = [*chain, *IV[:4], counter & 0xFFFFFFFF, counter >> 32, length, flags], struct.unpack("<16I", block)
    for _ in range(7):
        for i, (a, b, c, d) in enumerate(MIXES):
            for word, first, second in ((m[2 * i], 16, 12), (m[2 * i + 1], 8, 7)):
                v[a] = (v[a] + v[b] + word) & 0xFFFFFFFF
                v[d] = turn(v[d] ^ v[a], first)
                v[c] = (v[c] + v[d]) & 0xFFFFFFFF
                v[b] = turn(v[b] ^ v[c], second)
        m = [m[i] for i in ORDER]
    return [v[i] ^ v[i + 8] for i in range(8)]

def blake3(data):
    def node(start, end, root):
        if end - start > 1024:
            middle = start + 1024 * (1 << ((end - start - 1) // 1024).bit_length() - 1)
            return compress(IV, struct.pack("<16I", *node(start, middle, 0), *node(middle, end, 0)), 0, 64, 4 | root)
        chain, starts = IV, range(start, max(end, start + 1), 64)
        for at in starts:
            block, flags = data[at:min(at + 64, end)], (at == start) | (2 | root if at == starts[-1] else 0)
            chain = compress(chain, block.ljust(64, b"\0"), start // 1024, len(block), flags)
        return chain
    return struct.pack("<8I", *node(0, len(data), 8)).hex()

P, L = 2 ** 255 - 19, 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
def add(p, q):
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0]), 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P
def times(n, p):
    half = times(n >> 1, add(p, p)) if n else (0, 1, 1, 0)
    return add(half, p) if n & 1 else half

def point(data):
    y, odd = int.from_bytes(data, "little") & 2 ** 255 - 1, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or y >= P or (x == 0 and odd): raise ValueError("not a point of the curve")
    return (x, y, 1, x * y % P) if x & 1 == odd else (P - x, y, 1, (P - x) * y % P)

def is_signed(key, text, signature):
    """Ed25519, RFC 8032, section 5.1.7."""
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    s, base = int.from_bytes(signature[32:], "little"), point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    p, q = times(s, base), add(point(signature[:32]), times(h, point(key)))
    return len(signature) == 64 and s < L and (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0

def unpack(data):
    """One MessagePack value, bytes as hexadecimal text."""
    take = io.BytesIO(data).read
    number = lambda n, signed=False: int.from_bytes(take(n), "big", signed=signed)
    def value():
        t = number(1)
        if t < 0x80 or t >= 0xE0: return t if t < 0x80 else t - 256
        if t < 0x90 or t in (0xDE, 0xDF): return {value(): value() for _ in range(t & 15 if t < 0x90 else number(2 << t - 0xDE))}
        if t < 0xA0 or t in (0xDC, 0xDD): return [value() for _ in range(t & 15 if t < 0xA0 else number(2 << t - 0xDC))]
        if t < 0xC0 or t in (0xD9, 0xDA, 0xDB): return take(t & 31 if t < 0xC0 else number(1 << t - 0xD9)).decode()
        if t in (0xC4, 0xC5, 0xC6): return take(number(1 << t - 0xC4)).hex()
        if t in (0xCC, 0xCD, 0xCE, 0xD0, 0xD1, 0xD2): return number(1 << (t & 3), t >= 0xD0)
        return struct.unpack(">d", take(8))[0] if t == 0xCB else {0xC0: None, 0xC2: False, 0xC3: True}[t]
    return value()

def verify(raw, keys=(), anchors=()):
    """What the archive holds, as lines, and what is wrong with it. It is verified when nothing is."""
    files, problems, lines, leaves, proofs, named = unzip(raw), [], [], [], [], set()
    check = lambda holds, problem: holds or problems.append(problem)
    @functools.lru_cache(None)
    def root(start, end):  # RFC 6962, section 2.1
        middle = start + (1 << (end - start - 1).bit_length() - 1) if end - start > 1 else end
        return sha256(b"\1", root(start, middle), root(middle, end)) if middle < end else leaves[start] if start < end else sha256()
    def path(n, start, end):
        middle = start + (1 << (end - start - 1).bit_length() - 1) if end - start > 1 else end
        if middle == end: return []
        return path(n, start, middle) + [root(middle, end).hex()] if n < middle else path(n, middle, end) + [root(start, middle).hex()]
    listed = dict(line.split("  ", 1)[::-1] for line in files["manifest.txt"].decode().splitlines())
    check({*listed, "manifest.txt"} == {*files}, "the manifest lists other files")
    problems += [name + " is not as the manifest says" for name in files if name in listed and sha256(files[name]).hex() != listed[name]]
    text, _, signatures = files["checkpoint.txt"].decode().partition("\n\n")
    origin, size, expected, commit, chain = text.rstrip("\n").split("\n")
    for n, row in enumerate(filter(None, files["actions.jsonl"].decode().split("\n"))):
        action = json.loads(row)
        head, values = [line.split(" ") for line in action["statement"].split("\n")], {}
        check(head[:3] == [["memvid", "action"], ["session", origin.split("/")[1]], ["number", str(n)]], "action %d is missing" % n)
        leaves.append(sha256(b"\0", action["statement"].encode()))
        proofs.append(action["proof"])
        committed = {line[1]: line[2] for line in head if line[0] == "field"}
        for name, field in action["fields"].items():
            data, values[name] = bytes.fromhex(field["bytes"]), field["value"]
            made = hmac.new(bytes.fromhex(field["salt"]), data, "sha256").hexdigest()
            check(made == committed.get(name) and unpack(data) == field["value"], "action %d: %s is not what was recorded" % (n, name))
        found, context = values.get("retrieval") or {"cut": {"kept": 0}, "candidates": {"contentHash": ""}}, values.get("context") or {}
        hashes = found["candidates"]["contentHash"][:64 * found["cut"]["kept"]] + context.get("contentHash", "")
        named |= {line[2] for line in head if line[0] == "frame"} | {hashes[at:at + 64] for at in range(0, len(hashes), 64)}
        gone = ["ERASED: " + name for name in sorted({*committed} - {*values})]
        lines.append("[%d] %s" % (n, json.dumps([values.get("kind"), *(values[name] for name in ABOUT if values.get(name)), *gone])))
    check(len(leaves) == int(size) and root(0, len(leaves)) == base64.b64decode(expected), "these %d actions have another root" % len(leaves))
    check(proofs == [path(n, 0, len(leaves)) for n in range(len(leaves))], "an inclusion proof does not lead to the root")
    frames = {name[7:] for name in files if name.startswith("frames/")}
    check(frames == named, "frames missing, or named by no action: " + ", ".join(sorted(frames ^ named)))
    problems += ["frame %s has other content" % name for name in frames if blake3(files["frames/" + name]) != name]
    for name, key_id, encoded in (key.strip().split("+", 2) for key in keys):
        key, rows = base64.b64decode(encoded, validate=True), [row.split(" ") for row in signatures.split("\n")]
        made = [base64.b64decode(row[-1]) for row in rows if row[:-1] == ["\u2014", name] and is_base64(row[-1])]
        is_made = any(each[:4].hex() == key_id and is_signed(key[1:], (text + "\n").encode(), each[4:]) for each in made)
        check(sha256(name.encode() + b"\n", key)[:4].hex() == key_id and is_made, "no signature by %s+%s" % (name, key_id))
    for _, of, count, hashed, *place in (anchor.split() for anchor in anchors):
        fits = of == origin and int(count) <= len(leaves) and base64.b64decode(hashed) == root(0, int(count))
        check(fits and (place[0] != commit[7:] or place[1] == chain[6:]), "the anchor is of another session, root or chain")
    rungs = ["checksummed"] + ["signed"] * bool(keys) + ["anchored"] * bool(anchors)
    problems += files.get("problems.txt", b"").decode().splitlines()
    return lines + ["%s actions, %d frames: %s" % (size, len(frames), ", ".join(rungs))], problems

if __name__ == "__main__":
    keys, anchors = ([sys.argv[i + 1] for i, word in enumerate(sys.argv[:-1]) if word == name] for name in ("--key", "--anchor"))
    try:
        lines, problems = verify(open(sys.argv[1], "rb").read(), keys, anchors)
    except Exception as error:
        lines, problems = [], ["the archive can't be read: %s %s" % (type(error).__name__, error)]
    print(*lines, *("PROBLEM: " + each for each in problems), "NOT VERIFIED" if problems else "VERIFIED", sep="\n")
    sys.exit(3 if problems else 0)

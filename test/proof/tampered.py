"""Alters evidence archives in many ways in one process and counts those that the verifier still calls verified.
Usage: tampered.py VERIFIER MODE ... where MODE is
  archives FILE...        each archive as it is
  bytes ARCHIVE           each byte of the archive altered, nothing repaired
  contents ARCHIVE KEY    each byte of what is proven altered, the archive and its manifest made right again
  forged ARCHIVE KEY      actions swapped, dropped, doubled; frames left out or added; the size lowered
Prints one JSON object: how many were tried, and what is wrongly verified."""
import contextlib, hashlib, importlib.util, json, struct, sys, zlib

def load(path):
    spec = importlib.util.spec_from_file_location("verify", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

verifier = load(sys.argv[1])
tried, wrong = 0, []

def expect_refused(name, raw, keys=()):
    global tried
    tried += 1
    with contextlib.suppress(Exception):
        if not verifier.verify(raw, keys)[1]:
            wrong.append(name)

def packed(files):
    """An archive of these entries with all checksums right, as a forger would make it."""
    entries = {name: data for name, data in files.items() if name != "manifest.txt"}
    manifest = "".join("%s  %s\n" % (hashlib.sha256(data).hexdigest(), name) for name, data in entries.items())
    out, central = b"", b""
    for name, data in [*entries.items(), ("manifest.txt", manifest.encode())]:
        common = struct.pack("<5H3I2H", 20, 0x800, 0, 0, 0x21, zlib.crc32(data), len(data), len(data), len(name.encode()), 0)
        central += b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<3H2I", 0, 0, 0, 0, len(out)) + name.encode()
        out += b"PK\3\4" + common + name.encode() + data
    count = len(entries) + 1
    return out + central + b"PK\5\6" + struct.pack("<4H2IH", 0, 0, count, count, len(central), len(out), 0)

def says_the_same(altered, data):
    """The last of 17 digits may name the same number."""
    with contextlib.suppress(Exception):
        return [json.loads(row) for row in altered.split(b"\n") if row] == [json.loads(row) for row in data.split(b"\n") if row]
    return False

def main(mode, path, *more):
    if mode == "archives":
        for each in (path, *more):
            expect_refused(each, open(each, "rb").read())
        return
    raw = open(path, "rb").read()
    assert not verifier.verify(raw, more)[1], "the archive as it is must be verified"
    if mode == "bytes":
        for at in range(len(raw)):
            expect_refused(at, raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1:])
        return
    files = verifier.unzip(raw)
    assert packed(files) == raw, "an honest archive is packed the same way"
    proven = [name for name in files if name in ("checkpoint.txt", "actions.jsonl") or name.startswith("frames/")]
    if mode == "contents":
        for name in proven:
            data = files[name]
            for at in range(len(data)):
                altered = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
                if name != "actions.jsonl" or not says_the_same(altered, data):
                    # Checking a signature takes longer than all the rest, so only what it is over is checked with it.
                    expect_refused([name, at], packed({**files, name: altered}), more if name == "checkpoint.txt" else ())
        return
    rows = files["actions.jsonl"].splitlines(True)
    text = files["checkpoint.txt"].decode()
    swapped = [rows[1], rows[0], *rows[2:]]
    for name, changed in (("swapped", swapped), ("dropped", rows[:-1]), ("first dropped", rows[1:]), ("doubled", [*rows, rows[-1]])):
        expect_refused(name, packed({**files, "actions.jsonl": b"".join(changed)}), more)
    lower = text.replace("\n%d\n" % len(rows), "\n%d\n" % (len(rows) - 1), 1).encode()
    expect_refused("lower size", packed({**files, "actions.jsonl": b"".join(rows[:-1]), "checkpoint.txt": lower}), more)
    of = text.split("\n")[2]
    other = text.replace(of, ("A" if of[0] != "A" else "B") + of[1:], 1).split("\n\n")[0].encode() + b"\n"
    expect_refused("other root", packed({**files, "checkpoint.txt": other}))
    end = files["checkpoint.txt"]
    for at in range(len(end) - 4, len(end)):
        for byte in set(range(256)) - {end[at]}:
            other = end[:at] + bytes([byte]) + end[at + 1:]
            expect_refused("byte %d of the signature's line is %d" % (at, byte), packed({**files, "checkpoint.txt": other}), more)
    bare = text.split("\n\n")[0].encode() + b"\n"
    expect_refused("unsigned", packed({**files, "checkpoint.txt": bare}), more)
    for name in proven[2:]:
        expect_refused("without " + name, packed({other: data for other, data in files.items() if other != name}), more)
    stranger = verifier.blake3(b"stranger")
    expect_refused("one frame more", packed({**files, "frames/" + stranger: b"stranger"}), more)
    expect_refused("other manifest", raw.replace(b"report.txt\n", b"report.tx\n\n"), more)
    shown = json.loads(rows[-1])
    for field in list(shown["fields"]):
        lie = json.loads(rows[-1])
        lie["fields"][field]["value"] = "a lie"
        expect_refused("a lie about " + field, packed({**files, "actions.jsonl": b"".join([*rows[:-1], json.dumps(lie).encode()])}), more)

main(*sys.argv[2:])
print(json.dumps({"tried": tried, "wrong": wrong}))

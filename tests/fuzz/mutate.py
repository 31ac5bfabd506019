"""Changes of bytes: small ones, hostile ones, large ones; the same for the same random source."""

import io
import random
import re
import zipfile
import zlib

from fuzz.corpus import words

TOKENS = (
    b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\xc2\x85",
    b"\r", b"\n", b"\r\n", b"\t", b"\x1b[2J", b'"', b"'", b"\\", b";", b",", b":", b": ", b"- ",
    b"---\n", b"...\n", b"{", b"}", b"[", b"]", b"[[[[[[[[[[[[[[[[[[[[[[[[", b"{a: ", b"&a ", b"*a ",
    b"!!python/object/apply:os.system ", b"!!binary ", b"<<: ", b"? ", b"| ", b">\n", b"# ", b"%TAG ! x\n",
    b"=cmd|'/C calc'!A0", b"+1", b"@x", b"../../etc/passwd", b"/dev/zero", b"C:\\x", b"<script>alert(1)</script>",
    b"&lt;", b"]]>", b"::error::x", b"%s%n", b"${x}", b"{{x}}", b"nan", b"NaN", b"inf", b"-Infinity", b"1e999",
    b"9" * 400, b"-0", b"0x10", b"1_000", b"true", b"null", b"~", b"", b"0000-00-00", b"9999-12-31", b"10000-01-01",
    b"2024-02-30", b"2024-Q5", b"-0001-01-01", b"AE-0000-0000", b"AE-ZZ9H-KFFK", b"\\ud800", b'"\\U00110000"', b"\\x00",
    b"\xf0\x9f\x92\xa9", b"\xd9\xa1\xd9\xa2", b"\xe2\x80\xae", b"http://[::1", b"http://a:99999999/", b"https://\xc4\xb0.example/",
    b"s1", b"core", b"participants/99999999999999999999/x", b"__proto__", b"__class__", b"id", b"kind: deed", b"record", b"key",
)  # fmt: skip
_WORD = re.compile(rb"[\w.-]+")
MAX_BYTES = 2_000_000


def mutated(data: bytes, other: bytes, draw: random.Random) -> bytes:
    """The data after one to six changes.

    Args:
        data: What is changed.
        other: What pieces may be taken from.
        draw: Random source.
    """
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        data = draw.choice(_WAYS)(data, other, draw)[:MAX_BYTES]
    return data


def mutated_zip(data: bytes, draw: random.Random) -> bytes:
    """A zip archive with sound checksums, one of its parts changed, renamed or left out."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError):
        return data
    if not parts:
        return data
    name = draw.choice(sorted(parts))
    way = draw.random()
    if way < 0.85:
        parts[name] = mutated(parts[name], parts[draw.choice(sorted(parts))], draw)
    elif way < 0.93:
        parts[draw.choice(("../x.xml", "xl/x.xml", name.upper()))] = parts.pop(name)
    else:
        del parts[name]
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return written.getvalue()


def _flip(data: bytes, other: bytes, draw: random.Random) -> bytes:
    if not data:
        return data
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 4, 32))):
        changed[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _cut(data: bytes, other: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data) + 1)
    return data[:start] + data[start + draw.choice((1, 3, 20, 500)) :]


def _insert(data: bytes, other: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data) + 1)
    return data[:start] + _token(draw) + data[start:]


def _replace_word(data: bytes, other: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data) + 1)
    found = _WORD.search(data, start)
    return data[: found.start()] + _token(draw) + data[found.end() :] if found else data


def _splice(data: bytes, other: bytes, draw: random.Random) -> bytes:
    start, from_ = draw.randrange(len(data) + 1), draw.randrange(len(other) + 1)
    piece = other[from_ : from_ + draw.choice((5, 50, 1_000))]
    return data[:start] + piece + data[start + draw.choice((0, len(piece))) :]


def _truncate(data: bytes, other: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def _repeat(data: bytes, other: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data) + 1)
    piece = data[start : start + draw.choice((1, 10, 200))] if draw.random() < 0.6 else _token(draw)
    times = draw.choice((2, 10, 10, 1_000)) if draw.random() < 0.97 else 60_000
    return data[:start] + piece * times + data[start:]


def _lines(data: bytes, other: bytes, draw: random.Random) -> bytes:
    lines = data.split(b"\n")
    first, second = draw.randrange(len(lines)), draw.randrange(len(lines))
    way = draw.randrange(4)
    if way == 0:
        del lines[first]
    elif way == 1:
        lines.insert(second, lines[first])
    elif way == 2:
        lines[first], lines[second] = lines[second], lines[first]
    else:
        lines[first] = b" " * draw.choice((1, 2, 7)) + lines[first]
    return b"\n".join(lines)


def _token(draw: random.Random) -> bytes:
    if draw.random() < 0.35:
        return draw.choice(words()).encode()
    return draw.choice(TOKENS)


_WAYS = (_flip, _cut, _insert, _insert, _replace_word, _replace_word, _replace_word, _splice,
         _truncate, _repeat, _lines)  # fmt: skip

"""The YAML reader takes in files from strangers: it keeps each word and place, never falls.

Every test runs with libyaml; those which use the `loader` fixture also run with PyYAML's own
parser, which is the fallback where libyaml is missing.
"""

import os
import pathlib
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignment_events.findings import Finding, Level
from alignment_events.read import text_file, yaml_reader
from alignment_events.read.text_file import MAX_FILE_BYTES
from alignment_events.read.yaml_reader import (
    MAX_DEPTH,
    MAX_FINDINGS,
    MAX_RECORD_BYTES,
    Document,
    Path,
    Reading,
    read_yaml,
    read_yaml_text,
)

SECONDS = 6  # what takes longer is not slow but quadratic: nothing here takes more than one or two

RECORD = """\
# A typical record
id: CHN-RUS-2024-06-19
date: 2024-06-19
time: 12:30
title: "Traité: “partenariat”"
state: NO
count: 012
summary: >-
  Two states
  sign a treaty.
note: |
  First line

  Third line
actors:
  - {name: Россия, role: signatory}
  - name: '조선'
    role: ~
sources: []
"""


@pytest.fixture(params=["libyaml", "python"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs a test with each of the two parsers."""
    if request.param == "python":
        monkeypatch.setattr(yaml_reader, "_LOADER", yaml.BaseLoader)
    return str(request.param)


def read(text: str | bytes, *, single: bool = False) -> Reading:
    data = text.encode() if isinstance(text, str) else text
    return read_yaml_text(data, name="r.yaml", single=single)


def good(text: str | bytes) -> Document:
    """The only document of a text without findings."""
    reading = read(text)
    assert reading.findings == ()
    (document,) = reading.documents
    return document


def only(reading: Reading, code: str) -> Finding:
    """The only finding, which must have this code and all that a reader of it needs."""
    assert [f.code for f in reading.findings] == [code]
    (finding,) = reading.findings
    assert finding.level is Level.ERROR
    assert finding.message
    assert finding.hint
    assert finding.file
    return finding


def spot(finding: Finding) -> tuple[int | None, int | None]:
    return finding.line, finding.column


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, str | None]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


class TestValues:
    """Text stays as written: YAML's guesses turn Norway into False and times into numbers."""

    def test_typical_record(self, loader: str) -> None:
        assert good(RECORD).values == {
            "id": "CHN-RUS-2024-06-19",
            "date": "2024-06-19",
            "time": "12:30",
            "title": "Traité: “partenariat”",
            "state": "NO",
            "count": "012",
            "summary": "Two states sign a treaty.",
            "note": "First line\n\nThird line\n",
            "actors": [
                {"name": "Россия", "role": "signatory"},
                {"name": "조선", "role": None},
            ],
            "sources": [],
        }

    @pytest.mark.parametrize("text", ["null", "Null", "NULL", "~", "", "  # only a comment"])
    def test_null_words_are_none(self, text: str, loader: str) -> None:
        assert good(f"a: {text}\nb: [x, {text.strip('# onlycmet')}]").values["a"] is None

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("''", ""),
            ('""', ""),
            ("'null'", "null"),
            ('"~"', "~"),
            ("|-\n  null", "null"),
            ("nULL", "nULL"),
            ("None", "None"),
            ("NO", "NO"),
            ("yes", "yes"),
            ("0x1F", "0x1F"),
            ("1_000", "1_000"),
            (".nan", ".nan"),
            ("1e3", "1e3"),
            ("2024-06-19T10:00:00Z", "2024-06-19T10:00:00Z"),
            ("=", "="),
            ("a\n  b", "a b"),
            ('"a\n  b\\\n  c"', "a bc"),
        ],
    )
    def test_everything_else_is_text_as_written(self, text: str, value: str, loader: str) -> None:
        assert good(f"a: {text}\n").values == {"a": value}

    def test_number_like_keys_are_text(self, loader: str) -> None:
        assert good("12: a\n2024-01-01: b\nno: c\n").values == {
            "12": "a",
            "2024-01-01": "b",
            "no": "c",
        }

    def test_many_documents(self, loader: str) -> None:
        reading = read("---\na: 1\n...\n---\na: 2\n--- {a: 3}\n")
        assert reading.findings == ()
        assert [d.values for d in reading.documents] == [{"a": "1"}, {"a": "2"}, {"a": "3"}]
        assert [d.place(("a",)) for d in reading.documents] == [(2, 4), (5, 4), (6, 9)]

    def test_yaml_directive_is_harmless(self) -> None:
        assert good("%YAML 1.2\n---\na: b\n").values == {"a": "b"}


class TestPlaces:
    """Lines and columns count from 1 and count characters, as editors do."""

    @pytest.mark.parametrize(
        ("path", "place", "key_place"),
        [
            ((), (2, 1), (2, 1)),
            (("id",), (2, 5), (2, 1)),
            (("title",), (5, 8), (5, 1)),
            (("summary",), (8, 10), (8, 1)),
            (("note",), (11, 7), (11, 1)),
            (("actors",), (16, 3), (15, 1)),
            (("actors", 0), (16, 5), (16, 5)),
            (("actors", 0, "name"), (16, 12), (16, 6)),
            (("actors", 0, "role"), (16, 26), (16, 20)),
            (("actors", 1), (17, 5), (17, 5)),
            (("actors", 1, "name"), (17, 11), (17, 5)),
            (("actors", 1, "role"), (18, 11), (18, 5)),
            (("sources",), (19, 10), (19, 1)),
        ],
    )
    @pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_every_part_of_a_record(
        self,
        path: Path,
        place: tuple[int, int],
        key_place: tuple[int, int],
        line_end: str,
        mark: str,
        loader: str,
    ) -> None:
        """Line ends of Windows and byte-order marks shift no place and change no value."""
        document = good(mark + RECORD.replace("\n", line_end))
        assert document.place(path) == place
        assert document.key_place(path) == key_place
        assert document.values == good(RECORD).values

    def test_byte_order_mark_does_not_shift_the_first_line(self, loader: str) -> None:
        document = good("\ufeffa: b")
        assert document.key_place(("a",)) == (1, 1)
        assert document.place(("a",)) == (1, 4)

    @pytest.mark.parametrize(
        ("path", "place"),
        [
            (("missing",), (2, 1)),
            (("missing", 3, "x"), (2, 1)),
            (("actors", 1, "missing"), (17, 5)),
            (("actors", 7), (16, 3)),
            (("actors", 7, "name"), (16, 3)),
            (("id", "below", "text"), (2, 5)),
        ],
    )
    def test_missing_parts_are_at_what_should_hold_them(
        self, path: Path, place: tuple[int, int]
    ) -> None:
        document = good(RECORD)
        assert document.place(path) == place
        assert document.key_place(path) == place

    def test_characters_of_four_bytes_count_once(self, loader: str) -> None:
        document = good("é😀: {ü: '😀😀', x: y}\n")
        assert document.place(("é😀", "x")) == (1, 18)
        assert document.key_place(("é😀", "x")) == (1, 15)

    def test_empty_values_are_where_the_value_would_be(self, loader: str) -> None:
        document = good("a:\nb: \nc:\n  -\n  - d\n")
        assert document.place(("a",)) == (1, 3)
        assert document.place(("b",)) == (2, 3)
        assert document.place(("c", 0)) == (4, 4)
        assert document.place(("c", 1)) == (5, 5)

    def test_document_without_places(self) -> None:
        """A document which a program made, not this reader, has a place all the same."""
        assert Document({"a": "b"}).place(("a",)) == (1, 1)


class TestOpening:
    """AE001: what is not a readable file is refused, and never waited for."""

    def test_reads_a_file_and_calls_it_by_its_path(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "é.yaml"
        path.write_text("a: 1\na: 2\n", encoding="utf-8")
        assert only(read_yaml(path), "AE006").file == str(path)
        assert only(read_yaml(path, name="é"), "AE006").file == "é"
        path.write_text("a: 1\n---\na: 2\n", encoding="utf-8")
        assert len(read_yaml(path).documents) == 2
        assert len(read_yaml(path, single=True).documents) == 1

    def test_missing_file(self, tmp_path: pathlib.Path) -> None:
        finding = only(read_yaml(tmp_path / "no.yaml", name="no.yaml"), "AE001")
        assert "No such file" in finding.message
        assert finding.place == "no.yaml"  # there is no line to point to

    def test_folder(self, tmp_path: pathlib.Path) -> None:
        assert only(read_yaml(tmp_path), "AE001")

    @pytest.mark.parametrize("name", ["a\0b", "a" * 5000, "x.yaml/y.yaml"])
    def test_impossible_names(self, tmp_path: pathlib.Path, name: str) -> None:
        (tmp_path / "x.yaml").write_bytes(b"a: b")
        assert only(read_yaml(tmp_path / name), "AE001")

    @pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions as on Unix")
    def test_no_permission(self, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Simulated, since the administrator may read everything."""

        def refuse(*_: object) -> int:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", refuse)
        assert "Permission denied" in only(read_yaml(tmp_path / "a"), "AE001").message

    def test_pipe_does_not_hang(self, tmp_path: pathlib.Path) -> None:
        """Opening a pipe normally waits for a writer, who may never come."""
        if not hasattr(os, "mkfifo"):
            pytest.skip("no pipes in the file system")
        path = tmp_path / "pipe"
        os.mkfifo(path)
        done: list[Reading] = []
        thread = threading.Thread(target=lambda: done.append(read_yaml(path)), daemon=True)
        thread.start()
        thread.join(SECONDS)
        assert done, "reading a pipe hangs"
        assert only(done[0], "AE001")

    def test_endless_device(self) -> None:
        device = pathlib.Path("/dev/zero")
        if not device.exists():
            pytest.skip("no such device")
        assert only(read_yaml(device), "AE001")

    def test_link_to_a_file_is_read(self, tmp_path: pathlib.Path) -> None:
        (tmp_path / "a").write_bytes(b"a: b")
        try:
            (tmp_path / "link").symlink_to(tmp_path / "a")
            (tmp_path / "loop").symlink_to(tmp_path / "loop")
        except OSError:
            pytest.skip("links are not allowed here")
        assert read_yaml(tmp_path / "link").findings == ()
        assert only(read_yaml(tmp_path / "loop"), "AE001")

    def test_no_file_handle_is_left_open(self, tmp_path: pathlib.Path) -> None:
        """A handle that leaks is used up after some thousand records."""
        (tmp_path / "a").write_bytes(b"a: b")
        before = os.open(os.devnull, os.O_RDONLY)
        os.close(before)
        for path in (tmp_path, tmp_path / "a", tmp_path / "missing"):
            read_yaml(path)
        after = os.open(os.devnull, os.O_RDONLY)
        os.close(after)
        assert after == before


class TestEncoding:
    """AE002 and AE013: what an editor would show differently from what we read."""

    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    def test_latin_1(self, mark: bytes) -> None:
        """The offset counts bytes of the file, the column characters of the line."""
        data = mark + "ü: é\r\ntitle: ".encode() + b"Trait\xe9\n"
        finding = only(read(data), "AE002")
        assert spot(finding) == (2, 13)
        assert f"byte {data.index(0xE9)}," in finding.message
        assert "line 2" in finding.message
        assert "0xE9" in finding.message
        assert "UTF-8" in (finding.hint or "")
        assert "'é'" in (finding.hint or "")

    @pytest.mark.parametrize("data", [b"a: \xc3", b"a: \xed\xa0\x80", b"\x81", b"\xc0\x80"])
    def test_broken_utf_8(self, data: bytes) -> None:
        assert only(read(data), "AE002").line == 1

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_utf_16_is_recognised(self, encoding: str) -> None:
        finding = only(read("\ufeffa: é\n".encode(encoding)), "AE002")
        assert "UTF-16" in finding.message
        assert spot(finding) == (1, 1)

    @pytest.mark.parametrize(
        "character", ["\0", "\x07", "\x0c", "\x7f", "\x85", "\x9f", "\u2028", "\ufeff", "\uffff"]
    )
    def test_control_character(self, character: str, loader: str) -> None:
        """The record is still returned, with a space instead, so that other checks can run."""
        reading = read(f"é: b\nü: 'x{character}y'\nz: {character}w\n")
        finding = only(reading, "AE013")
        assert spot(finding) == (2, 6)
        assert f"U+{ord(character):04X}" in finding.message
        assert "1 more" in finding.message
        assert reading.documents[0].values == {"é": "b", "ü": "x y", "z": "w"}
        assert reading.documents[0].place(("z",))[0] == 3

    @pytest.mark.parametrize("escape", [r"\0", r"\x07", r"\e", r"\N", r"\x7f"])
    def test_control_character_as_an_escape(self, escape: str, loader: str) -> None:
        r"""Written "\0", it passes the parser, and would reach the compiled tables."""
        reading = read(f'a: b\nc: ["x{escape}y"]\n')
        assert spot(only(reading, "AE013")) == (2, 5)
        assert reading.documents[0].values["c"] == ["x y"]

    def test_allowed_escapes(self, loader: str) -> None:
        assert good(r'a: "\t\n\r\u00e9\U0001F600\L"').values["a"] == "\t\n\ré😀\u2028"

    def test_half_a_surrogate_never_gets_out(self, loader: str) -> None:
        """It cannot be written to any file, so it would raise far from here."""
        reading = read(r'a: "\ud800"')
        assert reading.findings
        for document in reading.documents:
            str(document.values).encode()


class TestSyntax:
    """AE004 explains the usual slips in words for people who do not program."""

    @pytest.mark.parametrize(
        ("text", "place", "words"),
        [
            ("a: b\nc:\n\td: e\n", (3, 1), "tab"),
            ("a: |\n\tb\n", (2, 1), "tab"),
            ("a: b\ntitle: War: a history\n", (2, 11), "': '"),
            ("é: é: c\n", (1, 5), "': '"),
            ('a: b\ntitle: "War\nc: d\n', (4, 1), "opened in line 2"),
            ('title: "War', (1, 12), "opened in line 1"),
            ("title: 'it's'\n", (1, 12), "apostrophe"),
            ("title: [Draft] Treaty\n", (1, 16), "bracket"),
            ("title: [a, b\nc: d\n", (2, 2), "bracket"),
            ("title: {a: b\n", (2, 1), "bracket"),
            ("handle: @state\n", (1, 9), "'@'"),
            ("handle: `x`\n", (1, 9), "quotation"),
            ("share: %x\n", (1, 8), "quotation"),
            ("a: b\njust a line\nc: d\n", (3, 1), "line 2 is neither 'name: value'"),
            ('path: "C:\\dir"\n', (1, 10), "backslash"),
            ("note: ** important\n", (1, 8), "'*'"),
            ("note: & more\n", (1, 8), "'&'"),
            ("%a: b\n", (1, 3), "'%'"),
            ("a: > b\n", (1, 6), "'>'"),
            ("a: b\n  c: d\n", (2, 4), "indentation"),
            ("a:\n  b: c\n d: e\n", (3, 2), "indentation"),
            ("- a\nb: c\n", (2, 1), "indentation"),
        ],
    )
    def test_common_slips(self, text: str, place: tuple[int, int], words: str) -> None:
        reading = read(text)
        finding = only(reading, "AE004")
        assert spot(finding) == place
        assert words in f"{finding.message} {finding.hint}"
        assert reading.documents == ()

    @pytest.mark.parametrize("text", ["a: '", "a: [", "a:\n\tb", "a: b: c", "a: @b", '"\\q"', "%x"])
    def test_both_parsers_have_the_same_codes(self, text: str, loader: str) -> None:
        assert only(read(text), "AE004")

    def test_complete_documents_before_the_error_are_kept(self, loader: str) -> None:
        reading = read("a: 1\n---\na: 2\n---\na: b: c\n---\na: 4\n")
        assert only(reading, "AE004").line == 5
        assert [d.values["a"] for d in reading.documents] == ["1", "2"]


class TestOddContent:
    """AE005 to AE012: correct YAML that no record may have."""

    @pytest.mark.parametrize("text", ["", "\n\n", "# only\n# comments\n", "\ufeff", "  "])
    def test_empty_file(self, text: str, loader: str) -> None:
        assert spot(only(read(text), "AE005")) == (1, 1)

    @pytest.mark.parametrize("nothing", ["", "# comment\n", "~\n", "null\n"])
    def test_empty_document(self, nothing: str, loader: str) -> None:
        reading = read(f"a: b\n---\n{nothing}---\nc: d\n")
        assert only(reading, "AE005").line == 2
        assert len(reading.documents) == 2

    def test_duplicate_key_keeps_the_first(self, loader: str) -> None:
        reading = read("a: 1\nb:\n  - x: 1\n    'x': [2, {y: 3}]\n    z: 4\n")
        finding = only(reading, "AE006")
        assert spot(finding) == (4, 5)
        assert "line 3" in finding.message
        assert finding.value == "x"
        (document,) = reading.documents
        assert document.values == {"a": "1", "b": [{"x": "1", "z": "4"}]}
        assert document.place(("b", 0, "x")) == (3, 8)
        assert document.place(("b", 0, "x", 1, "y")) == (3, 8)

    def test_the_same_key_in_two_mappings_is_no_duplicate(self) -> None:
        assert good("a: {x: 1}\nb: {x: 1}\nc: [{x: 1}, {x: 1}]\nx: 1\n")

    def test_anchor_keeps_its_value_and_alias_loses_its_field(self, loader: str) -> None:
        """A lost field is looked for later; its place is then that of the alias, not of nothing."""
        reading = read("a: &one 1\nb: *one\nc: [*one, x]\nd: &two {e: f}\n&three g: h\n<<: *two\n")
        assert [(f.code, f.line, f.column) for f in reading.findings] == [
            ("AE007", 1, 4),
            ("AE007", 2, 4),
            ("AE007", 3, 5),
            ("AE007", 4, 4),
            ("AE007", 5, 1),
            ("AE007", 6, 5),
        ]
        assert reading.findings[1].value == "*one"
        (document,) = reading.documents
        assert document.values == {"a": "1", "c": ["x"], "d": {"e": "f"}, "g": "h"}
        assert document.place(("b",)) == (2, 4)
        assert document.key_place(("b",)) == (2, 1)

    def test_alias_as_a_key(self, loader: str) -> None:
        reading = read("a: 1\n*one : {x: [y]}\nb: 2\n")
        assert only(reading, "AE007").line == 2
        assert reading.documents[0].values == {"a": "1", "b": "2"}

    def test_billion_laughs_stay_small(self) -> None:
        """Aliases which double a list nine times over are never followed."""
        lines = ["a0: &a0 [lol]"] + [f"a{i}: &a{i} [{f'*a{i - 1}, ' * 9}]" for i in range(1, 9)]
        reading = read("\n".join(lines))
        assert {f.code for f in reading.findings} == {"AE007"}
        assert len(list(leaves(reading.documents[0].values))) == 1

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("!!python/object/apply:os.system [echo]", ["echo"]),
            ("!!str 12", "12"),
            ("!!int '12'", "12"),
            ("!local {x: y}", {"x": "y"}),
            ("!<tag:example.org,2024:x> z", "z"),
            ("! z", "z"),
        ],
    )
    def test_tag_is_refused_and_does_nothing(self, text: str, value: Any, loader: str) -> None:
        reading = read(f"a: {text}\nb: c\n")
        assert spot(only(reading, "AE008")) == (1, 4)
        assert reading.documents[0].values == {"a": value, "b": "c"}

    @pytest.mark.parametrize("tag", ["!x!y", "!%ff", "!<x", "!%ED%A0%80"])
    def test_broken_tag(self, tag: str) -> None:
        """The last one makes PyYAML raise UnicodeDecodeError, which is not one of its own."""
        reading = read(f"a: b\n---\nc: d\ne: {tag} f\n")
        assert only(reading, "AE008").line in (3, 4)
        assert [d.values for d in reading.documents] == [{"a": "b"}]

    def test_tag_directive(self, loader: str) -> None:
        assert spot(only(read("%TAG !e! tag:example.org,2024:\n---\na: b\n"), "AE008")) == (1, 1)

    def test_deepest_allowed_nesting(self, loader: str) -> None:
        levels = MAX_DEPTH - 1
        assert good("a: " + "[" * levels + "x" + "]" * levels)
        finding = only(read("a: " + "[" * MAX_DEPTH + "x" + "]" * MAX_DEPTH), "AE009")
        assert spot(finding) == (1, 3 + MAX_DEPTH)

    def test_nesting_counts_within_dropped_values(self) -> None:
        """What is passed over is not kept, but a hostile file may hide there."""
        assert "AE009" in {f.code for f in read("a: 1\na: " + "[" * 500_000).findings}

    def test_complete_documents_before_deep_nesting_are_kept(self) -> None:
        reading = read("a: b\n---\n" + "- " * 100)
        assert only(reading, "AE009").line == 3
        assert len(reading.documents) == 1

    @pytest.mark.parametrize("text", ["- a: b\n- c\n", "[a]", "text", "id:x", "''", "*a", "5"])
    def test_not_a_mapping(self, text: str, loader: str) -> None:
        reading = read(f"--- # first\n{text}\n---\na: b\n")
        assert spot(only(reading, "AE010")) == (2, 1)
        assert [d.values for d in reading.documents] == [{"a": "b"}]

    def test_second_document_where_one_belongs(self, loader: str) -> None:
        reading = read("a: 1\n---\na: 2\n---\na: b: c\n", single=True)
        assert spot(only(reading, "AE011")) == (2, 1)
        assert [d.values for d in reading.documents] == [{"a": "1"}]

    def test_end_mark_alone_begins_no_second_document(self, loader: str) -> None:
        reading = read("---\na: 1\n...\n# end\n", single=True)
        assert reading.findings == ()

    @pytest.mark.parametrize(
        ("text", "column"),
        [
            ("? \n: x", 2),
            ("'': x", 1),
            ("~: x", 1),
            ("null: x", 1),
            ("? [a, [b]]\n: x", 3),
            ("? {a: b}\n: {x: y}", 3),
            ("{a: b}: x", 1),
        ],
    )
    def test_key_that_is_no_plain_text(self, text: str, column: int, loader: str) -> None:
        reading = read(f"first: 1\n{text}\nlast: 2\n")
        assert spot(only(reading, "AE012")) == (2, column)
        assert reading.documents[0].values == {"first": "1", "last": "2"}

    def test_quoted_null_is_a_plain_name(self) -> None:
        assert good("'null': x").values == {"null": "x"}

    def test_long_names_are_shortened_in_messages(self) -> None:
        """A finding is one line on a screen, however long or ragged the name is."""
        name = "x" * 500 + " \\n y"
        finding = only(read(f'"{name}": 1\n"{name}": 2\n'), "AE006")
        assert len(finding.message) < 200
        assert "\n" not in finding.message


class TestLimits:
    """AE003: the work for any file is bounded, and complete records before the limit count."""

    def test_file_too_large(self, tmp_path: pathlib.Path) -> None:
        path = tmp_path / "large"
        path.write_bytes(b"#" * (MAX_FILE_BYTES - 5) + b"\na: b")
        assert read_yaml(path).findings == ()
        with path.open("ab") as file:
            file.write(b"#")
        assert "5,000,000" in only(read_yaml(path), "AE003").message

    def test_size_is_known_before_reading(self, tmp_path: pathlib.Path) -> None:
        """A sparse file of a terabyte takes no place on the disk, but all memory if read."""
        path = tmp_path / "sparse"
        with path.open("wb") as file:
            try:
                file.truncate(10**12)
            except OSError:
                pytest.skip("no sparse files here")
        assert only(read_yaml(path), "AE003")

    def test_file_that_grows_while_it_is_read(
        self, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "grows"
        path.write_bytes(b"#" * 101)
        monkeypatch.setattr(text_file, "MAX_FILE_BYTES", 100)
        monkeypatch.setattr(text_file, "check_size", lambda *_: None)
        assert len(text_file.file_bytes(path)) == 101

    @pytest.mark.parametrize("letter", ["x", "é", "😀"])
    def test_record_size_is_in_bytes(self, letter: str) -> None:
        """Marks count characters: a record in Cyrillic has twice as many bytes."""
        width = len(letter.encode())
        fits = letter * ((MAX_RECORD_BYTES - 100) // width)
        text = f"a: 1\n--- # second\na: '{fits}'\n"
        assert len(read(text).documents) == 2
        reading = read(f"{text}---\na: '{fits}{'x' * 100}'\n---\na: 4\n")
        assert spot(only(reading, "AE003")) == (4, 1)
        assert len(reading.documents) == 2

    def test_record_of_many_lines_is_left_early(self) -> None:
        reading = read("a: b\n---\n" + "".join(f"key{i}: value\n" for i in range(100_000)))
        assert spot(only(reading, "AE003")) == (2, 1)
        assert len(reading.documents) == 1

    def test_comments_around_a_record_do_not_make_it_large(self) -> None:
        comment = "# x\n" * 300_000
        assert len(read(f"{comment}---\na: b\n...\n{comment}").documents) == 1

    def test_number_of_values(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(yaml_reader, "MAX_NODES", 50)
        reading = read("---\na: b\n" * 20)
        assert only(reading, "AE003")
        assert 5 < len(reading.documents) < 20

    def test_findings_are_not_listed_for_ever(self) -> None:
        reading = read("a: b\n" * 1000)
        assert len(reading.findings) == MAX_FINDINGS
        assert "899 more" in (reading.findings[-1].hint or "")

    def test_the_reason_to_stop_is_always_listed(self) -> None:
        reading = read("a: b\n" * 1000 + "c: d: e\n")
        assert reading.findings[-1].code == "AE004"
        assert "899 more" in (reading.findings[-1].hint or "")

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("[" * 100_000, "AE009"),
            ("- " * 100_000, "AE009"),
            ("? " * 100_000, "AE009"),
            ("{a: " * 10_000, "AE009"),
            ("[" * 5_000_000, "AE009"),
            ("a: \n" * 1_250_000, "AE003"),
            ("{" + "a," * 2_400_000, "AE003"),
            ("a: [" + "[]," * 1_600_000, "AE003"),
            ("a: " + "[" * 18 + "[]," * 1_600_000, "AE003"),
            ("".join(f"k{i}:\n" for i in range(400_000)), "AE003"),
            ("---\n" * 1_250_000, "AE003"),
            ("k: [" + "*a ," * 1_200_000, "AE007"),
            ("a: &a b\n" * 600_000, "AE006"),
            ('"' + "a\n" * 2_400_000, "AE004"),
            ("a: |\n" + " a\n" * 1_600_000, "AE003"),
            ("#\n" * 2_500_000, "AE005"),
            ("\n" * 5_000_000, "AE005"),
            ("\0" * 5_000_000, "AE013"),
            ("a: '" + "\0" * 4_000_000, "AE004"),
            ("".join(f"%TAG !a{i}! !b\n" for i in range(250_000)), "AE003"),
            ("x\n" * 2_500_000, "AE003"),
        ],
        ids=lambda value: repr(value[:12]),
    )
    def test_hostile_files_end_soon(self, text: str, code: str) -> None:
        """Each is below the limit of bytes; some make libyaml or a plain reader quadratic."""
        data = text.encode()
        assert len(data) <= MAX_FILE_BYTES
        start = time.perf_counter()
        reading = read(data)
        assert time.perf_counter() - start < SECONDS
        assert code in {f.code for f in reading.findings}
        assert len(reading.findings) <= MAX_FINDINGS + 1

    @pytest.mark.parametrize("text", ["[" * 20_000, "- " * 20_000, "{a: " * 20_000, "? " * 20_000])
    def test_deep_nesting_without_libyaml(self, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(yaml_reader, "_LOADER", yaml.BaseLoader)
        assert only(read(text), "AE009")

    def test_five_hundred_records_are_quick(self) -> None:
        """A whole dataset is read at every check; usually this takes a third of a second."""
        item = "  - name: State of Somewhere\n    role: signatory\n"
        data = (RECORD + "more:\n" + item * 40).encode()
        start = time.perf_counter()
        for _ in range(500):
            assert read_yaml_text(data, name="r.yaml").findings == ()
        assert time.perf_counter() - start < 3


# Without control characters and halves of surrogates, which are refused.
TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from("\n\t\r"))
KEYS = TEXT.filter(bool)
NESTED = st.recursive(
    TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, NESTED, max_size=5), st.booleans(), st.booleans())
def test_what_is_dumped_is_read_at_its_place(
    values: dict[str, Any], flow: bool, windows: bool
) -> None:
    """Whatever text people enter comes back the same, and its place is where it begins."""
    text = yaml.safe_dump(values, default_style='"', default_flow_style=flow, width=60)
    text = text.replace("\n", "\r\n") if windows else text
    document = good(text)
    assert document.values == values
    lines = text.splitlines(keepends=True)
    for path, value in leaves(values):
        for place, expected in (
            (document.place(path), value),
            (document.key_place(path), path[-1]),
        ):
            if not isinstance(expected, str):
                continue  # an empty list or mapping, or the place in a list
            line, column = place
            rest = "".join(lines[line - 1 :])[column - 1 :]
            found = QUOTED.match(rest)
            assert found is not None
            assert yaml.load(found[0], Loader=yaml.BaseLoader) == expected


def check_invariants(data: bytes) -> None:
    """What callers may rely on for any bytes at all."""
    for single in (False, True):
        reading = read_yaml_text(data, name="r.yaml", single=single)
        count = len(re.split(rb"\r\n|\r|\n", data))
        for finding in reading.findings:
            assert re.fullmatch(r"AE0(0[2-9]|1[0-3])", finding.code)
            assert finding.file == "r.yaml"
            assert finding.hint
            assert finding.line is not None
            assert finding.column is not None
            assert 1 <= finding.line <= count
            assert finding.column >= 1
            finding.message.encode()
        assert reading.findings or reading.documents
        for document in reading.documents:
            for path, value in leaves(document.values):
                assert value is None or isinstance(value, str)
                # An empty value after '?' at the end of a file without a line end lies below it.
                assert 1 <= document.place(path)[0] <= count + 1
                str(value).encode()


MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, len(RECORD.encode())),
        st.integers(0, 3),
        st.binary(max_size=3)
        | st.sampled_from([b"&a ", b"*a", b"!", b"---\n", b"\t", b"[", b"{", b'"', b": ", b"- "])
        | st.sampled_from([b"\\", b"%", b"...", b"|", b">", b"? ", b"\r", b"\0", b"\xe2\x80\xa8"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(MUTATIONS)
def test_damaged_records_never_raise(loader: str, mutations: list[tuple[int, int, bytes]]) -> None:
    """Bytes lost or slipped in by editors, mail or malice give findings, not tracebacks."""
    data = RECORD.encode()
    for place, lost, new in mutations:
        data = data[:place] + new + data[place + lost :]
    check_invariants(data)


@settings(max_examples=300, deadline=None)
@given(
    st.binary() | st.text(st.sampled_from("a:b -\n\t\r'\"[]{},&*!|>%#?\\x0U~\0é")).map(str.encode)
)
def test_random_bytes_never_raise(data: bytes) -> None:
    check_invariants(data)


def test_out_of_range_escape_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML's own parser lets an OverflowError or ValueError of `chr` through."""
    monkeypatch.setattr(yaml_reader, "_LOADER", yaml.BaseLoader)
    assert only(read(r'a: "\UFFFFFFFF"'), "AE004")
    assert only(read(r'a: "\U00110000"'), "AE004")

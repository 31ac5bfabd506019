"""Faults of whole files, in every format that can have them: the code, and the place."""

import json
from pathlib import Path

import pytest
from conftest import to_yaml

import alignment_events as ae
from alignment_events.spec.examples import sound_examples

CALL = sound_examples()["call"]
YAML = to_yaml(CALL).encode()
LINE = json.dumps(CALL).encode()
TABLE = b"person_id,name\nx,A\n"

# Fault: file, content, code, what follows the name of the file in the place.
FILES: dict[str, tuple[str, bytes, str, str]] = {
    "encoding, YAML": ("a.yaml", YAML.replace(b"Leaders", b"L\xe4aders"), "AE002", ":5:9"),
    "encoding, JSON Lines": ("a.jsonl", b'{"title": "\xe4"}', "AE002", ":1:12"),
    "encoding, CSV": ("persons.csv", b"person_id,name\nx,\xc4\n", "AE002", ":2:2"),
    "UTF-16, CSV": ("persons.csv", TABLE.decode().encode("utf-16"), "AE002", ":1:1"),
    "delimiter": ("persons.csv", TABLE.replace(b",", b";"), "AE015", ":1:1"),
    "row too long": ("persons.csv", TABLE + b"y,B,C\n", "AE015", ":3:1"),
    "open quotation mark": ("persons.csv", TABLE + b'y,"B\n', "AE015", ":3:1"),
    "column twice": ("persons.csv", b"person_id,name,name\nx,A,B\n", "AE006", ":1:3"),
    "notation, YAML": ("a.yaml", YAML + b"note: [\n", "AE004", ""),
    "notation, JSON Lines": ("a.jsonl", LINE[:-1] + b",}\n", "AE004", ""),
    "empty, YAML": ("a.yaml", b"# nothing\n", "AE005", ":1:1"),
    "empty, JSON Lines": ("a.jsonl", b"\n", "AE005", ":1:1"),
    "empty, CSV": ("persons.csv", b"", "AE005", ":1:1"),
    "field twice, YAML": ("a.yaml", YAML + b"kind: meeting\n", "AE006", ""),
    "field twice, JSON Lines": ("a.jsonl", LINE[:-1] + b', "kind": "gap"}\n', "AE006", ""),
    "alias": ("a.yaml", YAML + b"note: *x\n", "AE007", ""),
    "tag": ("a.yaml", YAML + b"note: !!python/name:os.system x\n", "AE008", ""),
    "deep, YAML": ("a.yaml", b"kind: " + b"[" * 30 + b"]" * 30 + b"\n", "AE009", ":1:26"),
    "deep, JSON Lines": ("a.jsonl", b"[" * 30, "AE009", ":1:21"),
    "list, YAML": ("a.yaml", b"- kind: meeting\n", "AE010", ":1:1"),
    "list, JSON Lines": ("a.jsonl", b"[1]\n", "AE010", ":1:2"),
    "invisible sign, YAML": ("a.yaml", YAML + b'note: "a\\u0007b"\n', "AE013", ""),
    "invisible sign, CSV": ("persons.csv", b"person_id,name\nx,A\0B\n", "AE013", ":2:2"),
    "kind of file": ("a.docx", b"PK", "AE014", ""),
    "no workbook": ("a.xlsx", b"PK\x03\x04", "AE015", ""),
    "no Parquet": ("persons.parquet", b"PAR1PAR1", "AE015", ""),
    "formula": ("persons.csv", b"person_id,name\nx,=cmd()\n", "AE106", ":2:2"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_faulty_file(name: str, tmp_path: Path) -> None:
    file, content, code, place = FILES[name]
    path = tmp_path / file
    path.write_bytes(content)
    (found,) = ae.validate(path).findings
    assert found.code == code
    assert found.place.startswith(f"{path}{place}")
    assert found.hint


@pytest.mark.parametrize("suffix", [".yaml", ".jsonl"])
def test_missing_unknown_and_repeated(suffix: str, tmp_path: Path) -> None:
    """Of records: a field too few, a field too many, an id that stands twice."""
    from sheets import write_json_lines

    first, second = sound_examples()["call"], sound_examples()["call"]
    del first["summary"]
    second["commitment"] = "C1"
    path = tmp_path / f"a{suffix}"
    if suffix == ".yaml":
        path.write_text(to_yaml(first, second), encoding="utf-8")
    else:
        write_json_lines(path, [first, second])
    found = {(f.code, f.field) for f in ae.validate(path).findings}
    assert found == {("AE101", "summary"), ("AE102", "commitment"), ("AE401", "id")}


def test_unfilled_line_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(YAML.replace(b"subtype: talks", b"subtype:"))
    (found,) = ae.validate(path).findings
    assert (found.code, found.message, found.line) == ("AE101", "subtype is missing.", 3)

import csv
import io
import json
import os
import pathlib
import re
import subprocess
import sys

import duckdb
import jsonschema
import polars as pl
import pyarrow as pa
import pytest
import referencing
import yaml
from frictionless import Schema

from alignment_events.check.records import SourceRecord, check_records
from alignment_events.compile.arrow import arrow_schema
from alignment_events.compile.codebook import codebook_markdown
from alignment_events.compile.rules_json import messages_json, rules_json
from alignment_events.compile.schema_dir import INDEX_VIEW, schema_files
from alignment_events.model.rules import CATALOGUE
from alignment_events.read.yaml_reader import read_yaml_text
from alignment_events.spec.records import all_vocabularies
from alignment_events.spec.tables import table_specs


def codes_of(documents):
    return {f.code for f in check_records([SourceRecord(d) for d in documents]).report.findings}


FILES = schema_files(codes_of)
YAML_FILES = sorted(name for name in FILES if name.endswith(".yaml"))
FIELD_BREAKS = sorted(n for n in YAML_FILES if re.search(r"/AE10[1-8]-", n))

BEYOND_JSON_SCHEMA = {
    "counterexamples/AE104-1.yaml": "30 February has the pattern of a day; only a calendar knows",
}


class _Editor(yaml.SafeLoader):
    """Reads as an editor does, by YAML 1.2: days are texts, and only true and false are flags."""


_Editor.yaml_implicit_resolvers = {
    first: [(t, p) for t, p in pairs if not t.endswith((":timestamp", ":bool"))]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Editor.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))


def as_editor(text):
    return list(yaml.load_all(text, Loader=_Editor))


def contribution(name):
    return json.loads(FILES[f"contribution/{name}.schema.json"])


def validator():
    schemas = [
        contribution(k) for k in ("meeting", "agreement", "statement", "gap", "deed", "record")
    ]
    registry = referencing.Registry().with_resources(
        (s["$id"], referencing.Resource.from_contents(s)) for s in schemas
    )
    return jsonschema.Draft202012Validator(schemas[-1], registry=registry)


def patterns(node):
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        for inner in node.values():
            yield from patterns(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from patterns(inner)


ALL_PATTERNS = sorted(
    {p for n, text in FILES.items() if n.endswith(".json") for p in patterns(json.loads(text))}
)


def test_every_file_is_text_that_ends_with_one_line_feed():
    for name, text in FILES.items():
        assert text.endswith("\n"), name
        assert "\r" not in text, name
        assert text.encode(), name


@pytest.mark.parametrize(
    "name", [n for n in FILES if n.startswith("contribution/")] + ["package-profile.json"]
)
def test_json_schemas_are_valid_and_name_no_host(name):
    schema = json.loads(FILES[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    assert "//" not in schema["$id"]


@pytest.mark.parametrize("name", [n for n in YAML_FILES if n.startswith("examples/")])
def test_examples_are_sound_for_editors(name):
    for record in as_editor(FILES[name]):
        assert [e.message for e in validator().iter_errors(record)] == []


@pytest.mark.parametrize("name", FIELD_BREAKS)
def test_editors_reject_faulty_fields(name):
    sound = all(validator().is_valid(record) for record in as_editor(FILES[name]))
    assert sound == (name in BEYOND_JSON_SCHEMA)


def test_the_faults_beyond_json_schema_still_exist():
    assert set(FIELD_BREAKS) >= set(BEYOND_JSON_SCHEMA)


@pytest.mark.parametrize(
    ("kind", "words"), [("metting", "is not one of"), (None, "is a required property")]
)
def test_a_wrong_kind_gives_one_error_about_the_kind(kind, words):
    record = {"title": "Talks"} | ({"kind": kind} if kind else {})
    (error,) = validator().iter_errors(record)
    assert words in error.message


def test_errors_are_those_of_the_kind_only():
    (record, *_) = as_editor(FILES["examples/call.yaml"])
    (error,) = validator().iter_errors(record | {"commitment": "C1"})
    assert "commitment" in error.message


def test_fields_of_an_editor_and_of_a_text_reader_are_both_accepted():
    (record, *_) = as_editor(FILES["examples/visit.yaml"])
    record["ceremonial"] = "false"
    record["place"] |= {"latitude": "61.5", "longitude": 24}
    record["date"] = {"start": 2031, "precision": "year"}
    record["note"] = None
    assert validator().is_valid(record)
    record["coding"]["codebook"] = 0.1
    assert not validator().is_valid(record)


# A contract is honest only if reading the very file that is written gives the codes it announces.
@pytest.mark.parametrize("name", YAML_FILES)
def test_files_announce_what_a_check_of_them_finds(name):
    reading = read_yaml_text(FILES[name].encode(), name=name)
    found = {f.code for f in reading.findings}
    if reading.documents:
        found |= codes_of([d.values for d in reading.documents])
    assert FILES[name].splitlines()[0] == f"# expect: [{', '.join(sorted(found))}]"


def test_every_rule_has_a_counterexample_and_every_check_an_entry():
    shown = {re.search(r"AE\d+", n)[0] for n in YAML_FILES if n.startswith("counter")}
    assert shown == {entry["code"] for entry in rules_json()}
    codes = [entry["code"] for entry in (*rules_json(), *messages_json())]
    assert sorted(codes) == list(CATALOGUE)


def test_examples_of_rules_differ_from_their_counterexamples():
    for entry in rules_json():
        assert entry["example"].strip() != entry["counterexample"].strip(), entry["code"]
        assert read_yaml_text(entry["example"].encode(), name="example").findings == ()


@pytest.mark.parametrize("pattern", ALL_PATTERNS)
def test_patterns_compile_everywhere(pattern):
    re.compile(pattern)
    pl.Series(["x"]).str.contains(pattern, strict=True)
    # JavaScript's unicode mode refuses to escape what needs no escape; no engine here may backtrack.
    escaped = set(re.findall(r"\\(.)", pattern))
    assert escaped <= set("sdwx^$\\.*+?()[]{}|/-"), escaped
    assert not re.search(r"\(\?[=!<]|\\[1-9]", pattern)


def test_vocabularies_are_complete():
    for name, spec in all_vocabularies().items():
        rows = list(csv.DictReader(io.StringIO(FILES[f"codes/{name}.csv"])))
        assert [row["code"] for row in rows] == list(spec.values)
        assert all(row["definition"] and row["label"] and row["since"] for row in rows)


@pytest.mark.parametrize("table", list(table_specs()))
def test_table_schemas_are_accepted_and_refer_to_what_is_there(table):
    descriptor = json.loads(FILES[f"tables/{table}.json"])
    schema = Schema.from_descriptor(descriptor)
    assert list(Schema.metadata_validate(descriptor)) == []
    assert tuple(schema.field_names) == table_specs()[table].names
    for reference in descriptor.get("foreignKeys", ()):
        target = table_specs()[reference["reference"]["resource"] or table]
        assert set(reference["reference"]["fields"]) <= set(target.names)
        assert set(reference["fields"]) <= set(table_specs()[table].names)


def test_the_sql_of_every_rule_runs():
    with duckdb.connect() as database:
        for table in table_specs():
            database.register("empty", pa.Table.from_batches([], arrow_schema(table)))
            database.execute(f'CREATE TABLE "{table}" AS SELECT * FROM empty')
        database.execute(INDEX_VIEW)
        for entry in rules_json():
            for query in entry["sql"]:
                assert database.execute(query["query"]).fetchall() == []


def test_the_profile_wants_every_table_with_its_columns():
    digest = "sha256:" + 64 * "0"
    resources = [
        {
            "name": name,
            "type": "table",
            "path": f"{name}.csv",
            "hash": digest,
            "bytes": 1,
            "content_digest": digest,
            "schema": json.loads(FILES[f"tables/{name}.json"]),
        }
        for name in table_specs()
    ]
    package = {
        "name": "china-russia-dprk",
        "title": "Events",
        "version": "0.1.0",
        "licenses": [{"name": "CC-BY-4.0"}],
        "format_version": FILES["VERSION"].strip(),
        "cutoff": "2026-11-22",
        "content_digest": digest,
        "resources": resources,
    }
    profile = jsonschema.Draft202012Validator(json.loads(FILES["package-profile.json"]))
    assert profile.is_valid(package)
    assert not profile.is_valid(package | {"resources": resources[1:]})
    resources[0]["schema"]["fields"].pop()
    assert not profile.is_valid(package)


def test_the_readme_mentions_every_family_of_files():
    readme = FILES["README.md"]
    for name in FILES:
        path = pathlib.PurePosixPath(name)
        suffix = "".join(path.suffixes) or path.name
        family = name if str(path.parent) == "." else f"{path.parent}/*{suffix}"
        assert name == "README.md" or f"`{family}`" in readme, family


def test_the_codebook_holds_every_code_rule_table_and_field():
    text = codebook_markdown()
    assert "{{" not in text
    for name, spec in all_vocabularies().items():
        assert f"### Codes: `{name}`" in text
        assert all(f"| `{code}` |" in text for code in spec.values)
    assert all(f"**{code}**" in text for code in CATALOGUE)
    assert all(f"### Table `{table}`" in text for table in table_specs())
    anchors = set(re.findall(r"\]\(#(codes-\w+)\)", text))
    assert anchors <= {f"codes-{name}" for name in all_vocabularies()}


def test_reliability_stands_beside_its_field():
    figures = {
        "all": {"participants/role": {"alpha": 0.71, "status": "tentative"}},
        "gap": {"gap/severity": {"alpha": None}},
    }
    text = codebook_markdown(figures)
    (line,) = (line for line in text.splitlines() if line.startswith("| `participants[]/role`"))
    assert line.endswith("| 0.71 tentative |")


def test_the_same_files_under_any_hash_seed():
    code = (
        "import hashlib, json; from alignment_events.compile.schema_dir import schema_files;"
        "files = schema_files(lambda documents: {str(len(documents))});"
        "print(hashlib.sha256(json.dumps(files).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1

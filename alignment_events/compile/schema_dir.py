"""Everything → the files of `schema/`, the contract of the format for people without Python."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from alignment_events.compile.arrow import arrow_schema
from alignment_events.compile.codebook import Reliability, codebook_markdown
from alignment_events.compile.counterexamples import CodesOf, counterexamples, examples
from alignment_events.compile.json_schema import contribution_schemas
from alignment_events.compile.report_schema import report_schema
from alignment_events.compile.rules_json import messages_json, rules_json
from alignment_events.compile.sql import to_sql
from alignment_events.compile.table_schema import table_schema
from alignment_events.model import derivation
from alignment_events.model.dates import DAY_PATTERN
from alignment_events.model.marks import CODEBOOK_VERSION, FORMAT_VERSION
from alignment_events.spec.ir import VocabularySpec
from alignment_events.spec.records import all_vocabularies
from alignment_events.spec.tables import table_specs

INDEX_VIEW = """\
CREATE VIEW "index" AS
SELECT event_id AS record_id, kind, subtype, date_start, date_end, verification, contested
FROM events
UNION ALL
SELECT deed_id, 'deed', deed_type, date_start, date_end, verification, contested
FROM deeds"""
"""SQL of the one view that the queries in `rules.json` need: every record of any kind."""


_DIGEST = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}


def schema_files(codes_of: CodesOf, reliability: Reliability | None = None) -> dict[str, str]:
    """Path within `schema/` to the text of the file, sorted by path.

    Args:
        codes_of: Gives the codes that a check of some records finds.
        reliability: Agreement between coders, to be shown in the codebook beside each field.
    """
    return dict(sorted(_files(codes_of, reliability)))


def _files(codes_of: CodesOf, reliability: Reliability | None) -> Iterator[tuple[str, str]]:
    yield "README.md", schema_readme()
    yield "VERSION", f"{FORMAT_VERSION}\n"
    yield "codebook.md", codebook_markdown(reliability)
    yield "rules.json", _json(rules_json())
    yield "messages.json", _json(messages_json())
    yield "derivation.json", _json(derivation_json())
    yield "package-profile.json", _json(package_profile())
    yield "report.schema.json", _json(report_schema())
    for vocabulary in all_vocabularies().values():
        yield f"codes/{vocabulary.name}.csv", codes_csv(vocabulary)
    for name, schema in contribution_schemas().items():
        yield f"contribution/{name}.schema.json", _json(schema)
    for table in table_specs():
        yield f"tables/{table}.json", _json(table_schema(table))
        yield f"arrow/{table}.txt", _arrow(table)
    for name, text in examples().items():
        yield f"examples/{name}", text
    for name, text in counterexamples(codes_of).items():
        yield f"counterexamples/{name}", text


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _arrow(table: str) -> str:
    schema = arrow_schema(table)
    return f"{schema.to_string(show_field_metadata=False, show_schema_metadata=False)}\n"


def codes_csv(vocabulary: VocabularySpec) -> str:
    """The codes of a vocabulary in order, as CSV."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    lines.writerow(("code", "label", "definition", "since", "deprecated", "replaced_by"))
    for code in vocabulary.codes:
        words = (code.code, code.label, code.definition)
        lines.writerow((*words, code.since, code.deprecated, code.replaced_by))
    return written.getvalue()


def derivation_json() -> dict[str, Any]:
    """The rules of derivation; each condition is SQL over the features of one record, `f`."""
    return {
        "version": derivation.DERIVATION_VERSION,
        "verification": _conclusions(derivation.VERIFICATION),
        "contested": _conclusions(derivation.CONTESTED),
        "mode": _conclusions(derivation.MODE),
    }


def _conclusions(conclusions: Sequence[derivation.Conclusion]) -> list[dict[str, str]]:
    return [
        {"value": c.value, "when": to_sql(c.when, "f", None, "features"), "says": c.says}
        for c in conclusions
    ]


def package_profile() -> dict[str, Any]:
    """JSON Schema of a `datapackage.json`: every table is there, column by column."""
    resources = [
        {
            "contains": {
                "type": "object",
                "required": ["name", "type", "path", "schema", "hash", "bytes", "content_digest"],
                "properties": {
                    "name": {"const": table},
                    "type": {"const": "table"},
                    "schema": _schema_reference(table),
                    "hash": _DIGEST,
                    "content_digest": _DIGEST,
                },
            }
        }
        for table in table_specs()
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "package-profile.json",
        "title": "Data package of alignment events",
        "description": f"A package of format {FORMAT_VERSION}: one resource a table, named as it.",
        "type": "object",
        "required": [
            "name",
            "title",
            "version",
            "licenses",
            "resources",
            "format_version",
            "cutoff",
            "content_digest",
        ],
        "properties": {
            "name": {"type": "string", "pattern": "^[a-z0-9]+([._-][a-z0-9]+)*$"},
            "title": {"type": "string", "minLength": 1},
            "version": {"type": "string", "minLength": 1},
            "licenses": {"type": "array", "minItems": 1},
            "format_version": {"const": FORMAT_VERSION},
            "cutoff": {"type": "string", "pattern": DAY_PATTERN},
            "content_digest": _DIGEST,
            "resources": {"type": "array", "allOf": resources},
        },
    }


def _schema_reference(table: str) -> dict[str, Any]:
    """The Table Schema of the table: its path, or itself with just these fields in order."""
    names = table_specs()[table].names
    fields = {
        "type": "array",
        "prefixItems": [
            {"properties": {"name": {"const": name}}, "required": ["name"]} for name in names
        ],
        "minItems": len(names),
        "maxItems": len(names),
    }
    return {
        "type": ["string", "object"],
        "pattern": f"(^|/){table}\\.json$",
        "required": ["fields"],
        "properties": {"fields": fields},
    }


def schema_readme() -> str:
    """What is in `schema/`, and how to use it without Python."""
    return _README.format(
        format=FORMAT_VERSION,
        codebook=CODEBOOK_VERSION,
        view=INDEX_VIEW,
        tables=", ".join(f"`{name}`" for name in table_specs()),
    )


_README = """\
# The format, version {format}

This folder is the whole format for people and programs that do not use Python. It is generated from
the models in `alignment_events/model`; never edit it. Codebook version {codebook}.

| File | What it is |
|---|---|
| `VERSION` | version of the format |
| `codebook.md` | which record to make, every field, code, rule and table, and what is derived |
| `contribution/*.schema.json` | JSON Schema (draft 2020-12) of contribution files; `record` takes any kind |
| `codes/*.csv` | one vocabulary a file; scales lowest first |
| `rules.json` | what a contribution can break: sentence, reason, remedy, examples, SQL |
| `messages.json` | the other findings: of files, tables and packages |
| `derivation.json` | the rules by which verification, contested and mode are concluded |
| `tables/*.json` | Table Schema (Data Package v2) of each published CSV file |
| `arrow/*.txt` | Arrow types of each published Parquet file |
| `package-profile.json` | JSON Schema that the `datapackage.json` of a release satisfies |
| `report.schema.json` | JSON Schema of what `alignment-events validate --format json` prints |
| `examples/*.yaml` | sound records in an invented world, each file complete in itself |
| `counterexamples/*.yaml` | the same with one fault each |

## Writing a record

Begin a YAML file with this line (the path leads from your file to this folder), and an editor with a YAML
language server shows the fields and codes while you type:

    # yaml-language-server: $schema=../../../../schema/contribution/record.schema.json

Put in quotation marks what looks like a number and is none: `codebook: "0.1"`, `stance: "+1"`, `vote: "no"`. Leave
out what does not apply. The JSON Schema sees single fields only; the rules, the calendar and the check
character of ids need a validator, such as `alignment-events validate FILE`.

## Writing a validator

The first line of every example and counterexample, `# expect: [AE203]`, lists the codes that a check of
the file must find, all of them and no others; `# expect: []` is sound. Scalars are texts: a reader that turns
`no` into false, or `2011` into a number, loses what was written. A plain `null`, `~` or nothing is empty.

Each query under `sql` in `rules.json` gives the rows of one published table that break the rule, with the
tables named as here ({tables}) and this view:

```sql
{view}
```

An expression objects only where it is false. A comparison with an empty value is unknown; `and`, `or` and
`not` follow Kleene's logic, as SQL does; counts are never unknown.

Check character of ids: number the characters of `0123456789ABCDEFGHJKMNPQRSTVWXYZ` from 0. With the
characters x1 … xn of an id without `AE-` and hyphens, the sum (exclusive or) of a^(n-i) · xi over GF(32) is 0,
where a is a root of x^5 + x^2 + 1.

## Derivation

`derivation.json` lists, for each derived value, conclusions from the top; the first whose `when` is true gives
the value. `when` is SQL over one row of features, `f`:

- *verification*, from the sources cited for `core`: `has_record` (one is a primary text; for a deed, statistics or
  images, and for a vote cast also a primary text), `groups` (independence groups), `outside_groups` (groups with
  a source whose origin is no participant), `party_origins` (participants whose words a source rests on).
- *contested*, from the claims: `refuted`, `live_denials` (participants whose denial of the core is neither
  withdrawn nor followed by an account of their own), `core_accounts` (most distinct values
  given for one field of the core).
- *mode*, of agreements and statements: `kind`, `commitment`, `enactment`, `stage` (the latest certainly
  reached), `in_force`, `implementation` (if its own day is not later than `as_of`).

The enactment of a promise is defined in `codebook.md`.

## Content digest

CSV and Parquet files of one table hold the same rows if their content digests are equal, whoever wrote them:

1. Sort the rows by the columns of the key (in `tables/*.json`), in order: empty before all else, numbers by
   size, texts by code point.
2. Write each row as the canonical JSON (RFC 8785) of the array of its values, columns in the order of
   `tables/*.json`: days as texts such as `"2031-03-04"`, empty as `null`, flags as `true` or `false`. End each with
   a line feed.
3. The digest of the table is the SHA-256 over these UTF-8 bytes, in hexadecimal digits.
4. The digest of the dataset is the SHA-256 over one line a table, in the order in which they are listed above:
   its name, a space, its digest, a line feed.
"""

"""The content digest: a fingerprint of what a table says, whoever wrote it and however.

Recipe: take the rows sorted by key (as the texts of the key columns, empty first); write each as
the RFC 8785 canonical JSON of the array of its values in the order of the columns, days as
`2024-06-19`, empty as null; end each with a line feed; SHA-256 over the UTF-8 bytes. The digest of
a dataset is SHA-256 over the lines `<table> <digest>` of its tables in published order.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from alignment_events.spec.tables import table_specs

Values = Mapping[str, Any]


def canonical_number(number: float) -> str:
    """A number as RFC 8785 (and JavaScript) writes it."""
    if number == int(number) and abs(number) < 1e21:
        return str(int(number))
    text = repr(number)
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        sign = "-" if exponent.startswith("-") else "+"
        return f"{mantissa.removesuffix('.0')}e{sign}{exponent.lstrip('+-').lstrip('0')}"
    return text


def canonical_value(value: Any) -> str:
    """A value as canonical JSON."""
    if isinstance(value, float):
        return canonical_number(value)
    if isinstance(value, dt.date):
        value = value.isoformat()
    return json.dumps(value, ensure_ascii=False)


def sort_key(row: Values, key: Sequence[str]) -> tuple[tuple[bool, Any], ...]:
    """Order of rows: by their key columns, empty before anything; numbers by size."""
    return tuple(
        (row[name] is not None, row[name] if row[name] is not None else "") for name in key
    )


def table_digest(table: str, rows: Iterable[Values]) -> str:
    """The content digest of a table, as 64 hexadecimal digits."""
    spec = table_specs()[table]
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda row: sort_key(row, spec.key)):
        values = ",".join(canonical_value(row[name]) for name in spec.names)
        digest.update(f"[{values}]\n".encode())
    return digest.hexdigest()


def dataset_digest(digests: Mapping[str, str]) -> str:
    """The digest of a dataset from those of its tables."""
    lines = "".join(f"{name} {digests[name]}\n" for name in table_specs() if name in digests)
    return hashlib.sha256(lines.encode()).hexdigest()

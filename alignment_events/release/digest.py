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
from decimal import Decimal
from typing import Any

from alignment_events.spec.tables import table_specs

Values = Mapping[str, Any]


def canonical_number(number: float) -> str:
    """A number as RFC 8785 (and JavaScript) writes it."""
    if not number:
        return "0"
    # The shortest digits that read back as the number, and the place of the point among them.
    sign, found, exponent = Decimal(repr(float(number))).as_tuple()
    point = len(found) + int(exponent)
    digits = "".join(map(str, found)).rstrip("0")
    if len(digits) <= point <= 21:
        text = digits + "0" * (point - len(digits))
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        text = f"{digits[0]}{fraction}e{point - 1:+d}"
    return f"-{text}" if sign else text


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

"""The content digest, computed from the text in schema/README.md alone: no line of the library."""

import csv
import hashlib
import itertools
import json
import math
import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from workbench import SECOND, Workbench

from alignment_events.release.digest import canonical_number

SCHEMA = Path(__file__).parents[2] / "schema"


def tables_in_order() -> list[str]:
    """The tables as the README lists them."""
    text = (SCHEMA / "README.md").read_text("utf-8")
    (listed,) = re.findall(r"tables named as here \(([^)]+)\)", text)
    return re.findall(r"`(\w+)`", listed)


def number(value: float) -> str:
    """ECMAScript's Number::toString, which RFC 8785 prescribes."""
    if value == 0:
        return "0"
    if value < 0:
        return "-" + number(-value)
    exact = Decimal(value)  # every digit of the binary number
    for precision, way in itertools.product(range(1, 18), (ROUND_HALF_UP, ROUND_UP, ROUND_DOWN)):
        shortened = Context(prec=precision, rounding=way).plus(exact)
        if float(shortened) == value:
            break
    digits = "".join(map(str, shortened.as_tuple().digits)).rstrip("0")
    k, n = len(digits), shortened.adjusted() + 1
    if k <= n <= 21:
        return digits + "0" * (n - k)
    if 0 < n <= 21:
        return digits[:n] + "." + digits[n:]
    if -6 < n <= 0:
        return "0." + "0" * -n + digits
    sign = "+" if n - 1 > 0 else "-"
    tail = f"e{sign}{abs(n - 1)}"
    return (digits[0] + tail) if k == 1 else f"{digits[0]}.{digits[1:]}{tail}"


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(1e21)
@example(123456789012345680000.0)
@example(1e-6)
@example(1e-7)
@example(1.5e-5)
@example(-0.0)
@example(5e-324)
@example(2.0**-24)
@example(2.0**53 + 2)
def test_numbers_are_written_as_rfc_8785_wants(value: float) -> None:
    assert canonical_number(value) == number(value)
    assert math.isclose(float(canonical_number(value)), value, rel_tol=0)


def read(table: str, path: Path) -> tuple[dict[str, Any], list[list[Any]]]:
    schema = json.loads((SCHEMA / "tables" / f"{table}.json").read_text("utf-8"))
    types = {field["name"]: field["type"] for field in schema["fields"]}

    def typed(name: str, cell: str) -> Any:
        if not cell:
            return None
        kind = types[name]
        if kind == "boolean":
            return cell == "true"
        return int(cell) if kind == "integer" else float(cell) if kind == "number" else cell

    with path.open(encoding="utf-8", newline="") as stream:
        rows = [[typed(n, row[n]) for n in types] for row in csv.DictReader(stream)]
    return schema, rows


def digest(table: str, path: Path) -> str:
    schema, rows = read(table, path)
    names = [field["name"] for field in schema["fields"]]
    key = schema.get("primaryKey") or schema["uniqueKeys"][0]
    places = [names.index(name) for name in key]

    def order(row: list[Any]) -> list[Any]:
        return [(row[p] is not None, 0 if row[p] is None else row[p]) for p in places]

    def json_of(value: Any) -> str:
        if isinstance(value, float):
            return number(value)
        return json.dumps(value, ensure_ascii=False)

    lines = [f"[{','.join(map(json_of, row))}]\n" for row in sorted(rows, key=order)]
    return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()


def test_a_stranger_finds_the_same_digests(bench_with_both: Workbench) -> None:
    folder = bench_with_both.release(SECOND)
    told = json.loads((folder / "datapackage.json").read_text("utf-8"))
    stated = {r["name"]: r["content_digest"] for r in told["resources"] if "content_digest" in r}
    found = {table: digest(table, folder / f"{table}.csv") for table in tables_in_order()}
    assert {name: f"sha256:{value}" for name, value in found.items()} == stated
    lines = "".join(f"{name} {value}\n" for name, value in found.items())
    assert told["content_digest"] == f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"

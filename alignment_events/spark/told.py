"""What a bucket tells of itself, as rows that travel through a cluster."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from alignment_events.check.table_ledger import TableLedger
from alignment_events.findings import Finding, Level

FOUND = pa.schema(
    [
        ("sort", pa.string()),
        ("step", pa.list_(pa.int32())),
        ("count", pa.int64()),
        *((n, pa.string()) for n in ("code", "level", "message", "hint", "table")),
        ("row", pa.int64()),
        *((n, pa.string()) for n in ("record_id", "field", "value")),
    ]
)
_OF_FINDING = ("code", "message", "hint", "table", "row", "record_id", "field", "value")


def told(ledger: TableLedger, extra: Iterable[Finding] = ()) -> pa.RecordBatch:
    """What was found, as rows.

    Args:
        ledger: What one bucket told.
        extra: Findings that are counted in it but not listed.
    """
    rows: list[dict[str, Any]] = [
        {"sort": "found", "step": list(step)} | _values(one) for step, one in ledger.kept.found()
    ]
    rows += [{"sort": "extra"} | _values(one) for one in extra]
    rows += [{"sort": "run", "code": code, "count": n} for code, n in ledger.run.items()]
    rows += [
        {"sort": "skipped", "code": code, "step": list(step), "message": reason}
        for code, (step, reason) in ledger.skipped.items()
    ]
    rows += [
        {"sort": "unlisted", "code": code, "table": table, "count": n}
        for code, tables in ledger.kept.unlisted().items()
        for table, n in tables.items()
    ]
    rows.append({"sort": "outside", "count": ledger.outside})
    return pa.RecordBatch.from_pylist(rows, FOUND)


def _values(one: Finding) -> dict[str, Any]:
    return {"level": one.level.value} | {name: getattr(one, name) for name in _OF_FINDING}


def take(rows: Iterable[Mapping[str, Any]], ledger: TableLedger) -> None:
    """Add what buckets told; what is not to be listed goes where the ledger has what is too much."""
    part = TableLedger()
    for row in rows:
        match row["sort"]:
            case "found":
                ledger.kept.put(tuple(row["step"]), _finding(row, ledger))
            case "extra":
                # Counted already, by the row of what is not listed.
                if ledger.kept.overflow is not None:
                    ledger.kept.overflow(_finding(row, ledger))
            case "unlisted":
                ledger.kept.counts[row["code"], row["table"]] += row["count"]
            case "run":
                part.run[row["code"]] += row["count"]
            case "skipped":
                part.step = tuple(row["step"])
                part.skip(row["code"], row["message"])
            case _:
                part.outside += row["count"]
    ledger.join(part)


def _finding(row: Mapping[str, Any], ledger: TableLedger) -> Finding:
    values = {name: row[name] for name in _OF_FINDING}
    return Finding(level=Level(row["level"]), file=ledger.files.get(row["table"]), **values)

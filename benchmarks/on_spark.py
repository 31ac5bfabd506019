"""Compares Spark with the local engine on one folder of tables: the report, and how long it takes.

It needs the extra `spark` and Java; `make bench` leaves it out. Results go to `results.json`.

    python benchmarks/on_spark.py .bench/faulty-1000000
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

from alignment_events.findings import Report
from alignment_events.screen.run import check_streamed
from alignment_events.spark.run import validate_on_spark

RESULTS = Path(__file__).parent / "results.json"


def compare(folder: Path, master: str, memory: str) -> dict[str, object]:
    """Check the tables of a folder by both engines."""
    conf = {"spark.master": master, "spark.driver.memory": memory, "spark.ui.enabled": "false"}
    conf |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    on_spark, spark = _timed(lambda: validate_on_spark(folder, conf=conf, package=False))
    here, local = _timed(lambda: check_streamed(folder, package=False))
    return {
        "data": folder.name,
        "events": pq.read_metadata(folder / "events.parquet").num_rows,
        "rows": sum(on_spark.rows_seen.values()),
        "master": master,
        "spark": round(spark, 1),
        "local": round(local, 1),
        "findings": sum(n for tables in on_spark.counts.values() for n in tables.values()),
        "listed": len(on_spark.findings),
        "same": on_spark == here,
    }


def _timed(check: Callable[[], Report | None]) -> tuple[Report, float]:
    begin = time.perf_counter()
    report = check()
    assert report is not None
    return report, time.perf_counter() - begin


def main() -> None:
    """Compare, and note what was found in place of what was noted of the same data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--memory", default="6g")
    given = parser.parse_args()
    found = compare(given.folder, given.master, given.memory)
    print(found)
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    kept = [one for one in results.get("spark", []) if one["data"] != found["data"]]
    results["spark"] = sorted([*kept, found], key=lambda one: (one["rows"], one["data"]))
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

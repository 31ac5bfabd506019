"""Programs of other projects accept a release: those that check it, and those that read it."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from workbench import SECOND, Workbench

from alignment_events.release.release import build_release
from alignment_events.spec.tables import table_specs

REAL = Path(__file__).parents[2] / "datasets" / "china-russia-dprk"


@pytest.fixture(scope="session", params=["example", pytest.param("real", marks=pytest.mark.full)])
def release(
    request: pytest.FixtureRequest,
    bench_with_both: Workbench,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A release of the invented world, and one of the real records."""
    if request.param == "example":
        return bench_with_both.release(SECOND)
    root = tmp_path_factory.mktemp("real")
    ignored = shutil.ignore_patterns("releases")
    dataset = shutil.copytree(REAL, root / REAL.name, ignore=ignored)
    told = yaml.safe_load((dataset / "dataset.yaml").read_text("utf-8"))
    version = str(told["version"])
    return build_release(dataset, version, archives=root / "dist", date="2032-01-01").folder


def python(code: str, *arguments: object, **environment: str) -> str:
    """Run code of another project in a process of its own, with its own warnings, offline."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=600,
        env={**os.environ, "no_proxy": "", "HTTPS_PROXY": "http://127.0.0.1:9",
             "HTTP_PROXY": "http://127.0.0.1:9", **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.full
@pytest.mark.needs("frictionless")
def test_frictionless(release: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "frictionless", "validate", "datapackage.json"]
    done = subprocess.run(command, cwd=release, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "INVALID" not in done.stdout


@pytest.mark.needs("check_jsonschema")
def test_citation_file(release: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema"]
    command += ["--builtin-schema", "vendor.citation-file-format", str(release / "CITATION.cff")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.needs("datacite")
def test_datacite_kernel_4(release: Path) -> None:
    code = """
import json, sys
from datacite import schema45
told = json.load(open(sys.argv[1], encoding="utf-8"))
schema45.validator.validate(told)
assert schema45.tostring({**told, "doi": "10.5072/x"})
broken = dict(told)
del broken["creators"]
assert not schema45.validator.is_valid(broken)
"""
    python(code, release / "datacite.json")


@pytest.mark.full
@pytest.mark.needs("mlcroissant")
def test_croissant(release: Path) -> None:
    """It validates, and every record set has the rows of its table, with their values."""
    code = """
import json, sys, logging
import mlcroissant as mlc
dataset = mlc.Dataset(jsonld=sys.argv[1])
issues = dataset.metadata.ctx.issues
print(json.dumps({
    "errors": sorted(issues.errors),
    "warnings": sorted(issues.warnings),
    "rows": {r.uuid: sum(1 for _ in dataset.records(r.uuid)) for r in dataset.metadata.record_sets},
    "titles": [r["events/title"].decode() for r in dataset.records("events")],
}))
"""
    told = json.loads(python(code, release / "croissant.json"))
    assert told["errors"] == []
    # Without a homepage there is no address to give, and none is invented.
    assert [w for w in told["warnings"] if "schema.org/url" not in w] == []
    rows = {name: pq.read_metadata(release / f"{name}.parquet").num_rows for name in table_specs()}
    assert told["rows"] == rows
    with (release / "events.csv").open(encoding="utf-8", newline="") as stream:
        assert told["titles"] == [row["title"] for row in csv.DictReader(stream)]


@pytest.mark.needs("pandas", "duckdb")
def test_pandas_polars_and_duckdb(release: Path) -> None:
    code = """
import sys
import duckdb, pandas, polars
folder = sys.argv[1]
for name in sys.argv[2:]:
    frame = polars.read_parquet(f"{folder}/{name}.parquet")
    texts = dict.fromkeys(frame.columns, polars.String)
    assert polars.read_csv(f"{folder}/{name}.csv", schema_overrides=texts).height == frame.height
    for suffix in ("parquet", "csv"):
        query = f"SELECT count(*) FROM '{folder}/{name}.{suffix}'"
        assert duckdb.sql(query).fetchall() == [(frame.height,)], (name, suffix)
    table = pandas.read_parquet(f"{folder}/{name}.parquet")
    assert (len(table), list(table.columns)) == (frame.height, frame.columns)
    assert len(pandas.read_csv(f"{folder}/{name}.csv", keep_default_na=False)) == frame.height
"""
    python(code, release, *table_specs())


@pytest.mark.full
@pytest.mark.needs("datasets")
def test_hugging_face_datasets(release: Path, tmp_path: Path) -> None:
    code = """
import sys
import datasets
folder = sys.argv[1]
for name in sys.argv[2:]:
    found = datasets.load_dataset("parquet", data_files=f"{folder}/{name}.parquet", split="train")
    print(name, found.num_rows, *found.column_names)
"""
    cache = {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    rows = {name: pq.read_metadata(release / f"{name}.parquet").num_rows for name in table_specs()}
    # That library has no empty splits: a table without rows is an error to it.
    filled = [name for name, count in rows.items() if count]
    lines = python(code, release, *filled, **cache).splitlines()
    for name, line in zip(filled, lines, strict=True):
        assert line.split() == [name, str(rows[name]), *table_specs()[name].names]

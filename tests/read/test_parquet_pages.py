"""What a Parquet file may unfold to is told from its pages, whoever wrote it."""

import struct
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignment_events.compile.arrow import ARROW_TYPES
from alignment_events.read.parquet import read_part
from alignment_events.read.parquet_pages import Unfolding, longest_text, unfolding
from alignment_events.screen.memory import Memory
from alignment_events.screen.run import check_streamed
from alignment_events.spec.tables import table_specs

ROWS = {
    "id": [f"AE-{n:04d}-{n % 7:04d}" for n in range(5000)],
    "text": ["x" * (n % 50) + str(n % 300) for n in range(5000)],
    "number": list(range(5000)),
    "flag": [n % 3 == 0 for n in range(5000)],
    "empty": [None] * 5000,
}


def found_in(file: Path) -> Unfolding:
    """What the pages of a file with these columns tell."""
    return unfolding(file, pq.read_metadata(file), ROWS)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"use_dictionary": False},
        {"data_page_version": "2.0"},
        {"compression": "none"},
        {"compression": "gzip"},
        {"compression": "lz4"},
        {"compression": "brotli", "write_page_checksum": True},
        {"row_group_size": 100, "write_page_index": True},
    ],
)
def test_files_of_arrow(settings: dict[str, Any], tmp_path: Path) -> None:
    pq.write_table(pa.table(ROWS), tmp_path / "a.parquet", **settings)
    found = found_in(tmp_path / "a.parquet")
    # The longest text has 52 letters, an id 12, and what is not text counts as 8 bytes.
    assert 12 + 8 <= found.row <= 2_300
    assert found.pages < 300_000


def test_files_of_others(tmp_path: Path) -> None:
    frame = pl.DataFrame(ROWS, schema_overrides={"empty": pl.String})
    frame.write_parquet(tmp_path / "polars.parquet")
    duckdb.sql(f"COPY (FROM frame) TO '{tmp_path / 'duckdb.parquet'}'")
    frame.clear().write_parquet(tmp_path / "none.parquet")
    for name in ("polars", "duckdb"):
        assert 20 <= found_in(tmp_path / f"{name}.parquet").row <= 2_300
    assert found_in(tmp_path / "none.parquet").rows_within(1) > 1_000_000


def events(folder: Path, summaries: pa.Array, **settings: Any) -> Path:
    folder.mkdir()
    file = folder / "events.parquet"
    ids = pa.array([f"AE-{n:04d}" for n in range(len(summaries))])
    columns = {c.name: ARROW_TYPES[c.type] for c in table_specs()["events"].columns}
    empty = {name: pa.nulls(len(ids), kind) for name, kind in columns.items()}
    table = pa.table({**empty, "event_id": ids, "summary": summaries})
    pq.write_table(table, file, **settings)
    return file


@pytest.mark.parametrize("column", ["plain", "dictionary", "one page"])
def test_what_unfolds_to_gigabytes_is_refused(column: str, tmp_path: Path) -> None:
    long = "x" * (1 << 20)
    if column == "dictionary":
        # 20 kilobytes that are 100 GiB as text.
        values = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000), pa.array([long]))
        file = events(tmp_path / "a", values, compression="zstd", write_statistics=False)
    else:
        pages = {"use_dictionary": False, "data_page_size": 1 << (30 if column != "plain" else 10)}
        pages["write_batch_size"] = 1024 if column != "plain" else 1
        file = events(tmp_path / "a", pa.array([long] * 150), compression="zstd", **pages)
    assert file.stat().st_size < 1_000_000
    report = check_streamed(file, memory=Memory(600 * 2**20))
    assert report is not None
    assert [(f.code, f.file) for f in report.findings] == [("AE003", str(file))]
    assert "600 MiB" in report.findings[0].message
    part, findings = read_part(file, most=100_000_000)
    assert part is None
    assert [(f.code, f.file) for f in findings] == [("AE003", str(file))]


@given(
    st.lists(st.binary(max_size=300), min_size=1, max_size=40)
    | st.lists(st.text("a\0\4", max_size=9).map(str.encode), min_size=1, max_size=40)
)
def test_the_longest_text_of_a_dictionary(texts: list[bytes]) -> None:
    # Zeros within texts look like the lengths of others.
    plain = b"".join(struct.pack("<I", len(text)) + text for text in texts)
    assert longest_text(plain, len(texts)) == max(map(len, texts))


def test_damaged_headers(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table(ROWS), file)
    whole = file.read_bytes()
    said = []
    for place in range(4, 60):
        file.write_bytes(whole[:place] + b"\xff" * 8 + whole[place + 8 :])
        try:
            found_in(file)
        except ValueError as error:
            said.append(str(error))
    assert said
    assert all("damaged" in text for text in said)

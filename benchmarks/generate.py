"""Makes tables of this format of any size, out of a small package whose records are repeated under new ids.

Every copy is as valid as the package is: ids are new, valid and rise from row to row, so that all
tables are sorted by id as releases are. Ids are spread over the whole space of ids, and titles and
summaries are words of the package in random order, so that neither compresses away.

    python benchmarks/generate.py PACKAGE OUT --events 1000000 [--shuffle SEED] [--faults SEED]

With `--faults`, the truth about them is beside the folder: `OUT-truth.parquet`.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from alignment_events.compile.arrow import arrow_schema
from alignment_events.model.ids import ALPHABET, check_table
from alignment_events.spec.tables import record_key, table_specs
from alignment_events.validation import validate

RECORD_COLUMNS = ("event_id", "deed_id", "record_id", "target_id", "replaced_by")
WORDS = {"title": (6, 14), "summary": (25, 60)}
"""Column to the least and the most words of its made-up texts."""
ID_SPACE = 2**35
COPIES_AT_ONCE = 150
ROW_GROUP = 131_072
ALONE = frozenset({"actors", "persons", "coverage", "codings", "vocabularies"})
"""Tables whose rows are not repeated."""
SPOILED_AT_ONCE = 1_000_000
"""Events whose tables are held in memory while faults are put into them."""


def ids(numbers: np.ndarray) -> pa.Array:
    """Valid ids that rise with the numbers: seven digits of base 32 and the check character."""
    shifts = np.arange(30, -1, -5, dtype=np.int64)
    digits = (numbers.astype(np.int64)[:, None] >> shifts) & 31
    letters = np.frombuffer(ALPHABET.encode(), np.uint8)
    summands = np.array(
        [[table[letter] for letter in ALPHABET] for table in check_table(8)[:7]], np.int64
    )
    check = np.bitwise_xor.reduce(summands[np.arange(7), digits], axis=1)
    text = np.empty((len(numbers), 12), np.uint8)
    text[:, 0:3] = np.frombuffer(b"AE-", np.uint8)
    text[:, 3:7] = letters[digits[:, :4]]
    text[:, 7] = ord("-")
    text[:, 8:11] = letters[digits[:, 4:]]
    text[:, 11] = letters[check]
    offsets = np.arange(0, 12 * len(numbers) + 1, 12, dtype=np.int32)
    return pa.StringArray.from_buffers(
        len(numbers), pa.py_buffer(offsets), pa.py_buffer(text.tobytes())
    )


def spread(numbers: np.ndarray, total: int) -> np.ndarray:
    """Rising numbers, spread over all ids as drawn ones would be: one at random in each of `total` steps."""
    step = ID_SPACE // total
    mixed = (numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(33)
    return numbers * step + (mixed % np.uint64(step)).astype(np.int64)


def made_up(words: pa.Array, among: tuple[int, int], rows: np.ndarray, seed: int) -> pa.Array:
    """Texts of random words, the same for the same rows."""
    draw = np.random.default_rng([seed, int(rows[0]) if len(rows) else 0])
    lengths = draw.integers(*among, size=len(rows))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    chosen = words.take(pa.array(draw.zipf(1.2, size=offsets[-1]) % len(words)))
    return pc.binary_join(pa.ListArray.from_arrays(offsets, chosen), " ")


@dataclass(frozen=True)
class Template:
    """What is repeated.

    Attributes:
        hanging: The tables that hang on records.
        alone: Those that do not.
        keys: The ids of the records, sorted.
        words: The words of all summaries, the frequent ones first.
    """

    hanging: Mapping[str, pa.Table]
    alone: Mapping[str, pa.Table]
    keys: list[str]
    words: pa.Array


def template_of(package: Path) -> Template:
    """The sound records of a package."""
    tables = {name: pq.read_table(package / f"{name}.parquet") for name in table_specs()}
    keys = sorted(
        [*tables["events"]["event_id"].to_pylist(), *tables["deeds"]["deed_id"].to_pylist()]
    )
    alone = ALONE & set(tables)
    hanging = {name: table for name, table in tables.items() if name not in alone}
    doubtful = with_warnings(package, tables["links"])
    keys = [key for key in keys if key not in doubtful]
    for name, table in hanging.items():
        column = record_key(name)
        hanging[name] = table.filter(pc.is_in(table[column], value_set=pa.array(keys)))
    # A coding names a record of the package; in the copies that is the record's first one.
    codings = tables["codings"]
    known = pc.is_in(codings["record_id"], value_set=pa.array(keys))
    tables["codings"] = codings.filter(pc.or_(known, pc.is_null(codings["record_id"])))
    words = vocabulary(hanging["events"])
    return Template(hanging, {name: tables[name] for name in alone}, keys, words)


def with_warnings(package: Path, links: pa.Table) -> set[str]:
    """Records of which the package has findings that were accepted, and all that hang on them by links."""
    found = {one.record_id for one in validate(package).findings if one.record_id}
    pairs = list(zip(links["record_id"].to_pylist(), links["target_id"].to_pylist(), strict=True))
    while more := {a for a, b in pairs if b in found} | {b for a, b in pairs if a in found}:
        if more <= found:
            break
        found |= more
    return found


def vocabulary(events: pa.Table) -> pa.Array:
    """The words of all summaries, the frequent ones first."""
    split = pc.list_flatten(pc.split_pattern(events["summary"].combine_chunks(), " "))
    counted = pc.value_counts(split)
    order = pc.sort_indices(counted.field("counts"), sort_keys=[("", "descending")])
    words = counted.field("values").take(order)
    return words.filter(pc.match_substring_regex(words, r"^[^=+@#-]+$"))


def copies(
    table: pa.Table, name: str, keys: list[str], words: pa.Array, first: int, last: int, total: int
) -> pa.Table:
    """The rows of a table once for each copy from `first` to before `last`, under new ids."""
    count = last - first

    def fresh_ids(index: pa.Array) -> pa.Array:
        numbers = copy * len(keys) + index.fill_null(0).to_numpy(zero_copy_only=False)
        return ids(spread(numbers, total * len(keys)))

    place = pa.array(keys)
    rows = pa.array(np.tile(np.arange(table.num_rows), count))
    copy = np.repeat(np.arange(first, last), table.num_rows)
    columns = {}
    repeated = table.take(rows).combine_chunks()
    for column in table.column_names:
        values = repeated[column].combine_chunks()
        if column in RECORD_COLUMNS:
            index = pc.index_in(values, value_set=place)
            values = pc.if_else(pc.is_valid(index), fresh_ids(index), pa.scalar(None, pa.string()))
        elif column == "source_id":
            parts = pc.split_pattern(values, "/", max_splits=1)
            index = pc.index_in(pc.list_element(parts, 0), value_set=place)
            values = pc.binary_join_element_wise(fresh_ids(index), pc.list_element(parts, 1), "/")
        elif column in WORDS:
            numbers = first * table.num_rows + np.arange(len(copy))
            values = made_up(words, WORDS[column], numbers, seed=len(column))
            values = pc.utf8_rtrim_whitespace(
                pc.utf8_slice_codeunits(values, 0, 200 if column == "title" else 600)
            )
        elif column == "url":
            path = pc.cast(
                pa.array(spread(copy * table.num_rows + np.asarray(rows), total * table.num_rows)),
                pa.string(),
            )
            values = pc.binary_join_element_wise(pc.utf8_slice_codeunits(values, 0, 100), path, "#")
        columns[column] = values
    return pa.table(columns).cast(arrow_schema(name))


def batches(template: Template, chosen: range, total: int) -> Iterator[dict[str, pa.Table]]:
    """All tables in pieces of some hundred of the chosen copies; the last piece has what is left."""
    for first in range(chosen.start, chosen.stop, COPIES_AT_ONCE):
        last = min(chosen.stop, first + COPIES_AT_ONCE)
        yield {
            name: copies(table, name, template.keys, template.words, first, last, total)
            for name, table in template.hanging.items()
        }


def write(template: Template, out: Path, chosen: range, total: int) -> None:
    """Write the tables of some of all copies as Parquet files with the settings of releases."""
    out.mkdir(parents=True, exist_ok=True)
    keys, codings = template.keys, template.alone["codings"]
    first = ids(spread(np.arange(len(keys)), total * len(keys)))
    index = pc.index_in(codings["record_id"].combine_chunks(), value_set=pa.array(keys))
    place = codings.schema.get_field_index("record_id")
    codings = codings.set_column(
        place, codings.schema.field(place), first.take(index).cast(pa.string())
    )
    for name, table in {**template.alone, "codings": codings}.items():
        pq.write_table(table, out / f"{name}.parquet")
    with Written(out) as written:
        for done, tables in enumerate(batches(template, chosen, total), 1):
            for name, table in tables.items():
                written.add(name, table)
            copies_done = min(chosen.stop, chosen.start + done * COPIES_AT_ONCE)
            print(f"\r{copies_done} of {total} copies", end="", file=sys.stderr)
    print(file=sys.stderr)


def opened(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A file to be written with the settings of releases, but packed less tightly."""
    return pq.ParquetWriter(
        path, schema, compression="zstd", compression_level=3, version="2.6",
        write_page_checksum=True,
    )  # fmt: skip


class Written:
    """Tables that are written piece by piece, in row groups of the size of releases."""

    def __init__(self, out: Path) -> None:
        """Begin to write tables into a folder."""
        self._out = out
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._kept: dict[str, list[pa.Table]] = {}

    def __enter__(self) -> "Written":
        return self

    def __exit__(self, *_: object) -> None:
        for name, writer in self._writers.items():
            _flush(writer, self._kept[name], whole=True)
            writer.close()

    def add(self, name: str, table: pa.Table) -> None:
        """Write more rows of a table."""
        if name not in self._writers:
            self._writers[name] = opened(self._out / f"{name}.parquet", table.schema)
        kept = self._kept.setdefault(name, [])
        kept.append(table)
        if sum(t.num_rows for t in kept) >= ROW_GROUP:
            _flush(self._writers[name], kept, whole=False)


def join(parts: list[Path], out: Path) -> None:
    """Make one folder of several, whose records follow each other, and likewise the truth about them."""
    rows_before: dict[str, int] = {}
    truths = []
    with Written(out) as written:
        for part in parts:
            known = pl.read_parquet(truth_of(part))
            before = [rows_before.get(name, 0) for name in known["table"]]
            truths.append(known.with_columns(pl.col("row") + pl.Series(before)))
            for path in sorted(part.glob("*.parquet")):
                if path.stem in ALONE and part != parts[0]:
                    continue
                with pq.ParquetFile(path) as file:
                    for group in range(file.num_row_groups):
                        written.add(path.stem, file.read_row_group(group))
                    rows = file.metadata.num_rows
                rows_before[path.stem] = rows_before.get(path.stem, 0) + rows
    pl.concat(truths).write_parquet(truth_of(out))


def truth_of(folder: Path) -> Path:
    """Where the truth about the faults of a folder is."""
    return folder.with_name(f"{folder.name}-truth.parquet")


def make(
    package: Path, out: Path, events: int, *, shuffled: int | None = None, faults: int | None = None
) -> None:
    """Write tables that are clean and sorted, or with faults, or in random order, or both."""
    import planted as faulty

    template = template_of(package)
    total = -(-events // template.hanging["events"].num_rows)
    if faults is None:
        write(template, out, range(total), total)
    else:
        each = -(-total // -(-events // SPOILED_AT_ONCE))
        starts = range(0, total, each)
        with tempfile.TemporaryDirectory(dir=out.parent) as place:
            parts = [Path(place) / str(number) for number in range(len(starts))]
            for number, (part, start) in enumerate(zip(parts, starts, strict=True)):
                write(template, part, range(start, min(total, start + each)), total)
                faulty.spoil(part, truth_of(part), faults + number)
            out.mkdir(parents=True)
            join(parts, out)
    if shuffled is not None:
        faulty.shuffle(out, shuffled, truth_of(out) if faults is not None else None)


def _flush(writer: pq.ParquetWriter, kept: list[pa.Table], *, whole: bool) -> None:
    joined = pa.concat_tables(kept)
    end = joined.num_rows if whole else joined.num_rows // ROW_GROUP * ROW_GROUP
    if end:
        writer.write_table(joined.slice(0, end), row_group_size=ROW_GROUP)
    kept[:] = [joined.slice(end)] if end < joined.num_rows else []


def main() -> None:
    """Write the tables that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("package", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--shuffle", type=int, metavar="SEED", help="rows in random order")
    parser.add_argument(
        "--faults", type=int, metavar="SEED", help="every kind of fault, one in 1,000"
    )
    given = parser.parse_args()
    make(given.package, given.out, given.events, shuffled=given.shuffle, faults=given.faults)


if __name__ == "__main__":
    main()

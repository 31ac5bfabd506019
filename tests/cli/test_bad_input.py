"""Bad input of every sort: the right codes, the right exit code, no traceback, nothing left behind.

Every case goes through `validate` in this process and through the command line in one of its own.
"""

import datetime as dt
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import COMMAND, NAME, ROOT, Cli, to_yaml

import alignment_events as ae
from alignment_events.spec.examples import sound_examples

Make = Callable[[Path], Path]


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def check(path: Path, codes: set[str], exit_code: int, cli: Cli, folder: Path) -> ae.Report:
    """Both ways find these codes, at least one each, and no other."""
    before = listing(folder)
    report = ae.validate(path)
    assert {found.code for found in report.findings} == codes
    assert report.exit_code() == exit_code
    done = cli("validate", path, "--format", "json")
    assert done.returncode == exit_code
    assert done.stderr == ""
    assert {found["code"] for found in json.loads(done.stdout)["findings"]} == codes
    assert listing(folder) == before
    return report


# --- Record files -----------------------------------------------------------------------------

CALL = to_yaml(sound_examples()["call"])


def text(content: str | bytes, name: str = "record.yaml") -> Make:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def changed(old: str, new: str) -> Make:
    assert CALL.count(old) == 1, old
    return text(CALL.replace(old, new))


RECORD_FILES: dict[str, tuple[Make, set[str], int]] = {
    "missing": (lambda folder: folder / "nothing.yaml", {"AE001"}, 2),
    "name too long": (lambda folder: folder / ("a" * 5000 + ".yaml"), {"AE001"}, 2),
    "empty": (text(""), {"AE005"}, 2),
    "only a remark": (text("# to be written\n"), {"AE005"}, 2),
    "latin-1": (text(CALL.replace("Leaders", "Führer").encode("latin-1")), {"AE002"}, 2),
    "UTF-16": (text(CALL.encode("utf-16")), {"AE002"}, 2),
    "50 MB": (text(b"note: " + b"x" * 50_000_000), {"AE003"}, 2),
    "deep nesting": (text("a: " + "[" * 10_000), {"AE009"}, 2),
    "not YAML": (text("a: [1, 2\nb: }\n"), {"AE004"}, 2),
    "a list": (text("- one\n- two\n"), {"AE010"}, 2),
    "a text": (text("hello\n"), {"AE010"}, 2),
    "NUL bytes": (changed("telephone about", "tele\0phone about"), {"AE013"}, 1),
    "anchor and alias": (changed("meeting\nsub", "&k meeting\nnote: *k\nsub"), {"AE007"}, 1),
    "a tag": (
        changed("scope: core", "scope: !!python/object/apply:os.system [touch pwned]"),
        {"AE008", "AE103"},
        1,
    ),
    "duplicate key": (text(CALL + "kind: gap\n"), {"AE006"}, 1),
    "unknown field": (text(CALL + "colour: red\n"), {"AE102"}, 1),
    "field of another kind": (text(CALL + "commitment: C1\n"), {"AE102"}, 1),
    "unknown code": (changed("subtype: talks", "subtype: chat"), {"AE103"}, 1),
    "no kind": (changed("kind: meeting\n", ""), {"AE101"}, 1),
    "no such day": (changed("start: '2032-01-20'", "start: '2024-02-30'"), {"AE104"}, 1),
    "id with a wrong character": (changed("AE-ZZ9H-KFFK", "AE-ZZ9H-KFFX"), {"AE109"}, 1),
    "formula": (changed("title: Leaders", "title: =Leaders"), {"AE106"}, 1),
    "a workbook by another name": (text("PK", "record.docx"), {"AE014"}, 2),
    "no suffix": (text(CALL, "record"), {"AE014"}, 2),
    "CSV of nothing known": (text("a,b\n1,2\n", "things.csv"), {"AE014"}, 2),
    "CSV with other columns": (text("a,b\n1,2\n", "events.csv"), {"AE102", "AE501"}, 1),
    "empty folder": (lambda folder: folder, {"AE014"}, 2),
    "second record in a folder": (
        lambda folder: text(CALL + "---\n" + CALL)(folder).parent,
        {"AE011"},
        1,
    ),
}


@pytest.mark.parametrize("case", RECORD_FILES)
def test_record_file(case: str, tmp_path: Path, cli: Cli) -> None:
    make, codes, exit_code = RECORD_FILES[case]
    check(make(tmp_path), codes, exit_code, cli, tmp_path)


def test_name_with_nul(tmp_path: Path) -> None:
    report = ae.validate(tmp_path / "a\0b.yaml")
    assert [found.code for found in report.findings] == ["AE001"]
    assert report.exit_code() == 2


def test_the_record_that_is_spoilt_above_is_sound(tmp_path: Path) -> None:
    assert ae.validate(text(CALL)(tmp_path)).findings == ()


# --- Parquet ----------------------------------------------------------------------------------

Table = Callable[[pa.Table], pa.Table]


def column(name: str, values: list[object] | pa.Array, kind: pa.DataType | None = None) -> Table:
    """The table with other values in one column: as many rows as there are values."""

    def change(table: pa.Table) -> pa.Table:
        array = values if isinstance(values, pa.Array) else pa.array(values * len(table), kind)
        return table.set_column(
            table.schema.get_field_index(name), pa.field(name, array.type), array
        )

    return change


PARQUET: dict[str, tuple[str, Table, set[str], int]] = {
    "list": ("events", column("title", [["a"]]), {"AE107"}, 1),
    "struct": ("events", column("title", [{"a": 1}]), {"AE107"}, 1),
    "bytes": ("events", column("title", [b"\xff"]), {"AE107"}, 1),
    # polars has no such numbers, and panics.
    "wide decimals": ("events", column("latitude", [1], pa.decimal256(60, 2)), {"AE015"}, 2),
    "flag as number": ("events", column("ongoing", [1]), {"AE107"}, 1),
    "NaN": ("deed_observations", column("quantity_high", [float("nan")]), {"AE108"}, 1),
    "infinity": ("deed_observations", column("quantity_high", [float("inf")]), {"AE108"}, 1),
    "NaN for an integer": ("events", column("meeting_rank_gap", [float("nan")]), {"AE107"}, 1),
    "no such day": ("events", column("date_end", ["2024-02-30"]), {"AE104"}, 1),
    "time of day": ("events", column("date_end", [dt.datetime(2033, 1, 1, 5)]), {"AE104"}, 1),
    "midnights": (
        "events",
        lambda t: t.set_column(7, "date_end", t["date_end"].cast("timestamp[us]")),
        set(),
        0,
    ),
    "a day beyond the calendar": (
        "events",
        column("date_end", [2**31 - 1], pa.date32()),
        {"AE015"},
        2,
    ),
    "a moment beyond it": (
        "events",
        column("date_end", [2**63 - 1], pa.timestamp("us")),
        {"AE015"},
        2,
    ),
    "unknown column": ("events", lambda t: t.append_column("colour", t["title"]), {"AE102"}, 1),
    "column twice": ("events", lambda t: t.append_column("title", t["title"]), {"AE015"}, 2),
    "missing column": ("events", lambda t: t.drop_columns(["title"]), {"AE501"}, 1),
    "no columns": ("events", lambda t: pa.table({}), {"AE501"}, 1),
    "no values": ("events", lambda t: column("title", pa.nulls(len(t)))(t), {"AE101"}, 1),
    "ids twice": ("events", lambda t: pa.concat_tables([t, t]), {"AE401"}, 1),
    "wrong id": ("events", lambda t: column("event_id", ["AE-ZZ9H-KFFX"])(t[:1]), {"AE109"}, 1),
    "NUL in a text": ("events", column("title", ["a\0b"]), {"AE106"}, 1),
    "dictionary-encoded": (
        "events",
        lambda t: t.set_column(4, "title", t["title"].dictionary_encode()),
        set(),
        0,
    ),
    "no rows": ("events", lambda t: t[:0], set(), 0),
}


@pytest.mark.parametrize("case", PARQUET)
def test_parquet(case: str, example_package: Path, tmp_path: Path, cli_here: Cli) -> None:
    table, change, codes, exit_code = PARQUET[case]
    path = tmp_path / f"{table}.parquet"
    pq.write_table(change(pq.read_table(example_package / path.name)), path)
    check(path, codes, exit_code, cli_here, tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.9, 0.999])
def test_truncated_parquet(
    share: float, example_package: Path, tmp_path: Path, cli_here: Cli
) -> None:
    data = (example_package / "events.parquet").read_bytes()
    path = text(data[: int(share * len(data))], "events.parquet")(tmp_path)
    check(path, {"AE015"}, 2, cli_here, tmp_path)


@pytest.mark.parametrize("content", [b"actor,name\nARC,Arcadia\n", CALL.encode(), b"\0" * 100])
def test_something_renamed_to_parquet(content: bytes, tmp_path: Path, cli_here: Cli) -> None:
    check(text(content, "actors.parquet")(tmp_path), {"AE015"}, 2, cli_here, tmp_path)


def test_a_flipped_byte_never_raises(example_package: Path, tmp_path: Path) -> None:
    """Damage to names and metadata made polars panic; every 41st byte meets all parts of a file."""
    data = (example_package / "actors.parquet").read_bytes()
    path = tmp_path / "actors.parquet"
    refused = 0
    for place in range(0, len(data), 41):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        refused += ae.validate(path).exit_code() > 0
    assert refused > 50


def test_parquet_of_no_table(example_package: Path, tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "event.parquet"
    pq.write_table(pa.table({"a": [1]}), path)
    report = check(path, {"AE014"}, 2, cli, tmp_path)
    assert report.findings[0].hint == "Did you mean events?"


# --- Pipes, links, rights ---------------------------------------------------------------------

needs_posix = pytest.mark.skipif(os.name != "posix", reason="only POSIX has it")


@needs_posix
@pytest.mark.parametrize("name", ["record.yaml", "events.parquet"])
def test_pipe(name: str, tmp_path: Path, cli: Cli) -> None:
    os.mkfifo(tmp_path / name)
    check(tmp_path / name, {"AE001"}, 2, cli, tmp_path)


@needs_posix
def test_pipe_among_tables(tmp_path: Path, cli: Cli) -> None:
    os.mkfifo(tmp_path / "events.parquet")
    check(tmp_path, {"AE001"}, 2, cli, tmp_path)


@needs_posix
def test_links_out_of_a_folder_are_reported_and_not_followed(
    dataset_copy: Path, tmp_path: Path, cli: Cli
) -> None:
    outside = tmp_path / "outside"
    (dataset_copy / "records").rename(outside)
    (dataset_copy / "records").mkdir()
    (dataset_copy / "records" / "call.yaml").symlink_to(outside / "call.yaml")
    report = check(dataset_copy, {"AE001"}, 1, cli, tmp_path)
    assert report.rows_seen == {"records": 0}


@needs_posix
def test_linked_registry_shows_nothing_of_the_file(
    dataset_copy: Path, tmp_path: Path, cli: Cli
) -> None:
    secret = text("password,hunter2\n", "secret")(tmp_path)
    (dataset_copy / "persons.csv").unlink()
    (dataset_copy / "persons.csv").symlink_to(secret)
    report = check(dataset_copy, {"AE001", "AE402"}, 1, cli, tmp_path)
    assert "hunter2" not in str(report)


@needs_posix
def test_linked_table_is_not_followed(example_package: Path, tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "events.parquet").symlink_to(example_package / "events.parquet")
    check(tmp_path, {"AE001"}, 2, cli, tmp_path)


@needs_posix
@pytest.mark.parametrize(("name", "code"), [("record.yaml", "AE001"), ("events.parquet", "AE015")])
def test_file_that_may_not_be_read(name: str, code: str, tmp_path: Path) -> None:
    # Root may read everything, unless it gives up the right to.
    rights = "-dac_override,-dac_read_search"
    without = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"] if ROOT else []
    if ROOT and not shutil.which("setpriv"):
        pytest.skip("runs as root, which may read everything")
    path = text(CALL, name)(tmp_path)
    path.chmod(0o000)
    command = [*without, *COMMAND, "validate", str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode == 2
    assert f"error {code}" in done.stdout


@needs_posix
def test_hostile_file_name_cannot_steer_the_terminal(tmp_path: Path, cli: Cli) -> None:
    path = text("", "a\x1b[2J\n::error::b.yaml")(tmp_path)
    done = cli("validate", path)
    assert done.returncode == 2
    assert "\x1b" not in done.stdout
    assert not any(line.startswith("::error") for line in done.stdout.splitlines())


@needs_posix
@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize("encoding", ["ascii", "utf-8:strict"])
def test_output_that_cannot_show_every_character(
    format: str, encoding: str, tmp_path: Path, cli: Cli
) -> None:
    """A name that is no UTF-8 and words beyond ASCII, on a terminal that shows neither."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.yaml"))
    path.write_text(CALL.replace("talks", "tälks"), encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = cli("validate", path, "--format", format, env=environment)
    assert done.returncode == 1
    assert "AE103" in done.stdout


# --- Datasets ---------------------------------------------------------------------------------


def rewrite(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        before = (folder / name).read_text(encoding="utf-8")
        assert before.count(old) == 1
        (folder / name).write_text(before.replace(old, new), encoding="utf-8")

    return change


def write(name: str, content: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)

    return change


def append(name: str, more: bytes) -> Callable[[Path], None]:
    return lambda folder: write(name, (folder / name).read_bytes() + more)(folder)


def withdrawn(rows: bytes) -> Callable[[Path], object]:
    header = b"record_id,record_type,status,withdrawn_date,reason,replaced_by\n"
    return write("withdrawn.csv", header + rows)


DATASETS: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "dataset.yaml broken": (append("dataset.yaml", b"a: [\n"), {"AE004"}),
    "dataset.yaml empty": (write("dataset.yaml", b""), {"AE005"}),
    "dataset.yaml without a title": (rewrite("dataset.yaml", "title: Al", "note: Al"), {"AE503"}),
    "dataset.yaml with a second document": (append("dataset.yaml", b"---\na: b\n"), {"AE011"}),
    "dataset.yaml with another name": (rewrite("dataset.yaml", "name: example-world", "name: another"), {"AE503"}),
    "dataset.yaml with a wrong cutoff": (rewrite("dataset.yaml", "2032-12-31", "2032-02-30"), {"AE503"}),
    "dataset.yaml with too large a number": (
        append("dataset.yaml", b"assertions: [{table: events, min: 1e999}]\n"),
        {"AE503"},
    ),
    "assertion not met": (append("dataset.yaml", b"assertions: [{table: events, min: 9}]\n"), {"AE504"}),
    "actors.csv missing": (lambda folder: (folder / "actors.csv").unlink(), {"AE001", "AE402"}),
    "actors.csv empty": (write("actors.csv", b""), {"AE501", "AE402"}),
    "actors.csv with a wrong header": (rewrite("actors.csv", "actor,name", "aktor,name"), {"AE102", "AE501", "AE402"}),
    "actors.csv with a column twice": (rewrite("actors.csv", "wikidata", "name"), {"AE006", "AE501", "AE402"}),
    "actors.csv with an actor twice": (append("actors.csv", b"BOR,Borealia,state,,,,,,\n"), {"AE401"}),
    "actors.csv with a cell too many": (append("actors.csv", b"DOR,Doria,state,,,,,,,\n"), {"AE015"}),
    "actors.csv with an open quote": (append("actors.csv", b'DOR,"Doria,state,,,,,,\n'), {"AE015"}),
    "actors.csv with NUL": (append("actors.csv", b"DOR,Do\0ria,state,,,,,,\n"), {"AE013", "AE402"}),
    "actors.csv not UTF-8": (append("actors.csv", b"DOR,Dori\xe4,state,,,,,,\n"), {"AE002", "AE402"}),
    "actors.csv with a wrong code": (append("actors.csv", b"DOR,Doria,realm,,,,,,\n"), {"AE103"}),
    "actors.csv with an empty name twice": (append("actors.csv", b",A,state,,,,,,\n,B,state,,,,,,\n"), {"AE101"}),
    "persons.csv with an unknown actor": (append("persons.csv", b"cy,Cy,,KAL,\n"), {"AE402"}),
    "persons.csv with a person twice": (append("persons.csv", b"ada-arden,Ada,,ARC,\n"), {"AE401"}),
    "coverage.csv with an unknown actor": (
        write(
            "coverage.csv",
            b"actor_a,actor_b,kind,period_start,period_end,coverage,source_frame,search_protocol,searched\n"
            b"ARC,KAL,meeting,2031-01-01,2031-12-31,partial,All,Read,2032-01-01\n",
        ),
        {"AE402"},
    ),
    "second record in a file": (append("records/call.yaml", b"---\nkind: gap\n"), {"AE011"}),
    "id twice": (lambda folder: shutil.copy(folder / "records/call.yaml", folder / "records/copy.yaml"), {"AE401"}),
    "record without its yardstick": (lambda folder: (folder / "records/ballot.yaml").write_text("kind: [\n"), {"AE004"}),
    "withdrawn id in use": (
        write(
            "withdrawn.csv",
            b"record_id,record_type,status,withdrawn_date,reason,replaced_by\n"
            b"AE-ZZ9H-KFFK,event,withdrawn,2032-05-01,coder_error,\n",
        ),
        {"AE508"},
    ),
    "withdrawn without a day and reason": (withdrawn(b"AE-GP1X-F3A6,event,withdrawn,,,\n"), {"AE510"}),
    "withdrawn and yet current": (withdrawn(b"AE-GP1X-F3A6,event,current,2032-05-01,merge,\n"), {"AE510"}),
    "withdrawn twice": (withdrawn(b"AE-GP1X-F3A6,event,withdrawn,2032-05-01,merge,\n" * 2), {"AE401"}),
    "replaced by an unknown record": (
        withdrawn(b"AE-GP1X-F3A6,event,withdrawn,2032-05-01,merge,AE-0000-0000\n"), {"AE510"}
    ),
    "replaced by itself": (
        withdrawn(b"AE-GP1X-F3A6,event,withdrawn,2032-05-01,merge,AE-GP1X-F3A6\n"), {"AE510"}
    ),
    "replaced in a circle": (
        withdrawn(
            b"AE-GP1X-F3A6,event,withdrawn,2032-05-01,merge,AE-0000-0000\n"
            b"AE-0000-0000,event,withdrawn,2032-05-01,merge,AE-GP1X-F3A6\n"
        ),
        {"AE510"},
    ),
    "withdrawn without an id": (withdrawn(b"AE-1,event,withdrawn,2032-05-01,merge,\n"), {"AE109"}),
}  # fmt: skip


@pytest.mark.parametrize("case", DATASETS)
def test_dataset(case: str, dataset_copy: Path, tmp_path: Path, cli_here: Cli) -> None:
    change, codes = DATASETS[case]
    change(dataset_copy)
    check(dataset_copy, codes, 1, cli_here, tmp_path)
    done = cli_here("build", dataset_copy, "--out", tmp_path / "out" / NAME)
    assert done.returncode == 1
    assert listing(tmp_path / "out") == []


def test_no_dataset_at_all(tmp_path: Path, cli: Cli) -> None:
    for arguments in (
        ("build", tmp_path, "--out", tmp_path / "out"),
        ("validate", text(CALL)(tmp_path), "--in", tmp_path),
        ("summary", tmp_path),
        ("show", "--dataset", "no-such-name"),
    ):
        done = cli(*arguments)
        assert done.returncode == 2
        assert done.stderr.startswith("alignment-events: ")
    assert listing(tmp_path) == ["record.yaml"]

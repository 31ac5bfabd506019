"""Loads: by path and by name; a package that was tampered with is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from conftest import NAME

import alignment_events as ae
from alignment_events.compile.arrow import arrow_schema
from alignment_events.findings import AlignmentEventsError, InvalidData, NotFound
from alignment_events.read.parquet import file_hash
from alignment_events.spec.tables import table_specs


def test_by_path(example_package: Path) -> None:
    dataset = ae.load(example_package)
    assert ae.load(str(example_package)).digest == dataset.digest
    told = json.loads((example_package / "datapackage.json").read_text(encoding="utf-8"))
    assert (dataset.name, dataset.version) == (NAME, "0.1.0")
    assert dataset.digest == told["content_digest"]
    assert dataset.about.principals == ("ARC", "BOR")
    assert list(dataset.tables) == list(table_specs())


def test_tables_have_the_published_schema(example_package: Path) -> None:
    for name, table in ae.load(example_package).tables.items():
        assert table.schema.equals(arrow_schema(name), check_metadata=True)


def test_by_name(example_package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIGNMENT_EVENTS_HOME", str(example_package.parent))
    assert ae.available()[NAME] == example_package
    assert ae.load(NAME).name == NAME


def test_a_name_that_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIGNMENT_EVENTS_HOME", str(tmp_path / "absent"))
    monkeypatch.chdir(tmp_path)
    for name in (NAME, f"../{NAME}", "", "."):
        with pytest.raises(AlignmentEventsError):
            ae.load(name)
    with pytest.raises(NotFound, match="no folder"):
        ae.load(tmp_path / "absent")


def test_a_dataset_is_no_package_yet(example_dataset: Path) -> None:
    with pytest.raises(AlignmentEventsError, match="Build it first"):
        ae.load(example_dataset)


# --- Refused ----------------------------------------------------------------------------------


def descriptor(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "datapackage.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    change(told)
    path.write_text(json.dumps(told), encoding="utf-8")


def with_table(folder: Path, name: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """Write a table anew and list it with its right hash, as an honest but wrong program would."""
    path = folder / f"{name}.parquet"
    change(pl.read_parquet(path)).write_parquet(path)

    def list_it(told: dict[str, Any]) -> None:
        for resource in told["resources"]:
            if resource["path"] == path.name:
                resource["hash"] = "sha256:" + file_hash(path)

    descriptor(folder, list_it)


def flipped_byte(folder: Path) -> None:
    path = folder / "events.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def missing_table(folder: Path) -> None:
    (folder / "claims.parquet").unlink()


def missing_table_not_listed(folder: Path) -> None:
    (folder / "claims.parquet").unlink()
    descriptor(
        folder,
        lambda told: told.update(
            resources=[r for r in told["resources"] if r["path"] != "claims.parquet"]
        ),
    )


def linked_table(folder: Path) -> None:
    (folder / "events.parquet").rename(folder.parent / "events.parquet")
    (folder / "events.parquet").symlink_to(folder.parent / "events.parquet")


def changed_csv(folder: Path) -> None:
    with (folder / "events.csv").open("a") as stream:
        stream.write("\n")


def path_out(path: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        shutil.copy(folder / "events.csv", folder.parent / "events.csv")
        descriptor(folder, lambda told: told["resources"][0].update(path=path))

    return change


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "flipped byte": (flipped_byte, "AE505"),
    "missing table": (missing_table, "AE505"),
    "missing table, not listed either": (missing_table_not_listed, "AE505"),
    "changed CSV": (changed_csv, "AE505"),
    "linked table": (linked_table, "AE505"),
    "path out of the folder": (path_out("../events.csv"), "AE505"),
    "absolute path": (path_out("/etc/passwd"), "AE505"),
    "address": (path_out("https://example.org/events.csv"), "AE505"),
    "other format": (lambda f: descriptor(f, lambda told: told.update(format_version="2.0")), "AE505"),
    "no format": (lambda f: descriptor(f, lambda told: told.pop("format_version")), "AE505"),
    "no resources": (lambda f: descriptor(f, lambda told: told.update(resources={})), "AE505"),
    "descriptor no JSON": (lambda f: (f / "datapackage.json").write_text("{"), "AE505"),
    "descriptor too deep": (lambda f: (f / "datapackage.json").write_text("[" * 100_000), "AE505"),
    "extra column": (lambda f: with_table(f, "events", lambda t: t.with_columns(colour=1)), "AE102"),
    "missing column": (lambda f: with_table(f, "events", lambda t: t.drop("note")), "AE501"),
    "text for days": (
        lambda f: with_table(f, "events", lambda t: t.with_columns(pl.col("date_start").cast(pl.String))),
        "AE502",
    ),
    "moments for days": (
        lambda f: with_table(f, "events", lambda t: t.with_columns(pl.col("date_start").cast(pl.Datetime))),
        "AE502",
    ),
    "unknown source": (
        lambda f: with_table(f, "citations", lambda t: t.with_columns(source_id=pl.lit("AE-ZZ9H-KFFK/s9"))),
        "AE402",
    ),
    "unknown record": (
        lambda f: with_table(f, "links", lambda t: t.with_columns(target_id=pl.lit("AE-0000-0000"))),
        "AE402",
    ),
    "unknown actor": (lambda f: with_table(f, "actors", lambda t: t[:-1]), "AE402"),
    "rows twice": (lambda f: with_table(f, "actors", lambda t: pl.concat([t, t])), "AE401"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, package_copy: Path) -> None:
    change, code = REFUSED[case]
    change(package_copy)
    with pytest.raises(InvalidData) as refusal:
        ae.load(package_copy)
    assert code in {found.code for found in refusal.value.report.findings}
    report = ae.validate(package_copy)
    assert not report.ok
    assert code in {found.code for found in report.findings}


def test_the_copy_that_is_spoilt_above_loads(package_copy: Path) -> None:
    assert len(ae.load(package_copy)) == 10


def test_near_types_are_brought_into_the_format(package_copy: Path) -> None:
    """Another writer may use smaller integers and dictionaries; the loaded tables do not show it."""
    with_table(
        package_copy,
        "participants",
        lambda t: t.with_columns(
            pl.col("position").cast(pl.Int16), pl.col("role").cast(pl.Categorical)
        ),
    )
    dataset = ae.load(package_copy)
    assert dataset.tables["participants"].schema.equals(arrow_schema("participants"))
    assert len(dataset.filter(actors="CAL")) == 3


@pytest.mark.parametrize("principals", [7, "ARC", None, {"ARC": 1}])
def test_odd_words_in_the_descriptor_do_no_harm(principals: object, package_copy: Path) -> None:
    descriptor(package_copy, lambda told: told.update(principals=principals, title=["<b>"]))
    dataset = ae.load(package_copy)
    assert dataset.about.principals == ()
    assert "<b>" not in dataset._repr_html_()


def test_registries_are_published(dataset_copy: Path, tmp_path: Path) -> None:
    with (dataset_copy / "persons.csv").open("a", encoding="utf-8") as stream:
        stream.write("bo-berg,Bo Berg,,BOR,Q42\n")
    assert ae.validate(dataset_copy).ok
    ae.build(dataset_copy, tmp_path / NAME)
    persons = pq.read_table(tmp_path / NAME / "persons.parquet")
    assert persons["wikidata"].to_pylist() == [None, "Q42"]

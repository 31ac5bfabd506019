"""The templates: what is filled into them as a person would is a record in the end."""

import csv
import io
import re
import subprocess

import pytest
from support_answers import wanted
from test_add import new_files, tree

import alignment_events as ae
from alignment_events.contribute.template import (
    example_cells,
    is_required,
    sheets,
    takes_several,
    vocabulary_of,
    worked_examples,
    write_template,
)
from alignment_events.contribute.template_yaml import skeleton
from alignment_events.model.events import RECORDS
from alignment_events.read.contribution import read_contribution
from alignment_events.read.dataset import read_dataset
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.records import all_vocabularies

KINDS = tuple(RECORDS)


def later(record):
    """An example moved out of the way of the one that is in the dataset already."""
    record = {k: v for k, v in record.items() if k not in ("id", "episode")}
    record["links"] = [link for link in record.get("links", ()) if link["type"] == "yardstick"]
    record["title"] = f"Saw mills and dredging, {record['kind']}"
    record["summary"] = f"Nothing like it in the {record['kind']}s of the dataset."
    if "meeting" in record:
        record["meeting"] = {**record["meeting"], "outcome": ["readouts_only"]}
    if "gap" in record:
        record["gap"] = {**record["gap"], "status": "open"}
    if "agreement" in record:
        record["agreement"] = {**record["agreement"], "implementation": "not_due"}
    if "statement" in record:
        record["statement"] = {**record["statement"], "speech_acts": ["pledge"]}
    return record


def to_fill():
    """A record of each kind, as a person would fill it in."""
    found = {record["kind"]: (name, later(record)) for name, record in sound_examples().items()}
    found["deed"] = ("delivery", later(sound_examples()["delivery"]))
    found["statement"] = ("communique", later(sound_examples()["communique"]))
    found["agreement"] = ("pact", later(sound_examples()["pact"]))
    return list(found.values())


@pytest.mark.parametrize("kinds", [KINDS, *((kind,) for kind in KINDS)])
def test_two_worked_examples_are_sound_and_their_cells_read_back(kinds, tmp_path):
    examples = worked_examples(kinds)
    assert examples[0][1]["kind"] in kinds
    # As CSV files, so that what a reader of the examples would type is what is read.
    filled = {}
    for name, record in examples:
        for sheet, row, column, text in example_cells(name, record):
            filled.setdefault(sheet, {}).setdefault((name, row), {})[column] = text
    for sheet, lines in filled.items():
        header = sorted({column for line in lines.values() for column in line})
        with open(tmp_path / f"{sheet}.csv", "w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, header)
            writer.writeheader()
            writer.writerows(lines.values())
    report = ae.validate(tmp_path)
    assert report.findings == ()
    assert report.rows_seen == {"records": len(examples)}
    assert len(examples) == 2 or kinds == ("gap",)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    pytest.importorskip("xlsxwriter")
    path = tmp_path_factory.mktemp("template") / "template.xlsx"
    write_template("xlsx", path)
    return path


def fill(path, out, rows):
    """Type cells into a copy of the workbook, as a person does: openpyxl keeps what is there."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(path)
    for name, record in rows:
        for sheet, row, column, text in example_cells(name, record):
            page = book[sheet]
            header = {cell.value: cell.column for cell in page[1]}
            first = next(n for n in range(2, 100) if row > 1 or page.cell(n, 1).value is None)
            line = (
                first
                if row == 1
                else next(n for n in range(2, 100) if page.cell(n, 1).value is None)
            )
            if column in ("key", "record"):
                place = line
            page.cell(place, header[column]).value = text
    book.save(out)


@pytest.mark.needs("xlsxwriter", "openpyxl", "python_calamine")
def test_workbook_filled_in_becomes_records(workbook, dataset_copy, tmp_path, cli):
    rows = to_fill()
    assert {record["kind"] for _, record in rows} == set(KINDS)
    fill(workbook, tmp_path / "filled.xlsx", rows)
    assert cli("validate", tmp_path / "filled.xlsx", "--in", dataset_copy).returncode == 0
    before = tree(dataset_copy)
    done = cli(
        # The examples repeat sources and persons of the dataset's own records.
        "add",
        tmp_path / "filled.xlsx",
        "--in",
        dataset_copy,
        "--allow-duplicates",
    )
    assert done.returncode == 0, done.stdout
    assert len(new_files(dataset_copy, before)) == len(rows)
    added = {s.values["title"]: s.values for s in read_dataset(dataset_copy).records}
    for _, record in rows:
        want = wanted(record | {"id": "AE-M9S3-46QW"})
        assert wanted(added[record["title"]] | {"id": "AE-M9S3-46QW"}) == want
    assert ae.validate(dataset_copy).ok
    built = cli("build", dataset_copy, "--out", tmp_path / "package")
    assert built.returncode == 0
    assert ae.load(tmp_path / "package").events.num_rows > 0


@pytest.mark.needs("xlsxwriter", "python_calamine")
def test_an_empty_workbook_holds_nothing_and_its_examples_are_never_read(workbook):
    sent = read_contribution(workbook)
    assert not sent.records
    assert [f.message for f in sent.findings if f.level == "error"] == []


@pytest.mark.needs("xlsxwriter", "openpyxl")
def test_every_coded_column_has_its_drop_down(workbook):
    import openpyxl

    book = openpyxl.load_workbook(workbook)
    names = {name: next(iter(defined.destinations)) for name, defined in book.defined_names.items()}
    checked = 0
    for sheet in sheets(KINDS):
        page = book[sheet.name]
        assert page.freeze_panes == "B2"
        assert page.sheet_state == "visible"
        lists = {
            next(iter(rule.sqref.ranges)).min_col: rule
            for rule in page.data_validations.dataValidation
            if rule.type == "list"
        }
        for number, column in enumerate(sheet.columns, 1):
            head = page.cell(1, number)
            assert head.value == column.name
            assert column.doc in head.comment.text
            assert bool(head.font.bold) == is_required(sheet, column)
            assert page.column_dimensions[head.column_letter].width >= 13
            vocabulary = vocabulary_of(column)
            if vocabulary is None:
                continue
            rule = lists[number]
            assert bool(rule.showErrorMessage) != takes_several(column)
            page_name, area = names[rule.formula1]
            offered = [cell.value for row in book[page_name][area.replace("$", "")] for cell in row]
            assert tuple(offered) == vocabulary.values
            checked += 1
    assert checked > 60
    told = {(row[0].value, row[1].value): row[2].value for row in book["Codebook"].iter_rows(2)}
    for vocabulary in all_vocabularies().values():
        for code in vocabulary.codes:
            assert told[vocabulary.name, code.code] == code.definition
    assert book["Examples"]["A1"].value.startswith("Invented records")


@pytest.mark.needs("xlsxwriter")
def test_the_same_bytes_every_time(workbook, tmp_path):
    write_template("xlsx", tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == workbook.read_bytes()


@pytest.mark.full
@pytest.mark.needs("xlsxwriter", "openpyxl", "soffice")
def test_a_spreadsheet_program_opens_and_keeps_it(workbook, tmp_path):
    """LibreOffice saves it again: lists, notes and texts are still there, and it validates."""
    import openpyxl

    fill(workbook, tmp_path / "filled.xlsx", to_fill())
    (tmp_path / "out").mkdir()
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
         "--convert-to", "xlsx", "--outdir", str(tmp_path / "out"), str(tmp_path / "filled.xlsx")],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    path = tmp_path / "out" / "filled.xlsx"
    book = openpyxl.load_workbook(path)
    lists = sum(len(page.data_validations.dataValidation) for page in book)
    assert lists > 60
    assert "Sort of contact" in book["Meetings"]["B1"].comment.text
    assert not [f for f in ae.validate(path).findings if f.level == "error"]


def test_csv_files_filled_in_become_records(dataset_copy, tmp_path, cli_here):
    folder = tmp_path / "sheets"
    assert cli_here("template", "--format", "csv", "--out", folder).returncode == 0
    rows = to_fill()
    filled = {}
    for name, record in rows:
        for sheet, row, column, text in example_cells(name, record):
            lines = filled.setdefault(sheet.lower(), {})
            lines.setdefault((name, row), {})[column] = text
    for name, lines in filled.items():
        path = folder / f"{name}.csv"
        text = path.read_text(encoding="utf-8-sig")
        header = next(csv.reader(io.StringIO(text)))
        with open(path, "a", newline="", encoding="utf-8") as stream:
            csv.DictWriter(stream, header).writerows(lines.values())
    before = tree(dataset_copy)
    done = cli_here("add", folder, "--in", dataset_copy, "--allow-duplicates")
    assert done.returncode == 0, done.stdout
    assert len(new_files(dataset_copy, before)) == len(rows)
    assert ae.validate(dataset_copy).ok
    guide = (folder / "README.md").read_text(encoding="utf-8")
    assert "`state_visit`:" in guide
    assert "`talks`:" in guide


def test_a_skeleton_filled_in_is_a_record(dataset_copy, tmp_path, cli_here):
    """A person fills in what stands without a value, and takes away the remark signs needed."""
    from ruamel.yaml import YAML

    folder = tmp_path / "yaml"
    assert cli_here("template", "--format", "yaml", "--out", folder).returncode == 0
    assert sorted(p.stem for p in folder.iterdir()) == sorted(KINDS)
    round_trip = YAML()
    for _, record in to_fill():
        path = folder / f"{record['kind']}.yaml"
        document = round_trip.load(path.read_text(encoding="utf-8"))
        remarks = path.read_text(encoding="utf-8").count("##")
        document.update(record)
        with open(path, "w", encoding="utf-8") as stream:
            round_trip.dump(document, stream)
        assert remarks > 100
    before = tree(dataset_copy)
    done = cli_here("add", folder, "--in", dataset_copy, "--allow-duplicates")
    assert done.returncode == 0, done.stdout
    assert len(new_files(dataset_copy, before)) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_skeleton_without_its_remark_signs_names_every_field(kind, tmp_path):
    import yaml

    text = re.sub(r"^( *)# (?=- |[a-z_]+:)", r"\1", skeleton(kind), flags=re.MULTILINE)
    values = yaml.safe_load(text)
    from alignment_events.spec.records import record_specs

    def names(part, found):
        for spec in part.fields:
            inner = found[spec.name] if spec.name in found else pytest.fail(spec.name)
            if spec.part is not None and spec.name != "supports":
                names(spec.part, inner[0] if isinstance(inner, list) else inner)

    names(record_specs()[kind], values | {"id": None})


def test_an_untouched_skeleton_says_what_is_missing(tmp_path):
    write_template("yaml", tmp_path / "x.yaml", "meeting")
    report = ae.validate(tmp_path / "x.yaml")
    assert {"title", "subtype", "meeting/medium", "coding/coder"} <= {
        f.field for f in report.findings
    }


def test_what_cannot_be_done(tmp_path, cli_here):
    (tmp_path / "x.xlsx").write_text("mine")
    for arguments, says in (
        (["--out", tmp_path / "x.xlsx"], "File exists"),
        (["--out", tmp_path / "x.csv"], "ends in .xlsx"),
        (["--out", tmp_path / "y.xlsx", "--kind", "meting"], "Did you mean meeting"),
    ):
        done = cli_here("template", *arguments)
        assert done.returncode == 2
        assert says in done.stderr
    assert (tmp_path / "x.xlsx").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["x.xlsx"]


def test_what_a_link_leads_to_is_told(tmp_path, cli_here):
    assert cli_here("template", "--format", "csv", "--out", tmp_path / "t").returncode == 0
    guide = (tmp_path / "t" / "README.md").read_text(encoding="utf-8")
    part = guide.split("## links.csv")[1].split("\n## ")[0]
    (line,) = [line for line in part.splitlines() if line.startswith("- `to`")]
    assert "for another row, its key; for a record of the dataset, its id" in line

"""Citations, read by the programs that they are made for."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import NAME, Cli

import alignment_events as ae
from alignment_events.cite import FORMATS
from alignment_events.findings import AlignmentEventsError
from alignment_events.spec.examples import sound_examples

RECORD = sound_examples()["pact"]
HOSTILE = 'Rain & "sun": 100% of $5 #1_a ~b^c {d\\e} – Пхёньян 朝鮮'
DOI = "10.5072/zenodo.12345"

Told = Callable[..., ae.Dataset]


@pytest.fixture
def told(example_package: Path, tmp_path: Path) -> Told:
    """A dataset whose package says something else of itself."""

    def load(**words: Any) -> ae.Dataset:
        folder = Path(shutil.copytree(example_package, tmp_path / "told", dirs_exist_ok=True))
        path = folder / "datapackage.json"
        descriptor = json.loads(path.read_text(encoding="utf-8"))
        descriptor |= {"created": "2031-02-03T00:00:00Z"} | words
        path.write_text(json.dumps(descriptor), encoding="utf-8")
        return ae.load(folder)

    return load


AUTHORS = [
    {"title": "Ada & Sons", "roles": ["author"]},
    {"title": "Łukasz von Öz", "roles": ["author"]},
    {"title": "A Coder", "roles": ["coder"]},
]


@pytest.fixture
def full(told: Told) -> ae.Dataset:
    """A dataset that says all that can be said, in odd characters."""
    return told(
        title=HOSTILE,
        contributors=AUTHORS,
        id=f"https://doi.org/{DOI}",
        homepage="https://example.org/data?a=1&b=%20",
        publisher="The Press",
    )


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_is_invented(format: str, told: Told) -> None:
    dataset = told()
    for text in (dataset.cite(format), dataset[RECORD["id"]].cite(format)):
        assert "doi" not in text.lower().replace("10.", "")
        # Addresses of standards and of the licence, which the dataset does name.
        rest = re.sub(r"https?://(datacite\.org|spdx\.org|creativecommons\.org)\S*", "", text)
        assert "http" not in rest
        assert dataset.digest in text
        assert dataset.version in text


@pytest.mark.parametrize("format", FORMATS)
def test_a_record_is_cited_as_part_of_its_release(format: str, full: ae.Dataset) -> None:
    text = full[RECORD["id"]].cite(format)
    assert RECORD["id"] in text
    assert full.digest in text
    assert full.records()[0].cite(format) != full.records()[1].cite(format)
    assert full.filter(kind="agreement")[RECORD["id"]].cite(format) == text


def test_apa(told: Told, full: ae.Dataset) -> None:
    dataset = told(contributors=AUTHORS[:2])
    assert dataset.cite() == (
        "Ada & Sons, & Łukasz von Öz. (2031). Alignment events of an invented world (Version 0.1.0) "
        f"[Data set]. Content digest {dataset.digest}."
    )
    assert dataset[RECORD["id"]].cite() == (
        f"Ada & Sons, & Łukasz von Öz. (2031). {RECORD['title']} ({RECORD['id']}). In Alignment "
        f"events of an invented world (Version 0.1.0) [Data set]. Content digest {dataset.digest}."
    )
    assert full.cite().endswith(f"The Press. Content digest {full.digest}. https://doi.org/{DOI}")


@pytest.mark.needs("pybtex")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_bibtex_is_read_by_pybtex(full: ae.Dataset) -> None:
    from pybtex.database import parse_string

    (key,) = (found := parse_string(full.cite("bibtex"), "bibtex")).entries
    entry = found.entries[key]
    assert (key, entry.type) == (f"{NAME}-0.1.0", "misc")
    assert [str(person) for person in entry.persons["author"]] == [
        "{Ada \\& Sons}",
        "{Łukasz von Öz}",
    ]
    fields = entry.fields
    assert (fields["year"], fields["month"], fields["version"]) == ("2031", "2", "0.1.0")
    assert (fields["doi"], fields["url"]) == (DOI, f"https://doi.org/{DOI}")
    assert full.digest in fields["note"]
    assert fields["title"].startswith('{Rain \\& "sun": 100\\% of \\$5 \\#1\\_a ')


@pytest.mark.needs("bibtexparser")
def test_bibtex_is_read_by_bibtexparser(full: ae.Dataset) -> None:
    import bibtexparser

    library = bibtexparser.parse_string(full.cite("bibtex"))
    assert not library.failed_blocks
    (entry,) = library.entries
    undone = entry["title"].strip("{}")
    for plain, written in {
        "\\": "\\textbackslash{}", "{": "\\textbraceleft{}", "}": "\\textbraceright{}",
        "~": "\\textasciitilde{}", "^": "\\textasciicircum{}",
    }.items():  # fmt: skip
        undone = undone.replace(written, f"\0{ord(plain)}\0")
    undone = re.sub(r"\\([&%$#_])", r"\1", undone)
    assert re.sub("\0(\\d+)\0", lambda found: chr(int(found[1])), undone) == HOSTILE


@pytest.mark.needs("citeproc")
@pytest.mark.filterwarnings("ignore")
def test_csl_json_is_read_by_citeproc(full: ae.Dataset, tmp_path: Path) -> None:
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle
    from citeproc import formatter as formatters
    from citeproc.source.json import CiteProcJSON

    items = json.loads(full.cite("csl-json"))
    assert items[0]["issued"] == {"date-parts": [[2031, 2, 3]]}
    source = CiteProcJSON(items)
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    page = CitationStylesBibliography(style, source, formatters.plain)
    page.register(Citation([CitationItem(items[0]["id"])]))
    (text,) = map(str, page.bibliography())
    assert "Ada & Sons" in text
    assert "2031" in text
    assert "Пхёньян" in text


def test_csl_json_conforms_to_its_names(full: ae.Dataset) -> None:
    """Names of the CSL-JSON schema 1.0, which allows no others."""
    for cited in (full, full[RECORD["id"]]):
        (item,) = json.loads(cited.cite("csl-json"))
        assert set(item) <= {
            "id", "type", "title", "container-title", "number", "author", "issued", "version",
            "publisher", "DOI", "URL", "note",
        }  # fmt: skip
        assert item["type"] == "dataset"
        assert item["author"] == [{"literal": "Ada & Sons"}, {"literal": "Łukasz von Öz"}]


@pytest.mark.needs("rispy")
def test_ris_is_read_by_rispy(full: ae.Dataset) -> None:
    import rispy

    (entry,) = rispy.loads(full.cite("ris"))
    assert entry["type_of_reference"] == "DATA"
    assert entry["authors"] == ["Ada & Sons", "Łukasz von Öz"]
    assert (entry["title"], entry["year"], entry["doi"]) == (HOSTILE, "2031", DOI)
    (entry,) = rispy.loads(full[RECORD["id"]].cite("ris"))
    assert (entry["title"], entry["secondary_title"]) == (RECORD["title"], HOSTILE)


@pytest.mark.needs("check_jsonschema")
def test_cff_conforms(full: ae.Dataset, told: Told) -> None:
    import check_jsonschema
    import jsonschema

    place = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor"
    schema = json.loads((place / "citation-file-format.json").read_text(encoding="utf-8"))
    for dataset in (full, told()):
        for cited in (dataset, dataset[RECORD["id"]]):
            content = yaml.safe_load(cited.cite("cff"))
            jsonschema.validate(content, schema)
            assert content["title"] == dataset.about.title


@pytest.mark.needs("datacite")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_datacite_conforms(full: ae.Dataset, told: Told) -> None:
    from datacite import schema45

    for dataset in (full, told()):
        for cited in (dataset, dataset[RECORD["id"]]):
            content = json.loads(cited.cite("datacite"))
            schema45.validator.validate(content)
    assert json.loads(full.cite("datacite"))["doi"] == DOI
    assert "doi" not in json.loads(full[RECORD["id"]].cite("datacite"))


# --- What cannot be cited -----------------------------------------------------------------------


def test_a_build_has_no_date(example_package: Path) -> None:
    with pytest.raises(AlignmentEventsError, match="is a build without a date"):
        ae.load(example_package).cite()


@pytest.mark.parametrize(
    "words",
    [
        {"title": "two\nlines"},
        {"contributors": []},
        {"contributors": [{"title": "x\x00", "roles": ["author"]}]},
        {"homepage": "javascript:alert(1)"},
        {"version": "1"},
        {"created": "2031-02-31"},
    ],
)
def test_odd_descriptors(words: dict[str, Any], told: Told) -> None:
    with pytest.raises(AlignmentEventsError):
        told(**words).cite("bibtex")


def test_unknown_format(full: ae.Dataset) -> None:
    with pytest.raises(AlignmentEventsError, match="there are apa, bibtex"):
        full.cite("endnote")


def test_a_record_from_elsewhere(full: ae.Dataset) -> None:
    with pytest.raises(ValueError, match="was not loaded from a dataset"):
        ae.Agreement.model_validate(RECORD).cite()


def test_a_record_is_what_it_was(full: ae.Dataset) -> None:
    """Where it is from is no part of it."""
    record = full[RECORD["id"]]
    plain = ae.Agreement.model_validate(RECORD)
    assert record == plain
    assert hash(record) == hash(plain)
    assert record.model_dump() == plain.model_dump()
    assert record.model_dump_json() == plain.model_dump_json()
    assert repr(record) == repr(plain)


def test_command(cli: Cli, example_package: Path, full: ae.Dataset, tmp_path: Path) -> None:
    done = cli("cite", tmp_path / "told", "--format", "bibtex", "--record", RECORD["id"])
    assert done.stdout == full[RECORD["id"]].cite("bibtex")
    assert not done.stderr
    assert cli("cite", example_package).returncode == 2

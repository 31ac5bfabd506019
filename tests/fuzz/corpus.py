"""What the fuzzer starts from: sound and unsound files of every sort that the library reads."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import conftest
import sheets
from faults.contribution import MAKERS

from alignment_events.contribute.template import write_template
from alignment_events.spec.examples import sound_examples
from alignment_events.spec.wide import to_wide

ROOT = Path(__file__).parents[2]
SINGLE = (".yaml", ".json", ".jsonl", ".csv", ".tsv", ".xlsx", ".parquet")
"""Endings of contributions of one file."""


@dataclass
class Corpus:
    """Seeds by sort.

    Attributes:
        files: Ending to the name and content of files that are contributions by themselves.
        dataset: A sound dataset folder.
        package: A sound package folder.
        registry: A sound `registry.json`.
        cells: Cells of wide sheets.
    """

    dataset: Path
    package: Path
    registry: bytes
    files: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    cells: list[str] = field(default_factory=list)

    def take(self, folder: Path) -> None:
        """Take every file below a folder into the seeds."""
        for path in sorted(folder.rglob("*")):
            if path.suffix in SINGLE and path.is_file() and path.stat().st_size < 200_000:
                self.files.setdefault(path.suffix, []).append((path.name, path.read_bytes()))


def make_corpus(folder: Path) -> Corpus:
    """Write the seeds; the same at every call.

    Args:
        folder: An empty folder; dataset and package stay in it.
    """
    from alignment_events import build
    from alignment_events.registry import Registry, entry_of, registry_bytes

    dataset = conftest.write_example_dataset(folder / conftest.NAME)
    (dataset / "withdrawn.csv").write_text(
        "record_id,record_type,status,withdrawn_date,reason,replaced_by\n"
        "AE-G13H-YJ6T,event,withdrawn,2032-01-15,merge,\n"
    )
    package = folder / "package"
    build(dataset, package)
    (dataset / "errata.csv").write_text(
        "record_id,field,reported,wrong,source,status,corrected_in\n"
        "AE-CKNX-QQ7X,title,2032-01-20,A word,https://a.example/,accepted,\n"
    )
    registry = registry_bytes(Registry(releases=(entry_of(package, date="2033-01-05"),)))
    corpus = Corpus(dataset, package, registry)
    examples = sound_examples()
    made = folder / "made"
    for number, names in enumerate((["call"], ["visit", "pact"], ["delivery", "shortfall"])):
        for form in sheets.FORMS:
            place = made / f"{number} {form}"
            place.mkdir(parents=True)
            sheets.write(form, place, [examples[name] for name in names])
    for format, make in MAKERS.items():
        (made / f"faults {format}").mkdir()
        make(made / f"faults {format}")
    for format in ("xlsx", "csv", "yaml"):
        write_template(format, made / ("t.xlsx" if format == "xlsx" else f"t-{format}"))
    corpus.take(made)
    corpus.take(dataset)
    corpus.take(package)
    corpus.take(ROOT / "schema" / "counterexamples")
    corpus.take(Path(__file__).parent / "found")
    for record in examples.values():
        row = to_wide(record)
        corpus.cells += [cell for cell in row.main.values() if cell]
    return corpus


@cache
def words() -> list[str]:
    """Words of the format: names of fields and codes, which open more doors than random letters."""
    from alignment_events.spec.records import all_vocabularies, record_specs
    from alignment_events.spec.tables import table_specs

    found = {f.name for spec in record_specs().values() for f in spec.fields}
    found |= {name for spec in table_specs().values() for name in spec.names}
    found |= {code for v in all_vocabularies().values() for code in list(v.values)[:5]}
    return sorted(found)

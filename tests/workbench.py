"""Two releases of the invented world, the second with a change of every sort."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from conftest import NAME, write_example_dataset

from alignment_events.release.release import Built, build_release

FIRST, SECOND = "0.1.0", "0.2.0"
DATES = {FIRST: "2032-01-01", SECOND: "2032-02-01"}
FRESH_ID = "AE-G13H-YJ6T"
CARD = """\
# Invented world

Nothing here is real; see the [codebook](../../schema/codebook.md), the [project](https://project.example)
and [how records are decided](decisions.md).

<!-- figures: written by `alignment-events card`; edits here are lost -->
<!-- end of figures -->
"""
ERRATA = (
    "record_id,field,reported,wrong,source,status,corrected_in\n"
    "AE-CKNX-QQ7X,title,2032-05-01,A word was wrong,https://example.org/word,accepted,\n"
)


def hashes(folder: Path) -> dict[str, str]:
    """File name to SHA-256."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


@dataclass(frozen=True)
class Workbench:
    """A folder of datasets as in the repository, with releases of one of them."""

    root: Path

    @property
    def dataset(self) -> Path:
        return self.root / "datasets" / NAME

    @property
    def registry(self) -> Path:
        return self.root / "datasets" / "registry.json"

    @property
    def dist(self) -> Path:
        return self.root / "dist"

    def release(self, version: str) -> Path:
        return self.dataset / "releases" / version

    def archive(self, version: str) -> Path:
        return self.dist / f"{NAME}-{version}.zip"

    def build(self, version: str, **options: object) -> Built:
        options = {"archives": self.dist, "date": DATES.get(version), **options}
        return build_release(self.dataset, version, **options)  # type: ignore[arg-type]

    def set_version(self, version: str) -> None:
        path = self.dataset / "dataset.yaml"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text(
            "".join(f"version: {version}\n" if s.startswith("version:") else s for s in lines),
            encoding="utf-8",
        )

    def change(self, record: str, **fields: object) -> None:
        """Change top-level fields of a record; None takes one away."""
        path = self.dataset / "records" / f"{record}.yaml"
        (told,) = yaml.load_all(path.read_text(encoding="utf-8"), yaml.BaseLoader)
        told = {k: v for k, v in {**told, **fields}.items() if v is not None}
        path.write_text(yaml.safe_dump(told, sort_keys=False, allow_unicode=True), "utf-8")

    def add(self, like: str, name: str, **fields: object) -> str:
        """Add a copy of a record under an id of its own, always the same, and return that."""
        new = FRESH_ID
        shutil.copy(
            self.dataset / "records" / f"{like}.yaml", self.dataset / "records" / f"{name}.yaml"
        )
        self.change(name, id=new, **fields)
        return new

    def withdraw(self, record: str, reason: str = "merge") -> str:
        """Take a record away and leave a tombstone."""
        path = self.dataset / "records" / f"{record}.yaml"
        (told,) = yaml.load_all(path.read_text(encoding="utf-8"), yaml.BaseLoader)
        path.unlink()
        kind = "deed" if told["kind"] == "deed" else "event"
        ledger = self.dataset / "withdrawn.csv"
        if not ledger.exists():
            ledger.write_text(
                "record_id,record_type,status,withdrawn_date,reason,replaced_by\n", "utf-8"
            )
        with ledger.open("a", encoding="utf-8") as stream:
            stream.write(f"{told['id']},{kind},withdrawn,2032-01-15,{reason},\n")
        return str(told["id"])


def set_up(root: Path) -> Workbench:
    """A workbench on which nothing is released yet."""
    bench = Workbench(root)
    write_example_dataset(bench.dataset)
    (bench.dataset / "README.md").write_text(CARD, encoding="utf-8")
    (bench.dataset / "errata.csv").write_text(ERRATA, encoding="utf-8")
    return bench


def second_state(bench: Workbench) -> None:
    """The records as they are in the second release."""
    bench.set_version(SECOND)
    bench.change("call", title="Foreign ministers speak about grain again", themes=["trade"])
    bench.add("call", "second-call", title="Foreign ministers speak once more")
    actors = bench.dataset / "actors.csv"
    actors.write_text(actors.read_text("utf-8") + "DOR,Dorinia,state,,,,,,\n", "utf-8")


@pytest.fixture(scope="session")
def bench_with_both(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """Two releases. Not to be changed."""
    bench = set_up(tmp_path_factory.mktemp("bench"))
    bench.build(FIRST)
    second_state(bench)
    bench.build(SECOND)
    return bench


@pytest.fixture(scope="session")
def bench_with_first(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """One release, and the records as they were then. Not to be changed."""
    bench = set_up(tmp_path_factory.mktemp("bench"))
    bench.build(FIRST)
    return bench


@pytest.fixture
def both(bench_with_both: Workbench, tmp_path: Path) -> Workbench:
    """Two releases to be spoilt."""
    return Workbench(Path(shutil.copytree(bench_with_both.root, tmp_path / "bench")))


@pytest.fixture
def first(bench_with_first: Workbench, tmp_path: Path) -> Workbench:
    """One release, to be followed by another."""
    return Workbench(Path(shutil.copytree(bench_with_first.root, tmp_path / "bench")))

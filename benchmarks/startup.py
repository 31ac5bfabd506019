"""How long a user waits for small things: to import, to load, and for a verdict.

The records are the real ones, whole rounds of them under fresh ids until there are enough; links
lead within a round. Runs of all commands take turns, so that each meets the same machine.
"""

import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from alignment_events.model.ids import ID_PATTERN, mint_id
from alignment_events.read.yaml_reader import read_yaml
from alignment_events.spec.examples import closure

SOURCE = Path(__file__).parents[1] / "datasets" / "china-russia-dprk"
ANY_ID = re.compile(ID_PATTERN.strip("^$"))


def write_dataset(folder: Path, wanted: int) -> int:
    """Write a dataset of `wanted` records, and return how many they are."""
    for name in ("actors.csv", "persons.csv", "dataset.yaml"):
        shutil.copy(SOURCE / name, folder / name)
    records, texts = {}, {}
    for path in sorted((SOURCE / "records").rglob("*.yaml")):
        for document in read_yaml(path).documents:
            records[document.values["id"]] = document.values
            texts[document.values["id"]] = path.read_text(encoding="utf-8")
    generator = random.Random(20240619)
    issued = set(records)
    written = 0
    while written < wanted:
        fresh = {}
        for key in records:
            # The first round keeps its ids, which accepted warnings name.
            fresh[key] = mint_id(issued, draw=generator.randrange) if written else key
            issued.add(fresh[key])
        for key in chosen(records, wanted - written):
            text = ANY_ID.sub(lambda found, fresh=fresh: fresh.get(found[0], found[0]), texts[key])
            path = folder / "records" / fresh[key][3:5] / f"{fresh[key]}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written += 1
    if wanted < len(records):
        _describe_excerpt(folder / "dataset.yaml")
    return written


def _describe_excerpt(path: Path) -> None:
    """Leave out what is asserted of the dataset as a whole."""
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    del told["assertions"]
    path.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")


def chosen(records: dict[str, dict[str, Any]], most: int) -> list[str]:
    """At most so many records, each with all that it needs beside it to be sound."""
    found: dict[str, None] = {}
    for key in records if most < len(records) else ():
        more = dict.fromkeys(closure({key}, records))
        if len(found | more) <= most:
            found |= more
    return list(found or records)


UNIT = "import pyarrow.parquet"
"""What the others are compared with."""
AGAIN = ", checked before"
"""End of the names of commands on what was checked in the first round, whose verdict is remembered."""
CLI = "from alignment_events.cli import main; main()"


def measure(runs: int) -> dict[str, Any]:
    """Seconds on the wall and of processors of every run of every command, each a process of its own."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        commands = {
            "bare interpreter": ["pass"],
            UNIT: ["import pyarrow.parquet"],
            "import alignment_events": ["import alignment_events"],
            **_on_data(home),
        }
        times: dict[str, list[list[float]]] = {name: [] for name in commands}
        for number in range(runs + 1):
            for name, command in commands.items():
                before, start = _used(), time.perf_counter()
                done = subprocess.run(
                    [sys.executable, "-c", *command],
                    capture_output=True, text=True, check=False,
                    env=_environment(home, again=name.endswith(AGAIN)),
                )  # fmt: skip
                # The first round only warms the caches.
                if number:
                    wall = time.perf_counter() - start
                    times[name].append([round(wall, 4), round(_used() - before, 4)])
                if done.returncode:
                    raise SystemExit(f"{name}: {done.stdout}{done.stderr}")
    return {"seconds": times}


def _environment(home: Path, again: bool) -> dict[str, str]:
    """That of this process, but modules are compiled once, as those of an installed library are.

    Args:
        home: Where all that is written goes.
        again: True if verdicts may be remembered.
    """
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    own = {"PYTHONPYCACHEPREFIX": "compiled", "ALIGNMENT_EVENTS_CACHE": "cache"}
    places = {key: str(home / name) for key, name in own.items()}
    return {**kept, **places, "ALIGNMENT_EVENTS_REMEMBER": str(int(again))}


def _used() -> float:
    """Seconds of processors that finished processes took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _on_data(home: Path) -> dict[str, list[str]]:
    """Commands on a package of 300 events, the built dataset, and a dataset of 500 records."""
    built = _built(SOURCE, home / "packages" / SOURCE.name)
    small = home / "small" / SOURCE.name
    small.mkdir(parents=True)
    # The share of events among records is that of the dataset.
    records = sum(1 for _ in (SOURCE / "records").rglob("*.yaml"))
    write_dataset(small, round(300 * records / _events(built)))
    package = _built(small, home / "package-300")
    large = home / "large" / SOURCE.name
    large.mkdir(parents=True)
    written = write_dataset(large, 500)
    events = _events(package)
    load = "import sys, alignment_events as ae; ae.load(sys.argv[1])"
    tables = "import sys, alignment_events as ae; list(ae.load(sys.argv[1]).tables.values())"
    on_packages = {
        f"verdict on a package of {events} events, by the command": [CLI, "validate", str(package)],
        f"load(package of {events} events), validated": [load, str(package)],
        f'load("{SOURCE.name}"), {_events(built)} events, validated': [load, str(built)],
        f'all tables of load("{SOURCE.name}"), validated': [tables, str(built)],
    }
    return {
        **on_packages,
        **{name + AGAIN: command for name, command in on_packages.items()},
        f"alignment-events validate, {written} YAML records": [CLI, "validate", str(large)],
    }


def _built(dataset: Path, out: Path) -> Path:
    subprocess.run(
        [sys.executable, "-c", CLI, "build", str(dataset), "--out", str(out)],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return out


def _events(package: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(package / "events.parquet").num_rows)


def main() -> None:
    """Measure and print; the argument is the number of runs."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    found = {
        name: [statistics.median(some) for some in zip(*times, strict=True)]
        for name, times in measure(runs)["seconds"].items()
    }
    unit = found[UNIT]
    for name, (wall, cpu) in found.items():
        ratios = f"{wall / unit[0]:5.2f} and {cpu / unit[1]:5.2f} times {UNIT}"
        print(f"{wall:6.3f} s, {cpu:6.3f} s of processors, {ratios}: {name}")


if __name__ == "__main__":
    main()

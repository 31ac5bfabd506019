"""How long `alignment-events validate DATASET` takes for 500 records, start-up included.

The records are the real ones, whole rounds of them under fresh ids until there are enough; links
lead within a round. Run as a script, or `make bench`. Arguments: number of records, number of runs.
"""

import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from alignment_events.model.ids import ID_PATTERN, mint_id
from alignment_events.read.yaml_reader import read_yaml
from alignment_events.spec.examples import closure

SOURCE = Path(__file__).parents[2] / "datasets" / "china-russia-dprk"
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
    return written


def chosen(records: dict[str, dict[str, Any]], most: int) -> list[str]:
    """At most so many records, each with all that it needs beside it to be sound."""
    found: dict[str, None] = {}
    for key in records if most < len(records) else ():
        more = dict.fromkeys(closure({key}, records))
        if len(found | more) <= most:
            found |= more
    return list(found or records)


def machine() -> str:
    """Processor, memory and versions, in one line."""
    about = [platform.platform(), f"{os.cpu_count()} CPUs", f"Python {platform.python_version()}"]
    try:
        words = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        about.insert(1, re.search(r"model name\s*: (.*)", words)[1])  # type: ignore[index]
    except (OSError, TypeError):
        about.insert(1, platform.processor())
    about += [f"{name} {version(name)}" for name in ("pydantic", "pyyaml")]
    return ", ".join(about)


def main() -> None:
    """Write the dataset, run the command, print the times."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / SOURCE.name
        folder.mkdir()
        written = write_dataset(folder, wanted)
        command = [
            sys.executable, "-c", "from alignment_events.cli import main; main()",
            "validate", str(folder),
        ]  # fmt: skip
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            times.append(time.perf_counter() - start)
        verdict = done.stdout.splitlines()[-1]
    print(machine())
    print(f"{written} records; the command says: {verdict}")
    print(f"median {statistics.median(times):.2f} s of {', '.join(f'{t:.2f}' for t in times)} s")
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        sys.exit("The dataset is not sound: the times are not those of sound records.")


if __name__ == "__main__":
    main()

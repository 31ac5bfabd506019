"""Runs validators over the same files, each in a process of its own, each run paired with a bare read.

    python benchmarks/bench.py --events 100000 1000000 --pairs 5 --limit 600

Data is made of a built package, once for each size, under `--data`. Results go to a JSON file, from
which `report.py` writes the page and the plot. What is not run again keeps its results with `--keep`.
"""

import argparse
import datetime as dt
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

SECONDS_BETWEEN_LOOKS = 0.25
HERE = Path(__file__).parent
TOOLS = {
    "alignment_events_": "alignment-events",
    "alignment_events_rows": "alignment-events",
    "polars_": "polars",
    "duckdb_": "duckdb",
    "dataframely_": "dataframely",
    "pointblank_": "pointblank",
    "patito_": "patito",
    "pandera_polars": "pandera",
    "pandera_pandas": "pandera",
    "pydantic_": "pydantic",
    "frictionless_": "frictionless",
    "great_expectations_": "great-expectations",
}
"""Runner to the distribution whose version is reported."""
LIBRARIES = ("pyarrow", "polars", "pandas", "numpy")
KINDS = {"clean": [], "faulty": ["--faults", "1"], "unsorted": ["--shuffle", "1"]}
"""Kind of data to the arguments of the generator; all rows but those of `unsorted` are sorted."""


def main() -> None:
    """Make what data is missing, run, and write the results after every tool."""
    given = arguments()
    given.data.mkdir(parents=True, exist_ok=True)
    results = begun(given)
    rules = given.data / "rules.pickle"
    python("-c", f"import ruleset, pathlib; ruleset.write(pathlib.Path({str(rules)!r}))")
    # What was kept as too slow is not tried at a larger size.
    slow = {one["tool"] for one in results["runs"] if one["status"].startswith(("over", "killed"))}
    slow -= set(given.again)
    for events in sorted(given.events):
        for kind in given.kinds:
            if kind != "clean" and events > given.faulty_to:
                continue
            folder = made(given, events, kind)
            if kind == "clean" or f"{events}" not in results["data"]:
                results["data"][f"{events}"] = sizes(folder)
            for tool in given.tools:
                if kind == "unsorted" and tool != "alignment_events_":
                    continue
                if tool in slow:
                    one: dict[str, Any] = {"status": "not tried: too slow before"}
                else:
                    one = run(tool, folder, rules, given)
                if one["status"] != "ok":
                    slow.add(tool)
                one |= {"tool": tool, "events": events, "kind": kind}
                results["runs"] = [r for r in results["runs"] if same_run(r) != same_run(one)]
                results["runs"].append(one)
                results["load"].append(load())
                save(results, given.out)
                print(events, kind, tool, summary(one), flush=True)
    if given.startup:
        import startup

        results["startup"] = startup.measure(given.startup)
        save(results, given.out)


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--package", type=Path, required=True, help="a built package, the template")
    parser.add_argument("--data", type=Path, default=Path(".bench"), help="folder for the data")
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    parser.add_argument("--events", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--kinds", nargs="+", choices=[*KINDS], default=[*KINDS])
    parser.add_argument("--faulty-to", type=int, default=1_000_000, help="clean only beyond")
    parser.add_argument("--tools", nargs="*", choices=[*TOOLS], default=[*TOOLS])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--limit", type=float, default=600, help="seconds that a run may take")
    parser.add_argument("--startup", type=int, default=5, help="runs of the start-up; 0 for none")
    parser.add_argument("--note", default="", help="what else the machine did, for the page")
    parser.add_argument("--again", nargs="*", default=[], help="tools to try though too slow once")
    parser.add_argument("--keep", action="store_true", help="keep results of what is not run")
    return parser.parse_args()


def begun(given: argparse.Namespace) -> dict[str, Any]:
    """The results to which runs are added."""
    kept: dict[str, Any] = {"runs": [], "data": {}, "load": [], "startup": None}
    if given.keep and given.out.exists():
        kept = json.loads(given.out.read_text(encoding="utf-8"))
    about = {
        "date": dt.date.today().isoformat(),
        "machine": machine(),
        "versions": {name: version(name) for name in (*dict.fromkeys(TOOLS.values()), *LIBRARIES)},
        "note": given.note,
    }
    return {**kept, **about}


def machine() -> dict[str, Any]:
    """Processor, memory, system and Python."""
    try:
        words = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        found = re.search(r"model name\s*: (.*)", words)
    except OSError:
        found = None
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        memory = 0
    return {
        "processor": found[1] if found else platform.processor(),
        "cpus": os.cpu_count(),
        "memory": memory,
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def load() -> float:
    """How many processes wanted to run in the last minute."""
    return round(os.getloadavg()[0], 2)


def made(given: argparse.Namespace, events: int, kind: str) -> Path:
    """The folder of the data, made if it is not there."""
    folder = given.data / f"{kind}-{events}"
    if not folder.exists():
        part = given.data / f"part-{kind}-{events}"
        shutil.rmtree(part, ignore_errors=True)
        python(
            str(HERE / "generate.py"),
            str(given.package),
            str(part),
            "--events",
            str(events),
            *KINDS[kind],
        )
        truth = part.with_name(f"{part.name}-truth.parquet")
        if truth.exists():
            truth.rename(folder.with_name(f"{folder.name}-truth.parquet"))
        part.rename(folder)
    return folder


def python(*args: str) -> str:
    """Run Python beside the modules of the benchmark; its output."""
    done = subprocess.run(
        [sys.executable, *args], stdout=subprocess.PIPE, text=True, check=True, env=environment()
    )
    return done.stdout


def environment() -> dict[str, str]:
    """The environment, with the modules of the benchmark to be found."""
    paths = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def sizes(folder: Path) -> dict[str, Any]:
    """Rows of every table, and bytes of all."""
    code = (
        "import json, pathlib, sys, pyarrow.parquet as pq\n"
        "print(json.dumps({p.stem: pq.read_metadata(p).num_rows "
        "for p in sorted(pathlib.Path(sys.argv[1]).glob('*.parquet'))}))"
    )
    rows = json.loads(python("-c", code, str(folder)))
    return {"rows": rows, "bytes": sum(p.stat().st_size for p in folder.glob("*.parquet"))}


def run(tool: str, folder: Path, rules: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Run a tool in pairs with the bare read; the last verdict is compared with the truth."""
    code = (
        "import importlib, pathlib, ruleset, sys\n"
        "tool = importlib.import_module('runners.' + sys.argv[1])\n"
        "if hasattr(tool, 'prepare'):\n"
        "    tool.prepare(pathlib.Path(sys.argv[2]), ruleset.read(pathlib.Path(sys.argv[3])))"
    )
    python("-c", code, tool, str(folder), str(rules))
    out = given.data / f"found-{tool}.json"
    pairs: list[list[dict[str, float]]] = []
    while len(pairs) < given.pairs:
        bare = timed("bare_read", folder, rules, given.data / "found-bare.json", given.limit)
        one = timed(tool, folder, rules, out, given.limit)
        if "failed" in bare:
            raise SystemExit(f"The bare read of {folder} failed: {bare['failed']}")
        if "failed" in one:
            return {"status": one["failed"]}
        pairs.append([bare, one])
        # What takes long is not repeated: its spread would be small beside its distance.
        if one["wall"] > given.limit / 5:
            break
    scored = json.loads(python(str(HERE / "score.py"), str(out), str(folder)))
    return {"status": "ok", "pairs": pairs, **scored}


def timed(tool: str, folder: Path, rules: Path, out: Path, limit: float) -> dict[str, Any]:
    """Seconds on the wall and of processors, and the peak of memory, of one process."""
    out.unlink(missing_ok=True)
    log = out.with_suffix(".log")
    command = [sys.executable, str(HERE / "run_one.py"), tool, str(folder), str(rules), str(out)]
    with log.open("wb") as words:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=words, stderr=words, env=environment())
        stop = threading.Timer(limit, os.kill, (process.pid, signal.SIGKILL))
        stop.start()
        tree = Tree(process.pid)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        stop.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode == -signal.SIGKILL:
        what = f"over {limit:.0f} s" if wall >= limit else "killed: out of memory"
        return {"failed": what}
    if process.returncode:
        print(log.read_text(encoding="utf-8", errors="replace")[-2000:], file=sys.stderr)
        return {"failed": f"ended with {process.returncode}"}
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    cpu = used.ru_utime + used.ru_stime
    # What the system noted of the largest process is exact; the sum is only looked at now and then.
    peak = max(used.ru_maxrss * unit, tree.end())
    return {"wall": round(wall, 3), "cpu": round(cpu, 3), "peak": peak}


class Tree(threading.Thread):
    """Watches how much memory a process and all that it started take together."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._over = threading.Event()
        self._peak = 0
        self.start()

    def run(self) -> None:
        """Look until it is over; a process alone is left to the system."""
        while not self._over.wait(SECONDS_BETWEEN_LOOKS):
            try:
                all_of = [self._root, *self._root.children(recursive=True)]
                if len(all_of) > 1:
                    self._peak = max(self._peak, sum(map(taken, all_of)))
            except psutil.Error:
                # It has ended in between.
                continue

    def end(self) -> int:
        """The most bytes that were seen at a time."""
        self._over.set()
        self.join()
        return self._peak


def taken(process: psutil.Process) -> int:
    """Bytes that a process takes, its share of what it has in common with others (PSS, where there is one)."""
    found = process.memory_full_info()
    return int(getattr(found, "pss", found.rss))


def same_run(one: dict[str, Any]) -> tuple[Any, ...]:
    """What names a run."""
    return one["tool"], one["events"], one["kind"]


def summary(one: dict[str, Any]) -> str:
    """A run in a line."""
    if one["status"] != "ok":
        return str(one["status"])
    ratios = [b["wall"] / a["wall"] for a, b in one["pairs"]]
    seconds = statistics.median(b["wall"] for _, b in one["pairs"])
    return (
        f"{seconds:.1f} s, {statistics.median(ratios):.2f} x bare, found {one['count']}, "
        f"recall {one['recall']}, precision {one['precision']}"
    )


def save(results: dict[str, Any], path: Path) -> None:
    """Write the results, in a fixed order."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


if __name__ == "__main__":
    main()

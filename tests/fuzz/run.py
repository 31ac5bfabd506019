"""Fuzzes every reader: `make fuzz`, `python tests/fuzz/run.py --inputs 200000 --seed 1`.

Inputs are numbered; seed and number give the input, so that any of them can be made again
(`--only NUMBER`). They run in a child process that is watched from outside: an exception, the end
of the process, more than two seconds of processor time or more than 1 GiB of memory is a fault, and
its input is kept.
"""

import argparse
import gc
import importlib
import json
import mmap
import os
import random
import resource
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]
os.environ.setdefault("POLARS_MAX_THREADS", "1")

MAX_SECONDS = 2.0
MAX_KILOBYTES = 1024**2
BLOCK = 50
"""Structures of Hypothesis come in blocks, of which each counts as so many inputs."""

_STATE = struct.Struct("qqdd")  # number, inputs done, processor time at its start, 1 while it runs


def _cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Child:
    """Runs inputs in a process of its own."""

    def __init__(self, args: argparse.Namespace, shared: mmap.mmap, root: Path) -> None:
        from fuzz.corpus import make_corpus

        self.args, self.shared, self.root = args, shared, root
        with warnings.catch_warnings():
            # Pandera imports whatever frames are installed; what these warn of is not ours.
            warnings.simplefilter("ignore")
            importlib.import_module("pandera.polars")
        warnings.simplefilter("error")
        shutil.rmtree(root, ignore_errors=True)
        (root / "corpus").mkdir(parents=True)
        self.corpus = make_corpus(root / "corpus")
        self.input = root / "input"
        self.input.mkdir()
        self.done = _STATE.unpack(shared[: _STATE.size])[1]
        self.warm_up()
        gc.collect()
        gc.freeze()  # what is imported and cached stays; the collector need not look at it again

    def warm_up(self) -> None:
        """Import whatever is imported late, so that no input is charged with it."""
        from fuzz.targets import TARGETS, run

        import alignment_events as ae

        place = self.root / "warm"
        for seeds in self.corpus.files.values():
            for name, data in seeds[:12]:
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir()
                (place / name).write_bytes(data)
                run("validate", place, self.corpus)
        for target in TARGETS.keys() & {"as_records", "in_dataset", "fix", "coding"}:
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            name, data = self.corpus.files[".yaml"][0]
            (place / name).write_bytes(data)
            run(target, place, self.corpus)
        for folder in (self.corpus.dataset, self.corpus.package):
            ae.validate(folder)

    def one(self, number: int) -> None:
        from fuzz.targets import draw_input

        draw = random.Random(f"{self.args.seed}/{number}")
        if number % 1000 == 0:
            from fuzz.structures import block

            block(draw.randrange(2**32), BLOCK, lambda n, d: self.run(number, "validate", {n: d}))
        else:
            target, files = draw_input(self.corpus, draw)
            self.run(number, target, files)

    def run(self, number: int, target: str, files: dict[str, bytes]) -> None:
        from fuzz.targets import run

        for path in self.input.iterdir():
            path.unlink()
        for name, data in files.items():
            (self.input / name).write_bytes(data)
        (self.root / "target").write_text(target)
        begun = time.process_time()
        self.shared[: _STATE.size] = _STATE.pack(number, self.done, begun, 1)
        wrong = None
        try:
            run(target, self.input, self.corpus)
        except BaseException as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            wrong = (
                "traceback",
                f"{type(error).__name__} at {where.filename}:{where.lineno}: {error}"[:500],
            )
        used = time.process_time() - begun
        self.done += 1
        self.shared[: _STATE.size] = _STATE.pack(number, self.done, begun, 0)
        if wrong is None and used > MAX_SECONDS:
            wrong = ("hang", f"{used:.1f} s of processor time")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if wrong is None and peak > MAX_KILOBYTES:
            wrong = ("memory", f"{peak / 1024:.0f} MiB")
        if wrong is not None:
            keep(self.args, self.root, number, *wrong)
            if wrong[0] == "memory":
                os._exit(3)  # the peak of this process says nothing of later inputs


def keep(args: argparse.Namespace, root: Path, number: int, sort: str, what: str) -> None:
    """Keep the input at hand, with what is wrong about it."""
    folder = args.out / f"{sort}-{number}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root / "input", folder)
    (folder / "target").write_text((root / "target").read_text())
    line = {"number": number, "sort": sort, "what": what}
    with (args.out / "faults.jsonl").open("a") as stream:
        stream.write(json.dumps(line) + "\n")
    print(f"\n{sort} at {number}: {what}", flush=True)


def work(args: argparse.Namespace, shared: mmap.mmap, root: Path, numbers: range) -> None:
    """The life of a child."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    child = Child(args, shared, root)
    for number in numbers:
        child.one(number)


def main() -> int:
    """Run the inputs; the exit code is 1 if any of them is a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0, help="number of the first input")
    parser.add_argument("--only", type=int, help="this input only")
    parser.add_argument("--out", type=Path, default=Path("build/fuzz"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    shared = mmap.mmap(-1, mmap.PAGESIZE)
    root = Path(
        tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    )
    number, begun, peak = (args.start if args.only is None else args.only), time.time(), 0
    faults = (
        (args.out / "faults.jsonl").read_text().count("\n")
        if (args.out / "faults.jsonl").exists()
        else 0
    )
    try:
        while True:
            done = _STATE.unpack(shared[: _STATE.size])[1]
            if done >= (args.inputs if args.only is None else 1):
                break
            if (pid := os.fork()) == 0:
                end = args.start + args.inputs if args.only is None else args.only + 1
                try:
                    work(args, shared, root, range(number, end))
                    os._exit(0)
                except BaseException:
                    traceback.print_exc()
                    os._exit(4)
            status, used = watch(pid, shared, args, root, begun)
            peak = max(peak, used)
            at = _STATE.unpack(shared[: _STATE.size])
            number = at[0] + 1
            if status == 4:
                return 2  # the fuzzer itself is at fault
            if status == 0:
                break
            if at[3]:  # it died in the midst of an input
                shared[: _STATE.size] = _STATE.pack(at[0], at[1] + 1, 0, 0)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    done = _STATE.unpack(shared[: _STATE.size])[1]
    path = args.out / "faults.jsonl"
    told = (
        [json.loads(x)["sort"] for x in path.read_text().splitlines()][faults:]
        if path.exists()
        else []
    )
    counts = {s: told.count(s) for s in ("traceback", "crash", "hang", "memory")}
    print(f"\nseed {args.seed}: {done:,} inputs in {time.time() - begun:,.0f} s, {counts}, "
          f"most memory {peak / 1024:,.0f} MiB")  # fmt: skip
    return int(any(counts.values()))


def watch(
    pid: int, shared: mmap.mmap, args: argparse.Namespace, root: Path, begun: float
) -> tuple[int, int]:
    """Wait for a child, end it if an input takes too long; exit code and peak memory in KiB."""
    told = 0.0
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        number, done, since, running = _STATE.unpack(shared[: _STATE.size])
        if ended:
            code = os.waitstatus_to_exitcode(status)
            if running and code not in (3, 4):
                keep(args, root, number, "crash", f"exit code {code}")
            return code, usage.ru_maxrss
        if running and _cpu_of(pid) - since > 5 * MAX_SECONDS:
            os.kill(pid, signal.SIGKILL)
            _, _, usage = os.wait4(pid, 0)
            keep(args, root, number, "hang", f"ended after {5 * MAX_SECONDS:.0f} s")
            return -9, usage.ru_maxrss
        if time.time() - told > 30:
            told = time.time()
            print(f"{done:,} inputs, {told - begun:,.0f} s", flush=True)
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())

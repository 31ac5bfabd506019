"""Publishes in processes of its own and kills them with SIGKILL, each at another moment.

Run by `test_killed.py`: `python killed.py DATASET ARCHIVES WORK KILLS SEED`; prints what became of
each as a line of JSON. The processes are forked after all is imported, so that the kills fall into
publishing and not into the start of Python.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

from alignment_events.deposit.parcel import Item, is_item, open_parcel
from alignment_events.deposit.publish import publish
from alignment_events.deposit.stores import FolderStore
from alignment_events.registry import read_registry


def in_child(parcel, base: Path) -> int:
    """Start publishing in a process of its own; its id."""
    child = os.fork()
    if child == 0:
        try:
            publish(parcel, FolderStore(base))
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    return child


def state(base: Path, parcel) -> str:
    """`old` or `new`, or what is wrong with it."""
    registry = read_registry(base / "registry.json")
    for release in registry.releases:
        folder = base / release.dataset / release.version
        if {path.name for path in folder.iterdir()} != {file.name for file in release.files}:
            return f"{release.label}: other files than listed"
        for file in (*release.files, release.archive):
            above = folder.parent if file is release.archive else folder
            item = Item("", above / file.name, file.sha256, file.bytes)
            if not is_item(item.path, item):
                return f"{release.label}: {file.name} is not what is listed"
    entry = parcel.entry
    folder = base / parcel.prefix
    if folder.exists() and {p.name for p in folder.iterdir()} != {f.name for f in entry.files}:
        return "a part of the release stands in its place"
    if folder.exists() and not all(is_item(base / item.key, item) for item in parcel.files):
        return "a torn file stands in its place"
    packed = base / parcel.packed.key
    if packed.exists() and not is_item(packed, parcel.packed):
        return "a torn archive stands in its place"
    return "new" if registry.find(entry.dataset, entry.version) else "old"


def picture(base: Path) -> dict[str, str]:
    """Every file with its hash, hidden ones too; locks aside."""
    return {
        path.relative_to(base).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in base.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


def main() -> None:
    dataset, archives, work = map(Path, sys.argv[1:4])
    kills, seed = map(int, sys.argv[4:6])
    dice = random.Random(seed)
    first = open_parcel(dataset, "0.1.0", archives=archives)
    second = open_parcel(dataset, "0.1.1", archives=archives)
    before = work / "before"
    publish(first, FolderStore(before))
    clean = work / "clean"
    shutil.copytree(before, clean)
    began = time.perf_counter()
    os.waitpid(in_child(second, clean), 0)
    takes = time.perf_counter() - began
    wanted = picture(clean)
    killed = 0
    while killed < kills:
        base = work / "base"
        shutil.copytree(before, base)
        child = in_child(second, base)
        time.sleep(dice.uniform(0, takes))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        left = state(base, second)
        if os.WIFSIGNALED(status):
            killed += 1
            if dice.random() < 0.3:  # and the second attempt too
                child = in_child(second, base)
                time.sleep(dice.uniform(0, takes))
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                left = state(base, second) if left in ("old", "new") else left
            _, rerun = os.waitpid(in_child(second, base), 0)
            sound = rerun == 0 and picture(base) == wanted
            print(json.dumps({"left": left, "rerun": sound}), flush=True)
        shutil.rmtree(base)


if __name__ == "__main__":
    main()

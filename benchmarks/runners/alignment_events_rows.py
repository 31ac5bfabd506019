"""This library's screen over rows by themselves: rules of cells and rows, which need no other row.

The library has no way to leave the other rules out, and needs none: this shows what they cost.
"""

import subprocess
import sys
from pathlib import Path

from ruleset import Ruleset

from runners.outcome import Outcome

PROCESSES = 2


def check(folder: Path, rules: Ruleset) -> Outcome:
    """Every row of every table goes through the kernels, in two processes; suspect rows are counted."""
    command = [sys.executable, "-m", "runners.alignment_events_rows", str(folder.resolve())]
    here = Path(__file__).parents[1]
    running = [
        subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True, cwd=here)
        for number in range(PROCESSES)
    ]
    counts = [int(one.communicate()[0]) for one in running]
    expressed = [u for table in rules.columns for u in rules.of(table, "cell", "row")]
    return Outcome(expressed=expressed, count=sum(counts), names_rows=False)


def main(folder: Path, number: int) -> None:
    """Screen the rows of one share of the row groups, and print how many are suspect."""
    import numpy as np

    from alignment_events.screen.aligned import BATCH_ROWS, Part
    from alignment_events.screen.batch import Context, screen_rows
    from alignment_events.screen.files import Files
    from alignment_events.screen.ids import id_numbers
    from alignment_events.screen.index import read_index
    from alignment_events.screen.memory import Memory
    from alignment_events.screen.unsorted import shares
    from alignment_events.spec.tables import record_key

    files = Files(Memory.of(None))
    files.find(folder)
    context = Context(read_index({}), frozenset(), {}, related=False)
    suspect = 0
    for name, opened in shares(files.opened, PROCESSES)[number].items():
        for batch in opened.batches(BATCH_ROWS // 4):
            keys = id_numbers(batch.column(record_key(name)))[0].values
            part = screen_rows(name, Part(batch, np.zeros(0, np.int64), keys), context)
            suspect += len(np.unique(np.concatenate([[], *part.wrong.values()])))
    print(suspect)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

"""Writes `docs/benchmarks.md` and its plot from the results of `bench.py`; every figure is from there."""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

from ruleset import SCOPES

HERE = Path(__file__).parent
NAMES = {
    "alignment_events_": "this library",
    "alignment_events_rows": "this library, rules of cells and rows alone",
    "polars_": "polars, written by hand",
    "duckdb_": "DuckDB SQL, written by hand",
    "dataframely_": "dataframely",
    "pointblank_": "pointblank",
    "patito_": "patito",
    "pandera_polars": "pandera, polars",
    "pandera_pandas": "pandera, pandas",
    "pydantic_": "pydantic over rows",
    "frictionless_": "frictionless (CSV)",
    "great_expectations_": "Great Expectations",
}
TARGETS = (
    ("verdict on a package", "import pyarrow.parquet", 2.5, "×"),
    ("load(", "import pyarrow.parquet", 2.5, "×"),
    ("import alignment_events", "bare interpreter", 0.060, "s above"),
)
"""Start of a command's name, what it is compared with, and how much it may take."""

Run = dict[str, Any]


def ratios(run: Run, what: str) -> list[float]:
    """Each run as a multiple of the bare read beside it."""
    return [one[what] / max(bare[what], 0.001) for bare, one in run["pairs"]]


def middle(run: Run, what: str) -> float:
    """The median over the runs of the tool."""
    return statistics.median(one[what] for _, one in run["pairs"])


def line(cells: list[str]) -> str:
    """A row of a table."""
    return "| " + " | ".join(cells) + " |"


def head(cells: list[str]) -> list[str]:
    """The head of a table; all columns but the first are flush right."""
    return [line(cells), line(["---"] + ["---:"] * (len(cells) - 1))]


def times(results: Run, events: int, kind: str) -> list[str]:
    """The table of times at one size, fastest first."""
    runs = [r for r in results["runs"] if r["events"] == events and r["kind"] == kind]
    done = sorted(
        (r for r in runs if r["status"] == "ok"), key=lambda r: statistics.median(ratios(r, "cpu"))
    )
    if not runs:
        return []
    faulty = kind == "faulty"
    titles = [
        "tool",
        "wall, s",
        "CPU, s",
        "× bare read (wall)",
        "× bare read (CPU)",
        "peak, MiB",
        "pairs",
    ]
    found = head([*titles, *(["recall", "precision", "kinds found"] if faulty else [])])
    if done:
        bare = [pair[0] for r in done for pair in r["pairs"]]
        cells = [
            "*bare read*",
            *(f"{statistics.median(b[k] for b in bare):.2f}" for k in ("wall", "cpu")),
        ]
        cells += [
            "1",
            "1",
            f"{statistics.median(b['peak'] for b in bare) / 2**20:.0f}",
            f"{len(bare)}",
        ]
        found.append(line(cells + ["", "", ""] * faulty))
    for run in done:
        wall, cpu = ratios(run, "wall"), ratios(run, "cpu")
        cells = [
            NAMES[run["tool"]], f"{middle(run, 'wall'):.2f}", f"{middle(run, 'cpu'):.2f}",
            spread(wall), spread(cpu), f"{middle(run, 'peak') / 2**20:.0f}", f"{len(wall)}",
        ]  # fmt: skip
        if faulty:
            cells += score(run)
        found.append(line(cells))
    for run in runs:
        if run["status"] != "ok":
            empty = [""] * (len(titles) - 2 + 3 * faulty)
            found.append(line([NAMES[run["tool"]], f"*{run['status']}*", *empty]))
    return [*found, ""]


def spread(values: list[float]) -> str:
    """The median, with the least and the most."""
    text = f"{statistics.median(values):.2f}"
    return text if len(values) == 1 else f"{text} ({min(values):.2f}–{max(values):.2f})"


def score(run: Run) -> list[str]:
    """Recall, precision and kinds of faults, or how many it counted."""
    if run["recall"] is None:
        return [f"counts {run['count']:,} of {run['true']:,}", "names no rows", ""]
    return [
        f"{run['recall']:.3f}",
        f"{run['precision']:.3f}",
        f"{run['kinds']} of {run['all_kinds']}",
    ]


def expressed(results: Run) -> list[str]:
    """The table of which rules each tool was given."""
    found = head(["tool", *(f"{scope} rules" for scope in SCOPES), "names rows"])
    for tool, name in NAMES.items():
        run = next((r for r in results["runs"] if r["tool"] == tool and r["status"] == "ok"), None)
        if run is not None:
            given = [f"{a} of {b}" if a else "–" for a, b in (run["expressed"][s] for s in SCOPES)]
            found.append(line([name, *given, "yes" if run["names_rows"] else "no"]))
    return [*found, ""]


def missed(results: Run) -> list[str]:
    """For each tool, the kinds of faults that it did not wholly find."""
    found = []
    for run in results["runs"]:
        if run["kind"] == "faulty" and run.get("missed_kinds") and run["events"] == _first(results):
            found.append(f"- **{NAMES[run['tool']]}**: {'; '.join(run['missed_kinds'])}.")
    return [*found, ""] if found else []


def _first(results: Run) -> int:
    return min((r["events"] for r in results["runs"] if r["kind"] == "faulty"), default=0)


def start_up(results: Run) -> list[str]:
    """The table of start-up times, with what each may take."""
    if not results["startup"]:
        return []
    taken = results["startup"]["seconds"]
    rounds = len(next(iter(taken.values())))
    found = [f"## Start-up (medians of {rounds})", ""]
    found += head(["command", "wall, s", "CPU, s", "compared, wall", "compared, CPU", "aim"])
    for name, runs in taken.items():
        cells = [f"{statistics.median(some):.3f}" for some in zip(*runs, strict=True)]
        for begins, base, most, how in TARGETS:
            if name.startswith(begins):
                cells += [_beside(taken[name], taken[base], which, how) for which in (0, 1)]
                aim = (
                    f"≤ {most:g} × {base}" if how == "×" else f"≤ {1000 * most:.0f} ms above {base}"
                )
                cells.append(aim)
        found.append(line([name, *cells, *[""] * (5 - len(cells))]))
    found += [
        "",
        "Tables of a loaded dataset are made when they are first asked for, and so are not part of "
        "`load`; all of them together are one line of the table.",
    ]
    return [*found, ""]


def on_spark(results: Run) -> list[str]:
    """The table of what Spark found and how long it took, beside this library by itself."""
    if not results.get("spark"):
        return []
    found = ["## Spark", "", "The same report, field by field, is asked of both engines.", ""]
    found += head(
        ["data", "rows", "Spark on", "Spark, s", "here, s", "findings", "listed", "same report"]
    )
    for one in results["spark"]:
        numbers = [f"{one[name]:,}" for name in ("findings", "listed")]
        times = [f"{one[name]:,.0f}" for name in ("spark", "local")]
        same = "yes" if one["same"] else "no"
        found.append(line([one["data"], f"{one['rows']:,}", one["master"], *times, *numbers, same]))
    return [*found, ""]


def _beside(runs: list[list[float]], base: list[list[float]], which: int, how: str) -> str:
    """What a command takes beside another, round by round."""
    pairs = [(one[which], other[which]) for one, other in zip(runs, base, strict=True)]
    if how == "×":
        return f"{statistics.median(one / other for one, other in pairs):.2f} ×"
    return f"{1000 * statistics.median(one - other for one, other in pairs):+.0f} ms"


def page(results: Run, plot: str) -> str:
    """The page."""
    machine, load = results["machine"], results["load"]
    sizes = sorted({run["events"] for run in results["runs"]})
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    text = [
        "# Benchmarks", "",
        "*Written by `benchmarks/report.py` from `benchmarks/results.json`; not to be edited. `make bench` measures again.*",
        "",
        "Data in this format, made by `benchmarks/generate.py` from the built dataset under new ids, is checked by this library and by "
        "others, each in a process of its own and as its documentation advises, with those of the format's rules that it can express. "
        "Every run is paired with a bare read of the same files in the same minute: every column of every file by pyarrow, row group by "
        "row group, in two threads. × is the median of the pairs' ratios, with the least and the most. Times are of whole processes, "
        "start-up included. Rules for the others are derived from the specification, not typed.",
        "",
        f"Measured on {results['date']}: {machine['processor']}, {machine['cpus']} CPUs, {machine['memory'] / 2**30:.0f} GiB, "
        f"{machine['system']}, Python {machine['python']}. Versions: {versions}. "
        f"Load of the machine while measuring: {min(load):.1f} to {max(load):.1f} (processes that want to run; "
        f"{machine['cpus']} can). {results['note']}".rstrip(),
        "",
        f"![Times as multiples of the bare read]({plot})", "",
    ]  # fmt: skip
    for events in sizes:
        data = results["data"][str(events)]
        rows = sum(data["rows"].values())
        text += [
            f"## {events:,} events, {rows:,} rows in all tables, {data['bytes'] / 2**20:.0f} MiB",
            "",
        ]
        for kind, title in (
            ("clean", "Clean, sorted by record as releases are"),
            ("faulty", "With faults, each kind at one row or record in a thousand"),
            ("unsorted", "Clean, in random order"),
        ):
            if table := times(results, events, kind):
                text += [f"**{title}**", "", *table]
    text += [
        "A run over its limit is stopped, and the tool not tried at a larger size; what takes more than a fifth of the limit is not "
        "repeated. Recall and precision are of (rule, table, exact row) over all faults, whether or not the tool can express the "
        "rule; where two rows share a key, the first may be named too. DuckDB and polars stand for checks written by hand without a "
        "validator; their conditions are derived like all others, and the subqueries of the SQL are not tuned.",
        "",
        "What this library takes beyond the bare read is of four sorts. Processes that start, and the index of all records, count most "
        "at a million events and hardly at ten. The screen looks at every value, and at all rows of a record together: rows by "
        "themselves are the smaller half of it. With faults, suspect rows are examined by Pandera, and each finding is made by "
        "itself, with its place and its words. Memory is that of the libraries in each process, of some 20 bytes a record and a "
        "link for the index, and of a batch; smaller batches take less of it, and longer, since each has a cost of its own. With "
        "`--memory 1GiB`, ten million events are checked by one process with batches of a size that pays, not by two.",
        "", "## Which rules each was given", "", *expressed(results),
        "A rule counts once a table and column. Beyond one table, schemas and validations of most tools do not reach; "
        "rules between columns are given as expressions where the tool takes polars expressions, and in SQL; in pandas, "
        "pydantic and Great Expectations they would be functions written anew. The form of ids can be given to all, their check "
        "character only as an expression.",
        "", "Kinds of faults that were not wholly found:", "", *missed(results), *start_up(results), *on_spark(results),
    ]  # fmt: skip
    return "\n".join(text).rstrip() + "\n"


def draw(results: Run, path: Path) -> None:
    """The plot: CPU seconds as multiples of those of the bare read, by size."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "benchmarks", "svg.fonttype": "none"}
    from matplotlib import pyplot as plt

    runs = [r for r in results["runs"] if r["kind"] == "clean" and r["status"] == "ok"]
    sizes = sorted({run["events"] for run in runs})
    tools = sorted(
        {run["tool"] for run in runs},
        key=lambda t: -min(statistics.median(ratios(r, "cpu")) for r in runs if r["tool"] == t),
    )
    figure, axes = plt.subplots(figsize=(8, 0.45 * len(tools) + 1.2))
    height = 0.8 / max(1, len(sizes))
    for place, events in enumerate(sizes):
        for row, tool in enumerate(tools):
            for run in runs:
                if (run["tool"], run["events"]) == (tool, events):
                    value = statistics.median(ratios(run, "cpu"))
                    y = row + 0.4 - (place + 0.5) * height
                    axes.barh(y, value, height, color=f"C{place}", label=f"{events:,} events")
                    axes.text(value, y, f" {value:.1f}", va="center", fontsize=7)
    axes.set_yticks(range(len(tools)), [NAMES[tool] for tool in tools])
    axes.set_xscale("log")
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.set_xlabel("CPU time, × the bare read of the same files (clean data)")
    labels = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    axes.legend(labels.values(), labels.keys(), fontsize=8, loc="lower right")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})


def main() -> None:
    """Write page and plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, default=HERE / "results.json")
    parser.add_argument("--page", type=Path, default=HERE.parent / "docs" / "benchmarks.md")
    given = parser.parse_args()
    results = json.loads(given.results.read_text(encoding="utf-8"))
    plot = given.page.with_suffix(".svg")
    draw(results, plot)
    given.page.write_text(page(results, plot.name), encoding="utf-8")


if __name__ == "__main__":
    main()

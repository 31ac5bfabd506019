"""`export`: the dataset for other programs."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from alignment_events.commands.app import DEFAULT_DATASET, progress_bar


def export(
    dataset: str = DEFAULT_DATASET,
    *,
    format: Literal["csv", "dta", "duckdb", "jsonl", "parquet", "sav", "sqlite", "xlsx"],
    out: Path,
    table: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    overwrite: Annotated[bool, Parameter(negative=())] = False,
    excel: Annotated[bool, Parameter(negative=())] = False,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Write a dataset for a spreadsheet, Stata, SPSS, R or SQL.

    The export is written beside and then renamed: a failure leaves nothing half-written.

    Args:
        dataset: Name of a dataset, name and version (china-russia-dprk@0.1.0), or path of a package.
        format: csv, dta (Stata), parquet and sav (SPSS) make a folder of one file a table; duckdb,
            jsonl (nested records), sqlite and xlsx a single file.
        out: The folder or file to write.
        table: Tables to write, by default all; may be repeated.
        overwrite: Replace an earlier export there.
        excel: CSV with a byte order mark, by which Excel recognises UTF-8.
        dry_run: Say what would be written, and write nothing.
    """
    from alignment_events.export.run import export as write
    from alignment_events.export.run import plan
    from alignment_events.loading import load

    loaded = load(dataset)
    if dry_run:
        chosen, contents = plan(
            loaded, out, format=format, tables=table, overwrite=overwrite, excel=excel
        )
        print(f"Would write {out}: {chosen.says}; {contents.extent}.")
        for name in contents.names:
            print(f"  {name}: {contents.table(name).num_rows} rows")
        return 0
    with progress_bar(f"writing {out.name}") as progress:
        write(
            loaded, out, format=format, tables=table, overwrite=overwrite, excel=excel,
            progress=progress,  # type: ignore[arg-type]
        )  # fmt: skip
    print(f"Wrote {out} from {loaded.name} {loaded.version} ({loaded.digest})")
    return 0

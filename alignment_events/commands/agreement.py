"""`agree`: two codings of the same accounts, compared."""

from pathlib import Path


def agree(
    first: Path,
    second: Path,
    *,
    first_coder: str | None = None,
    second_coder: str | None = None,
    out: Path | None = None,
    seed: int = 0,
    round: int = 1,
) -> int:
    """Compare two codings of the same accounts: units first, then every field.

    Args:
        first: The first coding: units (YAML, JSON Lines, wide CSV, TSV or XLSX sheets with a column
            card_key), a table of codings (CSV, TSV, XLSX, Parquet), a folder of them, or a dataset.
        second: The second coding, likewise; both may stand in one table of codings.
        first_coder: Coder to take from the first file, if it holds several.
        second_coder: Coder to take from the second file.
        out: Folder for reliability.json, agreement.html and disagreements.csv.
        seed: Seed of the bootstrap intervals.
        round: Number of the round, for reliability.json.
    """
    from alignment_events.measures.comparison import agree as compare_codings
    from alignment_events.report.agreement import render_text, write_agreement

    agreement = compare_codings(
        first, second, seed=seed, round=round, coder_a=first_coder, coder_b=second_coder
    )
    print(render_text(agreement))
    if out is not None:
        print(f"Wrote {', '.join(str(path) for path in write_agreement(agreement, out))}")
    return 0

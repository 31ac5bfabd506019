"""`schema write`: the contract for people without Python."""

from pathlib import Path

from cyclopts import App

from alignment_events.commands.app import DEFAULT_DATASET

schema_app = App(name="schema", help="The contract for people without Python: the folder schema/.")


@schema_app.command(name="write")
def schema_write(
    out: Path = Path("schema"),
    *,
    reliability: Path = Path("datasets") / DEFAULT_DATASET / "reliability.json",
) -> int:
    """Write the folder schema/ from the models: codebook, rules, JSON Schemas, vocabularies.

    Args:
        out: The folder to write.
        reliability: Agreement between coders, shown in the codebook if the file is there.
    """
    from alignment_events.release.schema_folder import write_schema

    count = write_schema(out, reliability if reliability.is_file() else None)
    print(f"Wrote {count} files to {out}")
    return 0

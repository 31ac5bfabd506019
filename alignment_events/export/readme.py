"""The README of an exported folder."""

from alignment_events.export.contents import Contents
from alignment_events.spec.tables import table_specs

_STATISTICS = """\
Coded columns are whole numbers with value labels: 1, 2, 3 ... in the order of the vocabulary, which
is the order of the scale where it is one, and the label of each number is the code itself. The
numbers are positions in the vocabularies of this version: across versions, compare codes. What each
code means stands in the table "vocabularies" and in the codebook.
True and false are 1 and 0. Days are real dates. A missing number or day is the missing value; a
missing text is the empty text. Labels that were too long are cut.
"""
_MORE = {
    "csv": (
        "UTF-8, comma, line feed; an empty cell is a missing value; days as 2024-06-19; true and "
        "false in words. No cell was altered: a text that begins with = + - or @ stays as it is, "
        "so import as text where a program would calculate.\n"
    ),
    "dta": _STATISTICS
    + "\n    use events, clear\n    decode kind, generate(kind_code)\n    label list\n\n"
    "Which release this is stands in _release.dta.\n",
    "sav": _STATISTICS + "\n    GET FILE='events.sav'.\n    DISPLAY DOCUMENTS.\n\n"
    "Which release this is stands in the documents of every file, and in _release.sav.\n",
    "parquet": "Which release this is stands in the metadata of every file.\n",
}


def readme(format_name: str, says: str, contents: Contents) -> str:
    """The text: what this is, how to read it, which tables and variables."""
    facts = contents.facts
    lines = [facts["title"], "=" * len(facts["title"]), ""]
    lines += [f"{name.replace('_', ' ') + ':':18}{value}" for name, value in facts.items() if value]
    lines += [f"{'written as:':18}{says}", "", _MORE[format_name]]
    for name in contents.names:
        spec = table_specs()[name]
        lines.append(f"{name} ({contents.table(name).num_rows} rows): {spec.doc}")
        lines.append(f"    key: {', '.join(spec.key)}")
        lines += _renamed(format_name, name)
    return "\n".join(lines) + "\n"


def _renamed(format_name: str, table: str) -> list[str]:
    """The variables that are not called as their columns."""
    if format_name not in ("dta", "sav"):
        return []
    from alignment_events.export.statistics import variables

    found = variables(table_specs()[table])
    return [f"    {v.name}: {v.column.name}" for v in found if v.name != v.column.name]

"""`docs/faults.md` lists the faults, and where each is reported, as they are today.

`REWRITE_PAGES=1 pytest tests/faults/test_fault_list.py` writes the page anew.
"""

import os
from pathlib import Path

from faults.contribution import FAULTS, MAKERS

from alignment_events.model.rules import CATALOGUE

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"


def page(folder: Path) -> str:
    """The page, from the faults and the places that are looked up in the files."""
    places = {}
    for format, make in MAKERS.items():
        (folder / format).mkdir()
        path, found = make(folder / format)
        root = path if path.is_dir() else path.parent
        places[format] = {
            fault: "<br>".join(sorted(p.removeprefix(f"{root}/") for p in where))
            for fault, where in found.items()
        }
    lines = [
        "# Faults that are found in every format",
        "",
        f"The test `tests/faults/test_forty_faults.py` writes one contribution with {len(FAULTS)} "
        f"distinct faults in {len(MAKERS)} formats. Each fault must be",
        "reported under its code at the place given here (any of them, if one value fills several "
        "cells), and nothing else than it and the codes",
        "in brackets, which the same value cannot avoid. The places are looked up in the files, "
        "not asked of the readers.",
        "",
        "| Value | Code | Scope | " + " | ".join(MAKERS) + " |",
        "|---" * (3 + len(MAKERS)) + "|",
    ]
    for fault in FAULTS:
        also = "".join(
            f" ({code}{'' if len(formats) == len(MAKERS) else ' in ' + ', '.join(formats)})"
            for code, formats in fault.also
        )
        cells = [
            f"`{fault.path}`: `{fault.value.strip()}`",
            fault.code + also,
            CATALOGUE[fault.code].scope,
            *(places[f][fault] if f not in fault.not_in else "cannot be written" for f in MAKERS),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def test_the_page_is_what_the_faults_are(tmp_path: Path) -> None:
    told = page(tmp_path)
    if os.environ.get("REWRITE_PAGES"):
        PAGE.write_text(told, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == told

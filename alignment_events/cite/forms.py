"""The forms of a citation."""

import json
from collections.abc import Callable
from typing import Any

from alignment_events.cite.work import Work
from alignment_events.compile.citation import cff, cff_lines, datacite_json
from alignment_events.findings import AlignmentEventsError

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_"},
}
_LATEX_TABLE = str.maketrans(_LATEX)


def apa(work: Work) -> str:
    """A line for a list of references, in the style of the APA (7th edition)."""
    info = work.cited.info
    *others, last = work.authors
    names = f"{', '.join(others)}, & {last}" if others else last
    place = f" ({work.part.record_id}). In {info.title}" if work.part else ""
    parts = [
        f"{names.rstrip('.')}. ({work.cited.date.year}). {work.title}{place} "
        f"(Version {info.version}) [Data set].",
        *([f"{info.publisher}."] if info.publisher else []),
        f"Content digest {work.cited.digest}.",
        *([work.url] if work.url else []),
    ]
    return " ".join(parts)


def bibtex(work: Work) -> str:
    """An entry for BibTeX and biblatex, in UTF-8; braces keep names and titles as they are."""
    info = work.cited.info

    def kept(text: str) -> str:
        return "{{" + text.translate(_LATEX_TABLE) + "}}"

    fields = {
        "author": "{" + " and ".join(kept(name)[1:-1] for name in work.authors) + "}",
        "title": kept(work.title),
        "year": f"{{{work.cited.date.year}}}",
        "month": f"{{{work.cited.date.month}}}",
        "version": f"{{{info.version}}}",
        "howpublished": "{Data set}",
        "publisher": kept(info.publisher) if info.publisher else None,
        "doi": f"{{{info.doi}}}" if info.doi else None,
        "url": f"{{{work.url}}}" if work.url else None,
        "note": "{" + work.note.translate(_LATEX_TABLE) + "}",
    }
    lines = [f"  {name} = {value}" for name, value in fields.items() if value is not None]
    return f"@misc{{{work.key},\n" + ",\n".join(lines) + "\n}\n"


def csl_json(work: Work) -> str:
    """A list of one item in CSL-JSON, which Zotero, pandoc and citeproc read."""
    info, date = work.cited.info, work.cited.date
    item: dict[str, Any] = {
        "id": work.key,
        "type": "dataset",
        "title": work.title,
        "container-title": info.title if work.part else None,
        "number": work.part.record_id if work.part else None,
        "author": [{"literal": name} for name in work.authors],
        "issued": {"date-parts": [[date.year, date.month, date.day]]},
        "version": info.version,
        "publisher": info.publisher,
        "DOI": info.doi,
        "URL": work.url,
        "note": work.note,
    }
    return _json([{name: value for name, value in item.items() if value is not None}])


def ris(work: Work) -> str:
    """A record in RIS, which EndNote and most reference managers read."""
    info, date = work.cited.info, work.cited.date
    lines = [
        ("TY", "DATA"),
        ("ID", work.key),
        ("TI", work.title),
        *([("T2", info.title), ("AN", work.part.record_id)] if work.part else []),
        *(("AU", name) for name in work.authors),
        ("PY", str(date.year)),
        ("DA", date.strftime("%Y/%m/%d")),
        ("ET", info.version),
        *([("PB", info.publisher)] if info.publisher else []),
        *([("DO", info.doi)] if info.doi else []),
        *([("UR", work.url)] if work.url else []),
        ("N1", work.note),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines)


def cff_text(work: Work) -> str:
    """A CITATION.cff; of a record, with the record as what is to be cited."""
    content = cff(work.cited)
    if work.part:
        own = ("authors", "version", "date-released", "doi", "url", "identifiers", "license")
        content["preferred-citation"] = {
            "type": "data",
            "title": work.title,
            "collection-title": work.cited.info.title,
            "number": work.part.record_id,
            **{name: content[name] for name in own if name in content},
        }
    return "\n".join(cff_lines(content)) + "\n"


def datacite(work: Work) -> str:
    """The metadata of DataCite kernel 4; of a record, as part of the dataset."""
    content = datacite_json(work.cited)
    if work.part:
        info = work.cited.info
        whole: dict[str, Any] = {
            "relatedItemType": "Dataset",
            "relationType": "IsPartOf",
            "titles": content["titles"],
            "publicationYear": content["publicationYear"],
            "volume": info.version,
        }
        if content.pop("doi", None):
            whole["relatedItemIdentifier"] = {
                "relatedItemIdentifier": info.doi,
                "relatedItemIdentifierType": "DOI",
            }
        content |= {
            "titles": [{"title": work.title}],
            "relatedItems": [whole],
            "alternateIdentifiers": [
                {
                    "alternateIdentifier": work.part.record_id,
                    "alternateIdentifierType": "record of the dataset",
                },
                *content["alternateIdentifiers"],
            ],
        }
        # They are about the dataset, and not about the record.
        for name in ("descriptions", "relatedIdentifiers"):
            content.pop(name, None)
    return _json(content)


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


FORMATS: dict[str, Callable[[Work], str]] = {
    "apa": apa,
    "bibtex": bibtex,
    "cff": cff_text,
    "csl-json": csl_json,
    "datacite": datacite,
    "ris": ris,
}
"""Name to form."""


def cite(work: Work, format: str = "apa") -> str:
    """A work, cited in one of the `FORMATS`."""
    if format not in FORMATS:
        known = ", ".join(FORMATS)
        raise AlignmentEventsError(
            f"There is no citation format “{format[:40]}”; there are {known}."
        )
    return FORMATS[format](work)

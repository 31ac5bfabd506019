"""Description of a release → Croissant 1.0: what it holds, for catalogues of data sets."""

from collections.abc import Mapping, Sequence
from typing import Any

from alignment_events.compile.citation import Cited
from alignment_events.model.licences import licence_url
from alignment_events.spec.ir import ColumnSpec
from alignment_events.spec.tables import table_specs

CROISSANT = "http://mlcommons.org/croissant/1.0"

_TYPES = {
    "text": "sc:Text",
    "code": "sc:Text",
    "id": "sc:Text",
    "day": "sc:Date",
    "flag": "sc:Boolean",
    "integer": "sc:Integer",
    "number": "sc:Float",
}
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification prints."""


def croissant_json(cited: Cited, resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The description of a release in Croissant.

    Args:
        cited: The release.
        resources: Its tables as `datapackage.json` lists them: CSV and Parquet, hashed.
    """
    info = cited.info
    described: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CROISSANT,
        "name": info.name,
        "alternateName": info.title,
        "description": info.description,
        "version": info.version,
        "datePublished": cited.date.isoformat(),
        "license": licence_url(info.licence),
        "creator": [{"@type": "sc:Person", "name": one.title} for one in cited.authors],
        "keywords": list(info.keywords),
        "inLanguage": "en",
        "url": info.homepage,
        "sameAs": f"https://doi.org/{info.doi}" if info.doi else None,
        "citeAs": cited_as(cited),
        "distribution": [_file(resource) for resource in resources],
        "recordSet": [_records(table) for table in table_specs()],
    }
    return {key: value for key, value in described.items() if value}


def cited_as(cited: Cited) -> str:
    """One line by which the release is cited."""
    info = cited.info
    authors = "; ".join(author.title for author in cited.authors)
    doi = f" https://doi.org/{info.doi}" if info.doi else ""
    return (
        f"{authors} ({cited.date.year}). {info.title}, version {info.version}. Data set, "
        f"content digest {cited.digest}.{doi}"
    )


def _file(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": resource["path"],
        "name": resource["path"],
        "description": resource["title"],
        "contentUrl": resource["path"],
        "contentSize": f"{resource['bytes']} B",
        "encodingFormat": (
            "text/csv" if resource.get("format") == "csv" else "application/x-parquet"
        ),
        "sha256": str(resource["hash"]).removeprefix("sha256:"),
    }


def _records(table: str) -> dict[str, Any]:
    spec = table_specs()[table]
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "description": spec.doc,
        "key": [{"@id": f"{table}/{name}"} for name in spec.key],
        "field": [_field(table, column) for column in spec.columns],
    }


def _field(table: str, column: ColumnSpec) -> dict[str, Any]:
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{table}/{column.name}",
        "name": f"{table}/{column.name}",
        "description": column.doc,
        "dataType": _TYPES[column.type],
        "source": {
            "fileObject": {"@id": f"{table}.csv"},
            "extract": {"column": column.name},
        },
    }
    # A reference is to one field, and a table cannot refer to itself there.
    if column.ref is not None and column.ref.table not in (table, "index"):
        field["references"] = {"field": {"@id": f"{column.ref.table}/{column.ref.column}"}}
    return field

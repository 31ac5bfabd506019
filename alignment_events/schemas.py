"""The Pandera schemas of the published tables: `ae.schemas.events`, `ae.schemas.deeds` and so on.

They are schemas for polars frames and carry the checks of scope field and row. `ae.validate` takes
frames of any kind and checks everything.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandera.polars as pa


def __getattr__(name: str) -> "pa.DataFrameSchema":
    from alignment_events.spec.tables import table_specs

    if name in table_specs():
        from alignment_events.compile.pandera_schemas import schemas

        return schemas()[name]
    raise AttributeError(f"no table {name!r}; the tables are {list(table_specs())}")


def __dir__() -> list[str]:
    from alignment_events.spec.tables import table_specs

    return list(table_specs())

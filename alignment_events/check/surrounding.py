"""What tables may refer to besides each other: the dataset that they are to be a part of."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from alignment_events.check.relations import Around, index_of
from alignment_events.compile.cells import POLARS_TYPES
from alignment_events.spec.tables import record_key, registry_keys, table_specs


def around_tables(
    tables: Mapping[str, pl.DataFrame], dataset: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Around:
    """The records of a dataset that are not among the tables, and its registries.

    Args:
        tables: The tables that are to be checked, as they were read.
        dataset: Table name to rows, of the whole dataset.
    """
    registries = registry_keys()
    frames = {
        name: pl.DataFrame(
            dataset[name], schema={c.name: POLARS_TYPES[c.type] for c in spec.columns}
        )
        for name, spec in table_specs().items()
        if name in ("events", "deeds", "links", "sources", *registries)
    }
    own = pl.concat(
        [
            pl.Series(dtype=pl.String),
            *(
                tables[name][record_key(name)].cast(pl.String)
                for name in ("events", "deeds")
                if name in tables and record_key(name) in tables[name].columns
            ),
        ]
    ).unique()
    others = ~pl.col("record_id").is_in(own.implode())
    index = index_of(frames).filter(others)
    keys = {"records": index["record_id"]}
    keys |= {name: frames[name][key] for name, key in registries.items()}

    def known(table: str, values: pl.Series) -> pl.Series:
        # Of registries everything, since near codes are suggested; of records what was asked for.
        if table in registries:
            return keys[table]
        there = keys.get(table, values.clear())
        return values.filter(values.is_in(there.implode()))

    return Around(
        frozenset(registries) - frozenset(tables),
        index,
        frames["links"].filter(others),
        frames["sources"].select("source_id", "record_id").clear(),
        frozenset(),
        known,
        complete=True,
    )

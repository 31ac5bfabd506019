"""Dyads: pairs of actors that took part in the same record or episode.

Whole events are published, never dyads: a meeting of four is one meeting, and six dyads only if
somebody asks for them. Forums, mediators and observers are no party; the state behind a firm is
one only on request.

**Directed** dyads run from the one that acts to the one acted upon, by role: initiator, visitor,
speaker, promiser, supplier and defaulting act; host, target, recipient and affected are acted upon;
participants and signatories do both. Two that act together (speakers of a joint text) form a dyad
in each direction.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import polars as pl

from alignment_events.model.codes import Role
from alignment_events.selection import known_actors

if TYPE_CHECKING:
    import pyarrow as pa

ACTING = (
    Role.INITIATOR, Role.VISITOR, Role.SPEAKER, Role.PROMISER, Role.SUPPLIER, Role.DEFAULTING,
)  # fmt: skip
"""Roles of those that act."""

ACTED_UPON = (Role.HOST, Role.TARGET, Role.RECIPIENT, Role.AFFECTED)
"""Roles of those that are acted upon."""

MUTUAL = (Role.PARTICIPANT, Role.SIGNATORY)
"""Roles of those that do both."""


def dyads(
    tables: "Mapping[str, pa.Table]",
    *,
    directed: bool = False,
    by: Literal["record", "episode"] = "record",
    actors: str | Sequence[str] | None = None,
    controllers: bool = False,
) -> "pa.Table":
    """Pairs of actors by record or episode; see `Dataset.dyads` for arguments and columns."""
    if by not in ("record", "episode"):
        raise ValueError(f"by is “{by}”, and must be record or episode")
    sides = _sides(tables, controllers)
    if actors is not None:
        sides = sides.filter(pl.col("actor").is_in(known_actors(tables, actors)))
    pairs = sides.join(sides, on="record_id", suffix="_b").filter(
        pl.col("actor") != pl.col("actor_b")
    )
    if directed:
        pairs = pairs.filter(pl.col("acts") & (pl.col("acted_upon_b") | pl.col("acts_b")))
    else:
        pairs = pairs.filter(pl.col("actor") < pl.col("actor_b"))
    pairs = pairs.select("record_id", actor_a="actor", actor_b="actor_b").unique()
    found = pairs.join(_records(tables), on="record_id")
    if by == "record":
        columns = ["record_id", "kind", "date_start", "actor_a", "actor_b"]
        return found.select(columns).sort(columns).to_arrow()
    return (
        found.group_by("episode_id", "actor_a", "actor_b")
        .agg(pl.col("date_start").min(), pl.len().cast(pl.Int64).alias("n_records"))
        .select("episode_id", "date_start", "actor_a", "actor_b", "n_records")
        .sort("date_start", "episode_id", "actor_a", "actor_b")
        .to_arrow()
    )


def _sides(tables: "Mapping[str, pa.Table]", controllers: bool) -> pl.DataFrame:
    """Record, actor, and whether it acts and is acted upon there."""
    frame = pl.from_arrow(tables["participants"])
    assert isinstance(frame, pl.DataFrame)
    role = pl.col("role")
    mutual = [*MUTUAL, *([Role.CONTROLLER] if controllers else [])]
    return (
        frame.with_columns(
            acts=role.is_in([*ACTING, *mutual]), acted_upon=role.is_in([*ACTED_UPON, *mutual])
        )
        .filter(pl.col("acts") | pl.col("acted_upon"))
        .group_by("record_id", "actor")
        .agg(pl.col("acts").any(), pl.col("acted_upon").any())
    )


def _records(tables: "Mapping[str, pa.Table]") -> pl.DataFrame:
    parts = []
    for name, key, kind in (
        ("events", "event_id", pl.col("kind")),
        ("deeds", "deed_id", pl.lit("deed")),
    ):
        frame = pl.from_arrow(tables[name])
        assert isinstance(frame, pl.DataFrame)
        parts.append(
            frame.select(
                pl.col(key).alias("record_id"),
                kind.alias("kind"),
                "date_start",
                pl.coalesce("episode_id", key).alias("episode_id"),
            )
        )
    return pl.concat(parts)

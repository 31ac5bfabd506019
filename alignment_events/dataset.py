"""A loaded dataset: its tables, its records, selections of it, and the dyads in it."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from alignment_events.findings import NotFound

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from alignment_events.model.derivation import Conclusion
    from alignment_events.model.events import Record
    from alignment_events.release.diff import Diff

OneOrMore = str | Sequence[str]


@dataclass(frozen=True)
class Contributor:
    """Who made a dataset, and as what."""

    title: str
    role: str


@dataclass(frozen=True)
class Description:
    """What a package says of itself; what it does not say is empty, and never made up.

    Attributes:
        date: Day of the release or build, as in the descriptor.
        licence: SPDX identifier of its licence, or several, joined by commas.
        contributors: Who made it and as what, in order.
        scope: What is in scope and what is not.
        doi: Its DOI, if one was registered.
        homepage: Where it lives, if anywhere.
        publisher: Who publishes it, if that is said.
        status: `current`, `superseded` or `yanked` for a release, empty for a mere build.
        reason: Why it was yanked.
    """

    name: str
    title: str
    description: str
    version: str
    format_version: str
    codebook_version: str
    digest: str
    cutoff: str
    principals: tuple[str, ...]
    licence: str = ""
    date: str = ""
    contributors: tuple[Contributor, ...] = ()
    keywords: tuple[str, ...] = ()
    scope: str = ""
    homepage: str = ""
    doi: str = ""
    publisher: str = ""
    status: str = ""
    reason: str = ""

    def cite(self, format: str = "apa") -> str:
        """The release, cited; see `Dataset.cite`."""
        from alignment_events.cite import cite, work_of

        return cite(work_of(self), format)

    def cite_record(self, record_id: str, title: str, format: str) -> str:
        """One record of the release, cited."""
        from alignment_events.cite import Part, cite, work_of

        return cite(work_of(self, Part(record_id, title)), format)


@dataclass(frozen=True)
class Withdrawn:
    """What is left of a record that was withdrawn: its id, which is never used again.

    Attributes:
        id: The id.
        record_type: `event` or `deed`.
        date: Day of the withdrawal.
        reason: Code of the reason.
        explanation: The reason in words.
        replaced_by: Id of the record that stands in its place, if one does.
    """

    id: str
    record_type: str
    date: dt.date
    reason: str
    explanation: str
    replaced_by: str | None
    _about: Description

    def __str__(self) -> str:
        instead = f" Replaced by {self.replaced_by}." if self.replaced_by else ""
        return (
            f"{self.id} was withdrawn on {self.date}: {self.explanation} ({self.reason}).{instead}"
        )

    def __repr__(self) -> str:
        return f"<Withdrawn {self}>"

    def __getattr__(self, name: str) -> object:
        # Only for what it does not have: a program that expects a record is told why it got none.
        raise AttributeError(f"there is no “{name}”: {self}" if "id" in self.__dict__ else name)

    def cite(self, format: str = "apa") -> str:
        """Cite the tombstone, with the version and content digest of the release."""
        title = f"[Withdrawn on {self.date}: {self.explanation}]"
        return self._about.cite_record(self.id, title, format)


class TablesWhenAsked(Mapping[str, "pa.Table"]):
    """Tables by name, each made when it is first asked for: few programs ask for all of them."""

    def __init__(self, makers: "Mapping[str, Callable[[], pa.Table]]") -> None:
        self._makers = makers
        self._made: dict[str, pa.Table] = {}

    def __getitem__(self, name: str) -> "pa.Table":
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __contains__(self, name: object) -> bool:
        return name in self._makers


class Dataset:
    """A dataset in memory.

    Attributes:
        about: What the package says of itself.
        tables: Table name to `pyarrow.Table`, in published order; all tables are always there.
    """

    def __init__(
        self,
        about: Description,
        tables: "Mapping[str, pa.Table]",
        whole: "Mapping[str, pa.Table] | None" = None,
    ) -> None:
        self.about = about
        self.tables = tables
        # What a promise came to is told by deeds, which a selection may leave out.
        self._whole = self.tables if whole is None else whole

    @property
    def name(self) -> str:
        """Name of the dataset."""
        return self.about.name

    @property
    def version(self) -> str:
        """Version of the data."""
        return self.about.version

    @property
    def digest(self) -> str:
        """Content digest of the package that it was loaded from, `sha256:…`."""
        return self.about.digest

    @property
    def events(self) -> "pa.Table":
        """One row per meeting, agreement, statement or gap."""
        return self.tables["events"]

    @property
    def deeds(self) -> "pa.Table":
        """One row per deed."""
        return self.tables["deeds"]

    def to_polars(self, table: str = "events") -> "pl.DataFrame":
        """A table as a polars frame."""
        import polars as pl

        frame = pl.from_arrow(self._table(table))
        assert isinstance(frame, pl.DataFrame)
        return frame

    def to_pandas(self, table: str = "events") -> "pd.DataFrame":
        """A table as a pandas frame; integers stay integers and days stay days (Arrow types)."""
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                "pandas is not installed: pip install alignment-events[pandas]"
            ) from error
        frame: pd.DataFrame = self._table(table).to_pandas(types_mapper=pd.ArrowDtype)
        return frame

    def to_duckdb(
        self, connection: "duckdb.DuckDBPyConnection | None" = None
    ) -> "duckdb.DuckDBPyConnection":
        """A DuckDB connection in which every table can be queried by its name."""
        try:
            import duckdb
        except ImportError as error:
            raise ImportError(
                "duckdb is not installed: pip install alignment-events[duckdb]"
            ) from error
        connection = connection or duckdb.connect()
        for name, table in self.tables.items():
            connection.register(name, table)
        return connection

    def export(
        self,
        path: str | Path,
        *,
        format: str,
        tables: OneOrMore | None = None,
        overwrite: bool = False,
    ) -> "Path":
        """Write the dataset for another program; see `alignment_events.export`.

        Args:
            path: The file or folder to write.
            format: `csv`, `dta`, `duckdb`, `jsonl`, `parquet`, `sav`, `sqlite` or `xlsx`.
            tables: Tables to write; by default all.
            overwrite: Replace an earlier export.

        Returns:
            The path that was written.
        """
        from alignment_events.export.run import export

        return export(self, path, format=format, tables=tables, overwrite=overwrite)

    @property
    def is_selection(self) -> bool:
        """True if `filter` made it, so that it is no longer the whole release."""
        return self.tables is not self._whole

    def _table(self, name: str) -> "pa.Table":
        if name not in self.tables:
            from alignment_events.check.messages import suggestion

            hint = suggestion(name, self.tables) or f"The tables are: {', '.join(self.tables)}."
            raise NotFound(f"There is no table “{name}”. {hint}")
        return self.tables[name]

    def __len__(self) -> int:
        return int(self.events.num_rows + self.deeds.num_rows)

    def __iter__(self) -> "Iterator[Record]":
        return iter(self.records())

    def records(self) -> "list[Record]":
        """Every record as a Pydantic object, events first, in order of their ids."""
        from alignment_events.selection import nested_records

        return self._from_here(nested_records(self.tables))

    def _from_here(self, records: "list[Record]") -> "list[Record]":
        for record in records:
            record._from(self.about)
        return records

    def __getitem__(self, record_id: str) -> "Record | Withdrawn":
        """The record of an id, or the tombstone of one that was withdrawn.

        The id is exact, or read as Crockford says; `NotFound` suggests near ids.
        """
        from alignment_events.selection import only, resolve, tombstone

        found = resolve(self.tables, record_id)
        if (row := tombstone(self.tables, found)) is not None:
            return Withdrawn(**row, _about=self.about)
        return self._from_here(only(self.tables, [found]))[0]

    def cite(self, format: str = "apa") -> str:
        """Cite the release that this dataset, or selection, was loaded from.

        Args:
            format: `apa`, `bibtex`, `cff`, `csl-json`, `datacite` or `ris`.

        Raises:
            AlignmentEventsError: If it is a build without a date, which nobody else could get.
        """
        return self.about.cite(format)

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._ids()

    def _ids(self) -> set[str]:
        return {*self.events["event_id"].to_pylist(), *self.deeds["deed_id"].to_pylist()}

    def filter(
        self,
        *,
        kind: OneOrMore | None = None,
        actors: OneOrMore | None = None,
        since: str | dt.date | None = None,
        until: str | dt.date | None = None,
        theme: OneOrMore | None = None,
        scope: OneOrMore | None = None,
        mode: OneOrMore | None = None,
        subtype: OneOrMore | None = None,
        occurrence: OneOrMore | None = None,
    ) -> "Dataset":
        """The records that meet every condition, with their child rows and nothing else.

        Args:
            kind: Kinds of record, `deed` among them.
            actors: Actors that must all take part, in whatever role.
            since: Records that had not ended before this day (`2024`, `2024-06`, `2024-06-19`).
            until: Records that began on this day or earlier.
            theme: Records with one of these themes.
            scope: `core` or `response`.
            mode: Modes of agreements and statements.
            subtype: Subtypes (of deeds: their type).
            occurrence: `held` to leave out what was planned, called off or only alleged.

        Returns:
            A dataset of the same version. Registries, vocabularies, coverage and the table of all
            ids stay whole, so that every reference still leads somewhere.
        """
        from alignment_events.selection import select

        kept = select(
            self.tables,
            kind=kind,
            actors=actors,
            since=since,
            until=until,
            theme=theme,
            scope=scope,
            mode=mode,
            subtype=subtype,
            occurrence=occurrence,
        )
        return Dataset(self.about, kept, self._whole)

    def dyads(
        self,
        *,
        directed: bool = False,
        by: Literal["record", "episode"] = "record",
        actors: OneOrMore | None = None,
        controllers: bool = False,
    ) -> "pa.Table":
        """Pairs of actors that took part in the same record or episode.

        Args:
            directed: True for ordered pairs from the one that acts to the one acted upon (see
                `alignment_events.measures.dyads`); False for unordered pairs.
            by: One row a record and pair, or one row an episode and pair; a record without an
                episode is an episode of its own.
            actors: Keep pairs of these actors only; by default all.
            controllers: Count the state behind a firm, bank or body as taking part.

        Returns:
            A table with the columns record_id or episode_id, kind (by record), date_start,
            actor_a, actor_b, and n_records (by episode).
        """
        from alignment_events.measures.dyads import dyads

        return dyads(self.tables, directed=directed, by=by, actors=actors, controllers=controllers)

    def panel(self, *, freq: Literal["month", "quarter", "year"] = "year") -> "pa.Table":
        """Records by pair of actors, kind and period; null, never 0, outside declared coverage.

        Args:
            freq: Length of a period.

        Returns:
            A table with actor_a, actor_b, kind, period_start, period_end, covered, n and n_undated.
        """
        from alignment_events.measures.panel import panel

        return panel(self.tables, freq=freq)

    def derive(
        self,
        as_of: str | dt.date,
        *,
        verified: Literal["independent", "parties", "all"] = "independent",
        mode_rules: "Sequence[Conclusion] | None" = None,
    ) -> "pa.Table":
        """The derived columns of every record as of another day, or by other rules.

        In a selection, deeds that were left out still count for the promises that they carry out.

        Args:
            as_of: Day in world time, or a month, quarter or year, which then means its last day.
            verified: Which deeds count: `independent` (vouched for from outside), `parties` (what
                the parties alone vouch for as well), or `all` (whatever is not refuted).
            mode_rules: A rule table of your own for the mode.

        Returns:
            A table with record_id, verification, contested, enactment, mode, agreement_stage,
            meeting_rank_gap and as_of.
        """
        from alignment_events.selection import derived_table

        return derived_table(
            self.tables, self._whole, as_of, verified=verified, mode_rules=mode_rules
        )

    def changes(self, since: str, *, offline: bool = False) -> "Diff":
        """What changed since an earlier release: records, fields, rows, codes, coverage.

        In a selection, the whole dataset that it was taken from is compared.

        Args:
            since: The earlier version, such as `0.1.0`, or a range as `load` takes it.
            offline: Open no connection to find it.

        Returns:
            The difference; printed, it is a text, and `to_markdown`, `to_html` and `as_dict` give
            it in other forms.
        """
        from alignment_events.loading import load
        from alignment_events.release.diff import diff
        from alignment_events.release.sides import side_of_dataset

        whole = Dataset(self.about, self._whole)
        earlier = load(self.name, since, offline=offline)
        return diff(side_of_dataset(earlier), side_of_dataset(whole))

    def summary(self) -> str:
        """Counts by kind, dyad and period, undertakings, open gaps: at most 80 columns wide."""
        from alignment_events.report.summary import summary

        return summary(self)

    def share(self, column: str) -> str:
        """How often each code of a column occurs among all records, as text."""
        values = [*self.events[column].to_pylist(), *self.deeds[column].to_pylist()]
        return ", ".join(f"{code} {n}" for code, n in Counter(values).most_common())

    def __repr__(self) -> str:
        return (
            f"<Dataset {self.name} {self.version}: {self.events.num_rows} events, "
            f"{self.deeds.num_rows} deeds; format {self.about.format_version}, "
            f"{self.digest[:19]}…; status: {self.share('release_status')}; "
            f"method: {self.share('method')}>"
        )

    def _repr_html_(self) -> str:
        from alignment_events.report.notebook import dataset_html

        return dataset_html(self)

"""`show`, `summary`, `codebook` and `explain`: what the data and the format hold."""

from alignment_events.commands.app import DEFAULT_DATASET


def show(
    record_id: str | None = None,
    *,
    dataset: str = DEFAULT_DATASET,
    kind: tuple[str, ...] = (),
    actor: tuple[str, ...] = (),
    since: str | None = None,
    until: str | None = None,
    theme: tuple[str, ...] = (),
    mode: tuple[str, ...] = (),
    scope: tuple[str, ...] = (),
    limit: int = 40,
) -> int:
    """Show one record in full (or what became of one withdrawn), or list the records that meet every condition.

    Args:
        record_id: Id of a record, such as AE-7K3M-9QX4.
        dataset: Name of a dataset, name@version, or path of a package.
        kind: meeting, agreement, statement, gap or deed; may be repeated.
        actor: Actors that must all take part; may be repeated.
        since: Not ended before this day, month or year.
        until: Begun by this day, month or year.
        theme: One of these themes; may be repeated.
        mode: One of these modes; may be repeated.
        scope: core or response.
        limit: Most records to list.
    """
    from alignment_events.loading import load

    loaded = load(dataset)
    if record_id is not None:
        from alignment_events.dataset import Withdrawn
        from alignment_events.report.record import render_record

        record = loaded[record_id]
        print(record if isinstance(record, Withdrawn) else render_record(record))
        return 0
    found = loaded.filter(
        kind=kind or None,
        actors=actor or None,
        since=since,
        until=until,
        theme=theme or None,
        mode=mode or None,
        scope=scope or None,
    )
    rows = [
        *(
            (e["date_start"], e["event_id"], e["kind"], e["title"])
            for e in found.events.to_pylist()
        ),
        *((d["date_start"], d["deed_id"], "deed", d["title"]) for d in found.deeds.to_pylist()),
    ]
    for day, key, sort, title in sorted(rows)[:limit]:
        print(f"{day}  {key}  {sort:9}  {title}")
    more = f"; {len(rows) - limit} more, see --limit" if len(rows) > limit else ""
    print(f"{len(rows)} records{more}")
    return 0


def summary(dataset: str = DEFAULT_DATASET) -> int:
    """Print what a dataset holds: records, undertakings, gaps, status and method.

    Args:
        dataset: Name of a dataset, name@version, or path of a package.
    """
    from alignment_events.loading import load

    print(load(dataset).summary())
    return 0


def codebook(term: str | None = None) -> int:
    """Print the codebook on a vocabulary, code, kind, field or table; or what there is.

    Args:
        term: For example theme, verification, meeting, events or C4.
    """
    from alignment_events.report.explain import codebook_entry

    print(codebook_entry(term))
    return 0


def explain(code: str) -> int:
    """Explain a rule: what it asks, why, what to do, wrong and right.

    Args:
        code: Code of a rule, such as AE203.
    """
    from alignment_events.report.explain import explain as explain_code

    print(explain_code(code))
    return 0

"""A whole dataset, checked in full, with its own assertions and accepted warnings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from alignment_events.check.messages import finding, shown
from alignment_events.check.records import (
    CheckedRecords,
    SourceRecord,
    Surrounding,
    check_records,
)
from alignment_events.check.withdrawn import check_withdrawn
from alignment_events.findings import Finding, Level, spot_of
from alignment_events.model.dataset import Assertion, DatasetInfo


@dataclass(frozen=True)
class DatasetParts:
    """What a dataset is made of, however it was read."""

    info: DatasetInfo | None
    records: Sequence[SourceRecord]
    tables: Mapping[str, Sequence[Mapping[str, Any]]]
    withdrawn: Sequence[Mapping[str, Any]]
    findings: Sequence[Finding]
    file: str
    withdrawn_lines: Sequence[int] = ()


def check_dataset(parts: DatasetParts) -> CheckedRecords:
    """Check a dataset: its files, its records, and what `dataset.yaml` says of them."""
    around = Surrounding(parts.tables.get("actors"), parts.tables.get("persons"), complete=True)
    checked = check_records(parts.records, around)
    findings = [*parts.findings, *checked.report.findings]
    findings += check_membership(parts.info, parts.withdrawn, parts.records, checked)
    findings += check_withdrawn(parts)
    accepted: list[tuple[Finding, str]] = []
    if parts.info is not None:
        findings += _assertions(parts.info, checked, parts.file)
        findings, accepted = _accept(findings, parts.info, parts.file)
    report = replace(checked.report, findings=tuple(findings), accepted=tuple(accepted))
    return CheckedRecords(report, checked.records, checked.store)


def check_membership(
    info: DatasetInfo | None,
    withdrawn: Sequence[Mapping[str, Any]],
    sources: Sequence[SourceRecord],
    checked: CheckedRecords,
) -> list[Finding]:
    """What keeps sound records out of a dataset: ids that it withdrew, and its scope."""
    found = _withdrawn_ids(withdrawn, sources, checked)
    return found if info is None else found + _without_principal(info, sources, checked)


def _withdrawn_ids(
    withdrawn: Sequence[Mapping[str, Any]],
    sources: Sequence[SourceRecord],
    checked: CheckedRecords,
) -> list[Finding]:
    gone = {row["record_id"] for row in withdrawn}
    return [
        _about(sources, record.id, "AE508", "id", f"The id {record.id} was withdrawn.")
        for record in checked.records
        if record.id in gone
    ]


def _about(
    records: Sequence[SourceRecord], record_id: str, code: str, field: str, message: str
) -> Finding:
    source = next(s for s in records if s.values.get("id") == record_id)
    place = {"file": source.file, **spot_of(source.locate((field,), False))}
    return finding(code, message, record_id=shown(record_id), field=field, **place)


def _without_principal(
    info: DatasetInfo, sources: Sequence[SourceRecord], checked: CheckedRecords
) -> list[Finding]:
    principals = set(info.scope.principals)
    message = (
        "No focal state of the dataset takes part in this core record "
        f"(they are {', '.join(info.scope.principals)})."
    )
    return [
        _about(sources, r.id, "AE507", "participants", message)
        for r in checked.records
        if r.scope == "core" and not principals & {p.actor for p in r.participants}
    ]


def _assertions(info: DatasetInfo, checked: CheckedRecords, file: str) -> list[Finding]:
    kinds = Counter(record.kind.value for record in checked.records)
    found = []
    for assertion in info.assertions:
        count = _counted(assertion, kinds)
        what = assertion.kind or assertion.table
        if assertion.min is not None and count < assertion.min:
            message = f"There are {count} {what}, and at least {assertion.min} are asserted."
            found.append(finding("AE504", message, file=file))
        if assertion.max is not None and count > assertion.max:
            message = f"There are {count} {what}, and at most {assertion.max} are expected."
            found.append(finding("AE504", message, file=file).at(level=Level.WARNING))
    return found


def _counted(assertion: Assertion, kinds: Counter[str]) -> int:
    if assertion.table == "deeds":
        return kinds["deed"]
    if assertion.kind is not None:
        return kinds[assertion.kind]
    return sum(kinds.values()) - kinds["deed"]


def _accept(
    findings: list[Finding], info: DatasetInfo, file: str
) -> tuple[list[Finding], list[tuple[Finding, str]]]:
    """Set accepted warnings apart; an acceptance that nothing needs is a warning itself."""
    reasons = {(a.code, a.record): a.reason for a in info.accepted_warnings}
    kept: list[Finding] = []
    accepted: list[tuple[Finding, str]] = []
    for found in findings:
        reason = reasons.get((found.code, found.record_id or ""))
        if reason is not None and found.level is not Level.ERROR:
            accepted.append((found, reason))
        else:
            kept.append(found)
    used = {(f.code, f.record_id) for f, _ in accepted}
    for code, record in reasons:
        if (code, record) not in used:
            message = f"The accepted warning {code} of {record} no longer occurs."
            kept.append(finding("AE506", message, file=file, record_id=record))
    return kept, accepted

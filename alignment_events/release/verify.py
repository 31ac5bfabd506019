"""Verifies a release: intact, complete, conforming; and says what a mismatch means."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alignment_events.check.messages import finding
from alignment_events.findings import Finding, NotFound, Report
from alignment_events.read.package import (
    DESCRIPTOR,
    Package,
    check_files,
    check_stamps,
    read_listing,
)
from alignment_events.read.parquet import file_hash
from alignment_events.release.digest import dataset_digest
from alignment_events.release.documents import ERRATA, RELIABILITY, TITLES
from alignment_events.release.targets import Target, opened
from alignment_events.release.twins import Form, Table, changed_cells, csv_form, parquet_form
from alignment_events.spec.tables import table_specs

NEEDED = tuple(name for name in TITLES if name not in (ERRATA, RELIABILITY))
"""Files of every release, beside the tables and the descriptor."""


@dataclass(frozen=True)
class Step:
    """One thing that was checked: what was found, or that nothing was, or why it was not checked."""

    title: str
    findings: tuple[Finding, ...] = ()
    skipped: str = ""

    @property
    def ok(self) -> bool:
        """True if it was checked and there is no error."""
        return not self.skipped and not Report(self.findings).errors


@dataclass(frozen=True)
class Verified:
    """The outcome.

    Attributes:
        label: What was verified.
        name: Dataset and version, as far as it says.
        digest: Content digest that its rows have.
        steps: What was checked.
        explained: What the mismatches mean, a line each.
        unusable: True if nothing could be checked.
    """

    label: str
    name: str
    digest: str
    steps: tuple[Step, ...]
    explained: tuple[str, ...] = ()
    unusable: bool = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that was found."""
        return tuple(found for step in self.steps for found in step.findings)

    @property
    def ok(self) -> bool:
        """True if it is the release, whole and unchanged."""
        return not self.unusable and not Report(self.findings).errors

    @property
    def exit_code(self) -> int:
        """0 if it is sound, 1 if not, 2 if nothing could be checked."""
        return 2 if self.unusable else int(not self.ok)


def verify(
    target: str | Path,
    *,
    registry: Path | None = None,
    against: str | Path | None = None,
    frictionless: bool = False,
) -> Verified:
    """Verify a release.

    Args:
        target: Folder, archive, address or `name@version`.
        registry: A `registry.json` to compare it with; by default the one that it lies under.
        against: A sound release by which changed cells are named; by default its other twin is.
        frictionless: Let frictionless check the package too.

    Raises:
        NotFound: If there is no such release.
        HostileArchive: If the archive is none that a release is packed as.
    """
    if against is None:
        with opened(target, registry) as there:
            return _verify(there, None, frictionless)
    with opened(against) as reference, opened(target, registry) as there:
        return _verify(there, reference.folder, frictionless)


def _verify(target: Target, reference: Path | None, frictionless: bool) -> Verified:
    package = read_listing(target.folder)
    told = package.descriptor
    if not told:
        if not (target.folder / DESCRIPTOR).exists():
            raise NotFound(f"{target.label} is no package: it has no {DESCRIPTOR}.")
        return Verified(target.label, "", "", (Step("listing", tuple(package.findings)),))
    name = f"{told.get('name')}@{told.get('version')}"
    steps = [Step("descriptor lists files of the package only", tuple(package.findings))]
    if package.findings:
        return Verified(target.label, name, "", tuple(steps))
    files = [*check_files(package), *_needed(package)]
    steps.append(Step("files are those that were listed, no more and no fewer", tuple(files)))
    steps.append(_registered(target))
    stamps = Step("each Parquet file is of this release", tuple(check_stamps(package, needed=True)))
    steps.append(stamps)
    forms = {
        table: (
            parquet_form(package.folder / f"{table}.parquet"),
            csv_form(package.folder / f"{table}.csv"),
        )
        for table in table_specs()
    }
    digests = _digests(package, target)
    rows, digest = _check_digests(package, target, forms, digests)
    steps.append(Step("rows have the content digests of the release, in Parquet and CSV", rows))
    steps.append(_conforms(package, sound=not any(Report(step.findings).errors for step in steps)))
    if frictionless:
        steps.append(_frictionless(package.folder))
    explained = tuple(_explain(forms, digests, (*files, *steps[2].findings), reference))
    return Verified(target.label, name, digest, tuple(steps), explained)


def _needed(package: Package) -> Iterator[Finding]:
    """Files that every release has, and that a build for one's own use does not."""
    for name in NEEDED:
        if name not in package.listed:
            yield finding(
                "AE505",
                f"{name} is missing: {DESCRIPTOR} does not list it, and every release has one.",
                hint="What `alignment-events build` makes is no release; `release build` makes one.",
                file=str(package.folder / name),
            )


def _registered(target: Target) -> Step:
    from alignment_events.store.verify import contradictions, differences

    title = f"it is what {target.registry or 'the registry'} lists"
    if not target.registry:
        return Step(title, skipped="no registry is at hand; name one with --registry")
    if target.entry is None:
        message = f"{target.label} is not listed in {target.registry}."
        return Step(title, (finding("AE505", message, file=target.registry),))
    found = [
        *differences(target.folder, target.entry, target.registry),
        *contradictions(target.folder, target.entry, target.registry),
    ]
    known = target.entry.archive
    if target.archive and known and file_hash(target.archive) != known.sha256:
        message = f"{target.label} is not the archive {known.name} that {target.registry} lists."
        found.append(finding("AE505", message, file=str(target.archive)))
    return Step(title, tuple(found))


# --- Content digests --------------------------------------------------------------------------


def _digests(package: Package, target: Target) -> dict[str, str]:
    """Table to the digest that it should have: by the registry, or else by the descriptor."""
    told = {
        str(resource.get("name")): str(resource.get("content_digest", ""))
        for resource in package.descriptor["resources"]
    }
    if target.entry is not None:
        told |= target.entry.tables
    return {table: told.get(table, "").removeprefix("sha256:") for table in table_specs()}


def _check_digests(
    package: Package,
    target: Target,
    forms: dict[str, tuple[Form, Form]],
    digests: dict[str, str],
) -> tuple[tuple[Finding, ...], str]:
    found = []
    for table, both in forms.items():
        for form in both:
            if form.digest != digests[table]:
                why = form.problem or "the rows are not those that were released"
                message = f"{form.path.name}: {why.rstrip('.')}."
                found.append(finding("AE505", message, file=str(form.path), table=table))
    computed = "sha256:" + dataset_digest({t: parquet.digest for t, (parquet, _) in forms.items()})
    stated = target.entry.digest if target.entry else package.descriptor.get("content_digest")
    if not found and computed != stated:
        message = f"The content digest is {computed}; {DESCRIPTOR} or the registry says {stated}."
        found.append(finding("AE505", message, file=str(package.folder / DESCRIPTOR)))
    return tuple(found), computed


def _explain(
    forms: dict[str, tuple[Form, Form]],
    digests: dict[str, str],
    findings: tuple[Finding, ...],
    reference: Path | None,
) -> Iterator[str]:
    """What it means that a file is not the one that was released."""
    suspects = {Path(found.file).name for found in findings if found.file}
    for table, (parquet, text) in forms.items():
        for form, twin in ((parquet, text), (text, parquet)):
            name = form.path.name
            if form.digest == digests[table]:
                if name in suspects:
                    yield f"{name}: same data, other writer. Its rows are those that were released."
                continue
            if form.rows is None:
                yield f"{name}: it cannot be read, so that no cell can be named."
                continue
            was, source = _reference(table, digests[table], twin, reference)
            if was is None:
                yield (
                    f"{name}: its rows changed. Its twin does not hold those that were released "
                    "either; name a sound release with --against to see which cells."
                )
                continue
            yield f"{name}: changed cells, compared with {source}:"
            for line in changed_cells(table, was, form.rows) or ["none: the rows are the same"]:
                yield f"  {line}"


def _reference(
    table: str, digest: str, twin: Form, folder: Path | None
) -> tuple[Table | None, str]:
    if folder is not None:
        return parquet_form(folder / f"{table}.parquet").rows, str(folder)
    return (twin.rows, twin.path.name) if twin.digest == digest else (None, "")


# --- As a stranger would ----------------------------------------------------------------------


def _conforms(package: Package, sound: bool) -> Step:
    from alignment_events.check.tables import check_tables
    from alignment_events.read.parquet import read_tables

    title = "tables conform to the format"
    if not sound:
        return Step(title, skipped="its files are not those of the release")
    read = read_tables(package.folder)
    report = check_tables(read.tables, files=read.files, package=True)
    # Warnings were weighed when it was built, with reasons that are kept with the records.
    return Step(title, (*read.findings, *report.errors))


def _frictionless(folder: Path) -> Step:
    import warnings

    title = "frictionless finds it valid"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import frictionless
    except ImportError as error:
        raise ImportError(
            "frictionless is not installed: pip install alignment-events[release]"
        ) from error
    path = folder / DESCRIPTOR
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = frictionless.validate(str(path))
    found = []
    for where, note in report.flatten(["name", "note"])[:20]:
        found.append(finding("AE505", f"frictionless: {where}: {note}.", file=str(path)))
    if not report.valid and not found:
        found.append(finding("AE505", "frictionless finds it invalid.", file=str(path)))
    return Step(title, tuple(found))

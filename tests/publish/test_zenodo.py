"""Deposits through failures at every call: one record in the end, one DOI, no draft left over."""

import functools
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from invenio_server import EXPIRED, TOKEN, State, invenio

from alignment_events.commands.publishing import release_publish
from alignment_events.deposit import flow, zenodo
from alignment_events.deposit.flow import OTHER_TOKEN, Order, deposit
from alignment_events.deposit.http import OutcomeUnknown, PublishError
from alignment_events.deposit.invenio import Invenio
from alignment_events.deposit.journal import Journal
from alignment_events.findings import AlignmentEventsError
from alignment_events.registry import read_registry

Lines = list[str]


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OTHER_TOKEN, TOKEN)


@pytest.fixture(autouse=True, scope="module")
def opened_once() -> Iterator[None]:
    """The proofs of the release itself take a second, and are made once for each release here."""
    with pytest.MonkeyPatch.context() as patch:
        real = flow.open_parcel
        cached = functools.cache(
            lambda dataset, version, archives: real(dataset, version, archives=archives)
        )
        patch.setattr(flow, "open_parcel", lambda d, v, *, archives: cached(d, v, archives))
        yield


@pytest.fixture
def server() -> Iterator[tuple[str, State]]:
    with invenio() as running:
        yield running


def order_for(shelf: Path, base: str, tmp_path: Path, **more: Any) -> Order:
    """A deposit of a release that is built already, without a DOI: the quickest one."""
    return Order(
        dataset=shelf, version="0.1.0", archives=shelf.parents[1] / "dist", server=base,
        publish=True, doi_outside=True, journal=tmp_path / "journal.json", **more,
    )  # fmt: skip


def run(order: Order) -> tuple[zenodo.Uploaded | zenodo.Published, Lines]:
    lines: Lines = []
    return deposit(order, tell=lines.append, sleep=lambda seconds: None), lines


def until_done(order: Order, most: int = 4) -> tuple[zenodo.Published, int]:
    """Run again and again, as a person would; each run knows only what the journal says."""
    for attempt in range(1, most + 1):
        try:
            done, _ = run(order)
        except PublishError:
            continue
        assert isinstance(done, zenodo.Published)
        return done, attempt
    raise AssertionError(f"not done after {most} attempts")


def test_a_draft_is_left_unless_publishing_is_asked_for(
    shelf: Path, server: tuple[str, State], tmp_path: Path
) -> None:
    base, state = server
    done, lines = run(replace(order_for(shelf, base, tmp_path), publish=False))
    assert isinstance(done, zenodo.Uploaded)
    assert (len(state.drafts), len(state.published)) == (1, 0)
    assert any("compared the checksums" in line for line in lines)
    # Then it is published, without anything being sent again.
    before = len(state.executed)
    done, _ = run(order_for(shelf, base, tmp_path))
    assert isinstance(done, zenodo.Published)
    assert (len(state.drafts), len(state.published)) == (0, 1)
    sent = state.executed[before:]
    assert not [call for call in sent if "/files" in call or call == "POST /api/records"]


def test_what_the_record_holds(shelf: Path, server: tuple[str, State], tmp_path: Path) -> None:
    base, state = server
    run(order_for(shelf, base, tmp_path))
    record = state.published[0]
    folder = shelf / "releases" / "0.1.0"
    assert record.files["datapackage.json"]["content"] == (folder / "datapackage.json").read_bytes()
    name = f"{shelf.name}-0.1.0.zip"
    assert record.files[name]["content"] == (shelf.parents[1] / "dist" / name).read_bytes()
    metadata = record.metadata
    assert metadata["version"] == "0.1.0"
    assert metadata["publication_date"] == "2033-01-05"
    assert metadata["rights"] == [{"id": "cc0-1.0"}]
    assert "identifiers" not in metadata  # the marker is gone


def test_again_after_it_is_done(shelf: Path, server: tuple[str, State], tmp_path: Path) -> None:
    base, state = server
    first, _ = run(order_for(shelf, base, tmp_path))
    before = len(state.executed)
    again, _ = run(order_for(shelf, base, tmp_path))
    assert (again.record_id, again.doi) == (first.record_id, first.doi)
    assert state.executed[before:] == []
    assert len(state.records) == 1


def number_of_calls(order: Order, state: State) -> int:
    run(order)
    return len(state.calls)


FAILURES = ["fail_before", "fail_after", "down_from"]


def kind(call: str) -> str:
    """A call without the names of record and file."""
    return re.sub(r"/\d+|/files/[^/]+", "", call)


@pytest.mark.parametrize("failure", FAILURES)
def test_failure_at_each_kind_of_call(shelf: Path, tmp_path: Path, failure: str) -> None:
    fail_everywhere(shelf, tmp_path, failure, every=False)


@pytest.mark.full
@pytest.mark.parametrize("failure", FAILURES)
def test_failure_at_any_call(shelf: Path, tmp_path: Path, failure: str) -> None:
    fail_everywhere(shelf, tmp_path, failure, every=True)


def fail_everywhere(shelf: Path, tmp_path: Path, failure: str, *, every: bool) -> None:
    with invenio() as (base, state):
        calls = number_of_calls(order_for(shelf, base, tmp_path / "clean"), state)
        kinds = [kind(call) for call in state.calls]
    assert len(set(kinds)) >= 9
    first = {kinds.index(name) for name in kinds}
    last = {calls - 1 - kinds[::-1].index(name) for name in kinds}
    needed_reruns = 0
    for number in range(calls) if every else sorted(first | last):
        with invenio() as (base, state):
            setattr(state, failure, number if failure == "down_from" else {number})
            order = order_for(shelf, base, tmp_path / str(number))
            if failure == "down_from":
                with pytest.raises(PublishError):
                    run(order)
                state.down_from = None
                needed_reruns += 1
            done, attempts = until_done(order)
            needed_reruns += attempts - 1
            where = state.calls[number]
            assert len(state.published) == 1, where
            assert state.published[0].published == 1, where
            assert state.drafts == [], where
            assert done.doi == state.published[0].doi, where
            publishing = [call for call in state.executed if call.endswith("actions/publish")]
            assert len(publishing) == 1, where
    assert needed_reruns >= 4  # else the failures hit nothing


def test_two_failures_in_a_row(shelf: Path, tmp_path: Path) -> None:
    """The draft's answer is lost, and so is the next search."""
    with invenio() as (base, state):
        state.fail_after = {1, 2, 3}
        until_done(order_for(shelf, base, tmp_path))
        assert (len(state.published), len(state.drafts)) == (1, 0)


def test_an_index_that_lags(shelf: Path, tmp_path: Path) -> None:
    """The draft was made, its answer lost, and a search does not find it at once."""
    with invenio() as (base, state):
        order = order_for(shelf, base, tmp_path)
        state.fail_after, state.lag = {0}, 3
        with pytest.raises(OutcomeUnknown, match="asks the server first"):
            run(order)
        assert len(state.drafts) == 1
        until_done(order)
        assert (len(state.records), len(state.published)) == (1, 1)


def second_version(order: Order) -> Order:
    assert order.journal is not None
    return replace(
        order,
        version="0.1.1",
        journal=order.journal.with_name("second.json"),
        new_version_of="1001",
    )


@pytest.mark.parametrize("failure", ["fail_before", "fail_after"])
def test_new_version_with_failures(shelf: Path, tmp_path: Path, failure: str) -> None:
    with invenio() as (base, state):
        order = order_for(shelf, base, tmp_path / "clean")
        first = number_of_calls(order, state)
        calls = number_of_calls(second_version(order), state)
    for number in range(first, min(calls, first + 6)):  # what differs from a first version
        with invenio() as (base, state):
            order = order_for(shelf, base, tmp_path / str(number))
            run(order)
            assert state.published[0].id == "1001"
            setattr(state, failure, {number})
            done, _ = until_done(second_version(order))
            where = state.calls[number]
            assert [record.published for record in state.published] == [1, 1], where
            assert state.drafts == [], where
            one, two = state.published
            assert one.parent == two.parent, where
            assert one.doi != two.doi == done.doi, where
            assert two.metadata["version"] == "0.1.1"


def test_checksum_mismatch_is_never_published(
    shelf: Path, server: tuple[str, State], tmp_path: Path
) -> None:
    base, state = server
    state.corrupt = {"README.md"}
    order = order_for(shelf, base, tmp_path)
    with pytest.raises(
        PublishError, match=r"README\.md: the server has md5:.*Nothing was published"
    ):
        run(order)
    assert state.published == []
    done, lines = run(order)  # the server's disk is sound again
    assert isinstance(done, zenodo.Published)
    assert any("deleted README.md" in line for line in lines)
    assert len(state.published) == 1


def test_foreign_file_in_the_draft(shelf: Path, server: tuple[str, State], tmp_path: Path) -> None:
    base, state = server
    order = replace(order_for(shelf, base, tmp_path), publish=False)
    run(order)
    state.drafts[0].files["virus.exe"] = {"content": b"x", "done": True}
    with pytest.raises(PublishError, match=r"virus\.exe"):
        run(replace(order, publish=True))
    assert state.published == []


def test_busy_server_is_waited_for(shelf: Path, server: tuple[str, State], tmp_path: Path) -> None:
    base, state = server
    state.busy = 3
    waited: list[float] = []
    deposit(order_for(shelf, base, tmp_path), tell=lambda line: None, sleep=waited.append)
    assert waited.count(3.0) == 3  # as Retry-After says
    assert len(state.published) == 1


@pytest.mark.parametrize("bad", [EXPIRED, "tok-of-somebody-else"])
def test_bad_tokens(
    shelf: Path,
    server: tuple[str, State],
    tmp_path: Path,
    bad: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base, state = server
    state.echo_token = True
    monkeypatch.setenv(OTHER_TOKEN, bad)
    with pytest.raises(PublishError, match="is the token right, not expired") as caught:
        run(order_for(shelf, base, tmp_path))
    assert bad not in str(caught.value)
    assert "[hidden]" in str(caught.value)
    assert state.records == {}
    # Nothing stands in the way of the right one.
    monkeypatch.setenv(OTHER_TOKEN, TOKEN)
    run(order_for(shelf, base, tmp_path))
    assert len(state.published) == 1


def test_no_token(
    shelf: Path, server: tuple[str, State], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(OTHER_TOKEN)
    with pytest.raises(PublishError, match=OTHER_TOKEN):
        run(order_for(shelf, server[0], tmp_path))
    assert server[1].calls == []


def test_the_token_stays_where_it_belongs(
    shelf: Path, server: tuple[str, State], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A redirect to another server, or to another path of this one, is never followed."""
    base, state = server
    with invenio() as (elsewhere, thief):
        state.redirect_to = elsewhere
        with pytest.raises(PublishError, match="redirect"):
            run(order_for(shelf, base, tmp_path))
        assert thief.calls == []


def test_the_token_is_written_nowhere(
    shelf: Path, server: tuple[str, State], tmp_path: Path, capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    import logging

    base, state = server
    state.echo_token = True
    said: list[str] = []
    order = order_for(shelf, base, tmp_path)
    with caplog.at_level(logging.DEBUG):
        for failing in ({2}, {6}, set()):
            state.fail_after = {len(state.calls) + number for number in failing}
            try:
                done = deposit(order, tell=said.append, sleep=lambda seconds: None)
                said.append(repr(done))
            except PublishError as error:
                said += [str(error), repr(error), repr(error.__context__)]
    out, err = capfd.readouterr()
    written = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*") if path.is_file()]
    for text in (out, err, caplog.text, *said, *written, *state.log):
        assert TOKEN not in text
    assert len(state.published) == 1


def test_order_of_steps_is_enforced_by_the_server_too(
    shelf: Path, server: tuple[str, State], tmp_path: Path
) -> None:
    """The stand-in is no pushover: what it refuses is what the documentation says."""
    client = Invenio(server[0], TOKEN, sleep=lambda seconds: None)
    draft = client.create({"title": "x"})
    readme = shelf / "releases" / "0.1.0" / "README.md"
    with pytest.raises(PublishError, match=r"creators: Missing.*Missing uploaded files"):
        client.publish(draft.id)
    with pytest.raises(PublishError, match="no file"):
        client.send_content(draft.id, "README.md", readme)
    client.start_files(draft.id, ["README.md"])
    with pytest.raises(PublishError, match="already exists"):
        client.start_files(draft.id, ["README.md"])
    with pytest.raises(PublishError, match="not completed"):
        client.commit_file(draft.id, "README.md")
    client.reserve_doi(draft.id)
    with pytest.raises(PublishError, match="already exists for type doi"):
        client.reserve_doi(draft.id)
    with pytest.raises(PublishError, match="not registered"):
        client.new_version(draft.id)


def test_journals_are_not_mixed_up(shelf: Path, server: tuple[str, State], tmp_path: Path) -> None:
    base, _ = server
    order = order_for(shelf, base, tmp_path)
    run(order)
    with pytest.raises(PublishError, match="not of this deposit"):
        run(replace(order, version="0.1.1"))
    (tmp_path / "journal.json").write_text("{", encoding="utf-8")
    with pytest.raises(PublishError, match="no journal"):
        run(order)


def test_journal_that_leads_astray(tmp_path: Path) -> None:
    path = tmp_path / "journal.json"
    Journal(path, "https://zenodo.org", "d", "0.1.0").write(record_id="../../me")
    with pytest.raises(PublishError, match="no id of a record"):
        Journal(path, "https://zenodo.org", "d", "0.1.0")


def test_a_release_without_doi_is_not_given_one_unasked(
    shelf: Path, server: tuple[str, State], tmp_path: Path
) -> None:
    order = replace(order_for(shelf, server[0], tmp_path), doi_outside=False)
    with pytest.raises(PublishError, match="--doi-outside"):
        run(order)
    assert server[1].calls == []


@pytest.fixture
def unbuilt(example_dataset: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(example_dataset, tmp_path / "datasets" / example_dataset.name))


@pytest.mark.parametrize("failing", [None, "after"])
def test_the_doi_is_built_in(
    unbuilt: Path, server: tuple[str, State], tmp_path: Path, failing: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    base, state = server
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1988150400")
    order = Order(
        dataset=unbuilt, version="0.1.0", archives=tmp_path / "dist", server=base, publish=True,
        journal=tmp_path / "journal.json",
    )  # fmt: skip
    if failing:
        state.fail_after = {1}  # the DOI is reserved, and nobody here has heard of it
        with pytest.raises(OutcomeUnknown):
            run(order)
        assert not (unbuilt / "releases").exists()
    done, _ = run(order)
    assert isinstance(done, zenodo.Published)
    described = json.loads(state.published[0].files["datapackage.json"]["content"])
    assert described["id"] == f"https://doi.org/{done.doi}"
    entry = read_registry(unbuilt.parent / "registry.json").find(unbuilt.name, "0.1.0")
    assert entry is not None
    assert entry.doi == done.doi
    assert f"doi: {done.doi}" in (unbuilt / "dataset.yaml").read_text(encoding="utf-8")
    assert len(state.records) == 1


def test_the_version_before_is_told_by_its_doi() -> None:
    from alignment_events.deposit.describe import previous_record

    assert previous_record("10.5281/zenodo.123", zenodo.PRODUCTION) == "123"
    assert previous_record("10.5072/zenodo.123", zenodo.SANDBOX) == "123"
    assert previous_record("10.5072/zenodo.123", zenodo.PRODUCTION) == ""
    assert previous_record("10.1234/other", zenodo.PRODUCTION) == ""
    assert previous_record(None, zenodo.PRODUCTION) == ""


def test_dry_run_asks_nobody(
    shelf: Path, server: tuple[str, State], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, state = server
    code = release_publish(
        "0.1.0", to="zenodo", server=base, dataset=shelf, archives=shelf.parents[1] / "dist",
        journal=tmp_path / "j.json", dry_run=True,
    )  # fmt: skip
    assert code == 0
    assert "would leave it as a draft" in capsys.readouterr().out
    assert state.calls == []
    assert list(tmp_path.iterdir()) == []


def test_the_command(
    shelf: Path, server: tuple[str, State], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, state = server
    code = release_publish(
        "0.1.0", to="zenodo", server=base, dataset=shelf, archives=shelf.parents[1] / "dist",
        journal=tmp_path / "j.json", doi_outside=True,
    )  # fmt: skip
    told = capsys.readouterr()
    assert code == 0
    assert "A draft, not published: 10.5072/zenodo.1001" in told.out
    assert TOKEN not in told.out + told.err
    assert len(state.drafts) == 1


def test_options_of_the_other_sort_are_refused(shelf: Path, tmp_path: Path) -> None:
    with pytest.raises(AlignmentEventsError, match="--publish is for --to zenodo"):
        release_publish("0.1.0", to=str(tmp_path / "x"), dataset=shelf, publish=True)
    assert list(tmp_path.iterdir()) == []

"""Paths in what strangers send never lead out of the dataset: refused, or no more than a text."""

import os
from pathlib import Path

import pytest
from conftest import Cli, to_yaml
from contribute.test_add import later, new_files, tree

import alignment_events as ae

UP = "../../../evil"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": UP},
        {"id": "/etc/passwd"},
        {"episode": UP},
        {"subtype": UP},
        {"kind": UP},
        {"commitment": "C:\\evil"},
        {"links": [{"type": "responds_to", "to": UP, "basis": "stated"}]},
    ],
)
def test_a_path_for_a_name_is_refused(
    changes: dict[str, object], dataset_copy: Path, tmp_path: Path, cli_here: Cli
) -> None:
    (tmp_path / "sent.yaml").write_text(to_yaml(later("call", **changes)), encoding="utf-8")
    before = tree(tmp_path)
    done = cli_here("add", tmp_path / "sent.yaml", "--in", dataset_copy)
    assert done.returncode == 1
    assert "sent.yaml:" in done.stdout
    assert tree(tmp_path) == before


def test_a_path_for_a_title_is_a_title(dataset_copy: Path, tmp_path: Path, cli_here: Cli) -> None:
    record = later("call", title="Talk about ../../../evil and C:\\evil")
    (tmp_path / "sent.yaml").write_text(to_yaml(record), encoding="utf-8")
    before = tree(tmp_path)
    done = cli_here("add", tmp_path / "sent.yaml", "--in", dataset_copy)
    assert done.returncode == 0, done.stdout
    (new,) = new_files(tmp_path, before)
    inside = f"{dataset_copy.relative_to(tmp_path).as_posix()}/records/"
    assert new.startswith(inside)
    assert ".." not in new
    assert (tmp_path / new).resolve().is_relative_to(dataset_copy)


HEADER = "record_id,field,reported,wrong,source,status,corrected_in\n"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (f"{UP},title,2032-01-20,A word,https://a.example/,accepted,\n", "record_id"),
        (f"AE-CKNX-QQ7X,title,2032-01-20,A word,{UP},accepted,\n", "source"),
        (f"AE-CKNX-QQ7X,title,2032-01-20,A word,https://a.example/,corrected,{UP}\n", "corrected_in"),
        (f"AE-CKNX-QQ7X,title,2032-01-20,A word,https://a.example/,{UP},\n", "status"),
    ],
)  # fmt: skip
def test_a_path_in_the_errata_is_refused(row: str, column: str, dataset_copy: Path) -> None:
    (dataset_copy / "errata.csv").write_text(HEADER + row, encoding="utf-8")
    report = ae.validate(dataset_copy)
    assert {f.field for f in report.errors} == {column}
    assert {Path(f.file or "").name for f in report.errors} == {"errata.csv"}


@pytest.mark.parametrize("name", ["errata.csv", "actors.csv", "withdrawn.csv", "dataset.yaml"])
def test_a_list_that_is_a_link_is_not_followed(
    name: str, dataset_copy: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("root:the-password,x\nroot:the-password,x\n", encoding="utf-8")
    (dataset_copy / name).unlink(missing_ok=True)
    os.symlink(secret, dataset_copy / name)
    report = ae.validate(dataset_copy)
    assert report.errors
    assert "the-password" not in repr(report)
    assert name in {Path(f.file or "").name for f in report.errors}

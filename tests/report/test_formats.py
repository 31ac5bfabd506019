"""All formats tell the same findings; each is what it says it is, whatever the text."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest
from conftest import Cli
from reports import HOSTILE, changed, hostile, in_table, mixed

import alignment_events as ae
from alignment_events.findings import Finding, Level, Report
from alignment_events.report.formats import FORMATS, render
from alignment_events.report.github import MOST_SHOWN, annotations, summary
from alignment_events.report.listing import in_order, listing
from alignment_events.report.visible import visible, width

ROOT = Path(__file__).parents[2]
SARIF_SCHEMA = json.loads((ROOT / "tests/data/sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
REPORT_SCHEMA = json.loads((ROOT / "schema/report.schema.json").read_text(encoding="utf-8"))
Told = list[tuple[str, str, str]]
"""Code, place and message of each finding."""


@pytest.fixture
def report(tmp_path: Path, example_package: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.chdir(tmp_path)
    return mixed(tmp_path, example_package)


# --- Each format, read back ---------------------------------------------------------------------


def from_text(text: str) -> Told:
    form = re.compile(r"^  (?P<place>\S.*?): (error|warning|note) (AE\d{3})(?: \[.*?\])?: (.*)$")
    found = (form.match(line) for line in text.split("\n"))
    return [(m[3], m["place"], m[4]) for m in found if m]


def from_json(text: str) -> Told:
    rows = (Finding(**{**f, "level": Level(f["level"])}) for f in json.loads(text)["findings"])
    return [(f.code, f.place, f.message) for f in rows]


def unescaped(text: str) -> str:
    for code, sign in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, sign)
    return text


def from_github(text: str) -> Told:
    told = []
    for line in text.split("\n"):
        command = re.fullmatch(r"::(error|warning|notice) (.*?)::(.*)", line)
        if command is None or "title=AE" not in command[2]:
            continue
        pairs = (pair.partition("=") for pair in command[2].split(","))
        given = {name: unescaped(value) for name, _, value in pairs}
        code, _, place = given["title"].partition(" at ")
        place = place or f"{given['file']}:{given['line']}:{given['col']}"
        told.append((code[:5], place, unescaped(command[3]).split("\n")[0]))
    return told


def from_sarif(text: str) -> Told:
    (run,) = json.loads(text)["runs"]
    return [
        (r["ruleId"], r["properties"]["place"], r["message"]["text"].split("\n")[0])
        for r in run["results"]
        if "suppressions" not in r
    ]


class Page(HTMLParser):
    """What a page holds, as a reader of it would find it."""

    VOID = frozenset({"meta", "input", "br", "img", "link"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.told: Told = []
        self.text: dict[str, list[str]] = {}
        self._open: list[tuple[str, str]] = []
        self._item: dict[str, str] | None = None
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        self.tags.append((tag, about))
        if tag in self.VOID:
            return
        self._open.append((tag, str(about.get("class", ""))))
        if tag == "li" and "data-code" in about:
            self._item = {"code": str(about["data-code"]), "place": "", "message": ""}
        self.text.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag, f"{opened} is closed by {tag}"
        if tag == "li" and self._item:
            self.told.append((self._item["code"], self._item["place"], self._item["message"]))
            self._item = None

    def handle_data(self, data: str) -> None:
        if self._open:
            tag, kind = self._open[-1]
            self.text[tag][-1] += data
            if self._item is not None and kind.split(" ")[0] in ("place", "message"):
                self._item[kind.split(" ")[0]] += data


READ = {
    "text": from_text, "json": from_json, "github": from_github,
    "sarif": from_sarif, "html": lambda text: Page(text).told,
}  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_tells_the_same(format: str, report: Report) -> None:
    findings = in_order(report).findings
    assert {f.file is None for f in findings} == {f.line is None for f in findings} == {True, False}
    expected = [(f.code, f.place, f.message) for f in findings]
    shown = [tuple(visible(part) for part in one) for one in expected]
    assert len(expected) > 15
    told = READ[format](render(report, format))  # type: ignore[arg-type]
    assert told == (expected if format == "json" else shown)


def test_the_order_is_by_file_then_line(report: Report) -> None:
    mixed_up = Report(findings=tuple(reversed(report.findings)))
    for name, entries in listing(mixed_up).groups():
        lines = [e.found.line or 0 for e in entries]
        assert lines == sorted(lines), name
    names = [name for name, _ in listing(report).groups()]
    assert len(names) == len(set(names))
    assert sorted(in_order(mixed_up).findings, key=str) == sorted(report.findings, key=str)


# --- Text ---------------------------------------------------------------------------------------


def carets(text: str) -> list[str]:
    """What stands above each row of carets."""
    lines = text.split("\n")
    found = []
    for above, line in pairwise(lines):
        if re.fullmatch(r" +\| *\^+", line):
            begin = line.index("^")
            assert above.index("|") == line.index("|")
            columns = "".join(c + "\0" * (width(c) - 1) for c in above)
            found.append(columns[begin : len(line)].replace("\0", ""))
    return found


def test_the_caret_stands_under_the_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    long = "x" * 150
    text = changed(
        ("subtype: talks", "subtype: talk"),
        ("role: initiator", 'role: "in, it"'),
        ("scope: core", f"scope: {long} # {long}"),
        ("medium: phone", "北京: phone"),
        ("kind: meeting", "kind: meeting\t"),
    )
    Path("a.yaml").write_text(text, encoding="utf-8")
    shown = render(ae.validate("a.yaml"), "text")
    above = carets(shown)
    assert {"talk", '"in, it"', "北京", "x" * 48 + "…"} <= set(above)
    assert max(map(len, shown.split("\n")[1:])) < 400
    assert all(width(line) < 120 for line in shown.split("\n") if " | " in line)


def test_the_caret_of_a_table_stands_under_the_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = in_table(tmp_path)
    assert carets(render(report, "text")) == ['"A ""long"", name"', "stat", "state "]
    (run,) = json.loads(render(report, "sarif"))["runs"]
    places = [r["locations"][0]["physicalLocation"]["region"] for r in run["results"]]
    assert [(p["startLine"], p["startColumn"]) for p in places] == [(2, 5), (2, 24), (4, 8)]


def test_long_reports_are_cut_and_their_counts_are_not() -> None:
    one = Finding("AE103", Level.ERROR, "Wrong.", file="a.yaml", line=1)
    report = Report(findings=(one,) * 450 + (one.at(code="AE105", level=Level.WARNING),) * 7)
    text = render(report, "text", most=200)
    assert len(from_text(text)) == 200
    assert "257 more findings; --most 0 shows all." in text
    assert "AE103  450" in text
    assert "AE105  7" in text
    assert text.endswith("450 errors, 7 warnings.")
    assert len(from_text(render(report, "text"))) == 457


def test_text_steers_no_terminal() -> None:
    for text in (render(hostile(), "text"), str(hostile()), render(hostile(), "github")):
        assert all(c.isprintable() or c == "\n" for c in text)
        assert "<U+202E>" in text
        assert "<U+0000>" in text


def test_invisible_signs_are_named() -> None:
    assert visible("a\u202eb\x1b\x00\ud800\u200b") == "a<U+202E>b<U+001B><U+0000><U+D800><U+200B>"
    assert visible("北京 a\u3000b\tc") == "北京 a b    c"
    assert (width("北京a"), width("e\u0301")) == (5, 1)


# --- JSON ---------------------------------------------------------------------------------------


def test_json_has_the_published_shape(report: Report, tmp_path: Path, dataset_copy: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(REPORT_SCHEMA)
    check = jsonschema.Draft202012Validator(REPORT_SCHEMA).validate
    absent = ae.validate(tmp_path / "absent.yaml")
    accepted = Report(accepted=((report.findings[0], "It is so."),))
    for one in (report, Report(), accepted, hostile(), absent, ae.validate(dataset_copy)):
        check(json.loads(render(one, "json")))
    assert json.loads(render(absent, "json"))["unusable"] is True
    for spoil in ({"level": "fatal"}, {"line": 0}, {"code": "E1"}, {"message": None}):
        told = json.loads(render(report, "json"))
        told["findings"][0].update(spoil)
        with pytest.raises(jsonschema.ValidationError):
            check(told)


# --- GitHub -------------------------------------------------------------------------------------


def test_annotations_are_escaped() -> None:
    lines = render(hostile(), "github").split("\n")
    assert all(re.match(r"::(error|warning|notice) [^\r\n]*::", line) for line in lines[:2])
    # One command a finding, then the verdict: nothing in a text begins another command.
    assert len(lines) == 3
    assert "%250A" in lines[0]
    assert lines[0].index("file=") < lines[0].index("line=3")
    properties = lines[0].split(" ", 1)[1].split("::")[0]
    assert all("=" in part for part in properties.split(","))


def test_what_github_does_not_show_is_said() -> None:
    one = Finding("AE103", Level.ERROR, "Wrong.", file="a.yaml", line=1)
    few, many = (listing(Report(findings=(one,) * n)) for n in (MOST_SHOWN, MOST_SHOWN + 1))
    assert "first 10" not in "".join(annotations(few)) + summary(few)
    for text in ("\n".join(annotations(many)), summary(many)):
        assert "shows the first 10 errors" in text
    assert len(from_github("\n".join(annotations(many)))) == MOST_SHOWN + 1


def test_the_summary_of_a_job(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    file, told = tmp_path / "a.yaml", tmp_path / "summary.md"
    file.write_text(changed(("subtype: talks", "subtype: '<b>|`x`'")), encoding="utf-8")
    told.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(told))
    assert cli("validate", file, "--format", "github", cwd=tmp_path).returncode == 1
    text = told.read_text(encoding="utf-8")
    assert text.startswith("before\n## alignment-events validate\n")
    assert "| AE103 | 1 |" in text
    assert "<b>" not in text
    rows = [line for line in text.split("\n") if line.startswith("| a&#46;yaml")]
    assert [row.count("|") for row in rows] == [5]


def test_the_summary_is_kept_below_the_limit() -> None:
    long = "|" * 5000
    one = Finding("AE103", Level.ERROR, long, long, file="a.yaml", line=1)
    text = summary(listing(Report(findings=(one,) * 2000)))
    assert len(text.encode()) < 1_000_000
    assert re.search(r"And 1,\d{3} more", text)


# --- SARIF --------------------------------------------------------------------------------------


def test_sarif_is_valid(report: Report, tmp_path: Path) -> None:
    check = jsonschema.Draft4Validator(SARIF_SCHEMA).validate
    accepted = Report(accepted=((report.findings[0], "It is so."),))
    for one in (report, hostile(), Report(), accepted, ae.validate(tmp_path / "absent.yaml")):
        check(json.loads(render(one, "sarif")))
    with pytest.raises(jsonschema.ValidationError):
        check({**json.loads(render(report, "sarif")), "version": "2.0.0"})


def test_sarif_names_rules_and_places(report: Report) -> None:
    (run,) = json.loads(render(report, "sarif"))["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert "What to do:" in rule["help"]["text"]
        (location,) = result["locations"]
        if "physicalLocation" in location:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", uri)
            assert not uri.startswith("/")
        if "region" not in location.get("physicalLocation", {}):
            assert location["logicalLocations"][0]["fullyQualifiedName"]


# --- HTML ---------------------------------------------------------------------------------------


def test_the_page_has_the_structure_that_assistive_programs_need(report: Report) -> None:
    page = Page(render(report, "html"))
    names = [tag for tag, _ in page.tags]
    assert dict(page.tags)["html"]["lang"] == "en"
    assert (names.count("h1"), names.count("main"), names.count("title")) == (1, 1, 1)
    levels = [int(name[1]) for name in names if re.fullmatch("h[1-6]", name)]
    assert all(below <= above + 1 for above, below in pairwise(levels))
    labelled = {about["for"] for tag, about in page.tags if tag == "label"}
    fields = [about for tag, about in page.tags if tag in ("input", "select")]
    assert len(fields) == 4
    assert {about["id"] for about in fields} == labelled
    assert names.count("table") == names.count("caption") > 0
    assert all(about.get("scope") in ("col", "row") for tag, about in page.tags if tag == "th")
    ids = [about["id"] for _, about in page.tags if "id" in about]
    assert len(ids) == len(set(ids))
    for _, about in page.tags:
        for name in ("aria-labelledby", "for"):
            assert name not in about or about[name] in ids
        if str(about.get("href", "")).startswith("#"):
            assert str(about["href"])[1:] in ids
    # Each rule that was broken is defined, with its examples.
    assert {f.code for f in report.findings} <= set(ids)


@pytest.mark.parametrize("made", ["mixed", "hostile", "empty"])
def test_the_page_runs_and_loads_nothing_of_others(made: str, report: Report) -> None:
    text = render({"mixed": report, "hostile": hostile(), "empty": Report()}[made], "html")
    page = Page(text)
    allowed = {"src", "onload", "onerror", "onclick", "style", "action"}
    assert all(not allowed & set(about) for _, about in page.tags)
    assert all(str(about.get("href", "#")).startswith("#") for _, about in page.tags)
    assert {tag for tag, _ in page.tags} & {
        "img",
        "iframe",
        "object",
        "link",
        "base",
        "svg",
    } == set()
    (policy,) = (str(a["content"]) for t, a in page.tags if t == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (content,) = page.text[tag]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "\u202e" not in text
    assert "\x00" not in text
    if made == "hostile":
        assert visible(HOSTILE) in [place for told in page.told for place in told]
        assert "{{ 7*7 }}" in text


def test_without_jinja_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ImportError, match=r"pip install alignment-events\[html\]") as error:
        render(Report(), "html")
    assert isinstance(error.value, ae.AlignmentEventsError)


# --- The command --------------------------------------------------------------------------------


def test_reports_go_into_files(tmp_path: Path, cli: Cli) -> None:
    wrong = tmp_path / "a.yaml"
    wrong.write_text(changed(("subtype: talks", "subtype: talk")), encoding="utf-8")
    for format in ("html", "sarif"):
        out = tmp_path / f"out.{format}"
        done = cli("validate", wrong, "--format", format, "--output", out)
        assert (done.returncode, done.stdout) == (1, "")
        assert out.read_text(encoding="utf-8").rstrip("\n") == cli(
            "validate", wrong, "--format", format
        ).stdout.rstrip("\n")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    refused = cli("validate", wrong, "--output", link)
    assert refused.returncode == 2
    assert "is a link" in refused.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.yaml", "link", "out.html", "out.sarif"]

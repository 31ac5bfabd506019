"""The page of a report in a real browser: the filter by keyboard, nothing run, nothing loaded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reports import hostile, mixed

from alignment_events.findings import Report, merge
from alignment_events.report.formats import render

pytestmark = [pytest.mark.full, pytest.mark.needs("chromium", "playwright")]

# What axe-core would object to first, asked of the document itself.
CHECKS = """() => {
  const found = [];
  const named = (e) => e.getAttribute("aria-label") || (e.getAttribute("aria-labelledby") || "")
    .split(" ").map((id) => document.getElementById(id)?.textContent || "").join("").trim();
  if (document.querySelectorAll("h1").length !== 1) found.push("h1");
  if (!document.documentElement.lang || !document.title) found.push("lang or title");
  for (const e of document.querySelectorAll("input, select"))
    if (e.labels.length !== 1 || !e.labels[0].textContent.trim()) found.push("label of " + e.id);
  for (const e of document.querySelectorAll("table"))
    if (!e.caption || !e.querySelector("th[scope=col]")) found.push("table");
  for (const e of document.querySelectorAll("section, [role=region], form"))
    if (!named(e)) found.push("name of " + e.tagName);
  for (const e of document.querySelectorAll("a, button"))
    if (!e.textContent.trim()) found.push("empty " + e.tagName);
  for (const e of document.querySelectorAll("*")) {
    const wide = getComputedStyle(e).overflowX;
    if (["auto", "scroll"].includes(wide) && e.scrollWidth > e.clientWidth && e.tabIndex < 0)
      found.push("not scrolled by keyboard: " + e.tagName);
  }
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const rgb = numbers(getComputedStyle(e).backgroundColor);
      if (rgb.length < 4 || rgb[3] === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !e.checkVisibility() || e.tagName === "SCRIPT") continue;
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(ground(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(`contrast ${contrast.toFixed(2)}: ${walk.currentNode.data.trim().slice(0, 40)}`);
  }
  return found;
}"""


class Seen:
    """A page, and what its browser had to say."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: (self.said.append("dialog"), dialog.dismiss()))
        page.on("request", lambda request: self.asked.append(request.url))

    def shown(self) -> int:
        return int(self.page.locator("section.group ol.findings > li:visible").count())


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def report(tmp_path: Path, example_package: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.chdir(tmp_path)
    return merge([mixed(tmp_path, example_package), hostile()])


@pytest.fixture
def file(report: Report, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(render(report, "html"), encoding="utf-8")
    return path


def opened(browser: Any, file: Path, **options: Any) -> Seen:
    seen = Seen(browser.new_page(**options))
    seen.page.goto(file.as_uri())
    return seen


def focused(seen: Seen) -> str:
    return str(seen.page.evaluate("document.activeElement.id || document.activeElement.type"))


def test_the_filter_works_by_keyboard_alone(browser: Any, file: Path, report: Report) -> None:
    seen = opened(browser, file)
    everything = len(report.findings)
    assert seen.shown() == everything
    keys = seen.page.keyboard
    keys.press("Tab")
    assert seen.page.locator(".skip").bounding_box()["x"] >= 0
    for _ in range(30):
        keys.press("Tab")
        # Whatever has the focus shows it.
        style = "(e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineWidth])"
        assert seen.page.evaluate(f"{style}(document.activeElement)")[0] != "none"
        if focused(seen) == "words":
            break
    assert focused(seen) == "words"
    keys.type("Colour AE102")
    assert seen.shown() == 1
    assert seen.page.locator("#shown").inner_text() == f"1 of {everything} findings are shown."
    keys.press("Control+A")
    keys.press("Delete")
    assert seen.shown() == everything
    keys.press("Tab")
    assert focused(seen) == "level"
    keys.type("war")
    assert seen.shown() == sum(f.level == "warning" for f in report.findings) == 1
    keys.press("Home")
    keys.press("Tab")
    assert focused(seen) == "code"
    keys.type("AE103")
    assert seen.shown() == sum(f.code == "AE103" for f in report.findings) > 1
    # A file without any finding left is not listed either.
    groups = seen.page.locator("section.group:visible").count()
    assert 1 < groups < seen.page.locator("section.group").count()
    keys.press("Tab")
    assert focused(seen) == "file"
    keys.type("actors.csv")
    assert seen.shown() == 2
    keys.press("Tab")
    assert focused(seen) == "reset"
    keys.press("Enter")
    # A form is reset after its event, so that the page takes the list up again a moment later.
    seen.page.get_by_text(f"All {everything} findings are shown.", exact=True).wait_for()
    assert seen.shown() == everything
    assert seen.said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("columns", [390, 1280])
def test_nothing_is_run_or_loaded_and_all_can_be_read(
    browser: Any, file: Path, scheme: str, columns: int
) -> None:
    size = {"width": columns, "height": 900}
    seen = opened(browser, file, color_scheme=scheme, viewport=size)
    seen.page.locator("summary").click()
    seen.page.wait_for_timeout(200)
    assert seen.said == []
    assert seen.asked == [file.as_uri()]
    assert seen.page.locator("body img, main script").count() == 0
    assert seen.page.evaluate(CHECKS) == []
    # The page itself is never wider than the window.
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= columns


def test_what_is_smuggled_in_does_not_run(browser: Any, tmp_path: Path) -> None:
    """The policy holds even if escaping failed."""
    text = render(Report(), "html")
    smuggled = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
    path = tmp_path / "smuggled.html"
    path.write_text(text.replace("<p>There are none.</p>", smuggled), encoding="utf-8")
    seen = opened(browser, path)
    seen.page.wait_for_timeout(200)
    assert seen.page.title() == "Report of a validation"
    assert len(seen.said) >= 2


def test_it_can_be_read_without_scripts(browser: Any, file: Path, report: Report) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator("section.group ol.findings > li:visible").count() == len(report.findings)
    assert not page.locator("form.filter").is_visible()
    context.close()


def test_a_long_report_is_filtered_at_once(browser: Any, tmp_path: Path) -> None:
    from alignment_events.findings import Finding, Level

    one = Finding("AE103", Level.ERROR, "Wrong.", "Mend it.", table="events", field="scope")
    report = Report(findings=tuple(one.at(row=row) for row in range(5000)))
    path = tmp_path / "long.html"
    path.write_text(render(report, "html"), encoding="utf-8")
    seen = opened(browser, path)
    seen.page.locator("#words").fill("row=4321")
    assert seen.shown() == 1

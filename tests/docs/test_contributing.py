"""What CONTRIBUTING.md says the commands print is what they print.

The page holds commands in blocks marked `console`; each is run in order, and its output compared.
`REWRITE_PAGES=1 pytest tests/docs/test_contributing.py` writes what they print today into the page.
"""

import os
import re
import shutil
import sys
from pathlib import Path

import pexpect
import pytest
from conftest import COMMAND

import alignment_events as ae

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "CONTRIBUTING.md"
NAME = "china-russia-dprk"
BLOCK = re.compile(r"^```console\n\$ (.+?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

TYPED = (
    ("> ", "tlaks"),
    ("> ", "?"),
    ("> ", "talks"),
    ("> [core] ", ""),
    ("> ", "Chinese and Russian defence ministers speak by video link"),
    ("> ", "!q"),
    ("draft? [Y/n] ", "n"),
)
"""Prompts of the questions on the page, and what is typed."""


def text():
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """A copy of the repository as far as the page uses it, with the wrong file in it."""
    folder = tmp_path_factory.mktemp("bench")
    shutil.copytree(ROOT / "datasets", folder / "datasets")
    shutil.copytree(ROOT / "schema", folder / "schema")
    (wrong,) = re.findall(r"^```yaml wrong\n(.*?)^```$", text(), re.MULTILINE | re.DOTALL)
    (folder / "dong-shoigu.yaml").write_text(wrong, encoding="utf-8")
    return folder


def mended(path):
    """The file after what the table of the page says."""
    record = path.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \|$", text(), re.MULTILINE)[:5]
    assert len(rows) == 5
    for wrong, right in rows:
        assert record.count(wrong) == 1, wrong
        record = record.replace(wrong, right)
    path.write_text(record, encoding="utf-8")


def at_a_terminal(command, folder):
    """What a person sees who types the answers of `TYPED`."""
    child = pexpect.spawn(
        sys.executable, [*COMMAND[1:], *command.split()[1:]],
        cwd=folder, encoding="utf-8", timeout=60, dimensions=(100, 300),
    )  # fmt: skip
    child.delaybeforesend = None
    seen = ""
    for prompt, line in TYPED:
        child.expect_exact(prompt)
        seen += child.before + child.after
        child.sendline(line)
    child.expect(pexpect.EOF)
    # The bar that shows how far reading is leaves nothing but signs that steer the terminal.
    seen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r(?!\n)", "", seen + child.before)
    seen = seen[seen.index("? explains") :]
    return "\n".join(line.rstrip() for line in seen.replace("\r\n", "\n").splitlines()) + "\n"


def steady(output):
    """The output without what differs from run to run or with a rule more or less."""
    output = re.sub(
        r"AE-[0-9A-Z]{4}-[0-9A-Z]{4}(?= +\||$| to )", "AE-XXXX-XXXX", output, flags=re.M
    )
    return re.sub(r"\d+ rules", "N rules", output)


def test_the_page_shows_what_the_commands_print(bench, cli):
    shown = BLOCK.findall(text())
    assert [command.split()[1] for command, _ in shown] == [
        "new",
        "validate",
        "validate",
        "add",
        "add",
    ]
    printed = []
    codes = []
    for number, (command, _) in enumerate(shown):
        if number == 2:
            mended(bench / "dong-shoigu.yaml")
        if number == 0:
            printed.append(at_a_terminal(command, bench))
            continue
        done = cli(*command.split()[1:], cwd=bench)
        printed.append(done.stdout.lstrip("\n"))
        codes.append(done.returncode)
    if os.environ.get("REWRITE_PAGES"):
        outputs = iter(printed)
        renewed = BLOCK.sub(lambda m: f"```console\n$ {m[1]}\n{next(outputs)}```", text())
        PAGE.write_text(renewed, encoding="utf-8")
    assert codes == [1, 0, 1, 0]
    assert [steady(one) for one in printed] == [
        steady(output) for _, output in BLOCK.findall(text())
    ]
    # The page promises five faults, and a sound dataset at the end.
    assert len(re.findall(r" error AE\d", shown[1][1])) == 5 or "5 errors" in printed[1]
    assert ae.validate(bench / "datasets" / NAME).ok

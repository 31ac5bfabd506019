"""JSON of reports: the same values as the standard library reads, quickly, a finding a line."""

import json

from hypothesis import given
from hypothesis import strategies as st

from alignment_events.report.json_text import json_lines

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(PLAIN, st.integers(0, 5))
def test_the_values_are_kept(value, levels):
    written = json_lines(value, levels)
    assert json.loads(written) == value
    assert written.isascii()


def test_each_finding_has_its_line():
    written = json_lines({"findings": [{"code": "AE101", "row": 1}, {"code": "AE103"}]}, 2)
    assert written.splitlines() == [
        "{",
        '  "findings": [',
        '    {"code": "AE101", "row": 1},',
        '    {"code": "AE103"}',
        "  ]",
        "}",
    ]

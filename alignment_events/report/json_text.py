"""JSON that people can read and that is quickly written, however many findings there are."""

import json
from typing import Any


def json_lines(value: Any, levels: int, indent: int = 0) -> str:
    """A value as JSON, indented down to some levels; what lies below stands on one line each.

    The encoder of the standard library is many times slower where it indents.

    Args:
        value: Plain values.
        levels: How many levels of lists and objects are opened.
        indent: Level at hand.
    """
    if not levels or not value or not isinstance(value, dict | list | tuple):
        return json.dumps(value)
    inside, outside = "\n" + "  " * (indent + 1), "\n" + "  " * indent
    below = levels - 1, indent + 1
    if isinstance(value, dict):
        parts = [f"{json.dumps(k)}: {json_lines(v, *below)}" for k, v in value.items()]
        return f"{{{inside}{(',' + inside).join(parts)}{outside}}}"
    return f"[{inside}{(',' + inside).join(json_lines(v, *below) for v in value)}{outside}]"

"""The command line: `alignment-events validate`, `build`, `show`, `summary` and the rest."""

import atexit
import gc
import io
import logging
import sys

from alignment_events.commands.app import app
from alignment_events.findings import AlignmentEventsError, InvalidData
from alignment_events.lean import keep_out

# By name: a module is imported when its command is asked for, and a command starts without the others.
for _command in (
    "agreement:agree",
    "checking:validate",
    "citing:cite",
    "citing:releases",
    "citing:whatis",
    "citing:yank",
    "contributing:add",
    "contributing:new",
    "contributing:template",
    "datasets:build",
    "datasets:card",
    "exporting:export",
    "reading:codebook",
    "reading:explain",
    "reading:show",
    "reading:summary",
):
    app.command(f"alignment_events.commands.{_command}")
for _name, _group in (
    ("ids", "contributing:ids_app"),
    ("release", "releasing:release_app"),
    ("schema", "schema:schema_app"),
):
    app.command(f"alignment_events.commands.{_group}", name=_name)

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; every expected failure is a message and an exit code."""
    atexit.register(_leave_the_rest)
    for stream in (sys.stdout, sys.stderr):
        # What a terminal cannot show must not end the report.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.argv[1:2] == ["validate"] and not any("spark" in one for one in sys.argv):
        keep_out("pandas", "pyspark")
    # On the command line the version is part of the name, or shown with the result.
    logging.getLogger("alignment_events.version").setLevel(logging.ERROR)
    try:
        result = app(result_action="return_value")
    except InvalidData as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except (AlignmentEventsError, ValueError) as error:
        print(f"alignment-events: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of the output has seen enough, as with `| head`.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        print(f"alignment-events: {error}", file=sys.stderr)
        sys.exit(2)
    sys.exit(result if isinstance(result, int) else 0)


def _leave_the_rest() -> None:
    """Look for no cycles among all that is there at the end: it takes as long as to import Arrow."""
    # DuckDB would tell of all that it finds left.
    if "duckdb" not in sys.modules:
        gc.freeze()

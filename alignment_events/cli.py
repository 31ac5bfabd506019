"""The command line: `alignment-events validate`, `build`, `show`, `summary` and the rest."""

import io
import logging
import sys

# Each module registers its commands with the application.
from alignment_events.commands import (
    agreement,
    checking,
    citing,
    contributing,
    datasets,
    exporting,
    publishing,
    reading,
    releasing,
    schema,
)
from alignment_events.commands.app import app
from alignment_events.findings import AlignmentEventsError, InvalidData

__all__ = [
    "agreement",
    "checking",
    "citing",
    "contributing",
    "datasets",
    "exporting",
    "main",
    "publishing",
    "reading",
    "releasing",
    "schema",
]


def main() -> None:
    """Run the command line; every expected failure is a message and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        # What a terminal cannot show must not end the report.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
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

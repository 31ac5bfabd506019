"""The Spark session, and what Spark says when it fails."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from alignment_events.findings import AlignmentEventsError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def session_of(conf: Mapping[str, str] | None = None) -> "SparkSession":
    """The Spark session that is there, or a new one by the configuration of this machine.

    Raises:
        AlignmentEventsError: If PySpark or Java is not installed.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise AlignmentEventsError(
            "Spark is not installed: pip install alignment-events[spark]"
        ) from error
    # Workers run the same Python, unless the cluster is set up otherwise.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    active = SparkSession.getActiveSession()
    if active is not None and not conf:
        return active
    builder = SparkSession.builder.appName("alignment-events")
    for key, value in (conf or {}).items():
        builder = builder.config(key, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, OSError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise AlignmentEventsError(f"Spark cannot be started: {reason}") from error


@contextmanager
def explained() -> Iterator[None]:
    """What Spark cannot do is told in one sentence."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        reason = lines[-1] if lines else type(error).__name__
        raise AlignmentEventsError(f"Spark failed: {reason[:300]}") from error

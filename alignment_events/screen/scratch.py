"""Temporary files of a check, and what goes into which part of them."""

from tempfile import TemporaryFile, gettempdir
from threading import Lock
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from alignment_events.findings import AlignmentEventsError

MOST_PARTITIONS = 4096


class Scratch:
    """A file without a name, so that nothing of it remains however the process ends; it only grows."""

    def __init__(self, number: int | None = None) -> None:
        """Open it.

        Args:
            number: Of a file that is open already, and that is closed by whoever opened it.
        """
        self._file: BinaryIO
        if number is None:
            self._file = TemporaryFile(prefix="alignment-events-")  # noqa: SIM115 - closed by close
        else:
            self._file = open(number, "wb", closefd=False)  # noqa: SIM115 - closed by its owner
            self._file.seek(0)
        self._lock = Lock()
        self._end = 0

    @property
    def number(self) -> int:
        """By which a process that inherits it can open it too."""
        return self._file.fileno()

    def append(self, block: bytes | memoryview) -> int:
        """Write to the end, and return where that was.

        Raises:
            AlignmentEventsError: If there is no room.
        """
        with self._lock:
            place = self._end
            try:
                self._file.write(block)
            except OSError as error:
                raise no_room(error) from error
            self._end += memoryview(block).nbytes
        return place

    def flush(self) -> None:
        """Let others read what was written.

        Raises:
            AlignmentEventsError: If there is no room.
        """
        try:
            self._file.flush()
        except OSError as error:
            raise no_room(error) from error

    def read(self, place: int, length: int) -> bytes:
        """What was written somewhere."""
        with self._lock:
            self._file.seek(place)
            found = self._file.read(length)
            self._file.seek(self._end)
        return found

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the room on disk back."""
        self._file.close()


def no_room(error: OSError) -> AlignmentEventsError:
    """What to say if a temporary file cannot be written."""
    return AlignmentEventsError(
        f"temporary files cannot be written to {gettempdir()}: {error.strerror}. "
        "Set TMPDIR to a folder with more room, or sort the tables by record."
    )


def partition_of(keys: NDArray[np.uint64], salt: int, count: int) -> NDArray[np.uint16]:
    """The partition of each record, by a hash: whatever the ids are, partitions are of about one size."""
    mixed = (keys ^ (keys >> np.uint64(31))) * np.uint64(salt | 1)
    mixed ^= mixed >> np.uint64(32)
    return (mixed % np.uint64(count)).astype(np.uint16)

"""How much memory a check may take, and how much of it goes to what."""

import ctypes
import os
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from alignment_events.findings import AlignmentEventsError

_UNITS = {"": 1, "b": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(i?)b?\s*", re.I)
LEAST = 512 * 1024**2
"""The program itself, with the libraries that it loads, takes about two thirds of this."""
_PROGRAM = 380 * 1024**2
"""What it takes whatever the data: itself, with what the allocators keep. Measured, 350 to 420 MiB."""
_SHARER = 300 * 1024**2
"""The same of each of several processes, which read nothing ahead. Measured, 215 to 330 MiB."""
_PROCESS = 450 * 1024**2
"""What a process should have that shares in the work, its program included: with less, its batches are
so small that one process by itself is sooner done."""
ROW = 700
"""Bytes that a row of a batch takes while it is screened, and again if as much is read ahead: measured.

Tables with longer rows are read in smaller pieces; see `batch_bytes`."""


def parse_size(text: str) -> int:
    """A size such as `1GiB`, `800MB`, `2g` or a number of bytes.

    Raises:
        AlignmentEventsError: If it is no size.
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        raise AlignmentEventsError(f"{text!r} is no size: write one such as 1GiB or 800MB.")
    number, unit, binary = found.groups()
    factor = _UNITS[unit.lower()]
    if binary:
        if not unit:
            raise AlignmentEventsError(f"{text!r} is no size: write one such as 1GiB or 800MB.")
        factor = 1024 ** "bkmgt".index(unit.lower())
    return int(float(number) * factor)


def free_memory() -> int:
    """Bytes that are free on this machine, or in the container that the process runs in."""
    found = []
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                found.append(int(line.split()[1]) * 1024)
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        if limit != "max":
            used = int(Path("/sys/fs/cgroup/memory.current").read_text())
            found.append(max(0, int(limit) - used))
    except (OSError, ValueError, IndexError):
        pass
    if not found:
        try:
            found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)
        except (AttributeError, OSError, ValueError):
            found.append(4 * 1024**3)
    return min(found)


MAX_WHOLE_BYTES = 400_000_000
"""What a table that is read whole may unfold to, however much memory there is: registries are small."""


@dataclass(frozen=True)
class Memory:
    """What a check may take in all, the program included.

    Attributes:
        total: Bytes.
        shared: True for one of several processes.
    """

    total: int
    shared: bool = False

    @classmethod
    def of(cls, given: "int | str | Memory | None") -> "Memory":
        """The bound that was asked for; by default half of what is free.

        Raises:
            AlignmentEventsError: If it is no size, or less than the program needs for itself.
        """
        if isinstance(given, Memory):
            return given
        if given is None:
            return cls(max(LEAST, free_memory() // 2))
        total = parse_size(given) if isinstance(given, str) else given
        if total < LEAST:
            least = in_words(LEAST)
            raise AlignmentEventsError(
                f"{in_words(total)} of memory is too little: at least {least} are needed, most of "
                "it for the program itself."
            )
        return cls(total)

    def processes(self, most: int, common: int) -> int:
        """How many processes can share in the work, this one among them.

        Args:
            most: How many there should be.
            common: Bytes that all of them have in common.
        """
        return max(1, min(most, (self.total - common) // _PROCESS))

    def beside(self, common: int) -> "Memory":
        """What is left beside so many bytes, if that is enough."""
        return replace(self, total=max(LEAST, self.total - common))

    def shared_by(self, processes: int, common: int) -> "Memory":
        """What each of some processes may take, that of the program included."""
        return Memory(max(_PROCESS, (self.total - common) // processes), shared=True)

    @property
    def for_data(self) -> int:
        """What is left beside the program itself."""
        return self.total - (_SHARER if self.shared else _PROGRAM)

    def batch_rows(self, most: int) -> int:
        """Rows of all tables that are screened together, of common length."""
        return min(most, max(2_000, self.for_data // (ROW if self.shared else 2 * ROW)))

    @property
    def batch_bytes(self) -> int:
        """Bytes that the rows of a table in a batch may unfold to."""
        return self.for_data // 4

    @property
    def partition_bytes(self) -> int:
        """Bytes that a partition of unsorted tables may take, of which two are held at a time."""
        return self.for_data // 12

    @property
    def waiting_bytes(self) -> int:
        """Bytes of suspect rows that are gathered before they are examined."""
        return self.for_data // 16

    @property
    def waiting_records(self) -> int:
        """Suspect records that are gathered: an examination takes long whatever their number.

        Of common length, one takes about 8 KB while it is examined.
        """
        return max(5_000, self.for_data // 100_000)

    @property
    def table_bytes(self) -> int:
        """Bytes that a table may unfold to which is read whole."""
        return min(MAX_WHOLE_BYTES, self.for_data // 6)


def in_words(size: int) -> str:
    """A size as people read it."""
    for unit, factor in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size:,} bytes"


def give_back() -> None:
    """Give the system what the allocators of this process keep for later."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    # Only that of glibc has to be asked.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)

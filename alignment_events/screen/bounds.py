"""How much a file may unfold to, told before any of it is unfolded."""

from pathlib import Path

from alignment_events.screen.memory import Memory
from alignment_events.screen.opened import Opened


def too_large(file: Path, opened: Opened, memory: Memory) -> tuple[int, str | None]:
    return 1 << 30, None

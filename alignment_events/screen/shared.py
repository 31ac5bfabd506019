"""Objects whose large arrays lie in a file, where several processes have them without a copy each."""

import mmap
import pickle
from dataclasses import dataclass
from typing import Any, BinaryIO

_ALIGNED = 64


@dataclass(frozen=True)
class Shared:
    """An object in a file.

    Attributes:
        head: All of it, but for its arrays.
        places: Where each array begins in the file, and how long it is.
    """

    head: bytes
    places: list[tuple[int, int]]

    @classmethod
    def store(cls, value: Any, file: BinaryIO) -> "Shared":
        """Write an object to the end of a file.

        Raises:
            OSError: If there is no room.
        """
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
        places = []
        for buffer in buffers:
            with buffer.raw() as raw:
                file.write(bytes(-file.tell() % _ALIGNED))
                places.append((file.tell(), raw.nbytes))
                file.write(raw)
        file.flush()
        return cls(head, places)

    def load(self, number: int) -> Any:
        """The object, whose arrays can only be read.

        Args:
            number: Of the file, which is open.
        """
        # The arrays keep it open as long as one of them is there; an empty file cannot be mapped.
        empty = not any(size for _, size in self.places)
        data = memoryview(b"" if empty else mmap.mmap(number, 0, access=mmap.ACCESS_READ))
        return pickle.loads(self.head, buffers=[data[at : at + size] for at, size in self.places])

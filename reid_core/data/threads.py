"""Work on many files at once: OpenCV decodes and computes flow outside Python's lock."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """``map`` in threads, in order, a few items a core at a time: that bounds the memory, and the wait after a stop."""
    workers = os.cpu_count() or 1
    group = 4 * workers
    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(items), group):
            yield from pool.map(work, items[start : start + group])

"""Files and folders that are complete or absent."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

UNFINISHED = ".part"


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """A new place beside ``path`` to write a file or a folder to; it takes the name when the block ends without error.

    Of several who write at the same time each has a place of its own. What a killed process leaves ends in
    ``UNFINISHED``. The folder that ``path`` is in is made where it is missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    place = path.with_name(f".{path.name}.{uuid4().hex}{UNFINISHED}")
    try:
        yield place
        place.replace(path)
    finally:
        if place.is_dir():
            shutil.rmtree(place)
        place.unlink(missing_ok=True)

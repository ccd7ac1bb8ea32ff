"""Files and folders that are complete or absent."""

import lzma
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

UNFINISHED = ".part"
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, OSError, ValueError)
"""What reading a damaged zip file raises."""


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


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Keep a second process from writing the same; what one that was killed has left unfinished is removed.

    Raises: ValueError: another one is at it.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(out.with_name(f"{out.name}.lock"), blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise ValueError(f"out must be a place of its own, another process is writing {out}") from error
    try:
        for left in out.parent.glob(f".{escape(out.name)}.*{UNFINISHED}"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        yield
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def check_place(folder: Path) -> None:
    """Before work whose result is to be written to ``folder``, there or not. Raises: ValueError: it could not be."""
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise ValueError(f"out must be in a folder, {there} is a file")
    if not os.access(there, os.W_OK):
        raise ValueError(f"out must be where files may be written, they may not in {there}")


def check_file(path: Path) -> None:
    """As ``check_place``, for a file in a folder. Raises: ValueError also where a folder stands."""
    if path.is_dir():
        raise ValueError(f"out must be a file, {path} is a folder")
    check_place(path.parent)

"""LanceDB, in whose tables indexes and packed data sets lie."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any


def connected(place: str | Path, fresh_after: timedelta | None = None) -> Any:
    """The tables in a folder, or below an address of object storage.

    Args: fresh_after: how old what is read may be where another process writes; by default as old as the connection.
    """
    os.environ.setdefault("LANCEDB_LOG", "error")  # else every new table is told on stderr
    import lancedb  # here, since it takes a while, and who has no such table needs none

    return lancedb.connect(str(place), read_consistency_interval=fresh_after)

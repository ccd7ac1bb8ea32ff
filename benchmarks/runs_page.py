"""Opening the page Runs with 200 stored runs of 10 splits, compared with 5."""

import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.run_folders import write
from ui import library
from ui.frame import FRAMED

FEW, MANY, SPLITS, PERSONS = 5, 200, 10, 50
REPEATS = 5
PAGE = Path(__file__).resolve().parents[1] / "pages" / "runs.py"


def measure() -> dict[str, float]:
    """``runs_page_200_over_5``: the median time to open the page when nothing has been read yet."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = Path(folder, "few"), Path(folder, "many")
        for root, count in ((few, FEW), (many, MANY)):
            _fill(root, count)
        _opened(few)  # imports are not timed
        seconds = [(_opened(few), _opened(many)) for _ in range(REPEATS)]
    medians = [statistics.median(column) for column in zip(*seconds, strict=True)]
    return {"runs_page_200_s": medians[1], "runs_page_200_over_5": medians[1] / medians[0]}


def _fill(root: Path, count: int) -> None:
    """Write one run, and copy it under other names."""
    first = write(root, "run-000", range(SPLITS), PERSONS)
    values = json.loads((first / "run.json").read_text())
    for number in range(1, count):
        folder = root / f"run-{number:03d}"
        shutil.copytree(first, folder)
        (folder / "run.json").write_text(json.dumps(values | {"name": folder.name}))


def _opened(root: Path) -> float:
    """Seconds from opening the page in a new session to its end, with empty caches."""
    os.environ[library.SETTING] = str(root)
    library.SHIPPED = root / "none"
    library._listed.clear()
    library._opened.clear()
    started = time.perf_counter()
    page = AppTest.from_file(str(PAGE), default_timeout=600)
    page.session_state[FRAMED] = True
    page.run()
    seconds = time.perf_counter() - started
    if page.exception or len(page.dataframe[0].value) < FEW:
        raise RuntimeError(f"the page must open with the runs in {root}, got {page.exception}")
    return seconds

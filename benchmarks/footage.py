"""How fast footage is indexed, and who is found: the rendered street with two cameras that the page Search ships with.

Its films are enlarged to 1280 x 720; they have ten frames a second.

Who passes where and when is known (``assets/search/truth.json``). Every tracklet of one camera looks for its person in
the other's: who passes there too is to be found first, who does not by nobody within the threshold.
"""

import json
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import pandas as pd

from reid_core.model import Checkpoint, load_checkpoint
from reid_core.search import Index, build, create, find, identities, sources, stored
from reid_core.video import PersonDetector, Stream, mp4

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "search"
VIDEOS = ("gate.mp4", "square.mp4")
SIZE, FPS = (1280, 720), 10
ALL = 10_000


def measure() -> dict[str, float]:
    """``index_realtime_factor``: seconds of video to seconds of work on all cores; ``index_core_share``: of one core.

    ``index_peak_gb``: the most that the process held.

    ``footage_rank_1``, ``footage_nobody``: as above, shares. ``footage_pairs_right``, ``footage_pairs_found``: of pairs
    of tracklets that are put together, those of one person, and of those of one person, those put together.
    """
    checkpoint = load_checkpoint("utrcnn")
    with TemporaryDirectory() as folder:
        videos = sources([_enlarged(FOLDER / video, Path(folder) / video) for video in VIDEOS])
        index = create(Path(folder) / "index", checkpoint, "utrcnn")
        detector, wall, work = PersonDetector(), time.perf_counter(), time.process_time()
        for _ in build(index, videos, checkpoint, detector):
            pass
        wall, work = time.perf_counter() - wall, time.process_time() - work
        peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        whole_s = sum(video.duration_s for video in index.videos())
        speed = {"index_realtime_factor": whole_s / wall, "index_core_share": work / whole_s}
        return speed | {"index_peak_gb": peak_gb} | _found(index, checkpoint)


def _enlarged(film: Path, place: Path) -> Path:
    pictures = (cv2.resize(shot.pixels, SIZE) for shot in Stream(film, FPS).shots())
    place.write_bytes(mp4(pictures, FPS))
    return place


def _found(index: Index, checkpoint: Checkpoint) -> dict[str, float]:
    table = _with_names(index.table())
    first, nobody = [], []
    for row in table.itertuples():
        hits = [
            hit for hit in find(stored(index, row.tracklet), [index], checkpoint, ALL).hits if hit.camera != row.camera
        ]
        name = table.set_index("tracklet").name
        if (name[table.camera.to_numpy() != row.camera] == row.name).any():
            first.append(name[hits[0].tracklet] == row.name)
        else:
            nobody.append(not any(hit.within for hit in hits))
    people = table.merge(identities(index, checkpoint)[["tracklet", "identity"]], on="tracklet")
    together, one = (people[c].to_numpy()[:, None] == people[c].to_numpy() for c in ("identity", "name"))
    pairs = np.triu_indices(len(people), 1)
    right = (together & one)[pairs].sum()
    return {
        "footage_rank_1": float(np.mean(first)),
        "footage_nobody": float(np.mean(nobody)),
        "footage_pairs_right": float(right / together[pairs].sum()),
        "footage_pairs_found": float(right / one[pairs].sum()),
    }


def _with_names(table: pd.DataFrame) -> pd.DataFrame:
    """Who is seen in most of each tracklet's time; without those that show nobody who is known."""
    truth = json.loads((FOLDER / "truth.json").read_text())
    return table.assign(name=[_name(row, truth[row.camera]) for row in table.itertuples()]).query("name != ''")


def _name(row: Any, people: dict[str, list[list[float]]]) -> str:
    shared = {
        name: sum(max(0.0, min(end, row.end_s) - max(start, row.start_s)) for start, end in spans)
        for name, spans in people.items()
    }
    best = max(shared, key=lambda name: shared[name])
    return best if shared[best] > 0 else ""


if __name__ == "__main__":
    for figure, value in measure().items():
        print(f"{figure:24} {value:8.3f}")

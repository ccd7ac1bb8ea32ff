"""Who was where when, as tables for others to read: CSV, JSON, MOTChallenge."""

import json

import numpy as np
import pandas as pd

from reid_core.search.build import doubts_of
from reid_core.search.clock import changes
from reid_core.search.store import Index

COLUMNS = ["identity", "name", "tracklet", "camera", "video", "start_s", "end_s", "doubts"]


def who_was_where(index: Index, identities: pd.DataFrame) -> pd.DataFrame:
    """One row a tracklet, by identity and then time; with any doubts whose it is is too close to call.

    Args: identities: as ``identities`` tells them.
    """
    table = index.table().merge(identities, on="tracklet")
    every = index.some(table.tracklet.tolist())
    unsure = {one.tracklet: [*doubts_of(one), *changes(one.jumps_s)] for one in every}
    table["doubts"] = table.tracklet.map(unsure).map("; ".join)
    return table[COLUMNS].sort_values(["identity", "camera", "video", "start_s"], ignore_index=True)


def as_csv(rows: pd.DataFrame) -> str:
    """With a line of names at the top, in UTF-8."""
    return rows.to_csv(index=False)


def as_json(rows: pd.DataFrame) -> str:
    """A list of identities, each with its name and the tracklets that are its."""
    people = [
        {"identity": int(own.identity.iloc[0]), "name": own.name.iloc[0], "seen": own[COLUMNS[2:]].to_dict("records")}
        for _, own in rows.groupby("identity")
    ]
    return json.dumps(people, indent=1)


def as_motchallenge(index: Index, identities: pd.DataFrame, digest: str, frames_per_second: float) -> str:
    """The boxes of one video, in each of its frames from 1: frame, identity, left, top, width, height, 1, -1, -1, -1.

    Between two looks a box moves evenly. Source: https://motchallenge.net/instructions/.
    """
    identity = dict(zip(identities.tracklet, identities.identity, strict=True))
    table = index.table()
    lines: list[tuple[float, ...]] = []
    for one in index.some(table[table.digest == digest].tracklet.tolist()):
        first, last = (round(time_s * frames_per_second) for time_s in (one.start_s, one.end_s))
        frames = np.arange(first, last + 1)
        left, top, right, bottom = (np.interp(frames / frames_per_second, one.times_s, side) for side in one.boxes.T)
        number = np.full(len(frames), identity[one.tracklet])
        lines += zip(frames + 1, number, left, top, right - left, bottom - top, strict=True)
    return "".join(
        f"{frame},{number},{x:.2f},{y:.2f},{w:.2f},{h:.2f},1,-1,-1,-1\n" for frame, number, x, y, w, h in sorted(lines)
    )

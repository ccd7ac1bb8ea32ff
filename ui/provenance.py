"""Where a result is from: packages, videos, checkpoints, and the link that shows it again."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import streamlit as st

from reid_core.evaluation import weights_fingerprint
from reid_core.model import Checkpoint
from reid_core.runs import package_versions
from reid_core.video import Subject
from ui.corrections import changes
from ui.footage import Footage
from ui.own import is_of_the_pair


def video_facts(found: Footage, subject: Subject) -> dict[str, Any]:
    """A video's name and digest, whom it shows, and where and when he was looked at: boxes in px of the frames read."""
    content = found.source.content
    known = content if isinstance(content, bytes) else content.read_bytes()
    height, width = found.picture.shape[:2]
    return {
        "name": found.source.name,
        "sha256": hashlib.sha256(known).hexdigest(),
        "bytes": len(known),
        "frames_read": len(found.times_s),
        "from_s": round(float(found.times_s[0]), 3),
        "to_s": round(float(found.times_s[-1]), 3),
        "frame_size": [width, height],
        "people": found.count,
        "put_right": changes(found),
        "person": "person 1" if subject.crop == "auto" and found.count > 1 else subject.crop,
        "left_out": subject.left_out,
        "warnings": list(subject.told),
        "frames": np.searchsorted(found.times_s, subject.tracklet.times_s).tolist(),
        "times_s": subject.tracklet.times_s.round(3).tolist(),
        "boxes": subject.tracklet.boxes.round(1).tolist(),
    }


def made(
    facts: Mapping[str, str], checkpoints: Iterable[Checkpoint], videos: Sequence[Mapping[str, Any]]
) -> pd.DataFrame:
    """All that a result can be repeated from, a row a fact. Args: facts: the first rows. videos: of ``video_facts``."""
    rows = dict(facts)
    rows |= {f"Checkpoint {known.name}": f"weights {weights_fingerprint(known)}" for known in checkpoints}
    rows |= {f"Video {number}": f"{video['name']}, SHA-256 {video['sha256']}" for number, video in enumerate(videos, 1)}
    rows["Versions"] = ", ".join(f"{name} {number}" for name, number in package_versions().items())
    return pd.DataFrame({"": rows})


def link_here(page: str, videos: Sequence[Footage] = ()) -> str:
    """The address of what is shown, below that of the app; of uploads, which no link brings back, that.

    Args: videos: that are shown; where there are none the link names none.
    """
    if any(not isinstance(found.source.content, Path) for found in videos):
        return f"/{page}, with these videos uploaded"
    names = [name for name in st.query_params if videos or not is_of_the_pair(name)]
    asked = [(name, value) for name in names for value in st.query_params.get_all(name)]
    return f"/{page}" + (f"?{urlencode(asked)}" if asked else "")

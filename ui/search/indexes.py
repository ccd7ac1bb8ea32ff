"""The indexes that may be looked through: the bundled one and the user's own, each opened once for all sessions."""

from pathlib import Path

import pandas as pd
import streamlit as st

from reid_core.model import Checkpoint
from reid_core.search import Index, IndexedTracklet, IndexedVideo, open_index
from reid_core.video import Excerpt, VideoError, excerpt
from ui.footage import remembered
from ui.loaders import checkpoint
from ui.pictures import jpeg_uri

BUNDLED = Path(__file__).resolve().parents[2] / "assets" / "search" / "index"


def index_at(place: str) -> Index:
    """An index that fits its model. Raises: ValueError: there is none, or it was made with other weights."""
    found = _opened(place, Path(place).stat().st_mtime_ns if Path(place).exists() else 0)
    found.check(model_of(found))
    return found


def model_of(index: Index) -> Checkpoint:
    """The model that an index was made with. Raises: ValueError: it is none of those that ship."""
    return checkpoint(str(index.about["checkpoint"]))


def rows_of(index: Index) -> pd.DataFrame:
    """All tracklets of an index, by number; read again when something was added or removed."""
    return remembered("tracklets", (index, index.tracklets.version), index.table)


def width_of(index: Index) -> int:
    """How many numbers an embedding of the index has."""
    return int(index.tracklets.schema.field("embedding").type.list_size)


def tracklet_of(index: Index, number: int) -> IndexedTracklet:
    """One of them, with strip, times and boxes."""
    return remembered("tracklet", (index, number), lambda: index.tracklet(number), most=256)


def strip_of(index: Index, number: int) -> str:
    """The address of the strip of a tracklet."""
    return jpeg_uri(tracklet_of(index, number).strip)


def film_of(index: Index, number: int) -> Excerpt:
    """The seconds of a video in which a tracklet is seen. Raises: VideoError: the video is not there any more."""
    one = tracklet_of(index, number)
    video = next(video for video in index.videos() if video.digest == one.digest)
    path = file_of(index, video)
    return remembered("films", (index, number), lambda: excerpt(path, one.times_s, one.boxes), most=8)


def file_of(index: Index, video: IndexedVideo) -> Path:
    """Where a video is now: where it was indexed, or beside the index. Raises: VideoError: at neither place."""
    beside = Path(index.place).parent / video.video
    found = next((path for path in (Path(video.path), beside) if path.is_file()), None)
    if found is None:
        raise VideoError(
            f"{video.video}: it is no longer at {video.path}, nor beside its index, so it cannot be played"
        )
    return found


@st.cache_resource(max_entries=16, show_spinner=False)
def _opened(place: str, stamp: int) -> Index:
    """Args: stamp: changes when another index is made at this place."""
    return open_index(place)

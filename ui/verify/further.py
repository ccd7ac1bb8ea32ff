"""Everybody in further videos that the user names, looked for once in a session."""

from collections.abc import Callable

from reid_core.video import PersonDetector, Tracklet, find_people
from ui.footage import Source, decoded, remembered, told_of, waiting
from ui.loaders import detector
from ui.work import Tell, waited_for

MOST_VIDEOS = 40  # whose people a session remembers


def everybody_in(source: Source, on_stop: Callable[[], None] | None = None) -> tuple[Tracklet, ...]:
    """The people of a video, with progress and a way to stop.

    Args: on_stop: as of ``waiting``. Raises: VideoError, Crowded: it cannot be looked at.
    """
    finder, key = detector(), ("further", source.key)

    def look(tell: Tell) -> tuple[Tracklet, ...]:
        return _search(source, finder, tell)

    with waiting(f"further {source.key}", on_stop) as tell:
        return remembered(
            "further", source.key, lambda: waited_for(key, f"Opening {source.name}", look, tell), MOST_VIDEOS
        )


def _search(source: Source, finder: PersonDetector, tell: Tell) -> tuple[Tracklet, ...]:
    progress = told_of(source, tell)
    return find_people(decoded(source, progress), finder, progress).tracklets

"""A video of any length, a frame at a time: what is in memory does not grow with it."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .decode import DecodeLimits, VideoError, opened, pictures_of, slot_of
from .upright import fitting, upright

RATE = 5.0  # frames a second: as many as the detector looks at in short videos, every second one of ten


class Shot(NamedTuple):
    """One frame: seconds from the video's first, pixels uint8 (H, W, 3) RGB, upright."""

    time_s: float
    pixels: NDArray[np.uint8]


@dataclass(frozen=True)
class Stream:
    """A video that is read through, as often as is asked for.

    Args: source: the file's path or content. rate: frames a second that are taken, by their time stamps. max_side:
        frames are scaled down until their longer side fits, in pixels; by default they stay as they are stored.
    """

    source: Path | bytes
    rate: float = RATE
    max_side: int = 8192

    @property
    def limits(self) -> DecodeLimits:
        """What the file may cost: nothing but the size of a frame is bounded."""
        return DecodeLimits(
            max_bytes=2**44,
            max_duration_s=1e9,
            max_frames_read=2**40,
            frames_per_second=self.rate,
            max_side=self.max_side,
        )

    def duration_s(self) -> float | None:
        """As the file says, if it does. Raises: VideoError: the file cannot be used."""
        with self._named(), opened(self.source, self.limits) as file:
            return pictures_of(file, self.limits).duration_s

    def shots(self, after_s: float | None = None, until_s: float = np.inf) -> Iterator[Shot]:
        """The frames, in order; those after some time are the ones that reading from the beginning gives, too.

        Args: after_s: none up to this time. until_s: none from this time on.
        Raises: VideoError: the file cannot be used.
        """
        with self._named(), opened(self.source, self.limits) as file:
            source = pictures_of(file, self.limits, after_s or 0.0)
            latest, size = -1, (0, 0)
            if after_s is not None and source.stride is None:
                latest = slot_of(0, after_s, None, self.limits)
            whole = ((time_s, frame) for time_s, frame in source.pictures if frame is not None)
            for number, (time_s, frame) in enumerate(whole):
                slot = slot_of(number, time_s, source.stride, self.limits)
                if slot <= latest or (after_s is not None and time_s <= after_s):
                    continue
                if time_s >= until_s:
                    return
                latest, size = slot, size if any(size) else fitting(frame, self.max_side)
                try:
                    pixels = upright(frame, *size)
                except OSError:  # damage has left a frame that nothing can convert
                    continue
                yield Shot(time_s, pixels)

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except VideoError as error:
            name = self.source.name if isinstance(self.source, Path) else "the video"
            raise VideoError(f"{name}: {error}") from error.__cause__

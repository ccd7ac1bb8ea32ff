"""Time stamps of frames to seconds from the first, whatever the clock of the file did."""

from dataclasses import dataclass

JUMP_S = 600.0  # between two frames: no pause but a clock that was set
FALL_S = 1.0  # a clock that falls by no more has frames out of order


@dataclass
class Clock:
    """Seconds from the first frame, rising; a stamp that is missing or does not rise is one interval later.

    Where the clock was set, by more than ``JUMP_S`` ahead or ``FALL_S`` back, the new one goes on where the old one
    ended, as soon as two frames agree on it.

    Args: interval_s: between frames, where stamps do not tell. jumps: whether the clock was set.
    """

    interval_s: float
    origin_s: float | None = None
    latest_s: float = -1.0
    stamp_s: float | None = None
    jumps: bool = False

    def read(self, stamp_s: float | None) -> float:
        """The time of the next frame. Args: stamp_s: what the file says of it, if anything."""
        before_s, self.stamp_s = self.stamp_s, self.stamp_s if stamp_s is None else stamp_s
        if self.latest_s < 0:
            self.origin_s, self.latest_s = stamp_s, 0.0
        elif stamp_s is None or before_s is None or self.origin_s is None:
            self.latest_s += self.interval_s
        else:
            self.latest_s = self._time_s(stamp_s, stamp_s - before_s, self.origin_s)
        return self.latest_s

    def _time_s(self, stamp_s: float, step_s: float, origin_s: float) -> float:
        ahead_s = stamp_s - origin_s - self.latest_s
        if 0 < ahead_s <= JUMP_S:
            return stamp_s - origin_s
        if ahead_s > JUMP_S or ahead_s < -FALL_S:
            self.jumps = True
            if 0 < step_s <= JUMP_S:
                self.origin_s = stamp_s - self.latest_s - step_s
                return self.latest_s + step_s
        return self.latest_s + self.interval_s

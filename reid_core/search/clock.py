"""Times in footage, as on a clock."""

from collections.abc import Iterable


def clock(time_s: float) -> str:
    """A time in footage: 0:43, 1:02:09."""
    minutes, seconds = divmod(round(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def changes(jumps_s: Iterable[float]) -> tuple[str, ...]:
    """What is said of a tracklet whose looks change at these times; nothing where there are none."""
    times = " and ".join(clock(time_s) for time_s in jumps_s)
    return (f"the looks change at {times}, it may be several people",) if times else ()


def span(start_s: float, end_s: float) -> str:
    """From when to when."""
    return f"{clock(start_s)} to {clock(end_s)}"

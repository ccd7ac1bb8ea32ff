"""The strip of frames with bars of importance over it, as a picture and as a video."""

from collections.abc import Iterator, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.explain.colours import GREY, colour_of, model_title, rgb
from reid_core.explain.edit import NOT_COVERED
from reid_core.explain.importance import MEASURE_WORDS
from reid_core.explain.summary import shares
from reid_core.video import mp4

Picture = NDArray[np.uint8]
Bars = Mapping[tuple[str, str], NDArray[np.float64]]  # (model, measure) -> importance of T frames
Places = NDArray[np.int64]

SCALE_WIDTH, WIDTH = 60, 1020  # px, of the numbers beside the bars, and of all
BAR_HEIGHT, LABEL_HEIGHT, STRIP_HEIGHT, FRAME_SCALE = 64, 22, 96, 2
PAPER, INK, FAINT, SHADE = (255, 255, 255), (27, 36, 48), (200, 205, 212), (232, 233, 235)
MARK = (144, 64, 240)  # the pages'
BORDER = 14  # px, of the large frame
WORDS_TOP, WORDS_HEIGHT = 64, 24  # px, of the lines beside it, one a row of bars
FRAMES_PER_SECOND = 10
HATCH_PX = 6
COVERED = "covered"  # in the words of pages and pictures


def strip_picture(frames: Picture, bars: Bars, places: Places, covered: slice = NOT_COVERED) -> Picture:
    """A row of bars for each importance, one column a frame, and the frames under them.

    Bars are times an even share, 1/T of their row's sum, each row on a scale of its own that stands beside it, with a
    line at the even share, in the colour of their model. Covered frames are shaded, their bars hatched.

    Args: frames: uint8 (T, H, W, 3) RGB. places: numbers of the frames, (T,), by which they are called. covered: which
        of them are known to be. Returns: uint8 (height, 1020, 3) RGB; height is even.
    """
    rows = [_bar_row(_title(*name), shares(values), rgb(colour_of(name[0])), covered) for name, values in bars.items()]
    return np.concatenate([*rows, _thumbnails(frames), _legend(places[covered])])


def middles(length: int, most: int) -> NDArray[np.int64]:
    """Up to ``most`` frames of a clip, each in the middle of as many that it stands for, in order."""
    count = min(length, most)
    middle: NDArray[np.float64] = (np.arange(count) + 0.5) * length / count - 0.5
    return np.floor(middle).astype(np.int64)


def tallest_share(values: NDArray[np.float64]) -> float:
    """What a row of shares, (T,), must hold: the largest, and twice an even share, so that even ones look so."""
    return max(float(values.max()), 2 / len(values))


def strip_frames(
    frames: Picture, bars: Bars, places: Places, times_s: NDArray[np.float64], covered: slice = NOT_COVERED
) -> Iterator[Picture]:
    """The strip once for each frame, with that frame large above it and its column marked.

    The border of the large frame is as strong as the first row's share of it. Args: as of ``strip_picture``. times_s:
    when the frames were filmed, (T,).
    """
    (model, _), values = next(iter(bars.items()))
    strip, first, colour = strip_picture(frames, bars, places, covered), shares(values), rgb(colour_of(model))
    strength = first / tallest_share(first)
    height = max(frames.shape[1] * FRAME_SCALE + 2 * BORDER, WORDS_TOP + WORDS_HEIGHT * len(bars))
    for t, frame in enumerate(frames):
        head = np.full((height, WIDTH, 3), PAPER, np.uint8)
        large = cv2.resize(frame, None, fx=FRAME_SCALE, fy=FRAME_SCALE, interpolation=cv2.INTER_CUBIC)
        head[: large.shape[0] + 2 * BORDER, : large.shape[1] + 2 * BORDER] = _mixed(PAPER, colour, strength[t])
        head[BORDER : BORDER + large.shape[0], BORDER : BORDER + large.shape[1]] = large
        which = f", {COVERED}" if covered.start <= t < covered.stop else ""
        _write(head, f"frame {places[t]}, {times_s[t]:.1f} s{which}", large.shape[1] + 48, 32)
        for number, (name, values) in enumerate(bars.items()):
            times = len(frames) * shares(values)[t]
            _write(
                head,
                f"{_title(*name)}: {times:.1f} times an even share",
                large.shape[1] + 48,
                WORDS_TOP + WORDS_HEIGHT * number,
            )
        marked = strip.copy()
        left, right = _columns(len(frames))[t : t + 2]
        cv2.rectangle(marked, (int(left), 0), (int(right), len(marked) - 1), MARK, 2)
        yield np.concatenate([head, marked])


def strip_video(
    frames: Picture, bars: Bars, places: Places, times_s: NDArray[np.float64], covered: slice = NOT_COVERED
) -> bytes:
    """``strip_frames`` as an MP4 (H.264) that a browser plays."""
    return mp4(strip_frames(frames, bars, places, times_s, covered), FRAMES_PER_SECOND)


def png(picture: Picture) -> bytes:
    """A picture, uint8 (H, W, 3) RGB, as a PNG file."""
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    return encoded.tobytes()


def _mixed(a: tuple[int, ...], b: tuple[int, ...], share: float) -> NDArray[np.uint8]:
    mixed: NDArray[np.float64] = np.array(a) + share * (np.array(b) - np.array(a))
    return mixed.round().astype(np.uint8)


def _title(model: str, measure: str) -> str:
    return f"{model_title(model)}: {MEASURE_WORDS.get(measure, measure)}"


def _scale(row: Picture, values: NDArray[np.float64], even: int) -> None:
    """Words beside the bars of a row: the even share, and the top in times of it."""
    _write(row, f"{len(values) * tallest_share(values):.1f} x", 8, LABEL_HEIGHT + 10)
    _write(row, "even", 8, min(even + 4, len(row) - 2))


def _bar_row(title: str, values: NDArray[np.float64], colour: tuple[int, ...], covered: slice) -> Picture:
    row = np.full((LABEL_HEIGHT + BAR_HEIGHT, WIDTH, 3), PAPER, np.uint8)
    edges, tallest = _columns(len(values)), tallest_share(values)
    floor = len(row) - 1
    row[LABEL_HEIGHT:, edges[covered.start] : edges[covered.stop]] = SHADE
    for t, (value, left, right) in enumerate(zip(values, edges, edges[1:], strict=False)):
        top = floor - round((BAR_HEIGHT - 4) * float(value) / tallest)
        bar = row[top : floor + 1, left : max(left, right - 2) + 1]
        bar[:] = colour
        if covered.start <= t < covered.stop:
            _hatch(bar)
    even = floor - round((BAR_HEIGHT - 4) / len(values) / tallest)
    cv2.line(row, (SCALE_WIDTH, even), (WIDTH - 1, even), INK, 1)
    cv2.line(row, (SCALE_WIDTH, floor), (WIDTH - 1, floor), FAINT, 1)
    _write(row, f"{title}, times an even share (line)", SCALE_WIDTH, 16)
    _scale(row, values, even)
    return row


def _hatch(bar: Picture) -> None:
    """Let paper show between stripes of a part of a picture."""
    y, x = np.indices(bar.shape[:2])
    bar[(x + y) % HATCH_PX >= HATCH_PX // 2] = PAPER


def _legend(covered: Places) -> Picture:
    """What hatched means, where something is. Args: covered: numbers of the frames that are."""
    if not len(covered):
        return np.empty((0, WIDTH, 3), np.uint8)
    row = np.full((LABEL_HEIGHT, WIDTH, 3), PAPER, np.uint8)
    row[4:18, SCALE_WIDTH : SCALE_WIDTH + 22] = rgb(GREY)
    _hatch(row[4:18, SCALE_WIDTH : SCALE_WIDTH + 22])
    _write(row, f"{COVERED}: frames {covered[0]} to {covered[-1]}", SCALE_WIDTH + 30, 16)
    return row


def _thumbnails(frames: Picture) -> Picture:
    """As many frames as fit, side by side, each under the bars of as many as it stands for."""
    row = np.full((STRIP_HEIGHT, WIDTH, 3), PAPER, np.uint8)
    height = STRIP_HEIGHT - 4
    width = frames.shape[2] * height // frames.shape[1]
    shown = middles(len(frames), (WIDTH - SCALE_WIDTH) // (width + 2))
    for number, t in enumerate(shown):
        left = int(SCALE_WIDTH + (number + 0.5) * (WIDTH - SCALE_WIDTH) / len(shown) - width / 2)
        row[2 : 2 + height, left : left + width] = cv2.resize(frames[t], (width, height), interpolation=cv2.INTER_AREA)
    return row


def _columns(count: int) -> NDArray[np.int64]:
    """Where the columns of the frames begin, and where the last one ends, px."""
    return np.linspace(SCALE_WIDTH, WIDTH, count + 1).round().astype(np.int64)


def _write(picture: Picture, text: str, x: int, y: int) -> None:
    cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, INK, 1, cv2.LINE_AA)

"""The strip of frames with bars of importance over it, as a picture and as a video."""

import io
from collections.abc import Iterator, Mapping
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.explain.summary import shares

Picture = NDArray[np.uint8]
Bars = Mapping[tuple[str, str], NDArray[np.float64]]  # (model, measure) -> importance of T frames

WIDTH = 960
BAR_HEIGHT, LABEL_HEIGHT, STRIP_HEIGHT, FRAME_SCALE = 64, 22, 96, 2
PAPER, INK, FAINT = (255, 255, 255), (27, 36, 48), (200, 205, 212)
BLUE, VERMILLION = (0, 114, 178), (213, 94, 0)  # Okabe and Ito's, which colour-blind people can tell apart
BORDER = 14  # px, of the large frame
FRAMES_PER_SECOND = 10


def strip_picture(frames: Picture, bars: Bars) -> Picture:
    """A row of bars for each importance, one column a frame, and the frames under them.

    Bars are as high as the shares of their row's sum, each row on a scale of its own, with a line at 1/T.

    Args: frames: uint8 (T, H, W, 3) RGB. Returns: uint8 (height, 960, 3) RGB; height is even.
    """
    rows = [
        _bar_row(f"{model}: {measure.replace('_', ' ')}", shares(values)) for (model, measure), values in bars.items()
    ]
    return np.concatenate([*rows, _thumbnails(frames)])


def tallest_share(values: NDArray[np.float64]) -> float:
    """What a row of shares, (T,), must hold: the largest, and twice an even share, so that even ones look so."""
    return max(float(values.max()), 2 / len(values))


def strip_frames(frames: Picture, bars: Bars, times_s: NDArray[np.float64]) -> Iterator[Picture]:
    """The strip once for each frame, with that frame large above it and its column marked.

    The border of the large frame is as strong as the first row's share of it.
    """
    strip, first = strip_picture(frames, bars), shares(next(iter(bars.values())))
    strength = first / tallest_share(first)
    for t, frame in enumerate(frames):
        head = np.full((frame.shape[0] * FRAME_SCALE + 2 * BORDER, WIDTH, 3), PAPER, np.uint8)
        large = cv2.resize(frame, None, fx=FRAME_SCALE, fy=FRAME_SCALE, interpolation=cv2.INTER_CUBIC)
        head[:, : large.shape[1] + 2 * BORDER] = _mixed(PAPER, BLUE, strength[t])
        head[BORDER : BORDER + large.shape[0], BORDER : BORDER + large.shape[1]] = large
        _write(head, f"frame {t} of {len(frames)}, {times_s[t]:.1f} s", large.shape[1] + 48, 32)
        for number, ((model, measure), values) in enumerate(bars.items()):
            share = 100 * shares(values)[t]
            _write(head, f"{model}: {measure.replace('_', ' ')} {share:.1f} %", large.shape[1] + 48, 64 + 24 * number)
        marked = strip.copy()
        left, right = _columns(len(frames))[t : t + 2]
        cv2.rectangle(marked, (int(left), 0), (int(right), len(marked) - 1), VERMILLION, 2)
        yield np.concatenate([head, marked])


def strip_video(frames: Picture, bars: Bars, times_s: NDArray[np.float64]) -> bytes:
    """``strip_frames`` as an MP4 (H.264) that a browser plays."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
        stream.pix_fmt, stream.options = "yuv420p", {"preset": "veryfast", "crf": "23"}
        for number, picture in enumerate(strip_frames(frames, bars, times_s)):
            if not number:
                stream.height, stream.width = picture.shape[:2]
            shot = av.VideoFrame.from_ndarray(picture, format="rgb24")
            shot.pts, shot.time_base = number, Fraction(1, FRAMES_PER_SECOND)
            container.mux(stream.encode(shot))
        container.mux(stream.encode())
    return buffer.getvalue()


def png(picture: Picture) -> bytes:
    """A picture, uint8 (H, W, 3) RGB, as a PNG file."""
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    return encoded.tobytes()


def _mixed(a: tuple[int, ...], b: tuple[int, ...], share: float) -> NDArray[np.uint8]:
    mixed: NDArray[np.float64] = np.array(a) + share * (np.array(b) - np.array(a))
    return mixed.round().astype(np.uint8)


def _bar_row(title: str, values: NDArray[np.float64]) -> Picture:
    row = np.full((LABEL_HEIGHT + BAR_HEIGHT, WIDTH, 3), PAPER, np.uint8)
    _write(row, title, 6, 16)
    edges, tallest = _columns(len(values)), tallest_share(values)
    floor = len(row) - 1
    for value, left, right in zip(values, edges, edges[1:], strict=False):
        top = floor - round((BAR_HEIGHT - 4) * float(value) / tallest)
        cv2.rectangle(row, (int(left), top), (max(int(left), int(right) - 2), floor), BLUE, -1)
    even = floor - round((BAR_HEIGHT - 4) / len(values) / tallest)
    cv2.line(row, (0, even), (WIDTH - 1, even), INK, 1)
    cv2.line(row, (0, floor), (WIDTH - 1, floor), FAINT, 1)
    return row


def _thumbnails(frames: Picture) -> Picture:
    """Frames in the middle of the columns they stand for: as many as fit, evenly chosen."""
    row = np.full((STRIP_HEIGHT, WIDTH, 3), PAPER, np.uint8)
    height = STRIP_HEIGHT - 4
    width = frames.shape[2] * height // frames.shape[1]
    edges = _columns(len(frames))
    for t in np.linspace(0, len(frames) - 1, min(len(frames), WIDTH // (width + 2))).round().astype(int):
        left = int(np.clip((edges[t] + edges[t + 1] - width) // 2, 0, WIDTH - width))
        row[2 : 2 + height, left : left + width] = cv2.resize(frames[t], (width, height), interpolation=cv2.INTER_AREA)
    return row


def _columns(count: int) -> NDArray[np.int64]:
    """Where the columns of the frames begin, and where the last one ends, px."""
    return np.linspace(0, WIDTH, count + 1).round().astype(np.int64)


def _write(picture: Picture, text: str, x: int, y: int) -> None:
    cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.5, INK, 1, cv2.LINE_AA)

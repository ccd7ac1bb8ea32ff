"""Frames as a file that browsers play."""

import io
from collections.abc import Iterable
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

KEY_FRAMES = 10  # from one frame that can be jumped to, to the next


def mp4(pictures: Iterable[NDArray[np.uint8]], frames_per_second: int, crf: int = 23, side: int | None = None) -> bytes:
    """Pictures of one size, uint8 (H, W, 3) RGB, as an MP4 (H.264), each of them a frame; odd sides are made even.

    Args: crf: larger is smaller and poorer. side: longer side of the video in pixels, by default the pictures'.
    """
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=frames_per_second)
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "veryfast", "crf": str(crf), "g": str(KEY_FRAMES)}
        for number, picture in enumerate(pictures):
            if not number:
                stream.height, stream.width = _even(picture.shape, side)
            if side and max(picture.shape[:2]) > side:  # before its colours are converted: half the time
                size = stream.width, stream.height
                picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
            shot = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            shot.pts, shot.time_base = number, Fraction(1, frames_per_second)
            container.mux(stream.encode(shot))
        container.mux(stream.encode())
    return buffer.getvalue()


def _even(shape: tuple[int, ...], side: int | None) -> tuple[int, int]:
    """Height and width of a video, as H.264 needs them."""
    shrink = min(1.0, (side or max(shape)) / max(shape[:2]))
    height, width = (max(2, 2 * round(shrink * length / 2)) for length in shape[:2])
    return height, width

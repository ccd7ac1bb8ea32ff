"""Footage that tests write themselves: every frame has one grey level, which tells its number."""

import io
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

CONTAINERS = {"mp4": "mp4", "mov": "mov", "mkv": "matroska", "webm": "webm", "avi": "avi", "ts": "mpegts", "gif": "gif"}
PIXELS = {"mjpeg": "yuvj420p", "gif": "rgb8", "png": "rgb24", "prores_ks": "yuv422p10le"}
FAST = {"libsvtav1": {"preset": "12"}, "libvpx": {"cpu-used": "8", "deadline": "realtime"}}


def grey(count: int, size: tuple[int, int] = (64, 48), step: int = 5) -> np.ndarray:
    """Frames (T, H, W, 3) for ``size`` = (W, H), of level 0, ``step``, 2 ``step`` ..."""
    levels = (np.arange(count) * step % 256).astype(np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (count, size[1], size[0], 3)).copy()


def noise(count: int, size: tuple[int, int] = (160, 120), seed: int = 0) -> np.ndarray:
    """Frames that cannot be compressed, so that damage in a file's middle hits pictures."""
    return np.random.default_rng(seed).integers(0, 256, (count, size[1], size[0], 3), dtype=np.uint8)


def film(
    frames: np.ndarray,
    suffix: str = "mkv",
    codec: str = "ffv1",
    rate: int = 10,
    times_ms: Sequence[int] | None = None,
    rotation: int = 0,
    settings: Mapping[str, str] | None = None,
    touch: Callable[[VideoStream], object] = id,
) -> bytes:
    """A video file of ``frames`` (T, H, W, 3), at ``rate`` or at the given times.

    Args: settings: of the container. touch: called with the stream before it is written.
    """
    file = io.BytesIO()
    with av.open(file, "w", format=CONTAINERS[suffix], options=dict(settings or {})) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = PIXELS.get(codec, "yuv420p")
        stream.options = FAST.get(codec, {})
        if rotation:
            stream.set_display_rotation(rotation)
        touch(stream)
        if times_ms is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            if times_ms is not None:
                frame.pts, frame.time_base = times_ms[number], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    # libsvtav1 lets root's thread, and all that it begins from then on, go before whatever else runs on the machine.
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    return file.getvalue()


def image(pixels: np.ndarray, suffix: str = ".png") -> bytes:
    """An image file of ``pixels`` (H, W, 3) RGB."""
    return cv2.imencode(suffix, pixels[..., ::-1])[1].tobytes()


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip file of the given names and contents."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def sound() -> bytes:
    """An mkv file without pictures."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


def levels(frames: np.ndarray) -> np.ndarray:
    """Mean grey level of each frame."""
    return frames.reshape(len(frames), -1).mean(axis=1)

"""From the bytes of an upload to frames with times: one pass, bounded in every direction."""

import contextlib
import io
import lzma
import math
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, TypeAlias, cast

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from reid_core.progress import Progress

# Closed lists: without them a text file "ffconcat version 1.0 / file other.mp4" decodes another file of its folder.
VIDEO_FORMATS = "mov,matroska,webm,avi,mpegts,gif"
IMAGE_FORMATS = "png_pipe,jpeg_pipe,bmp_pipe,webp_pipe,tiff_pipe,ppm_pipe,pgm_pipe"
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
READABLE = "mp4, mov, mkv, webm, avi, ts, animated gif or a zip of numbered images"
MIN_FRAMES = 2
MIN_RATE = 1.0  # frames a second, of a video that does not tell
ENOUGH = 0.9  # of the frames promised; headers are often a little wrong
FEW_FRAMES = 16  # a video that sampling would leave with fewer is sampled more densely
STILL = 4  # frames of a picture that is taken as a video: so many make a track
SOUGHT_S = 5.0  # before the wanted time, so that the decoder has what a frame there rests on
SLOT_TOLERANCE = 0.3  # of a sampling interval: a frame that comes so much early still fills its slot
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,
    OSError,
)  # RuntimeError: encrypted

_Packet: TypeAlias = "Packet[VideoStream]"  # quoted: generic for the type checker only


class VideoError(ValueError):
    """A video that cannot be used; the message is one sentence that begins with the file's name."""


@dataclass(frozen=True)
class DecodeLimits:
    """What one video may cost.

    Args:
        max_bytes: size of the file. max_pixels: of one frame as stored. max_duration_s: from first to last frame.
        max_frames_read: frames in the file, sampled or not. max_unzipped_bytes: images of a zip, together.
        frames_per_second: sampled by time stamps. start_s: from this time on, in the video's own times.
        max_frames: sampled in all; reading stops there with a warning.
        max_side: frames are scaled down until their longer side fits, in pixels.
    Raises: ValueError: a limit is not positive, the start is below zero, or ``max_frames`` below two.
    """

    max_bytes: int = 512 * 2**20
    max_pixels: int = 8192 * 4320
    max_duration_s: float = 3600.0
    max_frames_read: int = 36_000
    max_unzipped_bytes: int = 1024 * 2**20
    frames_per_second: float = 10.0
    start_s: float = 0.0
    max_frames: int = 300
    max_side: int = 960

    def __post_init__(self) -> None:
        for field in fields(self):
            least = {"max_frames": MIN_FRAMES, "start_s": 0}.get(field.name)
            value = getattr(self, field.name)
            if not math.isfinite(value) or (value <= 0 if least is None else value < least):
                raise ValueError(
                    f"{field.name} must be finite and {'> 0' if least is None else f'>= {least}'}, got {value}"
                )


@dataclass(frozen=True, eq=False)
class Video:
    """Frames of a video, sampled.

    Args:
        name: of the file. frames: uint8 (T, H, W, 3) RGB, upright. times_s: float64 (T,), from the first frame, rising.
        warnings: one sentence each, which begins with the name. whole_s: how long the file says that it is, or None.
    Raises: ValueError: fewer than two frames, or shapes, types or times that do not fit.
    """

    name: str
    frames: NDArray[np.uint8]
    times_s: NDArray[np.float64]
    warnings: tuple[str, ...] = ()
    whole_s: float | None = None

    def __post_init__(self) -> None:
        if self.frames.dtype != np.uint8 or self.frames.ndim != 4 or self.frames.shape[3] != 3:
            raise ValueError(f"frames must be uint8 (T, H, W, 3), got {self.frames.dtype} {self.frames.shape}")
        if len(self.frames) < MIN_FRAMES:
            raise ValueError(f"frames must be at least {MIN_FRAMES}, got {len(self.frames)}")
        if self.times_s.shape != (len(self.frames),) or not (np.diff(self.times_s) > 0).all():
            raise ValueError(f"times_s must be {len(self.frames)} rising times, got {self.times_s}")


class Picture(NamedTuple):
    """A frame as read: seconds from the first one, and its pixels; None where it is damaged."""

    time_s: float
    frame: VideoFrame | None


class _Source(NamedTuple):
    """Pictures in order and what the file says of them.

    Args: frames, duration_s: as promised, None if unknown. stride: keep every such frame; None to sample by time.
    """

    pictures: Iterator[Picture]
    frames: int | None
    duration_s: float | None
    stride: int | None


def decode(
    source: bytes | Path,
    name: str | None = None,
    limits: DecodeLimits = DecodeLimits(),
    progress: Progress | None = None,
) -> Video:
    """Frames of a video file or of a zip of numbered images, upright, scaled down and sampled by their time stamps.

    A video so short that sampling would leave fewer than 16 frames keeps all that it has or, from 32 on, every
    (n // 16)-th. Images of a zip have no times: they count as ``frames_per_second`` and are all kept.

    Args:
        source: the file's content or path. name: for messages; None for the path's.
        progress: called as ("decode", frames kept, total if known); what it raises ends the work.
    Raises: VideoError: nothing useful can be read, or a limit is exceeded.
    """
    name = name or (source.name if isinstance(source, Path) else "the video")
    try:
        with opened(source, limits) as file:
            found = pictures_of(file, limits)
            frames, times_s, warnings = _collect(found, limits, progress)
    except VideoError as error:
        raise VideoError(f"{name}: {error}") from error.__cause__
    return Video(name, frames, times_s, tuple(f"{name}: {warning}" for warning in warnings), found.duration_s)


def is_picture(path: Path) -> bool:
    """Whether a file's name is that of a picture."""
    return path.suffix.lower() in IMAGE_SUFFIXES


def picture(source: bytes | Path, name: str | None = None, limits: DecodeLimits = DecodeLimits()) -> Video:
    """A picture as a video that stands still, upright and scaled down.

    Args: source, name: as in ``decode``. Raises: VideoError: it cannot be read.
    """
    name = name or (source.name if isinstance(source, Path) else "the picture")
    try:
        with opened(source, limits) as file:
            frame = _image(file.read(), limits)
        if frame is None:
            raise VideoError(f"this is not a picture that can be read ({', '.join(IMAGE_SUFFIXES)})")
    except VideoError as error:
        raise VideoError(f"{name}: {error}") from error.__cause__
    pixels = upright(frame, *fitting(frame, limits))
    return Video(name, np.stack([pixels] * STILL), np.arange(STILL) / limits.frames_per_second)


def opened(source: bytes | Path, limits: DecodeLimits) -> IO[bytes]:
    if isinstance(source, Path) and not source.is_file():
        raise VideoError("it must be a file, it is a folder" if source.is_dir() else "there is no such file")
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > limits.max_bytes:
        raise VideoError(f"the file has {_mebibytes(size)}, more than the {_mebibytes(limits.max_bytes)} allowed")
    try:
        return source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
    except OSError as error:
        raise VideoError(f"the file cannot be opened ({error.strerror})") from error


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.4g} MiB"


def pictures_of(file: IO[bytes], limits: DecodeLimits, after_s: float = 0.0) -> _Source:
    """Pictures as they are read. Args: after_s: those up to this time may be left out."""
    start = file.read(12)
    file.seek(0)
    if start[:2] == b"PK":
        return _zip_source(file, limits)
    try:
        return _video_source(_container(file, VIDEO_FORMATS), limits, after_s)
    except (av.FFmpegError, EOFError) as error:
        if start[4:8] == b"ftyp":
            raise VideoError("the file is incomplete or damaged, its index cannot be read") from error
        raise VideoError(f"this is not a video that can be read ({READABLE})") from error


def _container(file: IO[bytes], formats: str) -> InputContainer:
    # An open file, never a path: libav then has no protocol at hand by which to reach anything else.
    return av.open(file, mode="r", options={"format_whitelist": formats}, metadata_errors="replace")


def _video_source(container: InputContainer, limits: DecodeLimits, after_s: float) -> _Source:
    stream = _picture_stream(container, limits)
    duration_s = None
    if stream.duration and stream.time_base:
        duration_s = float(stream.duration * stream.time_base)
    elif container.duration:
        duration_s = container.duration / av.time_base
    _check_duration(duration_s or 0.0, limits)
    if after_s > SOUGHT_S and (later := _sought(container, stream, after_s)):
        return _Source(later, None, duration_s, None)
    packets = _packets(container, stream)
    # The first packets, still compressed, tell whether the video is short; the rest is read as it is decoded.
    span_s = (FEW_FRAMES - 1) / limits.frames_per_second
    head = list(_until(packets, span_s, stream))
    following = next(packets, None)
    stride = max(1, (len(head) - 1) // FEW_FRAMES) if following is None else None  # the last packet only flushes
    every = chain(head, [] if following is None else [following], packets)
    return _Source(_timed(_decoded(every), stream, limits), stream.frames or None, duration_s, stride)


def _sought(container: InputContainer, stream: VideoStream, after_s: float) -> Iterator[Picture] | None:
    """The pictures from somewhere before a time on, or None, and the file at its beginning, where its stamps are of no
    help."""
    first = next(filter(None, _decoded(_packets(container, stream))), None)
    origin = None if first is None else cast(float | None, first.time)
    if origin is not None and stream.time_base:
        container.seek(int((origin + after_s - SOUGHT_S) / stream.time_base), stream=stream)
        frames = _decoded(_packets(container, stream))
        at = next(filter(None, frames), None)
        if at is not None and at.time is not None and at.time - origin <= after_s:
            return (
                Picture(frame.time - origin, frame)
                for frame in chain([at], frames)
                if frame is not None and frame.time is not None
            )
    container.seek(0)
    return None


def _picture_stream(container: InputContainer, limits: DecodeLimits) -> VideoStream:
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream):
        raise VideoError("the file holds no pictures, only sound or data")
    if stream.width * stream.height > limits.max_pixels:
        size = f"{stream.width} x {stream.height}"
        raise VideoError(f"a frame has {size} pixels, more than the {limits.max_pixels} allowed")
    stream.thread_type = "AUTO"
    stream.thread_count = min(2, os.cpu_count() or 1)
    stream.codec_context.options = {"max_pixels": str(limits.max_pixels)}  # frames may be larger than the header says
    return stream


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[_Packet]:
    with contextlib.suppress(av.FFmpegError):  # damage that the container cannot get over ends the video
        yield from container.demux(stream)


def _until(packets: Iterator[_Packet], span_s: float, stream: VideoStream) -> Iterator[_Packet]:
    """Packets up to the first that is ``span_s`` later than the very first one."""
    interval_s = 1 / float(stream.average_rate or MIN_RATE)
    first_s = None
    for number, packet in enumerate(packets):
        yield packet
        time_s = number * interval_s if packet.dts is None else float(packet.dts * packet.time_base)
        first_s = time_s if first_s is None else first_s
        if time_s - first_s >= span_s:
            return


def _decoded(packets: Iterable[_Packet]) -> Iterator[VideoFrame | None]:
    """Each frame, None for a damaged one: a decoder's error does not end the video."""
    for packet in packets:
        try:
            for frame in packet.decode():
                yield None if frame.is_corrupt else frame
        except av.FFmpegError:
            yield None


def _timed(frames: Iterator[VideoFrame | None], stream: VideoStream, limits: DecodeLimits) -> Iterator[Picture]:
    """Times from the first frame; one that is missing or does not rise is taken as one frame interval later."""
    interval_s = 1 / float(stream.average_rate or limits.frames_per_second)
    start_s = latest_s = None
    for frame in frames:
        if frame is not None:
            stamp = cast(float | None, frame.time)
            if latest_s is None:
                start_s, latest_s = stamp, 0.0
            else:
                time_s = -math.inf if stamp is None or start_s is None else stamp - start_s
                latest_s = time_s if time_s > latest_s else latest_s + interval_s
            _check_duration(latest_s, limits)
        yield Picture(latest_s or 0.0, frame)


def _check_duration(duration_s: float, limits: DecodeLimits) -> None:
    if duration_s > limits.max_duration_s:
        raise VideoError(f"the video lasts {duration_s:.0f} s, more than the {limits.max_duration_s:g} s allowed")


def _zip_source(file: IO[bytes], limits: DecodeLimits) -> _Source:
    try:
        archive = zipfile.ZipFile(file)
    except ZIP_ERRORS as error:
        raise VideoError("the zip file is damaged") from error
    paths = {member: PurePosixPath(member.filename) for member in archive.infolist()}
    # macOS adds a "._" twin to each image.
    images = [m for m, p in paths.items() if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith(".")]
    folders = {paths[member].parent for member in images}
    if not images:
        raise VideoError("the zip file holds no images")
    if len(folders) > 1:
        raise VideoError(f"the zip file holds images in {len(folders)} folders, a video must be in one")
    images.sort(key=lambda member: _by_number(paths[member].name))
    return _Source(_unzipped(archive, images, limits), len(images), None, stride=1)


def _by_number(name: str) -> list[tuple[int, str]]:
    """A key by which frame 10 comes after frame 9."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _unzipped(archive: zipfile.ZipFile, images: list[zipfile.ZipInfo], limits: DecodeLimits) -> Iterator[Picture]:
    left = limits.max_unzipped_bytes
    for number, member in enumerate(images):
        content = b""
        with contextlib.suppress(*ZIP_ERRORS), archive.open(member) as packed:
            content = packed.read(left + 1)  # what a zip says about its sizes may be a lie
        left -= len(content)
        if left < 0:
            raise VideoError(f"the zip file unpacks to more than the {_mebibytes(limits.max_unzipped_bytes)} allowed")
        yield Picture(number / limits.frames_per_second, _image(content, limits))


def _image(content: bytes, limits: DecodeLimits) -> VideoFrame | None:
    with contextlib.suppress(av.FFmpegError, EOFError), _container(io.BytesIO(content), IMAGE_FORMATS) as container:
        return next(container.decode(_picture_stream(container, limits)), None)
    return None


def _collect(
    source: _Source, limits: DecodeLimits, progress: Progress | None
) -> tuple[NDArray[np.uint8], NDArray[np.float64], tuple[str, ...]]:
    """Read through once and convert the frames wanted: frames, times and warnings."""
    frames = np.empty((0, 0, 0, 3), np.uint8)
    times: list[float] = []
    read = lost = 0
    slot, latest_s, full = -1, 0.0, False
    total = _expected_samples(source, limits)
    for picture in source.pictures:
        if read + lost == limits.max_frames_read:
            raise VideoError(f"the file has more than the {limits.max_frames_read} frames allowed")
        if picture.frame is None:
            lost += 1
            continue
        number, read, latest_s = read, read + 1, picture.time_s
        if picture.time_s < limits.start_s:
            continue
        previous, slot = slot, max(slot, slot_of(number, picture.time_s, source.stride, limits))
        if slot == previous:
            continue
        full = len(times) == limits.max_frames
        if full:
            break
        if not times:  # memory is taken only as frames are written
            width, height = fitting(picture.frame, limits)
            frames = np.empty((limits.max_frames, height, width, 3), np.uint8)
        frames[len(times)] = upright(picture.frame, frames.shape[2], frames.shape[1])
        times.append(picture.time_s)
        if progress is not None:
            progress("decode", len(times), total)
    if len(times) < MIN_FRAMES:
        after = f" from {limits.start_s:g} s on" if limits.start_s else ""
        raise VideoError(f"{len(times) or 'no'} frame could be read{after}, at least {MIN_FRAMES} are needed")
    warnings = [_damage(source, read, lost, latest_s, full)]
    if full or limits.start_s:
        of = f" of {source.duration_s:.1f} s" if source.duration_s else ""
        warnings.append(f"only {times[0]:.1f} to {times[-1]:.1f} s{of} were used")
    return frames[: len(times)], np.array(times), tuple(w for w in warnings if w)


def slot_of(number: int, time_s: float, stride: int | None, limits: DecodeLimits) -> int:
    """Number of the sample that a frame may fill; the first to come fills it."""
    return number // stride if stride else math.floor(time_s * limits.frames_per_second + SLOT_TOLERANCE)


def _expected_samples(source: _Source, limits: DecodeLimits) -> int | None:
    if source.stride is not None and source.frames is not None:
        return min(limits.max_frames, math.ceil(source.frames / source.stride))
    if source.duration_s is not None:
        left_s = max(0.0, source.duration_s - limits.start_s)
        return min(limits.max_frames, math.ceil(left_s * limits.frames_per_second))
    return None


def _damage(source: _Source, read: int, lost: int, latest_s: float, full: bool) -> str:
    """A warning where much less was read than promised: frames are counted, or else the time that they cover."""
    expected = read + lost
    if not full and source.frames:
        expected = max(expected, source.frames)
    elif not full and source.duration_s and latest_s:
        expected = max(expected, round(source.duration_s * (read - 1) / latest_s))
    if lost or read < ENOUGH * expected:
        return f"{read} of about {expected} frames could be read"
    return ""


def fitting(frame: VideoFrame, limits: DecodeLimits) -> tuple[int, int]:
    """Width and height of an upright frame, scaled down to ``max_side``."""
    scale = min(1.0, limits.max_side / max(frame.width, frame.height))
    width, height = (max(1, round(side * scale)) for side in (frame.width, frame.height))
    return (height, width) if _quarters(frame) % 2 else (width, height)


def _quarters(frame: VideoFrame) -> int:
    """Quarter turns, counterclockwise, that set a frame upright."""
    return round(frame.rotation / 90) % 4


def upright(frame: VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
    """Pixels of a frame, uint8 (height, width, 3) RGB; every frame of a video is brought to the size of its first."""
    quarters = _quarters(frame)
    if quarters % 2:
        width, height = height, width
    kernel = "AREA" if frame.width > width else "BILINEAR"
    pixels = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation=kernel, threads=1)
    return np.rot90(cast(NDArray[np.uint8], pixels), quarters)

"""From the bytes of an upload to frames with times: one pass, bounded in every direction."""

import contextlib
import io
import math
import os
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, TypeAlias, cast

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from reid_core.files import ZIP_ERRORS
from reid_core.progress import Progress

from .times import Clock
from .upright import HDR, Shown, aspect_of, enlarged, exif_orientation, fitting, orientation_of, upright

# Closed lists: without them a text file "ffconcat version 1.0 / file other.mp4" decodes another file of its folder.
VIDEO_FORMATS = "mov,matroska,webm,avi,mpegts,gif"
IMAGE_FORMATS = "png_pipe,jpeg_pipe,bmp_pipe,webp_pipe,tiff_pipe,ppm_pipe,pgm_pipe"
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
READABLE = "mp4, mov, mkv, webm, avi, ts, animated gif or a zip of numbered images"
MIN_FRAMES = 2
MIN_RATE, MAX_RATE = 1.0, 1000.0  # frames a second; a header that tells another rate is wrong
ENOUGH = 0.9  # of the frames promised; headers are often a little wrong
FEW_FRAMES = 16  # a video that sampling would leave with fewer is sampled more densely
STILL = 4  # frames of a picture that is taken as a video: so many make a track
SOUGHT_S = 5.0  # before the wanted time, so that the decoder has what a frame there rests on
ENCRYPTED = 1  # bit of a zip member's flags
PICTURE_CODECS = ("mjpeg", "png", "bmp", "gif", "tiff", "webp")  # of cover pictures
JUMPED = "the clock of the file jumps; its frames were joined as if it did not"
SLOT_TOLERANCE = 0.3  # of a sampling interval: a frame that comes so much early still fills its slot

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
        for limit in fields(self):
            least = {"max_frames": MIN_FRAMES, "start_s": 0}.get(limit.name)
            value = getattr(self, limit.name)
            if not math.isfinite(value) or (value <= 0 if least is None else value < least):
                raise ValueError(
                    f"{limit.name} must be finite and {'> 0' if least is None else f'>= {least}'}, got {value}"
                )


@dataclass(frozen=True, eq=False)
class Video:
    """Frames of a video, sampled.

    Args:
        name: of the file. frames: uint8 (T, H, W, 3) RGB, upright. times_s: float64 (T,), from the first frame, rising.
        warnings: one sentence each, which begins with the name. whole_s: how long the file says that it is, or None.
        detail: how many pixels of the picture as it is stored one of the frames' is. source: where it is stored.
    Raises: ValueError: fewer than two frames, or shapes, types or times that do not fit.
    """

    name: str
    frames: NDArray[np.uint8]
    times_s: NDArray[np.float64]
    warnings: tuple[str, ...] = ()
    whole_s: float | None = None
    detail: float = 1.0
    source: bytes | Path | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.frames.dtype != np.uint8 or self.frames.ndim != 4 or self.frames.shape[3] != 3:
            raise ValueError(f"frames must be uint8 (T, H, W, 3), got {self.frames.dtype} {self.frames.shape}")
        if len(self.frames) < MIN_FRAMES:
            raise ValueError(f"frames must be at least {MIN_FRAMES}, got {len(self.frames)}")
        if self.times_s.shape != (len(self.frames),) or not (np.diff(self.times_s) > 0).all():
            raise ValueError(f"times_s must be {len(self.frames)} rising times, got {self.times_s}")


class Picture(NamedTuple):
    """A frame as read: seconds from the first one, and how it is shown; None where it is damaged."""

    time_s: float
    frame: Shown | None


class _Source(NamedTuple):
    """Pictures in order and what the file says of them.

    Args: frames, duration_s: as promised, None if unknown. stride: keep every such frame; None to sample by time.
        notes: what is worth a warning; it may grow while pictures are read.
    """

    pictures: Iterator[Picture]
    frames: int | None
    duration_s: float | None
    stride: int | None
    notes: list[str]


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
            canvas, times_s, warnings = _collect(found, limits, progress)
    except VideoError as error:
        raise VideoError(f"{name}: {error}") from error.__cause__
    told = tuple(f"{name}: {warning}" for warning in warnings)
    return Video(name, canvas.frames[: len(times_s)], times_s, told, found.duration_s, canvas.detail, source)


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
    pixels = upright(frame, *fitting(frame, limits.max_side))
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
        if zipfile.is_zipfile(file):  # behind something else, as in one that unpacks itself
            return _zip_source(file, limits)
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
    notes: list[str] = []
    if after_s > SOUGHT_S and (later := _sought(container, stream, after_s, limits)):
        return _Source(later, None, duration_s, None, notes)
    packets = _packets(container, stream)
    # The first packets, still compressed, tell whether the video is short; the rest is read as it is decoded.
    span_s = (FEW_FRAMES - 1) / limits.frames_per_second
    head = list(_until(packets, span_s, stream))
    if any(packet.has_sidedata("encryption_info") for packet in head):
        raise VideoError("its pictures are encrypted, they cannot be decoded without the key")
    following = next(packets, None)
    visible = sum(packet.size > 0 and not packet.is_discard for packet in head)  # the last one only flushes
    stride = max(1, visible // FEW_FRAMES) if following is None else None
    every = chain(head, [] if following is None else [following], packets)
    return _Source(_timed(_decoded(every), stream, limits, notes), _promised(stream), duration_s, stride, notes)


def _promised(stream: VideoStream) -> int | None:
    """Frames that the file says it shows, or None: what an edit list hides does not count."""
    hides = "mov" in stream.container.format.name
    shown = sum(not entry.is_discard for entry in stream.index_entries) if hides else 0
    return min(stream.frames, shown or stream.frames) or None


def _sought(
    container: InputContainer, stream: VideoStream, after_s: float, limits: DecodeLimits
) -> Iterator[Picture] | None:
    """The pictures from somewhere before a time on, or None, and the file at its beginning, where its stamps are of no
    help."""
    first = next(filter(None, _decoded(_packets(container, stream))), None)
    origin = None if first is None else cast(float | None, first.time)
    if origin is not None and stream.time_base:
        container.seek(int((origin + after_s - SOUGHT_S) / stream.time_base), stream=stream)
        frames = _decoded(_packets(container, stream))
        at = next(filter(None, frames), None)
        if at is not None and at.time is not None and at.time - origin <= after_s:
            first_s, aspect, scaler = at.time - origin, aspect_of(stream), VideoReformatter()
            clock = Clock(_interval_s(stream, limits.frames_per_second), origin, first_s, at.time)
            later = ((frame, clock.read(cast(float | None, frame.time))) for frame in frames if frame is not None)
            return (
                Picture(time_s, Shown(frame, orientation_of(frame), aspect, scaler=scaler))
                for frame, time_s in chain([(at, first_s)], later)
            )
    container.seek(0)
    return None


def _picture_stream(container: InputContainer, limits: DecodeLimits) -> VideoStream:
    """The largest of the tracks that can be decoded; a cover picture only where there is nothing else."""
    streams = container.streams.video
    known = [stream for stream in streams if cast(object, stream.codec_context) is not None]
    if not known:
        unknown = "its pictures are stored in a way that cannot be decoded (an unknown codec, or encrypted)"
        raise VideoError(unknown if streams else "the file holds no pictures, only sound or data")
    stream = max(known, key=lambda one: (not _is_cover(one), one.width * one.height))
    if stream.width * stream.height > limits.max_pixels:
        size = f"{stream.width} x {stream.height}"
        raise VideoError(f"a frame has {size} pixels, more than the {limits.max_pixels} allowed")
    stream.thread_type = "AUTO"
    stream.thread_count = min(2, os.cpu_count() or 1)
    stream.codec_context.options = {"max_pixels": str(limits.max_pixels)}  # frames may be larger than the header says
    return stream


def _is_cover(stream: VideoStream) -> bool:
    """Whether a track is marked as a cover picture, or is one all the same: a single picture, stored as such."""
    marked = bool(stream.disposition & Disposition.attached_pic)
    return marked or (stream.codec_context.name in PICTURE_CODECS and stream.frames <= 1)


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[_Packet]:
    with contextlib.suppress(av.FFmpegError):  # damage that the container cannot get over ends the video
        yield from container.demux(stream)


def _until(packets: Iterator[_Packet], span_s: float, stream: VideoStream) -> Iterator[_Packet]:
    """Packets up to the first that is ``span_s`` later than the first that is shown."""
    clock = Clock(_interval_s(stream, MIN_RATE))
    for packet in packets:
        yield packet
        stamp_s = None if packet.dts is None else float(packet.dts * packet.time_base)
        if not packet.is_discard and clock.read(stamp_s) >= span_s:
            return


def _interval_s(stream: VideoStream, rate: float) -> float:
    """Between two frames, by the header. Args: rate: of one that does not tell, or tells what cannot be."""
    told = float(stream.average_rate or rate)
    return 1 / (told if MIN_RATE <= told <= MAX_RATE else rate)


def _decoded(packets: Iterable[_Packet]) -> Iterator[VideoFrame | None]:
    """Each frame, None for a damaged one: a decoder's error does not end the video, in what is not shown it is none."""
    for packet in packets:
        try:
            for frame in packet.decode():
                yield None if frame.is_corrupt else frame
        except av.FFmpegError:
            if not packet.is_discard:
                yield None


def _timed(
    frames: Iterator[VideoFrame | None], stream: VideoStream, limits: DecodeLimits, notes: list[str]
) -> Iterator[Picture]:
    """Times from the first frame; one that is missing or does not rise is taken as one frame interval later.

    HDR and a clock that jumps are noted. Args: notes: to which a sentence is added.
    """
    clock, aspect = Clock(_interval_s(stream, limits.frames_per_second)), aspect_of(stream)
    time_s, scaler = 0.0, VideoReformatter()
    for number, frame in enumerate(frames):
        if frame is not None:
            time_s = clock.read(cast(float | None, frame.time))
            _check_duration(time_s, limits)
        yield Picture(time_s, None if frame is None else Shown(frame, orientation_of(frame), aspect, scaler=scaler))
        if number == 0 and frame is not None and frame.color_trc in HDR:
            notes.append(
                f"its colours are HDR ({HDR[frame.color_trc]}); what is brighter than white in it is used as white"
            )
    if clock.jumps:
        notes.append(JUMPED)


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
    if any(member.flag_bits & ENCRYPTED for member in images):
        raise VideoError("the zip file is protected by a password; zip the images without one")
    images.sort(key=lambda member: _by_number(paths[member].name))
    return _Source(_unzipped(archive, images, limits), len(images), None, 1, [])


def _by_number(name: str) -> list[tuple[int, str]]:
    """A key by which frame 10 comes after frame 9, however many digits there are."""
    parts = ((part.lstrip("0"), part.isdecimal()) for part in re.split(r"(\d+)", name))
    return [(len(part) if number else -1, part) for part, number in parts]


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


def _image(content: bytes, limits: DecodeLimits) -> Shown | None:
    with contextlib.suppress(av.FFmpegError, EOFError), _container(io.BytesIO(content), IMAGE_FORMATS) as container:
        frame = next(container.decode(_picture_stream(container, limits)), None)
        return None if frame is None else Shown(frame, exif_orientation(content), stretches=True)
    return None


def _collect(
    source: _Source, limits: DecodeLimits, progress: Progress | None
) -> tuple["_Canvas", NDArray[np.float64], tuple[str, ...]]:
    """Read through once and convert the frames wanted: frames, times and warnings."""
    canvas = _Canvas(limits)
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
        try:
            canvas.add(picture.frame)
        except OSError:
            read, lost = read - 1, lost + 1
            continue
        times.append(picture.time_s)
        if progress is not None:
            progress("decode", len(times), total)
    if len(times) < MIN_FRAMES:
        after = f" from {limits.start_s:g} s on" if limits.start_s else ""
        raise VideoError(f"{len(times) or 'no'} frame could be read{after}, at least {MIN_FRAMES} are needed")
    warnings = [_damage(source, read, lost, latest_s, full), *source.notes]
    if full or limits.start_s:
        of = f" of {source.duration_s:.1f} s" if source.duration_s else ""
        warnings.append(f"only {times[0]:.1f} to {times[-1]:.1f} s{of} were used")
    return canvas, np.array(times), tuple(w for w in warnings if w)


class _Canvas:
    """Frames in the size of the largest; of those that may be stretched, in the size of the first."""

    def __init__(self, limits: DecodeLimits) -> None:
        self.frames, self.detail = np.empty((0, 0, 0, 3), np.uint8), 1.0
        self._limits, self._count = limits, 0

    def add(self, shown: Shown) -> None:
        """Raises: OSError: the frame cannot be converted."""
        width, height = fitting(shown, self._limits.max_side)
        before = self.frames.shape[1:3]
        if not self._count or (width * height > before[0] * before[1] and not shown.stretches):
            pixels = upright(shown, width, height)
            larger = np.empty((self._limits.max_frames, height, width, 3), np.uint8)  # memory is taken as it is written
            for number, frame in enumerate(self.frames[: self._count]):
                larger[number] = enlarged(frame, width, height)
            self.frames, self.detail = larger, shown.size[0] / width
        else:
            pixels = upright(shown, before[1], before[0])
        self.frames[self._count] = pixels
        self._count += 1


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
    elif not full and source.duration_s and latest_s and JUMPED not in source.notes:
        expected = max(expected, round(source.duration_s * (read - 1) / latest_s))
    if lost or read < ENOUGH * expected:
        return f"{read} of about {expected} frames could be read"
    return ""

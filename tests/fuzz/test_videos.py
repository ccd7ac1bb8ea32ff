"""Whatever is done to a video, a picture or a zip: frames come, or one sentence that names the file."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reid_core.video import DecodeLimits, Video, VideoError, decode, picture
from tests.fixtures_video import film, grey, image, noise, zipped
from tests.fuzz.spoiling import Edit, edits, is_sentence, spoilt

LIMITS = DecodeLimits(max_frames=20, max_pixels=2**22, max_unzipped_bytes=2**24)
SMALL = (48, 32)
FILES: dict[str, Callable[[], bytes]] = {
    "h264.mp4": lambda: film(noise(6, SMALL), "mp4", "libx264"),
    "h265.mp4": lambda: film(noise(4, (64, 64)), "mp4", "libx265"),
    "prores.mov": lambda: film(noise(4, SMALL), "mov", "prores_ks"),
    "mjpeg.avi": lambda: film(noise(6, SMALL), "avi", "mjpeg"),
    "ffv1.mkv": lambda: film(grey(6, SMALL), "mkv", "ffv1"),
    "vp8.webm": lambda: film(noise(4, SMALL), "webm", "libvpx"),
    "h264.ts": lambda: film(noise(6, SMALL), "ts", "libx264"),
    "x.gif": lambda: film(grey(6, SMALL), "gif", "gif"),
    "png.zip": lambda: zipped([(f"{n}.png", image(pixels)) for n, pixels in enumerate(noise(3, (16, 8)))]),
    "jpg.zip": lambda: zipped([(f"{n}.jpg", image(pixels, ".jpg")) for n, pixels in enumerate(noise(3, (16, 8)))]),
}
made = cache(lambda name: FILES[name]())


def read(content: bytes, name: str) -> None:
    try:
        video = decode(content, name, LIMITS)
        assert isinstance(video, Video) and len(video.frames) <= LIMITS.max_frames
        assert np.diff(video.times_s).min() > 0
        assert all(warning.startswith(f"{name}: ") and is_sentence(warning) for warning in video.warnings)
    except VideoError as error:
        assert str(error).startswith(f"{name}: ") and is_sentence(str(error))


@pytest.mark.parametrize("name", FILES)
@given(changes=edits)
@example(changes=[])
@example(changes=[Edit("cut", 0.5, b"")])
def test_a_spoilt_video_is_frames_or_a_sentence(name: str, changes: Sequence[Edit]) -> None:
    read(spoilt(made(name), changes), name)


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"PK\x03\x04", b"GIF89a", b"RIFF\0\0\1\0AVI ", b"\0\0\0\x20ftypisom"]),
)
def test_any_bytes_are_frames_or_a_sentence(content: bytes, start: bytes) -> None:
    read(start + content, "x.bin")


@given(st.lists(st.tuples(st.text(max_size=40), st.binary(max_size=60)), max_size=6))
def test_a_zip_of_anything_is_frames_or_a_sentence(members: list[tuple[str, bytes]]) -> None:
    whole = image(grey(1, (8, 8))[0])
    names = [
        (f"{name.replace(chr(0), '')}{number}.png", content + whole) for number, (name, content) in enumerate(members)
    ]
    try:
        content = zipped(names)
    except (UnicodeEncodeError, ValueError):  # a name that no zip can hold
        return
    read(content, "x.zip")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tiff", ".ppm"])
@given(changes=edits)
def test_a_spoilt_picture_is_one_or_a_sentence(suffix: str, changes: Sequence[Edit]) -> None:
    content = spoilt(image(noise(1, (24, 16))[0], suffix), changes)
    try:
        assert picture(content, f"x{suffix}", LIMITS).frames.shape[0] >= 2
    except VideoError as error:
        assert str(error).startswith(f"x{suffix}: ") and is_sentence(str(error))

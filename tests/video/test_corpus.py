"""Files as people have them: each gives its right value or one sentence that names it, and the next good file works.

All are made here, of a few kilobytes; each is read within 20 s and takes less than 2 GB of memory.
"""

import io
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.stream import VideoStream
from PIL import Image

from reid_core.data import check
from reid_core.video import DecodeLimits, Stream, Video, VideoError, decode, find_subject
from tests.fixtures_video import film, grey, image, levels, noise, zipped

pytestmark = pytest.mark.timeout(20)
ONE = 1 << 16  # as display matrices write it
CENC = {
    "encryption_scheme": "cenc-aes-ctr",
    "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
    "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
}


def held(most: bool) -> int:
    """KiB of memory that this process holds, or the most that it held."""
    return int(re.search(rf"{'VmHWM' if most else 'VmRSS'}:\s*(\d+)", Path("/proc/self/status").read_text())[1])


@pytest.fixture(autouse=True)
def bounded_memory() -> Iterator[None]:
    """No case takes 2 GiB beyond what the process holds when it begins."""
    Path("/proc/self/clear_refs").write_text("5")  # the most that it held is what it holds now
    before = held(most=False)
    yield
    assert held(most=True) - before < 2 * 2**20


def corners(count: int = 4, size: tuple[int, int] = (64, 32)) -> np.ndarray:
    """Frames whose four corners have four grey levels, (T, H, W, 3)."""
    frames = np.zeros((count, size[1], size[0], 3), np.uint8)
    across, down = size[0] // 2, size[1] // 2
    frames[:, :down, :across], frames[:, :down, across:] = 240, 160
    frames[:, down:, :across], frames[:, down:, across:] = 80, 0
    return frames


def as_corners(frame: np.ndarray) -> list[list[int]]:
    """Grey levels of the four corners, of 240, 160, 80 and 0 the nearest."""
    height, width = frame.shape[:2]
    places = [[frame[y, x, 0] for x in (width // 4, 3 * width // 4)] for y in (height // 4, 3 * height // 4)]
    return (np.round(np.array(places) / 80) * 80).astype(int).tolist()


def shown_by(matrix: Sequence[int]) -> np.ndarray:
    """The slow oracle: where a display matrix (a b c d) puts each pixel of ``corners``."""
    a, b, c, d = matrix
    pixels = corners(1)[0, ..., 0]
    places = {(a * x + c * y, b * x + d * y): level for (y, x), level in np.ndenumerate(pixels)}
    left, top = (min(place[axis] for place in places) for axis in (0, 1))
    right, bottom = (max(place[axis] for place in places) for axis in (0, 1))
    shown = np.zeros((bottom - top + 1, right - left + 1, 3), np.uint8)
    for (x, y), level in places.items():
        shown[y - top, x - left] = level
    return shown


# Orientation

MATRICES = [(1, 0, 0, 1), (-1, 0, 0, 1), (-1, 0, 0, -1), (1, 0, 0, -1), (0, 1, 1, 0), (0, 1, -1, 0), (0, -1, -1, 0)]
MATRICES.append((0, -1, 1, 0))  # in the order of EXIF's numbers


def turned(matrix: Sequence[int], stream: VideoStream) -> None:
    a, b, c, d = (ONE * part for part in matrix)
    stream.set_display_matrix([a, b, 0, c, d, 0, 0, 0, 1 << 30])


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
@pytest.mark.parametrize("matrix", MATRICES)
def test_every_display_matrix_is_applied(suffix: str, matrix: tuple[int, ...]) -> None:
    video = decode(film(corners(), suffix, "libx264", touch=partial(turned, matrix)))
    expected = shown_by(matrix)
    assert video.frames.shape[1:] == expected.shape
    assert as_corners(video.frames[0]) == as_corners(expected)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff"])
@pytest.mark.parametrize("number", range(1, 9))
def test_every_orientation_of_exif_is_applied(kind: str, number: int) -> None:
    picture, file = Image.fromarray(corners(1)[0]), io.BytesIO()
    exif = picture.getexif()
    exif[0x0112] = number
    picture.save(file, kind, exif=exif)
    video = decode(zipped([(f"{n}.{kind}", file.getvalue()) for n in range(2)]))
    expected = shown_by(MATRICES[number - 1])
    assert video.frames.shape[1:] == expected.shape
    assert as_corners(video.frames[0]) == as_corners(expected)


def test_an_orientation_that_exif_does_not_know_is_none() -> None:
    picture, file = Image.fromarray(corners(1)[0]), io.BytesIO()
    exif = picture.getexif()
    exif[0x0112] = 99
    picture.save(file, "jpeg", exif=exif)
    assert as_corners(decode(zipped([(f"{n}.jpg", file.getvalue()) for n in range(2)])).frames[0]) == [
        [240, 160],
        [80, 0],
    ]


# Shape of pixels


def squeezed(aspect: Fraction, stream: VideoStream) -> None:
    stream.codec_context.sample_aspect_ratio = aspect


@pytest.mark.parametrize(("suffix", "codec"), [("mp4", "libx264"), ("mkv", "libx264"), ("avi", "mpeg4")])
@pytest.mark.parametrize(
    ("size", "aspect", "shown"),
    [
        ((88, 144), Fraction(24, 11), (192, 144)),  # half D1
        ((180, 144), Fraction(16, 15), (192, 144)),  # PAL
        ((64, 48), Fraction(2, 1), (128, 48)),
        ((128, 48), Fraction(1, 2), (128, 96)),  # nothing that is stored is thrown away
        ((64, 48), Fraction(100, 1), (64, 48)),  # damage
    ],
)
def test_pixels_that_are_not_square_are_made_square(
    suffix: str, codec: str, size: tuple[int, int], aspect: Fraction, shown: tuple[int, int]
) -> None:
    video = decode(film(corners(4, size), suffix, codec, touch=partial(squeezed, aspect)))
    assert video.frames.shape[2:0:-1] == shown
    assert as_corners(video.frames[0]) == [[240, 160], [80, 0]]


def test_pixels_are_squared_before_the_frame_is_turned() -> None:
    def both(stream: VideoStream) -> None:
        squeezed(Fraction(2, 1), stream)
        turned(MATRICES[5], stream)

    video = decode(film(corners(4, (64, 48)), "mp4", "libx264", touch=both))
    assert video.frames.shape[1:3] == (128, 48)
    assert as_corners(video.frames[0]) == [[80, 240], [0, 160]]


# What cannot be decoded is one sentence


def protected(content: bytes) -> bytes:
    """A zip whose members claim to be encrypted."""
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content = content[: at + place] + bytes([content[at + place] | 1]) + content[at + place + 1 :]
            at = content.find(mark, at + 1)
    return content


def images(names: Sequence[str] = ("1.png", "2.png")) -> bytes:
    return zipped([(name, image(pixels)) for name, pixels in zip(names, grey(len(names), step=40), strict=True)])


def claims_utf8(content: bytes) -> bytes:
    """A zip with names that claim to be UTF-8 and are not."""
    named = content.replace("ä".encode(), b"\xe4\xff")
    assert named != content
    return named


UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "codec.mp4": (lambda: film(grey(20), "mp4", "libx264").replace(b"avc1", b"zzz9"), "unknown codec, or encrypted"),
    "codec.avi": (lambda: film(grey(20), "avi", "mjpeg").replace(b"MJPG", b"ZZZ9"), "unknown codec, or encrypted"),
    "codec.mkv": (
        lambda: film(grey(20), "mkv", "libx264").replace(b"V_MPEG4/ISO/AVC", b"V_MPEG9/ISO/ZZZ"),
        "unknown codec, or encrypted",
    ),
    "track.mp4": (lambda: film(grey(20), "mp4", "libx264").replace(b"avc1", b"encv"), "unknown codec, or encrypted"),
    "key.mp4": (lambda: film(noise(20), "mp4", "libx264", settings=CENC), "encrypted, they cannot be decoded without"),
    "utf8.zip": (lambda: claims_utf8(images(("ä1.png", "ä2.png"))), "zip file is damaged"),
    "front.zip": (lambda: images()[100:], "1 frame could be read"),
    "cut.zip": (lambda: b"PK\x03\x04" + images()[150:], "zip file is damaged|no frame could be read"),
    "tail.zip": (lambda: images()[:-30], "zip file is damaged"),
    "password.zip": (lambda: protected(images()), "protected by a password"),
    "method.zip": (
        lambda: images().replace(b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x00\x00\x09\x00"),
        "no frame|damaged",
    ),
    "nothing.zip": (lambda: zipped([]), "no images"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_decoded_is_one_sentence_and_the_next_file_works(name: str) -> None:
    make, said = UNREADABLE[name]
    with pytest.raises(VideoError, match=said) as error:
        decode(make(), name)
    assert str(error.value).startswith(f"{name}: ") and "\n" not in str(error.value)
    assert len(decode(film(grey(8))).frames) == 8


@pytest.mark.parametrize("name", ["codec.avi", "track.mp4", "utf8.zip"])
def test_a_video_that_cannot_be_decoded_stops_no_comparison_with_a_traceback(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(UNREADABLE[name][0]())
    with pytest.raises(VideoError, match=name):
        find_subject(path, name, "full")


def test_a_folder_is_checked_to_its_end_though_some_videos_cannot_be_decoded(tmp_path: Path) -> None:
    names = [name for name in UNREADABLE if not name.endswith(".zip")]
    for camera in ("cam1", "cam2"):
        (tmp_path / camera).mkdir()
        for number in range(4):  # persons
            (tmp_path / camera / f"good{number}.mkv").write_bytes(film(grey(8)))
        for number, name in enumerate(names):
            (tmp_path / camera / f"bad{number}.{name[-3:]}").write_bytes(UNREADABLE[name][0]())
    report = check("folder", tmp_path)
    assert report.usable and "persons in two cameras: 4 found" in report.lines
    for number, name in enumerate(names):
        assert any(line.startswith(f"  bad{number}.{name[-3:]}: its pictures are ") for line in report.lines)


def test_a_number_of_thousands_of_digits_is_a_name_like_any_other() -> None:
    long = "1" + "0" * 4400
    video = decode(images((f"{long}.png", "2.png", "0003.png")))
    assert levels(video.frames).tolist() == [40, 80, 0]


def test_a_zip_behind_other_bytes_is_read() -> None:
    assert levels(decode(b"#!/bin/sh unpack me\n" * 50 + images()).frames).tolist() == [0, 40]


def test_prores_whose_colours_are_damaged_is_read() -> None:
    content = film(noise(12), "mov", "prores_ks")
    whole = decode(content)
    parts = content.split(b"icpf")
    spoilt = b"icpf".join([parts[0], *(part[:14] + b"\xfd\xfd\xfd" + part[17:] for part in parts[1:])])
    video = decode(spoilt, "p.mov")
    np.testing.assert_allclose(levels(video.frames), levels(whole.frames), atol=5)


# Times


@pytest.mark.parametrize(
    ("times_ms", "expected"),
    [
        ([0, 100, 200, 7_200_200, 7_200_300, 7_200_400], [0, 0.1, 0.2, 0.3, 0.4, 0.5]),  # two hours ahead
        ([0, 90_000_000, 90_000_100, 90_000_200], [0, 0.1, 0.2, 0.3]),  # the first frame long before the others
    ],
)
def test_a_clock_that_jumps_by_hours_is_joined_with_a_warning(times_ms: list[int], expected: list[float]) -> None:
    video = decode(film(grey(len(times_ms)), times_ms=times_ms, rate=10), "x.mkv")
    np.testing.assert_allclose(video.times_s, expected, atol=0.002)
    assert video.warnings == ("x.mkv: the clock of the file jumps; its frames were joined as if it did not",)


def test_a_recording_that_begins_anew_in_its_middle_is_joined() -> None:
    part = film(grey(25), "ts", "libx264")
    video = decode(part + part, "x.ts")
    assert len(video.frames) == 50
    np.testing.assert_allclose(np.diff(video.times_s), 0.1, atol=0.002)


def duration_told(seconds: float) -> bytes:
    """An mkv file of 20 frames, 2 s, that tells another duration."""
    content = film(grey(20))
    at = content.index(b"\x44\x89\x88") + 3
    return content[:at] + struct.pack(">d", seconds * 1000) + content[at + 8 :]


@pytest.mark.parametrize("seconds", [0.001, 0.5, 36_000, 1e9])
def test_a_header_that_lies_of_the_duration_refuses_nothing(seconds: float) -> None:
    video = decode(duration_told(seconds), "x.mkv")
    assert len(video.frames) == 20
    assert len(video.warnings) == (seconds > 2)


@pytest.mark.parametrize("rate", [100_000, 1_000_000])
def test_a_header_that_lies_of_the_rate_refuses_nothing(rate: int) -> None:
    content = film(grey(20), "avi", "mjpeg")
    header = content.index(b"strh") + 28  # scale and rate
    told = content[:header] + struct.pack("<II", 1, rate) + content[header + 8 :]
    assert len(decode(told).frames) == 20
    slow = content[:header] + struct.pack("<II", rate, 1) + content[header + 8 :]
    video = decode(slow, "x.avi")
    assert len(video.frames) == 20
    np.testing.assert_allclose(np.diff(video.times_s), 0.1)


# Edit lists


@pytest.mark.parametrize("hidden", [1, 7, 15, 100])
def test_what_an_edit_list_hides_is_no_damage_and_what_it_shows_is_kept(hidden: int) -> None:
    rate, visible = 25, 20
    content = film(grey(hidden + visible, step=2), "mp4", "libx264", rate=rate)
    entry = content.index(b"elst") + 12  # duration in ms, and where the first frame shown is, in ticks
    start = struct.unpack_from(">i", content, entry + 4)[0]
    ticks = struct.unpack_from(">I", content, content.index(b"mdhd") + 16)[0] // rate
    cut = struct.pack(">Ii", 1000 * visible // rate, start + hidden * ticks)
    video = decode(content[:entry] + cut + content[entry + 8 :])
    assert video.warnings == ()
    np.testing.assert_allclose(levels(video.frames), 2 * np.arange(hidden, hidden + visible), atol=4)


# A resolution that changes


def changing(*sizes: tuple[int, int]) -> bytes:
    return b"".join(film(corners(10, size), "ts", "libx264") for size in sizes)


@pytest.mark.parametrize(
    ("sizes", "largest"),
    [
        (((64, 32), (128, 64), (256, 128)), (256, 128)),  # as a call that gets better
        (((256, 128), (128, 64)), (256, 128)),
        (((64, 32), (128, 96)), (128, 96)),
        (((64, 128), (256, 128)), (256, 128)),  # a telephone that is turned
    ],
)
def test_frames_of_several_sizes_come_in_the_largest_and_keep_their_shape(
    sizes: tuple[tuple[int, int], ...], largest: tuple[int, int]
) -> None:
    frames = decode(changing(*sizes)).frames
    assert len(frames) == 10 * len(sizes)
    assert frames.shape[2:0:-1] == largest
    for part, (width, height) in enumerate(sizes):
        scale = min(largest[0] / width, largest[1] / height)
        across, down = round(width * scale), round(height * scale)
        left, top = (largest[0] - across) // 2, (largest[1] - down) // 2
        frame = frames[10 * part + 5]
        assert as_corners(frame[top : top + down, left : left + across]) == [[240, 160], [80, 0]]
        assert frame[:, :left].max(initial=0) == frame[:top].max(initial=0) == 0  # black around


# Several tracks


def tracks(suffix: str, *parts: tuple[str, np.ndarray], rate: int = 10) -> bytes:
    """A file of several video tracks: codec and frames of each."""
    file = io.BytesIO()
    with av.open(file, "w", format={"mp4": "mp4", "mkv": "matroska", "mov": "mov"}[suffix]) as container:
        streams = []
        for codec, frames in parts:
            stream = container.add_stream(codec, rate=rate)
            stream.height, stream.width = frames.shape[1:3]
            stream.pix_fmt = {"mjpeg": "yuvj420p", "png": "rgb24"}.get(codec, "yuv420p")
            streams.append(stream)
        for stream, (_, frames) in zip(streams, parts, strict=True):
            for pixels in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode())
    return file.getvalue()


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("first", [True, False])
def test_of_several_tracks_the_largest_is_read(suffix: str, first: bool) -> None:
    parts = [("libx264", grey(20)), ("libx264", grey(20, (128, 96)))]
    video = decode(tracks(suffix, *parts[:: 1 if first else -1]))
    assert video.frames.shape == (20, 96, 128, 3)


@pytest.mark.parametrize(
    ("suffix", "codec"), [("mp4", "mjpeg"), ("mov", "mjpeg"), ("mkv", "mjpeg"), ("mp4", "png"), ("mov", "png")]
)
@pytest.mark.parametrize("first", [True, False])
def test_a_cover_picture_that_is_not_marked_is_no_video(suffix: str, codec: str, first: bool) -> None:
    parts = [(codec, grey(1, (640, 480))), ("libx264", grey(20))]
    video = decode(tracks(suffix, *parts[:: 1 if first else -1]))
    assert video.frames.shape == (20, 48, 64, 3)
    assert video.warnings == ()


def test_of_two_tracks_the_one_that_can_be_decoded_is_read() -> None:
    content = tracks("mp4", ("libx264", grey(20)), ("mpeg4", grey(20, (128, 96))))
    video = decode(content.replace(b"avc1", b"zzz9"))
    assert video.frames.shape == (20, 96, 128, 3)


# Colours


@pytest.mark.timeout(90)  # the scaler works for three seconds of a processor before the first picture
@pytest.mark.parametrize(("number", "name", "white"), [(16, "PQ", 0.58), (18, "HLG", 0.75)])
def test_hdr_is_shown_as_usual_and_warned_of(number: int, name: str, white: float) -> None:
    """BT.2408, table 1: in either a grey card (26 cd/m2) has 38 % of the signal; white has 203 cd/m2. Gamma is 2.4."""

    def bright(stream: VideoStream) -> None:
        stream.codec_context.color_trc = number

    levels = np.repeat([0.38, white], 10)[:, None, None, None]
    frames = np.tile(np.round(255 * levels), (1, 48, 64, 3)).astype(np.uint8)
    video = decode(film(frames, "mp4", "libx265", touch=bright), "x.mp4")
    assert video.frames[2].mean() == pytest.approx(255 * (26 / 203) ** (1 / 2.4), abs=3)
    assert video.frames[-2].min() >= 250
    assert video.warnings == (
        f"x.mp4: its colours are HDR ({name}); what is brighter than white in it is used as white",
    )


def test_ordinary_colours_are_not_warned_of() -> None:
    def plain(stream: VideoStream) -> None:
        stream.codec_context.color_trc = 1

    assert decode(film(grey(20), "mp4", "libx264", touch=plain)).warnings == ()


def walker(count: int = 20) -> np.ndarray:
    """A person of coloured patches who fills a tall frame."""
    patches = np.random.default_rng(1).integers(30, 226, (8, 4, 3)).astype(np.uint8)
    return np.broadcast_to(patches.repeat(16, 0).repeat(16, 1), (count, 128, 64, 3)).copy()


def without_colour(frames: np.ndarray) -> np.ndarray:
    levels = frames @ np.array([0.299, 0.587, 0.114])
    return np.repeat(levels.round().astype(np.uint8)[..., None], 3, 3)


CODECS = [("mp4", "libx264"), ("avi", "mjpeg"), ("mov", "prores_ks"), ("mkv", "ffv1")]


def filmed(frames: np.ndarray, suffix: str, codec: str) -> tuple[str, ...]:
    """Why no certain answer can rest on a film of a person."""
    return find_subject(film(frames, suffix, codec), f"x.{suffix}", "full").doubts


@pytest.mark.parametrize(("suffix", "codec"), CODECS)
def test_footage_without_colour_is_noticed(suffix: str, codec: str) -> None:
    assert filmed(walker(), suffix, codec) == ()
    assert filmed(without_colour(walker()), suffix, codec) == (
        f"x.{suffix} shows the person without colour, as at night",
    )


@pytest.mark.parametrize(("suffix", "codec"), CODECS)
def test_footage_in_the_dark_is_noticed(suffix: str, codec: str) -> None:
    assert f"x.{suffix} shows the person in the dark" in filmed(walker() // 12, suffix, codec)


@pytest.mark.parametrize(("suffix", "codec"), CODECS[2:])  # the others' blocks are edges at so low a rate
def test_blurred_footage_is_noticed(suffix: str, codec: str) -> None:
    soft = cv2.GaussianBlur(walker(1)[0], (0, 0), 4)
    assert filmed(np.repeat(soft[None], 20, 0), suffix, codec) == (f"x.{suffix} shows the person blurred",)


def test_pictures_without_colour_are_noticed_in_a_zip() -> None:
    pixels = without_colour(walker(3))
    content = zipped([(f"{number}.jpg", image(one, ".jpg")) for number, one in enumerate(pixels)])
    assert find_subject(content, "x.zip", "full").doubts == ("x.zip shows the person without colour, as at night",)


@pytest.mark.parametrize("height", [16, 20])
def test_a_person_of_few_pixels_is_noticed(height: int) -> None:
    street = np.zeros((20, 120, 160, 3), np.uint8) + np.array([90, 120, 140], np.uint8)
    street[:, 40 : 40 + height, 60 : 60 + height // 2] = walker()[:, : height * 2 : 2, :height:2]
    (said,) = find_subject(film(street), "x.mkv", (60, 40, height // 2, height)).doubts
    assert said == f"x.mkv shows the person in {height} pixels of height"


# A stream of frames reads them in the same way


@pytest.mark.parametrize("after_s", [None, 0.25, 6.05])
def test_a_stream_of_frames_is_joined_turned_and_squared_too(tmp_path: Path, after_s: float | None) -> None:
    def both(stream: VideoStream) -> None:
        squeezed(Fraction(2, 1), stream)
        turned(MATRICES[5], stream)

    times_ms = [100 * n + 7_200_000 * (n > 30) for n in range(90)]
    path = tmp_path / "x.mp4"
    path.write_bytes(film(corners(90, (64, 48)), "mp4", "libx264", times_ms=times_ms, touch=both))
    whole = decode(path)
    shots = list(Stream(path, rate=10.0).shots(after_s))
    kept = whole.times_s > (-1 if after_s is None else after_s)
    np.testing.assert_allclose([shot.time_s for shot in shots], whole.times_s[kept], atol=0.002)
    np.testing.assert_array_equal(shots[0].pixels, whole.frames[kept][0])


# Everything at once


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("suffix", "codec"), [("mp4", "libx264"), ("mov", "prores_ks"), ("avi", "mjpeg"), ("mkv", "ffv1"), ("zip", "")]
)
def test_whatever_bytes_are_spoilt_a_video_or_one_sentence_comes(suffix: str, codec: str, seed: int) -> None:
    content = images() if suffix == "zip" else film(noise(6, (32, 32)), suffix, codec)
    rng = np.random.default_rng(seed)
    for _ in range(15):
        spoilt = np.frombuffer(content, np.uint8).copy()
        places = rng.integers(0, len(spoilt), rng.integers(1, 12))
        spoilt[places] = rng.integers(0, 256, len(places))
        try:
            assert isinstance(decode(spoilt.tobytes(), "x", DecodeLimits(max_frames=20)), Video)
        except VideoError as error:
            assert str(error).startswith("x: ") and "\n" not in str(error)

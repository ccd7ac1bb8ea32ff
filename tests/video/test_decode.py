"""Decoding: every container and codec, times, sampling, damage, limits and bad files."""

import gc
import math
import os
from typing import Any

import av
import numpy as np
import pytest

from reid_core.video import DecodeLimits, Stream, Video, VideoError, decode
from reid_core.video.decode import _by_number
from reid_core.video.times import Clock
from tests.fixtures_video import film, grey, image, levels, noise, sound, zipped


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        ("mp4", "libx264"),
        ("mp4", "libx265"),
        ("mov", "mpeg4"),
        ("mkv", "ffv1"),
        ("mkv", "libx264"),
        ("webm", "libvpx"),
        ("webm", "libvpx-vp9"),
        ("webm", "libsvtav1"),
        ("avi", "mjpeg"),
        ("avi", "mpeg4"),
        ("ts", "libx264"),
        ("gif", "gif"),
    ],
)
def test_each_container_and_codec_gives_its_frames_in_order(suffix: str, codec: str) -> None:
    frames = grey(20, step=12)
    video = decode(film(frames, suffix, codec), f"x.{suffix}")
    assert video.frames.shape == frames.shape
    tolerance = 20 if suffix == "gif" else 6  # 8 levels of red and green
    np.testing.assert_allclose(levels(video.frames), levels(frames), atol=tolerance)
    np.testing.assert_allclose(video.times_s, np.arange(20) / 10, atol=0.002)
    assert video.warnings == ()
    assert os.sched_getscheduler(0) == os.SCHED_OTHER, "the tests after this one would keep those beside them waiting"


@pytest.mark.parametrize("rotation", [90, 180, -90])
def test_a_rotated_video_is_set_upright(rotation: int) -> None:
    frames = np.zeros((5, 32, 64, 3), np.uint8)
    frames[:, :16, :32] = 255  # the corner at the top left
    video = decode(film(frames, "mp4", "libx264", rotation=rotation))
    expected = np.rot90(frames[0], rotation // 90)
    assert video.frames.shape[1:] == expected.shape
    assert np.abs(video.frames[0].astype(int) - expected).mean() < 10


def test_a_path_and_its_bytes_give_the_same(tmp_path: Any) -> None:
    path = tmp_path / "walk.mkv"
    path.write_bytes(film(grey(8)))
    from_path, from_bytes = decode(path), decode(path.read_bytes(), "walk.mkv")
    assert from_path.name == from_bytes.name == "walk.mkv"
    np.testing.assert_array_equal(from_path.frames, from_bytes.frames)


def test_frames_are_given_back_as_they_are_read_and_do_not_wait_for_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        held = [_held() for _ in Stream(film(grey(40)), rate=10.0).shots()]
    finally:
        gc.enable()
    assert len(held) == 40 and 0 < max(held) <= 4


def _held() -> int:
    return sum(type(one) is av.VideoFrame for one in gc.get_objects())


# Sampling


def test_ten_frames_a_second_are_all_kept() -> None:
    assert len(decode(film(grey(60), "avi", "mjpeg", rate=10)).frames) == 60


@pytest.mark.parametrize("rate", [12, 15, 24, 25, 30, 50, 60])
def test_a_faster_video_is_sampled_once_each_tenth_of_a_second(rate: int) -> None:
    video = decode(film(grey(3 * rate, (16, 16)), "avi", "ffv1", rate=rate))
    assert abs(len(video.frames) - 30) <= 1
    # The slow oracle: for each tenth of a second the first frame that is at most 0.03 s early.
    stamps = [i / rate for i in range(3 * rate)]
    on_time = [[t for t in stamps if t >= k / 10 - 0.03 - 1e-9] for k in range(31)]
    wanted = sorted({times[0] for times in on_time if times})
    np.testing.assert_allclose(video.times_s, wanted, atol=1e-6)
    numbers = np.round(video.times_s * rate).astype(int)
    np.testing.assert_allclose(levels(video.frames), numbers * 5 % 256, atol=2)


def test_jitter_of_a_ten_hertz_video_drops_nothing() -> None:
    jitter = np.random.default_rng(0).integers(-14, 15, 40)
    times = (np.arange(40) * 100 + 20 + jitter).tolist()
    assert len(decode(film(grey(40), times_ms=times)).frames) == 40


def test_times_are_those_of_the_file() -> None:
    times = [0, 40, 300, 310, 320, 900, 1500, 1600, 2500]
    video = decode(film(grey(9), times_ms=times))
    np.testing.assert_allclose(video.times_s, [0, 0.3, 0.9, 1.5, 1.6, 2.5], atol=1e-3)
    np.testing.assert_allclose(levels(video.frames), [0, 10, 25, 30, 35, 40], atol=2)


def test_times_begin_at_the_first_frame() -> None:
    video = decode(film(grey(20), times_ms=[5000 + 100 * i for i in range(20)]))
    np.testing.assert_allclose(video.times_s, np.arange(20) / 10, atol=1e-3)


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([None, None, None], [0, 0.5, 1]),
        ([-3.0, -2.0, 1.0], [0, 1, 4]),
        ([0.0, 2.0, 1.0, None, 3.5], [0, 2, 2.5, 3, 3.5]),
        ([1.0, 1.0, 1.0], [0, 0.5, 1]),
    ],
)
def test_missing_negative_and_falling_stamps_give_rising_times(stamps: list[Any], expected: list[float]) -> None:
    clock = Clock(interval_s=0.5)
    assert [clock.read(stamp) for stamp in stamps] == expected
    assert not clock.jumps


@pytest.mark.parametrize(("count", "rate", "kept"), [(4, 25, 4), (2, 25, 2), (30, 25, 30), (40, 30, 20), (60, 60, 20)])
def test_a_short_video_keeps_enough_frames(count: int, rate: int, kept: int) -> None:
    video = decode(film(grey(count, step=4), rate=rate))
    assert len(video.frames) == kept
    assert np.ptp(np.diff(video.times_s)) < 0.002  # evenly spaced, as the file's milliseconds allow


def test_reading_stops_at_the_most_frames_with_a_warning() -> None:
    video = decode(film(grey(40)), "x.avi", DecodeLimits(max_frames=25))
    assert len(video.frames) == 25
    assert video.warnings == ("x.avi: only 0.0 to 2.4 s of 4.0 s were used",)
    assert video.whole_s == pytest.approx(4.0)


def test_reading_may_start_later_and_times_stay_those_of_the_video() -> None:
    told: list[tuple[str, int, int | None]] = []
    limits = DecodeLimits(start_s=1.2, max_frames=5)
    video = decode(film(grey(40)), "x.avi", limits, lambda *args: told.append(args))
    np.testing.assert_allclose(video.times_s, 1.2 + np.arange(5) / 10, atol=1e-6)
    np.testing.assert_allclose(levels(video.frames), levels(grey(40))[12:17], atol=3)
    assert video.warnings == ("x.avi: only 1.2 to 1.6 s of 4.0 s were used",)
    assert told[-1] == ("decode", 5, 5)
    (warning,) = decode(film(grey(40)), "x.avi", DecodeLimits(start_s=3)).warnings
    assert warning == "x.avi: only 3.0 to 3.9 s of 4.0 s were used"


def test_a_start_after_the_end_is_said() -> None:
    with pytest.raises(VideoError, match=r"x.avi: no frame could be read from 4 s on, at least 2 are needed"):
        decode(film(grey(40)), "x.avi", DecodeLimits(start_s=4))


def test_exactly_the_most_frames_need_no_warning() -> None:
    assert decode(film(grey(25)), limits=DecodeLimits(max_frames=25)).warnings == ()


def test_large_frames_are_scaled_down_and_small_ones_are_not_enlarged() -> None:
    clip = film(grey(4, (64, 48)))
    assert decode(clip, limits=DecodeLimits(max_side=32)).frames.shape == (4, 24, 32, 3)
    assert decode(clip, limits=DecodeLimits(max_side=500)).frames.shape == (4, 48, 64, 3)


def test_progress_is_told_and_may_stop_the_work() -> None:
    told = []

    def stop(stage: str, done: int, total: int | None) -> None:
        told.append((stage, done, total))
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode(film(grey(20), "mp4", "libx264"), progress=stop)
    assert told == [("decode", 1, 20), ("decode", 2, 20), ("decode", 3, 20)]


# Damage


def test_a_truncated_video_keeps_what_was_read_and_warns() -> None:
    whole = film(noise(75), "avi", "mjpeg", rate=25)
    video = decode(whole[: len(whole) * 3 // 10])
    assert 5 <= len(video.frames) <= 30
    assert len(video.warnings) == 1
    read, expected = (int(w) for w in video.warnings[0].split() if w.isdigit())
    assert expected == 75 and 15 <= read <= 25
    assert video.warnings[0].endswith("frames could be read")


def test_a_truncated_video_that_tells_its_duration_only_warns_too() -> None:
    whole = film(noise(75), "mkv", "libx264", rate=25)
    (warning,) = decode(whole[: len(whole) * 3 // 10]).warnings
    assert warning.endswith(" of about 75 frames could be read")


@pytest.mark.parametrize(("suffix", "codec"), [("mov", "mpeg4"), ("mkv", "libx264"), ("ts", "libx264")])
def test_damage_in_the_middle_loses_only_what_it_hits(suffix: str, codec: str) -> None:
    content = bytearray(film(noise(75), suffix, codec, rate=25))
    middle = len(content) // 2
    content[middle : middle + 3000] = bytes(3000)
    video = decode(bytes(content))
    assert video.times_s[-1] > 2.5  # it goes on after the damage
    assert video.warnings and video.warnings[0].endswith(" of about 75 frames could be read")


# Bad files


def incomplete() -> bytes:
    return film(noise(20), "mp4", "libx264")[:5000]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a video that can be read"),
        (b"hello world\n" * 200, "not a video that can be read"),
        (image(noise(1)[0]), "not a video that can be read"),
        (image(noise(1)[0], ".jpg"), "not a video that can be read"),
        (sound(), "no pictures"),
        (incomplete(), "index"),
        (film(grey(1)), "1 frame could be read, at least 2"),
        (film(grey(1), "gif", "gif"), "1 frame could be read, at least 2"),
        (film(grey(0)), "no"),
        (b"PK\x03\x04" + bytes(100), "zip file is damaged"),
        (zipped([("readme.txt", b"hello")]), "no images"),
        (zipped([("a/1.png", b""), ("b/1.png", b"")]), "2 folders"),
        (zipped([("1.png", image(noise(1)[0]))]), "1 frame could be read"),
        (zipped([("1.png", b"x"), ("2.png", b"y")]), "no frame could be read"),
    ],
)
def test_a_bad_file_gives_one_sentence_that_names_it(content: bytes, message: str) -> None:
    with pytest.raises(VideoError, match=message) as error:
        decode(content, "bad.mp4")
    assert str(error.value).startswith("bad.mp4: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("as_bytes", [True, False])
def test_a_playlist_does_not_open_another_file(tmp_path: Any, as_bytes: bool) -> None:
    (tmp_path / "other.mp4").write_bytes(film(grey(20), "mp4", "libx264"))
    playlist = tmp_path / "x.mp4"
    playlist.write_text("ffconcat version 1.0\nfile other.mp4\n")
    with pytest.raises(VideoError, match=r"x\.mp4: this is not a video"):
        decode(playlist.read_bytes() if as_bytes else playlist, "x.mp4")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Any) -> None:
    wrong = ((tmp_path / "gone.mp4", "there is no such file"), (tmp_path, "it must be a file, it is a folder"))
    for path, said in wrong:
        with pytest.raises(VideoError, match=f"{path.name}: {said}"):
            decode(path)


# Limits


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (DecodeLimits(max_bytes=1000), "MiB allowed"),
        (DecodeLimits(max_pixels=64 * 48 - 1), "64 x 48 pixels, more than the 3071 allowed"),
        (DecodeLimits(max_duration_s=3.5), "lasts 4 s, more than the 3.5 s allowed"),
        (DecodeLimits(max_frames_read=39), "more than the 39 frames allowed"),
    ],
)
def test_each_limit_has_its_own_sentence(limits: DecodeLimits, message: str) -> None:
    clip = film(grey(40))
    decode(clip, limits=DecodeLimits(max_bytes=len(clip), max_pixels=64 * 48, max_duration_s=4, max_frames_read=40))
    with pytest.raises(VideoError, match=message):
        decode(clip, limits=limits)


def test_a_duration_that_only_the_time_stamps_tell_is_limited() -> None:
    content = film(grey(5), times_ms=[0, 100, 200, 300, 100_000])
    name = content.index(b"\x44\x89\x88")  # the duration's element of the file's header: left out, as if recorded live
    live = content[:name] + b"\xec\x89\x88" + content[name + 3 :]
    with pytest.raises(VideoError, match="lasts 100 s, more than the 50 s allowed"):
        decode(live, limits=DecodeLimits(max_duration_s=50))


def test_frames_larger_than_the_header_says_are_not_decoded() -> None:
    small, large = film(grey(5, (64, 48)), "ts", "libx264"), film(grey(5, (640, 480)), "ts", "libx264")
    video = decode(small + large, limits=DecodeLimits(max_pixels=100 * 100))
    assert 2 <= len(video.frames) <= 5  # of ten
    assert video.warnings


@pytest.mark.parametrize("field", ["max_bytes", "max_pixels", "max_side", "frames_per_second", "max_duration_s"])
@pytest.mark.parametrize("value", [0, -1, math.nan])
def test_a_limit_must_be_positive(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{field} must be .* got {value}"):
        DecodeLimits(**{field: value})


@pytest.mark.parametrize("value", [-1, math.nan])
def test_a_start_may_be_zero_and_not_before(value: float) -> None:
    with pytest.raises(ValueError, match=f"start_s must be finite and >= 0, got {value}"):
        DecodeLimits(start_s=value)


def test_one_frame_is_too_few_a_limit() -> None:
    with pytest.raises(ValueError, match="max_frames must be finite and >= 2, got 1"):
        DecodeLimits(max_frames=1)


# Zip files of images


def test_images_of_a_zip_come_by_their_number() -> None:
    numbers = [10, 9, 1, 100, 2]
    frames = grey(101, step=2)
    video = decode(zipped([(f"cam1/person001/frame{n}.png", image(frames[n])) for n in numbers]), "a.zip")
    assert levels(video.frames).tolist() == [2, 4, 18, 20, 200]
    np.testing.assert_allclose(video.times_s, np.arange(5) / 10)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tif", ".ppm"])
def test_each_kind_of_image_is_read_in_colour(suffix: str) -> None:
    red = np.zeros((128, 64, 3), np.uint8)
    red[...] = (200, 30, 60)
    video = decode(zipped([(f"{i:04}{suffix}", image(red, suffix)) for i in range(3)]))
    assert video.frames.shape == (3, 128, 64, 3)
    np.testing.assert_allclose(video.frames[1].mean((0, 1)), (200, 30, 60), atol=4)


def test_hidden_twins_and_other_files_of_a_zip_are_left_out() -> None:
    pixels = grey(2, step=50)
    members = [("p/1.png", image(pixels[0])), ("p/2.png", image(pixels[1])), ("p/notes.txt", b"hi")]
    video = decode(zipped([*members, ("__MACOSX/p/._1.png", b"junk"), ("p/.hidden.png", b"junk")]))
    assert levels(video.frames).tolist() == [0, 50]
    assert video.warnings == ()


def test_a_damaged_image_is_left_out_with_a_warning() -> None:
    members = [(f"{i}.png", image(pixels)) for i, pixels in enumerate(grey(6))]
    members[2] = ("2.png", b"not an image")
    video = decode(zipped(members))
    np.testing.assert_allclose(levels(video.frames), [0, 5, 15, 20, 25])
    np.testing.assert_allclose(video.times_s, [0, 0.1, 0.3, 0.4, 0.5])
    assert video.warnings == ("the video: 5 of about 6 frames could be read",)


def test_images_of_unlike_size_are_brought_to_that_of_the_first() -> None:
    video = decode(zipped([("1.png", image(grey(1)[0])), ("2.png", image(grey(1, (30, 90))[0]))]))
    assert video.frames.shape == (2, 48, 64, 3)


def test_a_zip_that_unpacks_to_too_much_is_refused_while_it_is_read() -> None:
    bomb = zipped([(f"{i}.bmp", bytes(2**20)) for i in range(3)])
    assert len(bomb) < 10_000
    with pytest.raises(VideoError, match="unpacks to more than the 2 MiB allowed"):
        decode(bomb, limits=DecodeLimits(max_unzipped_bytes=2 * 2**20))


def test_an_image_of_too_many_pixels_is_refused_by_its_header() -> None:
    bomb = zipped([(f"{i}.png", image(np.zeros((2000, 2000, 3), np.uint8))) for i in range(2)])
    assert len(bomb) < 100_000
    with pytest.raises(VideoError, match="2000 x 2000 pixels, more than the 1000000 allowed"):
        decode(bomb, limits=DecodeLimits(max_pixels=10**6))


def test_numbers_sort_as_numbers_whatever_stands_around_them() -> None:
    names = ["c1_f10.png", "c1_f9.png", "c2_f1.png", "x.png", "7.png"]
    assert sorted(names, key=_by_number) == ["7.png", "c1_f9.png", "c1_f10.png", "c2_f1.png", "x.png"]


# The type


@pytest.mark.parametrize(
    ("frames", "times", "message"),
    [
        (np.zeros((3, 4, 4, 3), np.float32), np.arange(3.0), "uint8"),
        (np.zeros((3, 4, 4), np.uint8), np.arange(3.0), r"\(T, H, W, 3\)"),
        (np.zeros((1, 4, 4, 3), np.uint8), np.arange(1.0), "at least 2"),
        (np.zeros((3, 4, 4, 3), np.uint8), np.arange(2.0), "3 rising times"),
        (np.zeros((3, 4, 4, 3), np.uint8), np.array([0.0, 1.0, 1.0]), "3 rising times"),
    ],
)
def test_a_video_must_be_consistent(frames: np.ndarray, times: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Video("x", frames, times)

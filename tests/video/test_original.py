"""People who are small in a large picture are looked for in the picture as it is stored."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reid_core.video import DecodeLimits, Detections, Video, decode, find_people, find_subject, person_of
from tests.fixtures_video import film
from tests.search.street import COLOURS, Seer

HALF = DecodeLimits(max_side=200)
COUNT = 40


class Near(Seer):
    """Finds nobody of fewer than 50 pixels."""

    def __call__(self, frame: np.ndarray) -> Detections:
        found = super().__call__(frame)
        tall = found.heights >= 50
        return Detections(found.boxes[tall], found.scores[tall])


@pytest.fixture(scope="module")
def content() -> bytes:
    """Somebody of 60 pixels walks through a picture of 400 x 240, and stripes of one pixel are his clothes."""
    frames = np.full((COUNT, 240, 400, 3), 90, np.uint8)
    for number, frame in enumerate(frames):
        walker = frame[100:160, 10 + 5 * number : 34 + 5 * number]
        walker[:] = COLOURS[0]
        walker[::2] -= 30
    return film(frames, "mkv", "ffv1", 10)


def test_who_is_too_small_once_scaled_is_found_in_the_original_and_cut_out_of_it(content: bytes) -> None:
    video = decode(content, "x.mkv", HALF)
    assert video.detail == 2 and video.frames.shape[1:3] == (120, 200)
    assert find_people(replace(video, detail=1.0), Near()).kind == "nobody"
    (one,) = find_people(video, Near()).tracklets
    assert len(one) > 0.8 * COUNT and one.detail == 2
    number = len(one) // 2
    left = 10 + 5 * round(10 * one.times_s[number])
    np.testing.assert_allclose(one.boxes[number], np.array([left, 100, left + 24, 160]) / 2, atol=3)
    inside = one.frames[number][50:70, 28:36, 0].astype(int)
    assert np.abs(np.diff(inside, axis=0)).max() > 8  # stripes, which half the size has not


def test_how_small_a_person_is_counts_in_pixels_of_the_original(content: bytes) -> None:
    (one,) = find_people(decode(content, "x.mkv", DecodeLimits(max_side=100)), Near()).tracklets
    assert np.median(one.boxes[:, 3] - one.boxes[:, 1]) < 24
    assert not person_of(find_people(decode(content, "x.mkv", DecodeLimits(max_side=100)), Near())).doubts


def test_of_a_part_of_a_video_the_same_frames_are_looked_at(content: bytes) -> None:
    video = decode(content, "x.mkv", replace(HALF, start_s=1.5, max_frames=20))
    (one,) = find_people(video, Near()).tracklets
    assert len(one) > 15 and set(one.times_s.round(6)) <= set(video.times_s.round(6))


def test_how_far_it_is_is_told_and_it_may_be_stopped(content: bytes) -> None:
    video, told = decode(content, "x.mkv", HALF), []
    find_people(video, Near(), lambda *words: told.append(words))
    assert [words for words in told if words[0] == "original"] == [("original", n, COUNT) for n in range(1, COUNT + 1)]

    def stop(stage: str, *_: object) -> None:
        if stage == "original":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_people(video, Near(), stop)


@pytest.mark.parametrize("max_side", [400, 200])
def test_where_the_picture_is_as_stored_or_people_are_large_in_it_it_is_read_once(
    content: bytes, max_side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Large(Seer):
        def __call__(self, frame: np.ndarray) -> Detections:
            height = frame.shape[0]
            return Detections(np.array([[10, 5, height / 3, height - 5]], np.float32), np.array([0.9], np.float32))

    def again(*_: object) -> Iterator[Video]:
        raise AssertionError("it was read again")

    monkeypatch.setattr("reid_core.video.original._shots", again)
    assert find_people(decode(content, "x.mkv", DecodeLimits(max_side=max_side)), Large()).kind == "people"
    assert find_people(decode(content, "x.mkv", DecodeLimits(max_side=400)), Near()).kind == "people"


def test_the_subject_of_a_file_is_found_so_too(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.mkv").write_bytes(content)
    limited = decode.__defaults__
    assert limited is not None
    monkeypatch.setattr(decode, "__defaults__", (limited[0], HALF, limited[2]))
    assert find_subject(tmp_path / "x.mkv", "x.mkv", detector=Near).tracklet.detail == 2

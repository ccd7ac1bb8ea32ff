"""SynthWalk, as a benchmark of four persons with the same rules, and what pins the real one."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_core.data import (
    InputConfig,
    check,
    half_splits,
    load,
    prepare,
    read_splits,
    splits_of,
    synthwalk,
    write_splits,
)
from reid_core.data.fingerprint import digest, fingerprint, mean_colours
from reid_core.data.synthetic import person, render_tracklet, tracklet_length
from reid_core.data.synthwalk import same_data, splits_fingerprint, splits_told, write_colours, write_synthwalk

FIRST_HALVES = half_splits(range(1, 301), 0)
TRACKLET = "464e39b267eea2e4befcc43690298dc412394ca509185ace68fbb0291f218503"


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A benchmark of four persons and 2 to 3 frames, rendered."""
    for name, value in {"PERSONS": 4, "MIN_LENGTH": 2, "MAX_LENGTH": 3}.items():
        monkeypatch.setattr(synthwalk, name, value)
    monkeypatch.setattr(synthwalk, "SPLITS_FINGERPRINT", splits_fingerprint(half_splits(range(1, 5), 0)))
    looks = write_synthwalk(tmp_path / "tiny")
    monkeypatch.setattr(synthwalk, "FRAMES_FINGERPRINTS", ("0" * 64, fingerprint(looks)))
    monkeypatch.setattr(synthwalk, "COLOURS", tmp_path / "colours.png")
    write_colours(looks, tmp_path / "colours.png")
    return tmp_path / "tiny"


def repaint(folder: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    """Change every picture under a folder."""
    for path in folder.rglob("*.png"):
        cv2.imwrite(str(path), change(cv2.imread(str(path))))


def rounded_otherwise(image: np.ndarray) -> np.ndarray:
    """As another processor's rounding does: a few pixels by a few levels."""
    image[40:44, 30:40] ^= 9
    return image


def test_the_splits_are_pinned() -> None:
    assert splits_fingerprint(FIRST_HALVES) == synthwalk.SPLITS_FINGERPRINT
    assert splits_fingerprint(FIRST_HALVES[::-1]) != synthwalk.SPLITS_FINGERPRINT


def test_the_frames_are_pinned_by_one_tracklet_of_600() -> None:
    """A change of the renderer that this finds makes another benchmark, and old results incomparable."""
    length = tracklet_length(synthwalk.SEED, 150, 1, synthwalk.MIN_LENGTH, synthwalk.MAX_LENGTH)
    assert length == 25
    frames = render_tracklet(person(synthwalk.SEED, 150), 1, length, synthwalk.SEED, variety=synthwalk.VARIETY)
    assert digest(frames) == TRACKLET


def test_a_rendered_benchmark_is_recognised_with_its_splits(tiny: Path) -> None:
    report = check("synthetic", tiny)
    assert report.usable
    assert report.lines[-2:] == (
        f"fingerprint of the frames: {synthwalk.FRAMES_FINGERPRINTS[1]}",
        "the frames are SynthWalk's, equal to the last bit; so are its 10 splits",
    )
    assert splits_of(load("synthetic", tiny), seed=7).splits == half_splits(range(1, 5), 0)
    assert splits_of(load("synthetic", tiny), seed=7).origin == "stored with the data"
    card = json.loads((tiny / "synthetic.json").read_text())
    assert (card["seed"], card["persons"], card["min_length"], card["max_length"]) == (2018, 4, 2, 3)


def test_rendering_again_finds_the_same_and_goes_on_where_it_stopped(tiny: Path) -> None:
    (tiny / "splits.json").unlink()
    frames = sorted((tiny / "i-LIDS-VID" / "sequences" / "cam2" / "person003").iterdir())
    for path in frames:
        path.unlink()
    frames[0].parent.rmdir()
    calls: list[tuple[str, int, int | None]] = []
    looks = write_synthwalk(tiny, lambda *call: calls.append(call))
    assert fingerprint(looks) == synthwalk.FRAMES_FINGERPRINTS[1]
    assert calls == [(stage, done, 8) for stage in ("synthesize", "read") for done in range(1, 9)]
    assert read_splits(tiny / "splits.json") == half_splits(range(1, 5), 0)


def test_a_rounding_is_still_the_benchmark_to_the_eye(tiny: Path) -> None:
    repaint(tiny, rounded_otherwise)
    report = check("synthetic", tiny)
    assert report.usable
    assert report.lines[-1] == (
        "the frames are SynthWalk's, equal to the eye: some are rounded otherwise than those published; "
        "so are its 10 splits"
    )


def test_what_looks_otherwise_cannot_be_used_as_the_benchmark_that_its_card_says_it_is(tiny: Path) -> None:
    repaint(tiny / "i-LIDS-VID" / "sequences" / "cam2" / "person003", lambda image: cv2.add(image, (0, 5, 0, 0)))
    report = check("synthetic", tiny)
    assert not report.usable
    assert report.lines[-2].startswith("another data set than SynthWalk: the colours of cam2/person003 are off by ")
    assert report.lines[-1].startswith("cannot be used: its card says that it is SynthWalk")
    card = json.loads((tiny / "synthetic.json").read_text())
    (tiny / "synthetic.json").write_text(json.dumps({**card, "variety": 0.3}))
    report = check("synthetic", tiny)
    assert report.usable
    assert report.lines[-1].startswith("another data set than SynthWalk")


def test_a_missing_frame_or_tracklet_is_another_data_set(tiny: Path) -> None:
    folder = tiny / "i-LIDS-VID" / "sequences" / "cam1" / "person001"
    next(folder.iterdir()).unlink()
    count = len(list(folder.iterdir()))
    assert f"cam1/person001 has {count} frames, not {count + 1}" in check("synthetic", tiny).lines[-2]
    shutil.rmtree(folder)
    (tiny / "splits.json").unlink()
    assert any("cam1/person001 is in one of them only" in line for line in check("synthetic", tiny).lines)


def test_other_splits_are_told() -> None:
    assert splits_told(FIRST_HALVES) == "so are its 10 splits"
    assert splits_told(FIRST_HALVES[::-1]) == "the splits are not"
    assert splits_told(()).startswith("its splits are not stored with them")


def test_a_run_on_another_rendering_of_the_benchmark_is_on_the_same_data(tiny: Path) -> None:
    config = InputConfig(height=64, width=48, crop_height=56, crop_width=40)
    first = prepare(load("synthetic", tiny), config)
    repaint(tiny, rounded_otherwise)
    dataset = load("synthetic", tiny)
    again = prepare(dataset, config)
    assert again.fingerprint != first.fingerprint
    assert same_data(again, dataset, first.name, first.fingerprint)
    assert same_data(again, dataset, "any name", again.fingerprint)
    assert not same_data(again, dataset, "synthetic people (version 1, seed 1, 4 persons)", first.fingerprint)
    assert not same_data(again, dataset, first.name, f"settings-{first.fingerprint.partition('-')[2]}")
    assert not same_data(again, replace(dataset, protocol="paper"), first.name, first.fingerprint)
    repaint(tiny, lambda image: cv2.add(image, (5, 5, 5, 0)))
    assert not same_data(again, load("synthetic", tiny), first.name, first.fingerprint)


def test_the_stored_colours_are_those_of_the_tracklet_that_is_pinned() -> None:
    """And every other tracklet is told apart from its neighbour by them."""
    rows = cv2.imread(str(synthwalk.COLOURS), cv2.IMREAD_COLOR_RGB).astype(int)
    assert rows.shape == (600, 32, 3)
    assert synthwalk.COLOURS.stat().st_size < 200_000
    frames = render_tracklet(person(synthwalk.SEED, 150), 1, 25, synthwalk.SEED, variety=synthwalk.VARIETY)
    assert np.abs(mean_colours(frames).reshape(32, 3) - rows[149]).max() <= 1
    assert np.abs(np.diff(rows, axis=0)).max(axis=(1, 2)).min() > 10 * synthwalk.TOLERANCE


def test_splits_of_other_persons_or_damaged_ones_cannot_be_used(tiny: Path) -> None:
    write_splits(tiny / "splits.json", half_splits(range(1, 7), 0))
    with pytest.raises(ValueError, match=r"splits .*splits\.json must part the 4 persons found, they are about others"):
        splits_of(load("synthetic", tiny), 0)
    assert not check("synthetic", tiny).usable
    (tiny / "splits.json").write_text('{"version": 1, "splits": []}')
    with pytest.raises(ValueError, match="must part the 4 persons found"):
        splits_of(load("synthetic", tiny), 0)
    (tiny / "splits.json").write_text("{")
    assert "must be a file of version 1" in check("synthetic", tiny).lines[0]


def test_a_generator_that_draws_other_splits_is_noticed_before_anything_is_rendered(
    tmp_path: Path, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(synthwalk, "PERSONS", 4)
    with pytest.raises(ValueError, match=f"splits must have fingerprint {synthwalk.SPLITS_FINGERPRINT}, got "):
        write_synthwalk(tmp_path / "x")
    assert not (tmp_path / "x").exists()

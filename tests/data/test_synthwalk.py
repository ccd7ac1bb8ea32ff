"""SynthWalk, as a benchmark of four persons with the same rules, and what pins the real one."""

import json
from pathlib import Path

import pytest

from reid_core.data import check, half_splits, load, read_splits, splits_of, synthwalk, write_splits
from reid_core.data.fingerprint import digest
from reid_core.data.synthetic import person, render_tracklet, tracklet_length
from reid_core.data.synthwalk import identified, splits_fingerprint, write_synthwalk

FIRST_HALVES = half_splits(range(1, 301), 0)
TRACKLET = "464e39b267eea2e4befcc43690298dc412394ca509185ace68fbb0291f218503"


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A benchmark of four persons and 2 to 3 frames, rendered."""
    for name, value in {"PERSONS": 4, "MIN_LENGTH": 2, "MAX_LENGTH": 3}.items():
        monkeypatch.setattr(synthwalk, name, value)
    monkeypatch.setattr(synthwalk, "SPLITS_FINGERPRINT", splits_fingerprint(half_splits(range(1, 5), 0)))
    monkeypatch.setattr(synthwalk, "FRAMES_FINGERPRINT", write_synthwalk(tmp_path / "tiny"))
    return tmp_path / "tiny"


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
        f"fingerprint of the frames: {synthwalk.FRAMES_FINGERPRINT}",
        "this is SynthWalk: its frames and its 10 splits",
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
    assert write_synthwalk(tiny, lambda *call: calls.append(call)) == synthwalk.FRAMES_FINGERPRINT
    assert calls == [(stage, done, 8) for stage in ("synthesize", "read") for done in range(1, 9)]
    assert read_splits(tiny / "splits.json") == half_splits(range(1, 5), 0)


def test_a_missing_frame_or_other_splits_are_another_data_set(tiny: Path) -> None:
    write_splits(tiny / "splits.json", half_splits(range(1, 5), 1))
    assert check("synthetic", tiny).lines[-1] == "the frames are SynthWalk's, the splits are not"
    (tiny / "splits.json").unlink()
    assert "its splits are not stored with them" in check("synthetic", tiny).lines[-1]
    next((tiny / "i-LIDS-VID").rglob("*.png")).unlink()
    assert check("synthetic", tiny).lines[-1].startswith("not SynthWalk, whose frames have the fingerprint ")


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


def test_what_is_not_the_benchmark_is_called_so() -> None:
    assert identified("0" * 64, FIRST_HALVES).startswith("not SynthWalk")
    assert identified(synthwalk.FRAMES_FINGERPRINT, FIRST_HALVES) == "this is SynthWalk: its frames and its 10 splits"

"""A pair of which one clip was edited, against the edit done by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from reid_core.evaluation import Comparison
from reid_core.explain import (
    Edit,
    Outcome,
    edit_frames,
    edited,
    embed_many,
    frame_table,
    outcome_table,
    sweep_cover,
    sweep_table,
)
from reid_core.model import Calibration
from tests.explain.toys import random_features, random_head

FRAMES = np.stack([np.full((2, 1, 3), t, np.uint8) for t in range(5)])
COVERED = FRAMES + 100
PLACES = np.arange(0, 10, 2)
SAME = Comparison("same", 1.0, 2.0, 0.93, "one", (5, 4), ("full", "full"), ())
EDIT = Edit("pole", 0.4, 1.0, order="reversed", length=0.8)


def outcome(name, edit=EDIT):
    """Of a random head, all of it by the core."""
    head, plain, hidden = random_head("bptt"), random_features(5, 2), random_features(5, 2, seed=2)
    partner = embed_many(head, random_features(4, 2, seed=3)[None])
    sweep = sweep_cover(head, plain, hidden, partner, edit)
    after = float(head.distance(embed_many(head, edited(plain, hidden, edit)[None]), partner))
    now = replace(SAME, checkpoint=name, distance=after)
    return Outcome(replace(SAME, checkpoint=name), now, "gradient", np.arange(4.0), sweep)


def test_frames_are_arranged_and_covered_as_their_features_are():
    clip = edit_frames(FRAMES, COVERED, PLACES, EDIT)
    assert clip.places.tolist() == [8, 6, 4, 2] and (clip.start, clip.count) == (2, 2)
    assert clip.frames[:, 0, 0, 0].tolist() == [4, 3, 102, 101]
    features = edited(torch.from_numpy(FRAMES[None, :, 0, 0]), torch.from_numpy(COVERED[None, :, 0, 0]), EDIT)
    assert features[0, :, 0].tolist() == [4, 3, 102, 101]
    assert FRAMES[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4], "the clip as filmed is left alone"


def test_without_a_cover_nothing_is_covered():
    clip = edit_frames(FRAMES, None, PLACES, Edit())
    assert (len(clip), clip.count) == (5, 0) and np.array_equal(clip.frames, FRAMES)
    assert not frame_table(clip, ())["covered"].any()


def test_tables_hold_what_every_model_made_of_the_pair():
    one, other = outcome("one"), replace(outcome("other"), importance=None)
    verdicts = outcome_table((one, other)).set_index("model")
    assert verdicts.loc["other", ["distance_filmed", "threshold", "verdict"]].tolist() == [1.0, 2.0, "same"]
    assert verdicts.loc["one", "distance_over_threshold"] == one.after.distance / 2 == one.relative_distance
    frames = frame_table(edit_frames(FRAMES, COVERED, PLACES, EDIT), (one, other))
    assert frames.columns.tolist() == ["frame", "frame_in_video", "covered", "one_gradient"]
    assert frames["covered"].tolist() == [False, False, True, True] and frames["one_gradient"].tolist() == [0, 1, 2, 3]
    assert sweep_table((replace(one, sweep=None),)).empty


def test_an_outcome_can_be_read_at_any_place_and_share_of_its_sweep():
    one = outcome("one")
    distances = one.sweep.distances
    middle = float(np.median(distances))
    scale = Calibration(middle, 0.1, 0.1, "pairs", (0.0, middle, 2 * middle), (99, 1), (1, 99))
    known = replace(one, after=replace(one.after, scale=scale))
    for row, column in (np.unravel_index(distances.argmin(), distances.shape), (8, 20)):
        there = known.at(row, column)
        assert (there.distance, there.checkpoint) == (distances[row, column], "one")
        assert there.verdict == scale.verdict(there.distance)
        assert there.probability_same == scale.probability_same(there.distance)
    assert {known.at(row, 0).verdict for row in range(20)} == {"same", "different"}
    with pytest.raises(ValueError, match="outcome of one must have a sweep and a scale"):
        one.at(0, 0)


def test_one_table_has_a_row_for_each_share_and_place_of_the_cover():
    one = outcome("one")
    table = sweep_table((one, outcome("other"), replace(one, sweep=None)))
    assert table.columns.tolist() == [
        "share",
        "position",
        "first_covered_frame",
        "covered_frames",
        "one_distance",
        "other_distance",
    ]
    assert len(table) == one.sweep.distances.size
    now = table[(table["share"] == EDIT.share) & (table["position"] == EDIT.position)].iloc[0]
    assert now[["first_covered_frame", "covered_frames"]].tolist() == [2, 2]
    assert now["one_distance"] == pytest.approx(one.after.distance, rel=1e-9)
    assert (table["covered_frames"] == 0).sum() == len(one.sweep.places)

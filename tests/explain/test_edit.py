"""What is done to a clip: which frames are left in which order, where the cover lies, what is refused."""

import numpy as np
import pytest
import torch

from reid_core.explain import Edit, cover_place, edited
from reid_core.explain.edit import arranged
from reid_core.explain.position_bias import cover_starts, reversed_clip, shuffled_clip
from tests.explain.toys import random_features


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (Edit(), [0, 1, 2, 3]),
        (Edit(order="reversed"), [3, 2, 1, 0]),
        (Edit(length=0.5), [0, 1]),
        (Edit(length=0.5, order="reversed"), [3, 2]),
        (Edit(length=1.5), [0, 1, 2, 3, 0, 1]),
        (Edit(length=1.5, longer="last"), [0, 1, 2, 3, 3, 3]),
        (Edit(length=1.5, longer="last", order="reversed"), [3, 2, 1, 0, 0, 0]),
        (Edit(length=0.01), [0]),
    ],
)
def test_which_frames_are_shown_in_which_order(edit, expected):
    assert arranged(4, edit).tolist() == expected


def test_a_shuffled_clip_has_all_its_frames_and_its_seed_decides_their_order():
    first, again, other = (arranged(30, Edit(order="shuffled", seed=seed)) for seed in (1, 1, 2))
    assert sorted(first.tolist()) == list(range(30))
    assert first.tolist() == again.tolist() != other.tolist()


def test_orders_are_those_of_the_position_bias():
    features = random_features(9, 2)
    assert torch.equal(edited(features, None, Edit(order="reversed")), reversed_clip(features))
    shuffled = shuffled_clip(features, np.random.default_rng(3))
    assert torch.equal(edited(features, None, Edit(order="shuffled", seed=3)), shuffled)


@pytest.mark.parametrize("length", [1, 10, 45, 128])
def test_covers_lie_where_those_of_the_sweep_do(length):
    starts, count = cover_starts(length, 0.3, 9)
    places = [cover_place(length, Edit("pole", 0.3, k / 8)) for k in range(9)]
    assert places == [(start, count) for start in starts]


def test_the_cover_is_laid_over_the_frames_as_they_are_arranged():
    plain, hidden = random_features(4, 2, seed=1), random_features(4, 2, seed=2)
    clip = edited(plain, hidden, Edit("pole", 0.5, 1.0, order="reversed"))
    assert torch.equal(clip, torch.stack([plain[:, 3], plain[:, 2], hidden[:, 1], hidden[:, 0]], 1))


def test_nothing_is_covered_without_a_cover():
    assert cover_place(10, Edit()) == (0, 0)
    features = random_features(5)
    assert torch.equal(edited(features, None, Edit()), features)
    with pytest.raises(ValueError, match="covered must be features for the cover 'blank', got None"):
        edited(features, None, Edit("blank"))


@pytest.mark.parametrize(
    "bad",
    [
        {"cover": "cow"},
        {"order": "up"},
        {"longer": "never"},
        {"share": 0.0},
        {"share": 1.1},
        {"position": -0.1},
        {"position": 1.1},
        {"length": 0.0},
        {"length": 5.0},
    ],
)
def test_an_impossible_edit_is_refused_by_name(bad):
    with pytest.raises(ValueError, match=f"Edit.{next(iter(bad))} is .*must be"):
        Edit(**bad)

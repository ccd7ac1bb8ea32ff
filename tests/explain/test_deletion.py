"""Leaving out frames against a plain loop."""

import numpy as np
import pytest
import torch

from reid_core.explain import delete
from reid_core.explain.deletion import deletion_ratios
from reid_core.explain.features import embed_many
from tests.explain.toys import one_decisive, random_features, random_head, seeking_head


def test_most_least_and_random_are_what_leaving_them_out_gives():
    head, features = random_head("rcnn"), random_features(9, views=2)
    partner = embed_many(head, random_features(5, views=2, seed=4)[None])
    importance = np.array([3.0, 9, 1, 4, 4, 0, 8, 2, 7])
    found = delete(head, features, importance, 3, np.random.default_rng(0), partner)
    most, least, random = (found[which] for which in ("most", "least", "random"))
    assert (found["nothing"].frames, most.frames, least.frames) == ((), (1, 6, 8), (2, 5, 7))
    assert found["nothing"].moved == 0 < min(most.moved, least.moved)
    whole = embed_many(head, features[None]).embedding
    for part in (found["nothing"], most, least):
        kept = [t for t in range(9) if t not in part.frames]
        without = embed_many(head, features[None, :, kept])
        assert part.moved == pytest.approx(float(torch.dist(without.embedding, whole)), rel=1e-9)
        assert part.distance == pytest.approx(float(head.distance(without, partner)), rel=1e-9)
    assert len(set(random.frames)) == 3 and random.moved > 0


def test_of_frames_that_count_the_same_the_earlier_goes_first():
    found = delete(random_head("mean"), random_features(6), np.zeros(6), 2, np.random.default_rng(0))
    assert found["most"].frames == found["least"].frames == (0, 1) and found["most"].distance is None


def test_random_frames_are_the_same_for_the_same_seed_and_a_mean_over_draws():
    head, features, importance = random_head("mean"), random_features(9), np.arange(9.0)
    draws = [delete(head, features, importance, 2, np.random.default_rng(seed), None)["random"] for seed in (5, 5, 6)]
    assert draws[0] == draws[1] != draws[2]
    frames = [np.random.default_rng(5).permutation(9)[:2]]
    assert draws[0].frames == tuple(sorted(frames[0].tolist()))


def test_without_the_decisive_frame_the_embedding_moves_most():
    found = delete(seeking_head(), one_decisive(10, 3), np.eye(10)[3], 1, np.random.default_rng(1))
    assert found["most"].frames == (3,)
    assert found["most"].moved > 2 * max(found["least"].moved, found["random"].moved)


def test_a_ratio_is_how_far_the_ten_most_move_it_against_random_ones():
    head, features = random_head("rcnn"), random_features(14)
    importance = np.random.default_rng(3).permutation(14).astype(float)
    found = deletion_ratios(head, features, {"one": importance, "other": -importance}, np.random.default_rng(1))
    whole = embed_many(head, features[None]).embedding

    def moved(dropped):
        kept = [t for t in range(14) if t not in dropped]
        return float(torch.dist(embed_many(head, features[None, :, kept]).embedding, whole))

    rng = np.random.default_rng(1)
    random = np.mean([moved(rng.permutation(14)[:10]) for _ in range(10)])
    assert found["one"] == pytest.approx(moved(np.flatnonzero(importance > 3)) / random)
    assert found["other"] == pytest.approx(moved(np.flatnonzero(importance < 10)) / random)


def test_a_clip_that_would_keep_no_frame_has_no_ratio():
    measures = {"one": np.ones(10)}
    found = deletion_ratios(random_head("mean"), random_features(10), measures, np.random.default_rng(0))
    assert np.isnan(found["one"])


@pytest.mark.parametrize("k", [0, 6])
def test_something_must_go_and_something_must_stay(k):
    with pytest.raises(ValueError, match="between 1 and 5"):
        delete(random_head("mean"), random_features(6), np.zeros(6), k, np.random.default_rng(0))

"""Importances against finite differences, plain loops and heads whose answer is known."""

import numpy as np
import pytest
import torch

from reid_core.evaluation import embed_views
from reid_core.explain import attention_of, hops, importance, importance_by, visits
from reid_core.explain.features import CLIPS_AT_ONCE, embed_many
from reid_core.explain.importance import MEASURES, gradient_norms, leave_one_out
from reid_core.model import HEADS
from tests.explain.toys import fading_head, one_decisive, random_features, random_head, seeking_head

PLAIN = [name for name in HEADS if name not in ("tsc", "astpn")]


def finite_differences(head, features, step=1e-6):
    """||d f / d v_t|| by moving one number of one frame at a time."""
    embed = lambda v: embed_views(head, v[None]).embedding[0].detach()  # noqa: E731
    norms = np.zeros(features.shape[1])
    for view, t, i in np.ndindex(*features.shape):
        there, back = features.clone(), features.clone()
        there[view, t, i] += step
        back[view, t, i] -= step
        norms[t] += float(((embed(there) - embed(back)) / (2 * step)).square().sum())
    return np.sqrt(norms)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("views", [1, 2])
def test_the_gradient_is_that_of_finite_differences(name, views):
    head, features = random_head(name), random_features(7, views)
    expected = finite_differences(head, features)
    assert expected.min() > 0
    np.testing.assert_allclose(gradient_norms(head, features), expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("variant", ["paper", "paper-raw"])
def test_the_gradient_of_the_other_variants_is_that_of_finite_differences(variant):
    head, features = random_head("utrcnn", variant=variant, k_top=2), random_features(8)
    np.testing.assert_allclose(gradient_norms(head, features), finite_differences(head, features), rtol=1e-5)


@pytest.mark.parametrize(("name", "length"), [("bptt", CLIPS_AT_ONCE + 3), *((name, 9) for name in HEADS)])
def test_leaving_out_is_that_of_a_plain_loop(name, length):
    head, features = random_head(name), random_features(length, views=2)
    partner = embed_many(head, random_features(4, views=2, seed=9)[None])
    moved, change = leave_one_out(head, features, partner)
    whole = embed_many(head, features[None])
    for t in range(length):
        without = embed_many(head, torch.cat([features[:, :t], features[:, t + 1 :]], dim=1)[None])
        assert moved[t] == pytest.approx(float(torch.dist(without.embedding, whole.embedding)), abs=1e-10)
        expected = float((head.distance(without, partner) - head.distance(whole, partner)).detach())
        assert change[t] == pytest.approx(expected, abs=1e-10)
    assert np.ptp(moved) > 1e-4 and change.min() < 0 < change.max()


def test_frames_count_the_same_for_the_mean():
    head, features = random_head("mean"), random_features(8)
    np.testing.assert_allclose(gradient_norms(head, features), np.sqrt(6) / 8)
    # f - f without t = (v_t - f) / (T - 1)
    expected = (features[0] - features[0].mean(0)).norm(dim=1) / 7
    np.testing.assert_allclose(leave_one_out(head, features)[0], expected)


def test_leaving_out_frames_of_the_mean_adds_up_to_nothing():
    head, features = random_head("mean"), random_features(9)
    whole = embed_views(head, features[None]).embedding[0]
    without = [torch.cat([features[:, :t], features[:, t + 1 :]], 1) for t in range(9)]
    moves = torch.stack([embed_views(head, clip[None]).embedding[0] - whole for clip in without])
    np.testing.assert_allclose(moves.norm(dim=1), leave_one_out(head, features)[0])
    assert float(moves.sum(0).norm()) < 1e-12 < float(moves.norm())


def test_the_gradient_of_a_weak_recurrence_fades_with_every_step():
    # at v = 0 every slope is 1: d h_T / d v_{T-k} = w^k
    gradient = gradient_norms(fading_head(0.5), torch.zeros(1, 6, 1, dtype=torch.float64))
    np.testing.assert_allclose(gradient, [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1])


def test_attention_rows_sum_to_one_and_look_back_only():
    alpha = attention_of(random_head("utrcnn", variant="sab"), random_features(12, views=2))
    np.testing.assert_allclose(alpha[1:].sum(1), 1)
    assert not np.triu(alpha).any() and not alpha[0].any()
    assert (np.count_nonzero(alpha, axis=1) <= 5).all()


def test_a_clip_that_closes_tells_what_each_reading_looked_at_and_the_last_is_what_counts():
    head, features = random_head("utrcnn", variant="sab", closing=2), random_features(12, views=2)
    alpha = attention_of(head, features)
    assert alpha.shape == (14, 12) and not np.triu(alpha[:12]).any()
    np.testing.assert_allclose(alpha[-1], embed_views(head, features[None]).alpha[0])
    np.testing.assert_array_equal(importance(head, features).last_attention, alpha[-1])
    ways = [alpha[-1, i] * np.pad(visits(alpha[: i + 1, : i + 1]), (0, 11 - i)) for i in range(12)]
    np.testing.assert_allclose(visits(alpha), sum(ways))
    assert max(hop.step for hop in hops(alpha, 100)) == 13


def test_where_frames_do_not_attend_a_walk_takes_the_last_reading_and_ends():
    alpha = attention_of(random_head("utrcnn", variant="closing"), random_features(12))
    assert alpha.shape == (15, 12) and not alpha[:12].any()
    np.testing.assert_array_equal(visits(alpha), alpha[-1])


@pytest.mark.parametrize("at", range(9))
def test_one_decisive_frame_is_found_wherever_it_stands(at):
    found = importance(seeking_head(), one_decisive(10, at))
    assert found.last_attention[at] == pytest.approx(1)
    measures = found.measures
    # a walk starts at the last frame and ends at the first, so these are visited as well
    assert measures.pop("visits")[at] == pytest.approx(1)
    assert [int(values.argmax()) for values in measures.values()] == [at, at, at]


@pytest.mark.parametrize("at", [0, 4])
def test_a_last_state_does_not_find_the_decisive_frame(at):
    head = random_head("bptt")
    head.forwards = torch.nn.RNN(2, 2, batch_first=True).double()
    with torch.no_grad():
        for parameter, value in zip(
            head.forwards.parameters(), (torch.tensor([[4.0, 0.0], [0.0, 1.0]]), 0.01 * torch.eye(2)), strict=False
        ):
            parameter.copy_(value)
    found = importance(head, one_decisive(10, at))
    assert found.left_out.argmax() != at and found.gradient.argmax() != at
    assert found.attention is None and list(found.measures) == ["gradient", "left_out"]


def test_importance_holds_what_its_parts_return():
    head, features = random_head("utrcnn", variant="sab"), random_features(6, views=2)
    partner = embed_views(head, random_features(4, views=2, seed=9)[None])
    found = importance(head, features, partner)
    np.testing.assert_array_equal(found.gradient, gradient_norms(head, features[:1]))
    np.testing.assert_array_equal(found.left_out, leave_one_out(head, features, partner)[0])
    np.testing.assert_array_equal(found.distance_change, leave_one_out(head, features, partner)[1])
    np.testing.assert_array_equal(found.measures["attention"], attention_of(head, features)[-1])
    np.testing.assert_array_equal(found.measures["visits"], visits(attention_of(head, features)))


def test_a_walk_back_by_hand():
    alpha = np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0.25, 0.75, 0, 0], [0, 0.5, 0.5, 0]])
    # from 3: half to 1, half to 2; of that half three quarters to 1; everything ends in 0
    np.testing.assert_allclose(visits(alpha), [1, 0.5 + 0.5 * 0.75, 0.5, 1])
    first, second = hops(alpha, 2)
    assert (first.step, first.memory) == (1, 0) and first.share == pytest.approx(0.875)
    assert (second.step, second.memory) in ((3, 1), (3, 2)) and second.share == 0.5
    assert len(hops(alpha, 100)) == 5


@pytest.mark.parametrize("k_att", [1, 3])
def test_every_walk_ends_where_there_is_no_memory(k_att):
    alpha = attention_of(random_head("utrcnn", variant="sab", k_att=k_att), random_features(20))
    assert visits(alpha)[~alpha.any(1)].sum() == pytest.approx(1)


def test_nothing_to_explain_and_nothing_random_to_explain():
    with pytest.raises(ValueError, match="at least 2 frames to leave one out, it has 1"):
        importance(random_head("bptt"), random_features(1))
    with pytest.raises(ValueError, match="evaluation mode"):
        importance(random_head("bptt").train(), random_features(3))
    with pytest.raises(ValueError, match="clips"):
        embed_views(random_head("bptt"), random_features(3))


@pytest.mark.parametrize(("head", "count"), [("sab", 4), ("closing", 3), ("bptt", 2)])
def test_one_importance_by_itself_is_the_one_of_all(head, count):
    head = random_head("bptt") if head == "bptt" else random_head("utrcnn", variant=head)
    features = random_features(6)
    found = importance(head, features).measures
    for measure in MEASURES:
        alone = importance_by(measure, head, features)
        assert (alone is None) == (measure not in found)
        if alone is not None:
            np.testing.assert_allclose(alone, found[measure], rtol=1e-9)
    assert len(found) == count


def test_an_importance_that_there_is_not_is_refused_by_name():
    with pytest.raises(ValueError, match="measure must be one of"):
        importance_by("saliency", random_head("mean"), random_features(3))

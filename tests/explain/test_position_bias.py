"""Covers that move: where they lie, what they hide, and the bias that is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from reid_core.data import measure
from reid_core.evaluation import Labels, embed
from reid_core.explain import attention_of, delete, frame_features, importance, position_bias
from reid_core.explain.deletion import deletion_ratios
from reid_core.explain.features import embed_many, stacked_clips
from reid_core.explain.network_bias import importance_profiles, network_bias, someone_else
from reid_core.explain.position_bias import (
    Gallery,
    cover_starts,
    covered_features,
    rank_1,
    replaced_features,
    reversed_clip,
    shuffled_clip,
    splice,
    sweep_rank_1,
)
from reid_core.explain.summary import agreement
from tests.explain.toys import fading_head, random_features, random_head
from tests.tiny import INPUT, tiny_network, tracklets

FIELDS = ("colour", "flow")
FRAMES = np.random.default_rng(0).integers(0, 255, (12, 128, 64, 3), np.uint8)


@pytest.mark.parametrize(("length", "count"), [(10, 4), (1, 1), (23, 9), (128, 51)])
def test_covers_go_from_the_first_frame_to_the_last(length, count):
    starts, covered = cover_starts(length)
    assert covered == count and len(starts) == 9
    assert starts[0] == 0 and starts[-1] + covered == length and (np.diff(starts) >= 0).all()


def test_a_splice_takes_the_covered_frames_and_leaves_the_others():
    plain, hidden = random_features(6, 2, seed=1), random_features(6, 2, seed=2)
    clip = splice(plain, hidden, 2, 3)
    assert torch.equal(clip[:, 2:5], hidden[:, 2:5])
    assert torch.equal(clip[:, [0, 1, 5]], plain[:, [0, 1, 5]])
    with pytest.raises(ValueError, match="inside"):
        splice(plain, hidden, 4, 3)


def test_another_clip_is_repeated_until_it_is_long_enough():
    other = random_features(3)
    assert torch.equal(replaced_features(random_features(7), other), other[:, [0, 1, 2, 0, 1, 2, 0]])


def test_features_embed_as_the_network_does():
    network, frames = tiny_network("utrcnn", variant="sab"), measure(FRAMES, INPUT)
    features = frame_features(network, frames)
    assert features.shape == (2, 12, 8)
    expected = embed(network, frames).embedding
    torch.testing.assert_close(embed_many(network.head, features[None]).embedding, expected)


@pytest.mark.parametrize("name", ["utrcnn", "rcnn"])
def test_many_clips_of_any_lengths_embed_as_each_alone_and_stay_in_order(name):
    head, lengths = random_head(name), [1 + 7 * n % 12 for n in range(40)]
    clips = [random_features(length, 2, seed=n) for n, length in enumerate(lengths)]
    found = embed_many(head, *stacked_clips(clips))
    assert found.lengths.tolist() == lengths
    for n, clip in enumerate(clips):
        alone = embed_many(head, clip[None])
        torch.testing.assert_close(found.embedding[n], alone.embedding[0])
        torch.testing.assert_close(found.states[n, : lengths[n]], alone.states[0])
        assert found.states[n, lengths[n] :].abs().sum() == 0


def test_blank_covers_look_alike_in_every_frame_and_unlike_the_person():
    network = tiny_network("mean")
    hidden = covered_features(network, FRAMES, "blank")
    assert float((hidden - hidden[:, :1]).abs().max()) < 1e-5
    assert float((hidden - frame_features(network, measure(FRAMES, INPUT))).abs().max()) > 1e-3


def persons(count, length):
    """A constant clip of a pid of its own for each of ``count`` persons, and a noisy one of the gallery."""
    clips = [torch.randn(1, 1, 1, generator=torch.Generator().manual_seed(pid)).double() for pid in range(count)]
    return [clip.expand(1, length + pid, 1) for pid, clip in enumerate(clips)]


def test_rank_1_of_a_last_state_is_lost_when_its_end_is_covered_and_only_then():
    head, probes = fading_head(0.01), persons(6, 10)
    labels = Labels(np.arange(6), np.ones(6, int))
    gallery = Gallery(embed_many(head, *stacked_clips(probes)), Labels(np.arange(6), np.full(6, 2)))
    others = [replaced_features(probe, probes[(pid + 1) % 6]) for pid, probe in enumerate(probes)]
    assert rank_1(head, probes, labels, gallery) == 1
    curve = sweep_rank_1(head, probes, others, labels, gallery)
    np.testing.assert_array_equal(curve, [1] * 8 + [0])
    assert position_bias(curve) == 1


def test_order_is_reversed_and_shuffled_alike_in_all_views():
    features = random_features(9, 2)
    assert torch.equal(reversed_clip(features)[:, 0], features[:, 8])
    mixed = shuffled_clip(features, np.random.default_rng(0))
    order = [int((features[0] == frame).all(1).nonzero()) for frame in mixed[0]]
    assert sorted(order) == list(range(9)) != order
    assert torch.equal(mixed[1], features[1, order])


def test_the_bias_of_a_network_has_a_row_for_each_control_cover_and_position():
    network, clips = tiny_network("utrcnn", variant="sab"), tracklets(4)
    frames_of = lambda probe: FRAMES[: len(probe)]  # noqa: E731
    table, profiles = network_bias(network, clips, {3: (1, 4, 7, 10)}, frames_of, things=("blank",))
    counts = table.groupby(["control", "cover"]).size()
    assert counts["trained"].to_dict() == {"none": 1, "reversed": 1, "shuffled": 1, "person": 9, "blank": 9}
    assert counts["uniform"].sum() == counts["untrained"].sum() == 12
    assert table["rank_1"].between(0, 1).all() and set(table["split"]) == {3}
    curve = table.query("control == 'trained' and cover == 'person'")
    np.testing.assert_allclose(curve["position"], np.linspace(0, 1, 9))
    assert profiles["measure"].tolist() == ["attention", "visits", "gradient", "left_out"]
    np.testing.assert_allclose(profiles[["first", "middle", "last"]].sum(axis=1), 1)


def test_the_bias_of_a_last_state_is_at_the_end():
    network = tiny_network("bptt")
    torch.nn.init.zeros_(network.head.forwards.weight_hh_l0)  # nothing is kept but the last frame
    table, profiles = network_bias(network, tracklets(4), {0: (1, 4, 7, 10)}, lambda probe: FRAMES, things=())
    curve = table.query("control == 'trained' and cover == 'person'")["rank_1"].to_numpy()
    np.testing.assert_array_equal(curve, [1] * 8 + [0])
    assert set(table["control"]) == {"trained", "untrained"}
    assert profiles.set_index("measure").loc["gradient", "centre"] == 1


def turning(persons):
    """Tracklets that end with the next person's frames: a network that sees the last frames alone goes by those."""
    people = tracklets(persons)
    following = [*people[1:persons], people[0], *people[persons + 1 :], people[persons]]
    return [
        replace(one, **{name: np.concatenate([getattr(clip, name)[:4] for clip in (one, other)]) for name in FIELDS})
        for one, other in zip(people, following, strict=True)
    ]


def test_a_mean_does_not_notice_the_order_as_a_last_state_does_and_has_even_gradients():
    networks = {name: tiny_network(name) for name in ("mean", "bptt")}
    torch.nn.init.zeros_(networks["bptt"].head.forwards.weight_hh_l0)
    orders, pids = "control == 'trained' and cover in ('none', 'reversed')", {0: (1, 4, 7, 10, 13)}
    found = {name: network_bias(one, turning(5), pids, lambda probe: FRAMES, ()) for name, one in networks.items()}
    assert {name: table.query(orders)["rank_1"].tolist() for name, (table, _) in found.items()} == {
        "mean": [1, 1],
        "bptt": [1, 0],
    }
    table, profiles = found["mean"]
    assert set(table["control"]) == {"trained", "untrained"}
    assert profiles.set_index("measure").loc["gradient", "entropy"] == pytest.approx(1)
    assert profiles["agreement"].isna().all()


def test_profiles_are_means_over_the_clips():
    head, clips = random_head("rcnn"), [random_features(6, seed=seed) for seed in range(3)]
    alone = [importance_profiles(head, [clip], [clip]) for clip in clips]
    together = importance_profiles(head, clips, clips)
    np.testing.assert_allclose(together["centre"], np.mean([table["centre"] for table in alone], 0))
    assert together["clips"].tolist() == [3, 3]


def test_agreement_and_deletion_are_medians_over_the_clips_of_more_than_one_frame():
    head, lengths = random_head("utrcnn", variant="closing"), (12, 1, 15, 13, 9)
    clips = [random_features(length, seed=length) for length in lengths]
    table = importance_profiles(head, clips, clips, seed=4).set_index("measure")
    found = [importance(head, clip).measures for clip in clips if clip.shape[1] > 1]
    agreements = [agreement(one["attention"], one["left_out"]) for one in found]
    assert table.loc["left_out", "median_agreement"] == pytest.approx(np.median(agreements))
    assert table.loc["left_out", "agreement"] == pytest.approx(np.mean(agreements)) != np.median(agreements)
    rng, ratios = np.random.default_rng(4), []
    for length, one in zip((12, 15, 13), found, strict=False):
        parts = delete(head, clips[lengths.index(length)], one["gradient"], 10, np.random.default_rng(0))
        ratios.append(deletion_ratios(head, clips[lengths.index(length)], one, rng)["gradient"])
        drawn = ratios[-1] * parts["random"].moved / parts["most"].moved  # other random ones
        assert 0.5 < drawn < 2
    assert table.loc["gradient", "deletion"] == pytest.approx(np.median(ratios))
    assert table["clips"].tolist() == [4, 4, 4]
    assert np.isnan(table.loc["attention", "median_agreement"])


def test_attention_on_the_covered_frames_is_a_mean_over_the_positions_of_the_cover():
    head, plain, hidden = random_head("utrcnn", variant="closing"), *(random_features(10, 2, s) for s in (1, 2))
    starts, count = cover_starts(10)
    shares = []
    for start in starts:
        attention = attention_of(head, splice(plain, hidden, int(start), count))
        shares.append(attention[-1, start : start + count].sum())
    assert np.ptp(shares) > 0.05
    table = importance_profiles(head, [plain], [hidden]).set_index("measure")["covered"]
    assert table["attention"] == pytest.approx(np.mean(shares))
    assert table.drop("attention").isna().all()


def test_several_splits_give_what_each_gives_alone():
    network, clips = tiny_network("bptt", seed=2), tracklets(6)
    torch.nn.init.zeros_(network.head.forwards.weight_hh_l0)
    splits = {0: (1, 4, 7), 1: (4, 10, 13, 16)}
    frames_of = lambda probe: FRAMES[:1].repeat(len(probe), 0)  # noqa: E731
    together, _ = network_bias(network, clips, splits, frames_of, things=("blank",))
    alone = [network_bias(network, clips, {k: pids}, frames_of, things=("blank",))[0] for k, pids in splits.items()]
    pd.testing.assert_frame_equal(together, pd.concat(alone, ignore_index=True))
    assert together["rank_1"].nunique() > 1


def test_each_probe_is_covered_by_the_next_one_of_another_person():
    assert someone_else(Labels(np.array([1, 1, 2, 3, 3, 1]), np.ones(6, int))) == [2, 2, 3, 5, 5, 2]


def test_a_single_person_cannot_be_covered_by_another():
    with pytest.raises(ValueError, match="at least 2 persons"):
        network_bias(tiny_network("mean"), tracklets(2), {0: (1,)}, lambda probe: FRAMES, things=())

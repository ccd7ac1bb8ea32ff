"""Every head: its formula, its padding, its parameters, its distance."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from reid_core.model import HEADS, HeadConfig, HeadOutput, build_head
from reid_core.model.backtracking import GAIN
from tests.oracles import direct_attentive_pooling, direct_recurrence

PARAMETERS = {
    "mean": 0,
    "bptt": 128 * 128 * 2 + 128,
    "rcnn": 128 * 128 * 2 + 128,
    "brcnn": 2 * (128 * 128 * 2 + 128),
    "astpn": 128 * 128 * 3 + 128,
    "tsc": 2 * (64 * 128 + 128 * 128 + 128),
    "utrcnn": 128 * 128 * 4 + 3 * 128,
}


def head_for(name: str, **settings: object) -> torch.nn.Module:
    torch.manual_seed(0)
    return build_head(HeadConfig(name=name, features=6, hidden=4, **settings)).double().eval()


def features(batch: int = 3, length: int = 9) -> Tensor:
    return torch.randn(batch, length, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("name", HEADS)
def test_the_trained_parameters_are_as_many_as_the_equations_say(name: str) -> None:
    head = build_head(HeadConfig(name=name))
    assert sum(p.numel() for p in head.parameters() if p.requires_grad) == PARAMETERS[name]


@pytest.mark.parametrize(("name", "weight"), [("bptt", "forwards.weight_hh_l0"), ("utrcnn", "cell.W_h.weight")])
def test_a_recurrence_starts_orthogonal(name: str, weight: str) -> None:
    W_h = head_for(name, start="orthogonal").get_parameter(weight)
    torch.testing.assert_close(W_h @ W_h.T, torch.eye(4, dtype=torch.float64), atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", ["bptt", "rcnn"])
def test_a_recurrence_that_starts_as_an_average_hands_its_features_on(name: str) -> None:
    head = build_head(HeadConfig(name=name, features=4, hidden=4, start="average")).double().eval()
    clips = features()[..., :4]
    torch.testing.assert_close(head(clips).states, torch.tanh(GAIN * clips))


@pytest.mark.parametrize("name", HEADS)
def test_padding_changes_nothing_even_if_it_is_nan(name: str) -> None:
    head, clips, lengths = head_for(name), features(), torch.tensor([9, 4, 1])
    clips[1, 4:] = torch.nan
    clips.requires_grad_()
    output = head(clips, lengths)
    assert output.embedding.shape == (3, head.config.embedding_size)
    output.embedding.sum().backward()
    assert all(p.grad.isfinite().all() for p in head.parameters() if p.grad is not None)
    for i, length in enumerate(lengths):
        alone = head(clips[i : i + 1, :length])
        torch.testing.assert_close(output.embedding[i], alone.embedding[0])
        torch.testing.assert_close(output.states[i, :length], alone.states[0])
        assert output.states[i, length:].abs().sum() == 0
        if output.attention is not None:
            torch.testing.assert_close(output.attention[i, :length, :length], alone.attention[0])
            assert output.attention[i, length:].abs().sum() == 0


def test_each_recurrent_head_pools_the_same_states_in_its_own_way() -> None:
    clips = features()
    for name in ("bptt", "rcnn"):
        head = head_for(name)
        states = torch.stack([direct_recurrence(head.forwards, clip) for clip in clips])
        expected = states[:, -1] if name == "bptt" else states.mean(1)
        torch.testing.assert_close(head(clips).embedding, expected)
    torch.testing.assert_close(head_for("mean")(clips).embedding, clips.mean(1))


def test_brcnn_runs_forwards_and_backwards_over_the_valid_frames() -> None:
    head, clips = head_for("brcnn"), features(1)
    there = direct_recurrence(head.forwards, clips[0, :5])
    back = direct_recurrence(head.backwards, clips[0, :5].flip(0)).flip(0)
    output = head(clips, torch.tensor([5]))
    torch.testing.assert_close(output.states[0, :5], torch.cat([there, back], dim=1))
    torch.testing.assert_close(output.embedding[0], torch.cat([there, back], dim=1).mean(0))


def test_utrcnn_gives_its_last_state_and_its_attention() -> None:
    head, clips = head_for("utrcnn", k_top=2), features()
    states, attention = head.cell(clips)
    output = head(clips)
    torch.testing.assert_close(output.embedding, states[:, -1])
    torch.testing.assert_close(output.attention, attention)


@pytest.mark.parametrize("unit_length", [False, True])
def test_a_stream_of_a_head_has_the_embedding_of_a_clip_of_its_frames(unit_length: bool) -> None:
    head, clips = head_for("utrcnn", k_top=2, unit_length=unit_length), features()
    state = head.start(len(clips))
    for t in range(clips.shape[1]):
        state, embedding = head.push(state, clips[:, t])
        torch.testing.assert_close(embedding, head(clips[:, : t + 1]).embedding)
    assert torch.allclose(embedding.norm(dim=1), torch.ones((), dtype=torch.float64)) is unit_length


def test_tsc_weighs_two_streams_that_do_not_mix() -> None:
    head, clips = head_for("tsc", colour_weight=0.75), features()
    output, other = head(clips), head(features(2, 7))
    for k, stream in enumerate(head.streams):
        expected = direct_recurrence(_as_rnn(stream), clips[0, :, 3 * k : 3 * k + 3]).mean(0)
        torch.testing.assert_close(output.embedding[0, 4 * k : 4 * k + 4], expected)
    a, b = output.embedding[2], other.embedding[1]
    expected = 0.75 * (a[:4] - b[:4]).norm() + 0.25 * (a[4:] - b[4:]).norm()
    torch.testing.assert_close(head.distance(output, other)[2, 1], expected)
    assert sum(head.config.stream_weights) == 1


def _as_rnn(module: torch.nn.Module) -> torch.nn.RNN:
    assert isinstance(module, torch.nn.RNN)
    return module


def test_astpn_pools_a_pair_by_what_both_show() -> None:
    head = head_for("astpn")
    with torch.no_grad():
        head.U.mul_(5)
    a, b = head(features(2, 6), torch.tensor([6, 4])), head(features(2, 9), torch.tensor([9, 3]))
    first, second = head.pair(a, b)
    for i, (length_a, length_b) in enumerate([(6, 9), (4, 3)]):
        f_a, f_b = direct_attentive_pooling(a.states[i, :length_a], b.states[i, :length_b], head.U)
        torch.testing.assert_close(first[i], f_a)
        torch.testing.assert_close(second[i], f_b)
    assert not torch.allclose(first[0], a.embedding[0])
    own, _ = direct_attentive_pooling(a.states[0], a.states[0], head.U)
    torch.testing.assert_close(a.embedding[0], own)


def test_astpn_distances_are_those_of_the_pairs_whatever_the_block() -> None:
    head = head_for("astpn")
    probe, gallery = head(features(2, 6)), head(features(5, 8))
    head.pairs_at_once = 2
    distance = head.distance(probe, gallery)
    assert distance.shape == (2, 5)
    for i in range(2):
        for j in range(5):
            f_p, f_q = direct_attentive_pooling(probe.states[i], gallery.states[j], head.U)
            torch.testing.assert_close(distance[i, j], (f_p - f_q).norm())


def test_astpn_without_partner_compares_its_own_embeddings() -> None:
    head = head_for("astpn", pair=False)
    probe, gallery = head(features(2, 6)), head(features(5, 8))
    torch.testing.assert_close(head.distance(probe, gallery), torch.cdist(probe.embedding, gallery.embedding))
    assert torch.equal(head.pair(probe, probe)[0], probe.embedding)


@pytest.mark.parametrize("name", [name for name in HEADS if name != "astpn"])
def test_a_clip_is_no_distance_from_itself(name: str) -> None:
    # astpn looks at the two places of a pair differently, so there it is small but not zero.
    head = head_for(name)
    output = head(features())
    distance = head.distance(output, output)
    assert distance.diagonal().abs().max() < 1e-12
    assert distance.max() > 0.01


@pytest.mark.parametrize("name", ["bptt", "rcnn", "brcnn", "utrcnn"])
def test_without_a_gradient_the_embedding_is_the_same(name: str) -> None:
    head, clip = head_for(name), features(1, 13)[0]
    copies = torch.stack([torch.cat([clip[:t], clip[t + 1 :]]) for t in range(13)])
    expected = head(copies)
    with torch.no_grad():
        found = head(copies)
    torch.testing.assert_close(found.embedding, expected.embedding)
    torch.testing.assert_close(found.states, expected.states)


@pytest.mark.parametrize("name", HEADS)
def test_embeddings_of_unit_length_keep_their_direction(name: str) -> None:
    head, clips = head_for(name), features()
    plain = head(clips)
    head.config = replace(head.config, unit_length=True)
    scaled = head(clips)
    parts = zip(plain.embedding.chunk(2 if name == "tsc" else 1, 1),
                scaled.embedding.chunk(2 if name == "tsc" else 1, 1), strict=True)  # fmt: skip
    for before, after in parts:
        torch.testing.assert_close(after, before / before.norm(dim=1, keepdim=True))
    first, second = head.pair(head(clips[:2]), head(clips[1:]))
    length = 2**0.5 if name == "tsc" else 1
    for embedding in (first, second):
        assert torch.allclose(embedding.norm(dim=1), torch.tensor(length, dtype=embedding.dtype))


def test_dropout_acts_in_training_only() -> None:
    torch.manual_seed(0)
    head, clips = build_head(HeadConfig(name="rcnn", features=6, hidden=4)), features().float()
    assert not torch.equal(head(clips).embedding, head(clips).embedding)
    head.eval()
    assert torch.equal(head(clips).embedding, head(clips).embedding)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "lstm"}, "HeadConfig.name is 'lstm'"),
        ({"hidden": 0}, "HeadConfig.hidden is 0"),
        ({"features": 0}, "HeadConfig.features is 0"),
        ({"dropout": 1.0}, "HeadConfig.dropout is 1.0"),
        ({"variant": "bas"}, "HeadConfig.variant is 'bas'"),
        ({"variant": "custom", "score": "mlp"}, "needs all three"),
        ({"variant": "sab", "score": "linear"}, "only variant='custom'"),
        ({"k_top": 0}, "k_top is 0"),
        ({"colour_weight": 1.5}, "colour_weight is 1.5"),
        ({"name": "tsc", "features": 7}, "HeadConfig.features is 7"),
    ],
)
def test_a_wrong_configuration_names_the_field(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HeadConfig(**settings)


@pytest.mark.parametrize("lengths", [[0, 3, 3], [3, 3, 10], [3, 3]])
def test_impossible_lengths_are_refused(lengths: list[int]) -> None:
    with pytest.raises(ValueError, match="lengths: expected 3 integers between 1 and 9"):
        head_for("mean")(features(), torch.tensor(lengths))


def test_lengths_are_whole_numbers() -> None:
    with pytest.raises(ValueError, match="lengths: expected 3 integers"):
        head_for("mean")(features(), torch.tensor([2.5, 3, 3]))


@pytest.mark.parametrize("name", HEADS)
def test_features_of_the_wrong_shape_are_refused(name: str) -> None:
    for wrong in (features()[0], features()[:0], features()[:, :0]):
        with pytest.raises(ValueError, match="features: expected shape"):
            head_for(name)(wrong)


def test_a_custom_rule_spells_out_a_variant() -> None:
    custom = HeadConfig(variant="custom", score="linear", normalise="topk", combine="inside")
    assert custom.cell == HeadConfig(variant="paper").cell
    assert isinstance(head_for("mean")(features()), HeadOutput)

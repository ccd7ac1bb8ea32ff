"""The head with attentive backtracking."""

from dataclasses import replace

import pytest
import torch

from reid_core.model import VARIANTS
from reid_core.model.heads.utrcnn import BacktrackingConfig
from tests.tiny import random_clips, random_head


@pytest.mark.parametrize(("variant", "single"), [("sab", 3 * 128), ("closing", 2 * 128 + 1)])
def test_the_trained_parameters_are_as_many_as_the_equations_say(variant, single) -> None:
    head = BacktrackingConfig(variant=variant).build()
    assert sum(p.numel() for p in head.parameters() if p.requires_grad) == 128 * 128 * 4 + single


def test_the_recurrence_starts_orthogonal() -> None:
    W_h = random_head("utrcnn", start="orthogonal").get_parameter("cell.W_h.weight")
    torch.testing.assert_close(W_h @ W_h.T, torch.eye(4, dtype=torch.float64), atol=1e-6, rtol=0)


def test_it_gives_its_last_state_and_its_attention() -> None:
    head, clips = random_head("utrcnn", variant="sab", k_top=2), random_clips()
    states, attention, *_ = head.cell(clips)
    output = head(clips)
    torch.testing.assert_close(output.embedding, states[:, -1])
    torch.testing.assert_close(output.attention, attention)
    assert output.readings is None


@pytest.mark.parametrize("variant", ["sab", "closing"])
def test_alpha_is_the_attention_of_the_step_that_makes_the_embedding_whatever_the_padding(variant: str) -> None:
    head, clips, lengths = random_head("utrcnn", variant=variant), random_clips(), torch.tensor([9, 4, 2])
    alpha = head(clips, lengths).alpha
    for i, length in enumerate(lengths):
        alone = head(clips[i : i + 1, :length])
        rows = alone.attention if variant == "sab" else alone.readings
        torch.testing.assert_close(alpha[i, :length], rows[0, -1])
        assert alpha[i, length:].abs().sum() == 0
        assert alpha[i].sum() == pytest.approx(1)


def test_padding_of_clips_that_close_changes_nothing_even_if_it_is_nan() -> None:
    head, clips, lengths = random_head("utrcnn", variant="closing"), random_clips(), torch.tensor([9, 4, 1])
    clips[1, 4:] = torch.nan
    clips.requires_grad_()
    output = head(clips, lengths)
    output.embedding.sum().backward()
    assert all(p.grad.isfinite().all() for p in head.parameters() if p.grad is not None)
    torch.testing.assert_close(output.embedding[1], head(clips[1:2, :4]).embedding[0])


@pytest.mark.parametrize("variant", ["sab", "closing"])
@pytest.mark.parametrize("unit_length", [False, True])
def test_a_stream_of_a_head_has_the_embedding_of_a_clip_of_its_frames(unit_length: bool, variant: str) -> None:
    head, clips = random_head("utrcnn", variant=variant, k_top=2, unit_length=unit_length), random_clips()
    state = head.start(len(clips))
    for t in range(clips.shape[1]):
        state, embedding = head.push(state, clips[:, t])
        torch.testing.assert_close(embedding, head(clips[:, : t + 1]).embedding)
    assert torch.allclose(embedding.norm(dim=1), torch.ones((), dtype=torch.float64)) is unit_length


def test_a_custom_rule_spells_out_a_variant() -> None:
    custom = BacktrackingConfig(variant="custom", score="linear", normalise="topk", combine="inside")
    assert custom.cell == BacktrackingConfig(variant="paper").cell
    spelled = {"score": "dot", "normalise": "softmax", "combine": "none", "memory": "frame", "closing": 3}
    assert BacktrackingConfig(variant="custom", **spelled).cell == BacktrackingConfig(variant="closing").cell


def test_any_variant_may_close_in_any_number_of_steps() -> None:
    assert BacktrackingConfig(variant="paper", closing=2).cell == replace(VARIANTS["paper"], closing=2)
    assert BacktrackingConfig(variant="closing", closing=1).cell == replace(VARIANTS["closing"], closing=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variant": "bas"}, "BacktrackingConfig.variant is 'bas'"),
        ({"variant": "custom", "score": "mlp"}, "needs all three"),
        ({"variant": "sab", "score": "linear"}, "only variant='custom'"),
        ({"k_top": 0}, "k_top is 0"),
        ({"variant": "sab", "memory": "frame"}, "memory is 'frame'; only variant='custom' takes it"),
        ({"variant": "closing", "closing": 0}, "combine is 'none' and closing 0"),
    ],
)
def test_a_wrong_option_names_the_field(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BacktrackingConfig(**options)

"""The head with attentive backtracking."""

import pytest
import torch

from reid_core.model.heads.utrcnn import BacktrackingConfig
from tests.tiny import random_clips, random_head


def test_the_trained_parameters_are_as_many_as_the_equations_say() -> None:
    head = BacktrackingConfig().build()
    assert sum(p.numel() for p in head.parameters() if p.requires_grad) == 128 * 128 * 4 + 3 * 128


def test_the_recurrence_starts_orthogonal() -> None:
    W_h = random_head("utrcnn", start="orthogonal").get_parameter("cell.W_h.weight")
    torch.testing.assert_close(W_h @ W_h.T, torch.eye(4, dtype=torch.float64), atol=1e-6, rtol=0)


def test_it_gives_its_last_state_and_its_attention() -> None:
    head, clips = random_head("utrcnn", k_top=2), random_clips()
    states, attention = head.cell(clips)
    output = head(clips)
    torch.testing.assert_close(output.embedding, states[:, -1])
    torch.testing.assert_close(output.attention, attention)


@pytest.mark.parametrize("unit_length", [False, True])
def test_a_stream_of_a_head_has_the_embedding_of_a_clip_of_its_frames(unit_length: bool) -> None:
    head, clips = random_head("utrcnn", k_top=2, unit_length=unit_length), random_clips()
    state = head.start(len(clips))
    for t in range(clips.shape[1]):
        state, embedding = head.push(state, clips[:, t])
        torch.testing.assert_close(embedding, head(clips[:, : t + 1]).embedding)
    assert torch.allclose(embedding.norm(dim=1), torch.ones((), dtype=torch.float64)) is unit_length


def test_a_custom_rule_spells_out_a_variant() -> None:
    custom = BacktrackingConfig(variant="custom", score="linear", normalise="topk", combine="inside")
    assert custom.cell == BacktrackingConfig(variant="paper").cell


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variant": "bas"}, "BacktrackingConfig.variant is 'bas'"),
        ({"variant": "custom", "score": "mlp"}, "needs all three"),
        ({"variant": "sab", "score": "linear"}, "only variant='custom'"),
        ({"k_top": 0}, "k_top is 0"),
    ],
)
def test_a_wrong_option_names_the_field(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BacktrackingConfig(**options)

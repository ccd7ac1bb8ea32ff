"""The geometric median of the frames' features."""

import pytest
import torch

from reid_core.model import head_config
from tests.tiny import random_clips, random_head


def test_on_a_line_it_is_the_median_and_not_the_mean() -> None:
    clip = torch.tensor([0.0, 1.0, 2.0, 3.0, 100.0], dtype=torch.float64)[None, :, None].expand(1, 5, 6)
    output = random_head("median", steps=400)(clip)
    torch.testing.assert_close(output.embedding, torch.full((1, 6), 2.0, dtype=torch.float64), atol=1e-2, rtol=0)


def test_no_step_in_any_direction_brings_it_nearer_to_all_frames() -> None:
    clips, away = random_clips(), torch.eye(6, dtype=torch.float64) * 0.05

    def cost(points: torch.Tensor) -> torch.Tensor:
        return torch.linalg.vector_norm(clips - points[:, None], dim=2).sum(1)

    median = random_head("median", steps=300)(clips).embedding
    assert (cost(clips.mean(1)) > cost(median) + 0.01).any()
    for step in (*away, *-away):
        assert (cost(median + step) > cost(median)).all()


def test_the_shares_make_the_embedding_and_an_intruder_has_less_of_them() -> None:
    clip = random_clips(1, 10) * 0.1 + 1
    clip[:, 6:] = -3
    output = random_head("median")(clip)
    assert output.alpha is not None
    torch.testing.assert_close(output.embedding, (output.alpha[..., None] * clip).sum(1), atol=1e-9, rtol=0)
    assert output.alpha[0, 6:].sum() < 0.2 * output.alpha[0, :6].sum()


def test_steps_are_at_least_one() -> None:
    with pytest.raises(ValueError, match=r"MedianConfig\.steps is 0; it must be a whole number of at least 1"):
        head_config("median", steps=0)

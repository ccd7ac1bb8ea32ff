"""Attention pooling with one learned query."""

import torch

from tests.tiny import random_clips, random_head


def test_before_training_it_is_about_the_mean_of_what_the_frames_show() -> None:
    head, clips = random_head("attention-pooling"), random_clips()
    mean = torch.tanh(head.W_v(clips)).mean(1)
    assert mean.abs().max() > 0.1
    torch.testing.assert_close(head(clips).embedding, mean, atol=0.02, rtol=0)


def test_each_frame_is_weighed_by_itself_and_the_shares_make_the_embedding() -> None:
    head, clips = random_head("attention-pooling"), random_clips()
    torch.nn.init.normal_(head.q.weight)
    output, states = head(clips), torch.tanh(head.W_v(clips))
    weights = torch.stack([torch.exp(head.q(torch.tanh(head.W_1(states[:, t])))) for t in range(9)], dim=1)
    assert output.alpha is not None
    torch.testing.assert_close(output.alpha, (weights / weights.sum(1, keepdim=True)).squeeze(2).detach())
    assert output.alpha.max() > 2 * output.alpha.min()
    torch.testing.assert_close(output.embedding, (output.alpha[..., None] * states).sum(1))

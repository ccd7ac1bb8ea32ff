"""The head without recurrence."""

import torch

from reid_core.model import head_config
from tests.tiny import random_clips, random_head


def test_the_embedding_is_the_mean_of_the_features_and_nothing_is_trained() -> None:
    clips = random_clips()
    torch.testing.assert_close(random_head("mean")(clips).embedding, clips.mean(1))
    assert not list(random_head("mean").parameters())
    assert head_config("mean", features=24).embedding_size == 24

"""The head of two streams."""

import pytest
import torch

from reid_core.model.heads.tsc import TwoStreamConfig
from tests.oracles import direct_recurrence
from tests.tiny import random_clips, random_head


def test_the_trained_parameters_are_as_many_as_the_equations_say() -> None:
    head = TwoStreamConfig().build()
    assert sum(p.numel() for p in head.parameters() if p.requires_grad) == 2 * (128 * 128 * 2 + 128)


def test_it_weighs_two_streams_that_do_not_mix() -> None:
    head, clips = random_head("tsc", colour_weight=0.75), random_clips()
    output, other = head(clips), head(random_clips(2, 7))
    for k, stream in enumerate(head.streams):
        expected = direct_recurrence(stream, clips[0, :, 3 * k : 3 * k + 3]).mean(0)
        torch.testing.assert_close(output.embedding[0, 4 * k : 4 * k + 4], expected)
    a, b = output.embedding[2], other.embedding[1]
    expected = 0.75 * (a[:4] - b[:4]).norm() + 0.25 * (a[4:] - b[4:]).norm()
    torch.testing.assert_close(head.distance(output, other)[2, 1], expected)
    assert head.config.stream_weights == (0.75, 0.25)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"colour_weight": 1.5}, "colour_weight is 1.5"), ({"features": 7}, "TwoStreamConfig.features is 7")],
)
def test_a_wrong_option_names_the_field(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TwoStreamConfig(**options)

"""The encoder of two streams."""

import pytest
import torch

from reid_core.data import InputConfig
from reid_core.model.encoders.paper import PaperConfig
from reid_core.model.encoders.two_stream import TwoStreamConfig
from tests.model.encoders.test_paper import count, frames


def test_streams_see_only_their_own_channels() -> None:
    torch.manual_seed(0)
    encoder, clip = TwoStreamConfig().build().eval(), frames(2)
    other = clip.clone()
    other[:, 3:] = 0
    changed = (encoder(clip) - encoder(other)).abs().amax(0)
    assert encoder(clip).shape == (2, 256)
    assert changed[:128].max() == 0
    assert changed[128:].max() > 0.01


def test_streams_are_an_encoder_each() -> None:
    torch.manual_seed(0)
    encoder, clip = TwoStreamConfig().build().eval(), frames(2)
    assert count(encoder) == 2 * (12_832 + 25_632 + 327_808) + (25 * 3 + 1) * 16 + (25 * 2 + 1) * 16
    expected = []
    for stream, part in zip(encoder.encoders, clip.split([3, 2], dim=1), strict=True):
        alone = PaperConfig(channels=part.shape[1]).build().eval()
        alone.load_state_dict(stream.state_dict())
        expected.append(alone(part))
    torch.testing.assert_close(encoder(clip), torch.cat(expected, dim=1))


def test_streams_share_the_channels() -> None:
    with pytest.raises(ValueError, match=r"TwoStreamConfig.streams is \(3, 3\); its parts must sum to channels=5"):
        TwoStreamConfig(streams=(3, 3))


def test_the_second_stream_is_the_flow_and_there_must_be_some() -> None:
    assert TwoStreamConfig.seeing(InputConfig(channels=("yuv", "colour", "flow"))).streams == (6, 2)
    with pytest.raises(ValueError, match="needs flow as the last channels of its input, got"):
        TwoStreamConfig.seeing(InputConfig(channels=("flow", "yuv")))

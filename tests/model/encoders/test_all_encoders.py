"""What holds for every encoder of the table."""

from dataclasses import fields

import pytest
import torch

from reid_core.data import InputConfig
from reid_core.model import ENCODERS, encoder_config, encoder_seeing


@pytest.mark.parametrize("name", ENCODERS)
def test_an_encoder_has_its_name_and_makes_as_many_features_as_it_says(name: str) -> None:
    seen = InputConfig(channels=("rgb",) if name == "mobile" else ("yuv", "flow"))
    config = encoder_seeing(name, seen, features=12, dropout=0.0, depth=3)
    assert config.name == name
    found = config.build()(torch.randn(3, seen.channel_count, 56, 40))
    assert found.shape == (3, config.feature_count)
    assert config.feature_count == 12 * config.stream_count


@pytest.mark.parametrize("name", ENCODERS)
def test_an_option_that_an_encoder_does_not_have_is_refused_with_those_that_it_has(name: str) -> None:
    has = ", ".join(field.name for field in fields(encoder_config(name)))
    with pytest.raises(ValueError, match=f"^encoder '{name}' has no option 'depth'; it has: {has}$"):
        encoder_config(name, depth=3)


def test_an_encoder_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=f"^there is no encoder 'vgg'; there are: {', '.join(ENCODERS)}$"):
        encoder_config("vgg")

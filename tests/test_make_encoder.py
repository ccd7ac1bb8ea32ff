"""How the encoder that ships is trained: that it can go on from another, and where it was stopped."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from assets import make_encoder
from assets.make_encoder import STAGE, Recordings, train, widened
from reid_core.model import load_trunk
from reid_core.model.encoders.mobile import MobileEncoder
from reid_core.training import RECIPES

SMALL = replace(STAGE, identities=3, clips=2)


def encoder(stripes: int = 2) -> MobileEncoder:
    torch.manual_seed(0)
    built = MobileEncoder(replace(RECIPES["robust"].network("mean").encoder, stripes=stripes))
    load_trunk(built)
    return built


def people() -> Recordings:
    pixels = np.random.default_rng(0).integers(0, 256, (24, 128, 64, 3), np.uint8)
    return Recordings(torch.from_numpy(pixels), torch.arange(24).reshape(6, 4), torch.ones(6, 4, dtype=torch.long))


@torch.inference_mode()
def test_more_stripes_begin_with_the_features_of_fewer() -> None:
    narrow = encoder()
    narrow.train()(torch.randn(8, 3, 128, 64))  # statistics of its own
    wide = widened(narrow, 4).eval()
    frames = torch.randn(3, 3, 128, 64)
    assert wide.linear.weight.shape[1] == 2 * narrow.linear.weight.shape[1]
    torch.testing.assert_close(wide(frames), narrow.eval()(frames), atol=1e-4, rtol=1e-4)


def test_stripes_that_are_no_parts_of_those_before_are_refused() -> None:
    with pytest.raises(ValueError, match="2 stripes: expected a multiple of the 4 that the encoder has"):
        widened(encoder(4), 2)


def test_stopped_training_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_encoder, "KEPT_EVERY", 2)
    whole, stopped, after = encoder(), encoder(), encoder()
    train(whole, people(), 5, SMALL)

    def cost(*given: torch.Tensor) -> torch.Tensor:
        cost.calls += 1
        if cost.calls == 4:
            raise KeyboardInterrupt
        return make_encoder.contrastive(*given)

    cost.calls = 0
    with pytest.raises(KeyboardInterrupt):
        train(stopped, people(), 5, SMALL, cost=cost, kept=tmp_path / "state.pt")
    assert torch.load(tmp_path / "state.pt", weights_only=True)["done"] == 2
    train(after, people(), 5, SMALL, kept=tmp_path / "state.pt")
    for name, weights in whole.state_dict().items():
        torch.testing.assert_close(after.state_dict()[name], weights, atol=0, rtol=0)

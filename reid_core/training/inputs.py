"""What the steps of a stage read: augmented clips, or features that are computed once before the stage."""

import zlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from reid_core.data import (
    Gaps,
    Picks,
    PreparedTracklet,
    alternating_pairs,
    augment,
    channels,
    fill,
    identity_batches,
    interrupt,
    picked_clips,
    recoloured,
    reframed,
    spoil,
)
from reid_core.model import ReIdNetwork
from reid_core.training.context import Context
from reid_core.training.presets import Stage

Tracklets = Sequence[PreparedTracklet]
Inputs = Callable[[Picks, torch.Generator], Tensor]


def stage_picks(tracklets: Tracklets, stage: Stage, seed: int, epoch: int) -> Iterator[Picks]:
    """Which clips the steps of an epoch see."""
    if stage.identities == 1:
        return alternating_pairs(tracklets, stage.clip_length, seed, epoch)
    return identity_batches(tracklets, stage.identities, stage.clips, stage.clip_length, seed, epoch)


def stage_inputs(network: ReIdNetwork, tracklets: Tracklets, stage: Stage, seed: int, context: Context) -> Inputs:
    """What a stage's embedder reads: augmented clips (B, T, C, H, W), or features (B, T, q) of augmented tracklets."""
    config = network.config.input
    if stage.part != "head":

        def clips(picks: Picks, generator: torch.Generator) -> Tensor:
            colour, flow = picked_clips(tracklets, picks)
            if not stage.varied:
                return augment(channels(colour, flow, config), config, generator)
            clip = augment(channels(recoloured(colour, generator), flow, config), config, generator)
            return reframed(clip, generator)

        return clips
    views = _features(network, tracklets, stage, seed, context)

    def features(picks: Picks, generator: torch.Generator) -> Tensor:
        chosen = torch.randint(stage.views, (len(picks.tracklets),), generator=generator).tolist()
        rows = zip(picks.tracklets, chosen, picks.frames, strict=True)
        frames = [(views[tracklet], view, torch.from_numpy(frames)) for tracklet, view, frames in rows]
        clips = torch.stack([features[view, shown] for features, view, shown in frames])
        if stage.spoilt:
            worthless = torch.stack([features[-1, shown] for features, _, shown in frames])
            clips = fill(clips, worthless, Gaps(stage.spoilt, stretches=stage.stretches), generator)
        gaps = Gaps(stage.interrupted, stage.interrupted_least, stage.stretches)
        return interrupt(clips, stage.clips, gaps, generator)

    return features


@torch.no_grad()
def _features(network: ReIdNetwork, tracklets: Tracklets, stage: Stage, seed: int, context: Context) -> list[Tensor]:
    """Features of each tracklet under the stage's crops and mirror images, (views, T, q) each, on the CPU.

    Where frames are ``spoilt`` they are one more view, the last.

    The views of a tracklet do not depend on which others there are, so that splits can share what an encoder makes of
    them, see ``KnownFeatures``.
    """
    config = network.config.input
    network.eval()
    context.fabric.to_device(network.encoder)  # the stage's costs are of the head alone and did not take it there
    found = []
    for tracklet in tracklets:
        name = f"{tracklet.pid} {tracklet.camera} {tracklet.name}"
        generator = torch.Generator().manual_seed(mixed(seed, zlib.crc32(name.encode())))
        frames = np.array(tracklet.colour), np.array(tracklet.flow)
        clips = augment(channels(*frames, config).expand(stage.views, -1, -1, -1, -1), config, generator)
        if stage.spoilt:
            worthless = channels(*spoil(*frames, generator), config)[None]
            clips = torch.cat([clips, augment(worthless, config, generator)])
        found.append(network.features(context.fabric.to_device(clips)).cpu())
        if context.progress:
            context.progress("features", len(found), len(tracklets))
    return found


def mixed(seed: int, epoch: int) -> int:
    """One seed out of two numbers; neighbouring epochs of neighbouring seeds must not share theirs."""
    return (seed * 1_000_003 + epoch + 10_007) * 7919 % 2**62

"""The frame encoder of the checkpoints that ship: ``python -m assets.make_encoder RUN``, minutes on one GPU.

Renders 14,000 persons of the wide world into memory, on all processors, and trains the encoder ``mobile`` on them with
the supervised contrastive loss. ``reid train --recipe robust`` does the like from folders and can be resumed; here the
pictures lie on the GPU and are varied there, so that 1.5 million take minutes. RUN/split_0.safetensors is a
checkpoint for ``reid train --init``. All draws derive from SEED; the sums of a GPU have no order.
"""

import multiprocessing
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from reid_core.data import variation
from reid_core.data.preprocessing import RGB_MEAN, RGB_SCALE
from reid_core.data.synthetic.write import World, tracklet_length
from reid_core.model import load_trunk, save_checkpoint
from reid_core.training import RECIPES, supervised_contrastive_loss
from reid_core.training.fit import learning_rate, seeded_network
from reid_core.training.presets import ENCODER, Stage

WORLD, WORLD_SEED, LENGTHS = World("wide", cameras=34, views=6), 7, (3, 6)
PERSONS, STEPS, SEED = 14_000, 8_000, 0
STAGE = replace(ENCODER, identities=48, trunk_rate=0.3)
TEMPERATURE = RECIPES["robust"].loss.temperature
STRENGTH = 1.5  # colours stray that much further than where one core trains


@dataclass(frozen=True)
class Recordings:
    """Everybody's recordings. Args: pixels: uint8 (frames, 128, 64, 3). start, length: (persons, views)."""

    pixels: Tensor
    start: Tensor
    length: Tensor

    def drawn(self, who: Tensor, clips: int) -> Tensor:
        """A frame of each of ``clips`` recordings of each person, by as many cameras: (persons, clips), flat."""
        views = torch.rand(len(who), self.start.shape[1], device=who.device).argsort(1)[:, :clips]
        start, length = self.start[who[:, None], views], self.length[who[:, None], views]
        return (start + (torch.rand(len(who), clips, device=who.device) * length).long()).flatten()

    def turns(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Everybody once, in the order in which steps take them."""
        return rng.permutation(len(self.start))


def recorded(pid: int) -> list[NDArray[np.uint8]]:
    """All recordings of a person."""
    cameras = WORLD.seen_by(WORLD_SEED, pid)
    lengths = (tracklet_length(WORLD_SEED, pid, camera, *LENGTHS) for camera in cameras)
    return [WORLD.record(WORLD_SEED, pid, *seen) for seen in zip(cameras, lengths, strict=True)]


def rendered(persons: int, device: str, record: Callable[[int], list[NDArray[np.uint8]]] = recorded) -> Recordings:
    """Render persons 1 to ``persons``, each as ``record`` does."""
    numbers = range(1, persons + 1)
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as processes:
        found = list(tqdm(processes.map(record, numbers, chunksize=25), total=persons, unit="persons"))
    length = np.array([[len(frames) for frames in recordings] for recordings in found])
    start = np.concatenate([[0], length.ravel().cumsum()[:-1]]).reshape(length.shape)
    pixels = np.concatenate([frames for recordings in found for frames in recordings])
    return Recordings(*(torch.from_numpy(part).to(device) for part in (pixels, start, length)))


def varied(pictures: Tensor) -> Tensor:
    """Pictures as other cameras and boxes would show them, as ``variation`` does, all of a step at once.

    Args: pictures: uint8 (N, 128, 64, 3). Returns: float (N, 3, 128, 64), standardised.
    """
    count, size, device = len(pictures), pictures.shape[1:3], pictures.device
    normal, uniform = partial(torch.randn, device=device), partial(torch.rand, device=device)

    def colours(values: tuple[float, ...]) -> Tensor:
        return torch.tensor(values, device=device)[:, None, None]

    x = pictures.permute(0, 3, 1, 2).float() / 255
    gain = variation.CAST * STRENGTH * normal(count, 3, 1, 1)
    gain = (gain + variation.EXPOSURE * STRENGTH * normal(count, 1, 1, 1)).exp()
    gamma = (variation.GAMMA * STRENGTH * normal(count, 1, 1, 1)).exp()
    low, high = variation.SATURATION
    saturation = low + (high - low) * uniform(count, 1, 1, 1)
    saturation = saturation * (uniform(count, 1, 1, 1) >= variation.GREY * STRENGTH)
    x = (x * gain).clamp(0, 1) ** gamma
    x = torch.lerp((x * colours(variation.LUMA)).sum(1, keepdim=True), x, saturation).clamp(0, 1)
    blurred = F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
    x = torch.where(uniform(count, 1, 1, 1) < variation.BLURRED, blurred, x)
    x = _reframed((x - colours(RGB_MEAN)) / colours(RGB_SCALE))
    return x.masked_fill(variation.rectangles(count, torch.tensor(size, device=device))[:, None], 0)


def _reframed(x: Tensor) -> Tensor:
    """Part of each picture at the size of the whole, every second one mirrored."""
    count, device, least = len(x), x.device, variation.SMALLEST_BOX
    part = least + (1 - least) * torch.rand(count, 2, device=device)
    middle = (2 * torch.rand(count, 2, device=device) - 1) * (1 - part)
    mirrored = torch.where(torch.rand(count, device=device) < 0.5, -1.0, 1.0)
    where = torch.zeros(count, 2, 3, device=device)
    where[:, 0, 0], where[:, 1, 1] = part[:, 1] * mirrored, part[:, 0]
    where[:, 0, 2], where[:, 1, 2] = middle[:, 1], middle[:, 0]
    grid = F.affine_grid(where, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)


def contrastive(encoder: nn.Module, pictures: Tensor, who: Tensor) -> Tensor:
    """The cost of a step. Args: pictures: as ``varied`` returns them. who: the person of each, (N,)."""
    return supervised_contrastive_loss(encoder(pictures), who, TEMPERATURE)


def train(
    encoder: nn.Module,
    people: Recordings,
    steps: int,
    stage: Stage = STAGE,
    seed: int = SEED,
    cost: Callable[[nn.Module, Tensor, Tensor], Tensor] = contrastive,
) -> None:
    """Train the encoder in place: every step of other persons until all had their turn, then again."""
    device = people.pixels.device
    torch.manual_seed(seed)
    order, rng = np.empty(0, np.int64), np.random.default_rng(seed)
    slow = list(encoder.get_submodule("trunk").parameters())
    fast = [weight for name in ("norm", "linear") for weight in encoder.get_submodule(name).parameters()]
    groups = [{"params": fast, "share": 1.0}, {"params": slow, "share": stage.trunk_rate}]
    optimiser = torch.optim.AdamW(groups, stage.learning_rate, weight_decay=stage.weight_decay)
    encoder.train()
    for step in tqdm(range(steps), unit="steps"):
        if len(order) < stage.identities:
            order = people.turns(rng)
        who, order = torch.from_numpy(order[: stage.identities]).to(device), order[stage.identities :]
        pictures = varied(people.pixels[people.drawn(who, stage.clips)])
        loss = cost(encoder, pictures, who.repeat_interleave(stage.clips))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_([*fast, *slow], stage.clip_norm)
        for group in optimiser.param_groups:
            group["lr"] = group["share"] * learning_rate(stage, step / steps)
        optimiser.step()


def main(out: Path, persons: int = PERSONS, steps: int = STEPS) -> None:
    """Render, train and write the checkpoint, whose head is the mean."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = seeded_network(RECIPES["robust"].network("mean"), SEED)
    load_trunk(network.encoder)
    people = rendered(persons, device)
    started = time.perf_counter()
    train(network.encoder.to(device), people, steps)
    card = {
        "trained_on": f"synthetic people (version 1, seed {WORLD_SEED}, {persons} persons)",
        "persons": persons,
        "head": "mean",
        "variant": "",
        "recipe": "robust",
        "seed": SEED,
        "init": None,
        "init_saw": "",
        "command": f"python -m assets.make_encoder {out}",
        "training_seconds": round(time.perf_counter() - started, 1),
        "metrics": {},
    }
    out.mkdir(parents=True, exist_ok=True)
    save_checkpoint(out / "split_0.safetensors", network, card)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

"""The frame encoder of the checkpoints that ship: ``python -m assets.make_encoder RUN``, minutes on one GPU.

Renders persons of the wide world into memory, on all processors, and trains the encoder ``mobile`` on them with the
supervised contrastive loss. ``reid train --recipe robust`` does the like from folders; here the pictures lie on the GPU
and are varied there, so that 1.5 million take minutes. It begins with the trunk, or goes on from a CHECKPOINT's encoder
with as many stripes as are asked for and with other persons. RUN/split_0.safetensors is a checkpoint for
``reid train --init``. All draws derive from SEED; the sums of a GPU have no order. Stopped, the same command goes on;
with other options it is refused.

  python -m assets.make_encoder runs/encoder-3
  python -m assets.make_encoder runs/encoder-4 --init mean --stripes 4 --first 14001 --persons 6000 \\
      --steps 4000 --identities 24 --rate 6e-4
"""

import json
import multiprocessing
import shlex
import sys
import time
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from reid_core.data import variation
from reid_core.data.preprocessing import RGB_MEAN, RGB_SCALE
from reid_core.data.synthetic.write import World, tracklet_length
from reid_core.model import ReIdNetwork, load_checkpoint, load_trunk, save_checkpoint, weights_digest
from reid_core.model.encoders.mobile import MobileEncoder
from reid_core.runs import data_seen
from reid_core.training import RECIPES, supervised_contrastive_loss
from reid_core.training.fit import learning_rate, seeded_network
from reid_core.training.inputs import mixed
from reid_core.training.presets import ENCODER, Stage
from reid_core.training.state import State, load_optimiser, of_optimiser, under

WORLD, WORLD_SEED, LENGTHS = World("wide", cameras=34, views=6), 7, (3, 6)
PERSONS, STEPS, SEED = 14_000, 8_000, 0
STAGE = replace(ENCODER, identities=48, trunk_rate=0.3)
TEMPERATURE = RECIPES["robust"].loss.temperature
KEPT_EVERY = 200  # steps
STRENGTH = 1.5  # colours stray that much further than where one core trains
NOT_KEPT = State(None, "")


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


def rendered(
    persons: int, device: str, record: Callable[[int], list[NDArray[np.uint8]]] = recorded, first: int = 1
) -> Recordings:
    """Render so many persons from ``first`` on, each as ``record`` does."""
    numbers = range(first, first + persons)
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as processes:
        found = list(tqdm(processes.map(record, numbers, chunksize=25), total=persons, unit="persons"))
    length = np.array([[len(frames) for frames in recordings] for recordings in found])
    start = np.concatenate([[0], length.ravel().cumsum()[:-1]]).reshape(length.shape)
    pixels = np.concatenate([frames for recordings in found for frames in recordings])
    return Recordings(*(torch.from_numpy(part).to(device) for part in (pixels, start, length)))


def widened(encoder: MobileEncoder, stripes: int) -> MobileEncoder:
    """The same encoder with more stripes, each of which begins as the one that it is a part of: equal features.

    Raises: ValueError: the stripes that it has are not parts of as many whole ones.
    """
    parts, remainder = divmod(stripes, encoder.config.stripes)
    if remainder or not parts:
        raise ValueError(f"{stripes} stripes: expected a multiple of the {encoder.config.stripes} that the encoder has")
    wide = MobileEncoder(replace(encoder.config, stripes=stripes))
    wide.trunk.load_state_dict(encoder.trunk.state_dict())
    for name, numbers in encoder.norm.state_dict().items():  # a map's stripes lie together
        wide.norm.state_dict()[name].copy_(numbers.repeat_interleave(parts) if numbers.ndim else numbers)
    with torch.no_grad():
        wide.linear.weight.copy_(encoder.linear.weight.repeat_interleave(parts, dim=1) / parts)
        wide.linear.bias.copy_(encoder.linear.bias)
    return wide


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
    state: State = NOT_KEPT,
) -> None:
    """Train the encoder in place: every step of other persons until all had their turn, then again.

    Every random choice derives from (seed, step), so that a training that was stopped goes on where ``state`` is.
    """
    device = people.pixels.device
    slow = list(encoder.get_submodule("trunk").parameters())
    fast = [weight for name in ("norm", "linear") for weight in encoder.get_submodule(name).parameters()]
    groups = [{"params": fast, "share": 1.0}, {"params": slow, "share": stage.trunk_rate}]
    optimiser = torch.optim.AdamW(groups, stage.learning_rate, weight_decay=stage.weight_decay)
    before, _ = state.read()
    done = int(before.get("done", 0))
    if before:
        encoder.load_state_dict(under("encoder.", before))
        load_optimiser(optimiser, before)
    encoder.train()
    turns = islice(_turns(people, stage.identities, seed), done, steps)
    for step, turn in enumerate(tqdm(turns, initial=done, total=steps, unit="steps"), done):
        if step % KEPT_EVERY == 0 and step > done:
            weights = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
            state.write({"done": torch.tensor(step), **weights, **of_optimiser(optimiser)}, ())
        torch.manual_seed(mixed(seed, step))
        who = torch.from_numpy(turn).to(device)
        pictures = varied(people.pixels[people.drawn(who, stage.clips)])
        loss = cost(encoder, pictures, who.repeat_interleave(stage.clips))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_([*fast, *slow], stage.clip_norm)
        for group in optimiser.param_groups:
            group["lr"] = group["share"] * learning_rate(stage, step / steps)
        optimiser.step()


def _turns(people: Recordings, identities: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Whom each step sees, without end."""
    rng, order = np.random.default_rng(seed), np.empty(0, np.int64)
    while True:
        if len(order) < identities:
            order = people.turns(rng)
        yield order[:identities]
        order = order[identities:]


def begun(given: Namespace) -> ReIdNetwork:
    """The network that training begins with: on the trunk, or on the encoder of a checkpoint."""
    if not given.init:
        config = RECIPES["robust"].network("mean")
        network = seeded_network(replace(config, encoder=replace(config.encoder, stripes=given.stripes)), SEED)
        load_trunk(network.encoder)
        return network
    before = load_checkpoint(given.init).network
    encoder = widened(cast(MobileEncoder, before.encoder), given.stripes)
    network = seeded_network(replace(before.config, encoder=encoder.config), SEED)
    network.encoder = encoder
    return network


def main(arguments: Sequence[str] | None = None) -> None:
    """Render, train and write the checkpoint, whose head is the mean."""
    parser = ArgumentParser("make_encoder", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="RUN")
    parser.add_argument("--init", default="", metavar="CHECKPOINT", help="whose encoder goes on, in place of the trunk")
    parser.add_argument("--stripes", type=int, default=2)
    parser.add_argument("--first", type=int, default=1, help="number of the first person")
    parser.add_argument("--persons", type=int, default=PERSONS)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--identities", type=int, default=STAGE.identities, help="persons a step")
    parser.add_argument("--rate", type=float, default=STAGE.learning_rate, help="learning rate after warming up")
    given = parser.parse_args(arguments)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = begun(given)
    stage = replace(STAGE, identities=given.identities, learning_rate=given.rate)
    told = [asdict(stage), given.steps, given.first, given.persons, weights_digest(network)]
    kept = given.out / "state.safetensors"
    state = State(kept, json.dumps(told))
    state.read()  # one of another training is refused before minutes of rendering
    people = rendered(given.persons, device, first=given.first)
    started = time.perf_counter()
    train(network.encoder.to(device), people, given.steps, stage, state=state)
    saw = f"synthetic people (version 1, seed {WORLD_SEED}, persons {given.first} to {given.first + given.persons - 1})"
    card = {
        "trained_on": saw,
        "persons": given.persons,
        "head": "mean",
        "variant": "",
        "recipe": "robust",
        "seed": SEED,
        "init": given.init,
        "init_saw": data_seen(given.init),
        "command": shlex.join(
            ["python", "-m", "assets.make_encoder", *(sys.argv[1:] if arguments is None else arguments)]
        ),
        "training_seconds": round(time.perf_counter() - started, 1),
        "metrics": {},
    }
    save_checkpoint(given.out / "split_0.safetensors", network, card)
    kept.unlink(missing_ok=True)


if __name__ == "__main__":
    try:
        main()
    except ValueError as error:
        sys.exit(f"error: {error}")

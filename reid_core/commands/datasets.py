"""Commands on data sets: make synthetic people, check a folder."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from reid_core.commands.dataset import Kind, Name, Protocol, Published
from reid_core.commands.progress import Bars
from reid_core.data import DATASETS, check, pack, packed_with, synthwalk
from reid_core.data.fingerprint import fingerprint
from reid_core.data.synthetic import World, write_dataset
from reid_core.data.synthwalk import MAX_LENGTH, MIN_LENGTH, VARIETY
from reid_core.files import alone


@dataclass(frozen=True)
class Synthesize:
    """Render synthetic people seen by two cameras or more, in iLIDS-VID's folder layout; the same seed, the same bytes.

    For example:
      reid synthesize --out data/people --persons 1000 --seed 1 --max-length 40
      reid synthesize --out data/world --persons 3000 --seed 7 --world wide --cameras 34 --views 4
      reid synthesize --out data/synthwalk --benchmark synthwalk
    """

    out: Path
    """Folder to write; persons that are complete in it are kept, so a stopped run goes on."""
    persons: int | None = None
    """Number of identities."""
    seed: int | None = None
    """Of everything that is drawn."""
    benchmark: Literal["synthwalk"] | None = None
    """Render this benchmark, with its splits, instead of people of your own: no other option goes with it."""
    min_length: int = MIN_LENGTH
    """Frames of the shortest tracklet."""
    max_length: int = MAX_LENGTH
    """Frames of the longest tracklet."""
    variety: float = VARIETY
    """How far a recording strays from its camera: 0, not at all, to 1, another camera every time."""
    occlude: bool = True
    """Let things and people pass in front."""
    world: Literal["plain", "wide"] = "plain"
    """Who and what is drawn: plain, SynthWalk's people and cameras, or wide, far more of both: textures on clothes,
    children, umbrellas, lamps of every colour, bent lenses, poor boxes, video codecs."""
    cameras: int = 2
    """How many cameras there are: folders cam1, cam2 and so on."""
    views: int = 2
    """How many of the cameras see a person; which, is drawn for each."""

    def run(self) -> None:
        """Write the folder."""
        if self.benchmark is not None:
            self._write_benchmark()
            return
        if self.persons is None or self.seed is None:
            raise ValueError("--persons and --seed must be given unless --benchmark is; see reid synthesize --help")
        lengths = self.min_length, self.max_length
        world = World(self.world, self.cameras, self.views, self.variety, self.occlude)
        with alone(self.out), Bars() as bars:
            write_dataset(self.out, self.persons, self.seed, *lengths, bars, world)
        print(f"{self.persons} synthetic persons, {self.views} tracklets each, in {self.out}")

    def _write_benchmark(self) -> None:
        if self != Synthesize(self.out, benchmark=self.benchmark):
            raise ValueError("--benchmark must be the only option besides --out: it fixes persons, seed and all else")
        with alone(self.out), Bars() as bars:
            looks = synthwalk.write_synthwalk(self.out, bars)
        found = synthwalk.identified(looks)
        print(f"fingerprint of the frames: {fingerprint(looks)}; {found.sentence}")
        if not found.same:
            raise ValueError(f"{self.out} is not {synthwalk.NAME}: other frames were rendered than those published")
        print(f"{synthwalk.NAME}: {synthwalk.PERSONS} synthetic persons, two tracklets each, 10 splits, in {self.out}")


@dataclass(frozen=True)
class Pack:
    """Put a data set's files into one table, for storage where many small files are slow; train and all else read it.

    For example:
      reid pack --data data/people --dataset synthetic --out /shared/people
      reid train --data /shared/people --dataset synthetic --out runs/mine
    """

    data: Path
    """Folder of the data set."""
    out: Path
    """Folder to write; it holds all that the data set's folder does, bit for bit."""
    data_set: Kind = field(default_factory=Published)

    def run(self) -> None:
        """Write the folder."""
        dataset = self.data_set.load(self.data)
        with alone(self.out), Bars() as bars:
            pack(dataset, self.data_set.dataset, self.out, packed_with(dataset), bars)
        files = sum(len(tracklet.paths) for tracklet in dataset.tracklets)
        written = sum(1 for path in self.out.rglob("*") if path.is_file())
        print(f"{files} files of {len(dataset.tracklets)} tracklets in {written} files of {self.out}")


@dataclass(frozen=True)
class CheckData:
    """Compare a data set's folder with what its publishers describe; exit 2 if it cannot be used.

    For example:
      reid check-data ilids-vid ~/data
    """

    dataset: Positional[Name]
    root: Positional[Path]
    """Its folder."""
    protocol: Protocol = None
    json: bool = False
    """Print one JSON object."""

    def run(self) -> None:
        """Print what was found."""
        if self.dataset not in DATASETS:
            raise ValueError(f"dataset must be one of {', '.join(DATASETS)}, got {self.dataset!r}")
        with Bars() as bars:
            report = check(self.dataset, self.root, self.protocol, bars, bars.tell)
        print(json.dumps(asdict(report), default=str) if self.json else "\n".join(report.lines))
        if not report.usable:
            raise ValueError(f"{self.root} cannot be used as {self.dataset}: {report.lines[-1]}")

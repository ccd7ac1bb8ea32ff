"""Each checkpoint on any folder of real people, beside a colour histogram: ``python -m benchmarks.real_people FOLDER``.

FOLDER/cam1/PERSON/*, FOLDER/cam2/PERSON/*: numbered images, or a video, of one person cut out already; whoever has the
same name is the same person. Probes are what the first camera saw, the gallery what all others saw; every pair of a
probe and one of the gallery counts. Intervals hold 95 of 100 bootstrap draws of people (Efron, 1979): pairs are no
independent draws, people are.

Each pair is held against no cohort, against the one that the checkpoint brings along (shipped), and against so many
other people of the same folder, drawn for each probe, and for each camera by themselves.

For example:
  python -m benchmarks.real_people data/mine
  python -m benchmarks.real_people data/mine --checkpoint utrcnn runs/mine/split_0.safetensors
  python -m benchmarks.real_people data/mine --checkpoint utrcnn --cohort none shipped 2 5 10
  python -m benchmarks.real_people data/mine --name "My people" --out assets/real_people/mine.json

The last stores what it prints for the page Runs, which shows every file of that folder.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.real_clips import histogram
from reid_core.data import Dataset, load, read_frames
from reid_core.data import measure as measure_frames
from reid_core.evaluation import (
    Labels,
    area_under_curve,
    calibration_of,
    distances_of,
    embed,
    held_pairs,
    rank,
    reliability,
    roc,
    rows,
    stacked,
    weights_fingerprint,
)
from reid_core.evaluation.cohort import FEWEST
from reid_core.model import (
    CHECKPOINT_FOLDER,
    DEFAULT_ALLOWED,
    Calibration,
    Checkpoint,
    CohortCalibration,
    Head,
    HeadOutput,
    load_checkpoint,
)
from reid_core.runs import FIGURES, MeasuredOnReal, RealPeople, now, write_real_people

HISTOGRAM = "HSV histogram"
DRAWS = 200
INTERVAL = (2.5, 97.5)
PROTOCOL = (
    "Probes are what the first camera saw, the gallery what all others saw, and every pair counts; "
    f"{100 * DEFAULT_ALLOWED:.0f} of 100 wrong answers are allowed. In brackets 95 of {DRAWS} draws of people."
)

Floats = NDArray[np.float64]
Frames = NDArray[np.uint8]


@dataclass(frozen=True)
class Figures:
    """What is measured; all but the first three at the default operating point, NaN where nothing is calibrated.

    far: share of pairs of two persons that are called one. frr: share of pairs of one person that are not. two: share
    of these that are called two. close: share of pairs, both kinds weighing the same, that are too close to call. ece:
    calibration error.
    """

    rank_1: float
    auc: float
    eer: float
    far: float = np.nan
    frr: float = np.nan
    two: float = np.nan
    close: float = np.nan
    ece: float = np.nan


@dataclass(frozen=True)
class Distances:
    """Distances of probes to the gallery, (P, G), and who they are."""

    values: Floats
    probe: Labels
    gallery: Labels

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which pairs are of one person, (P, G)."""
        return self.probe.pids[:, None] == self.gallery.pids

    def figures(self, calibration: Calibration | None) -> Figures:
        """Of all pairs."""
        matched = rank([self.values], self.probe, self.gallery).first_match == 1
        return _figures(matched, self.values[self.right], self.values[~self.right], calibration)

    def drawn(self, rng: np.random.Generator, calibration: Calibration | None) -> Figures:
        """Of as many people as there are, drawn with replacement; two copies of one person make no pair.

        The gallery that probes are ranked in stays whole: rank-1 depends on its size.
        """
        drawn = _two_or_more(np.unique(self.probe.pids), rng)
        row, column = (_places(drawn, labels.pids) for labels in (self.probe, self.gallery))
        matched = rank([self.values], self.probe, self.gallery).first_match == 1
        values = self.values[np.ix_(row[0], column[0])]
        right = row[1][:, None] == column[1]
        wrong = drawn[row[1]][:, None] != drawn[column[1]]
        return _figures(matched[row[0]], values[right], values[wrong], calibration)


@dataclass(frozen=True)
class Seen:
    """Tracklets of one side, and who they are."""

    output: HeadOutput
    labels: Labels

    def of(self, pids: NDArray[np.integer]) -> HeadOutput:
        """The first tracklet of each of these people."""
        return rows(self.output, np.array([np.flatnonzero(self.labels.pids == pid)[0] for pid in pids]))


Row = tuple[str, Distances, Calibration]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table, and store it: of the histogram and each checkpoint the figures, and below them their intervals."""
    parser = ArgumentParser("real_people", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--checkpoint", nargs="+", default=sorted(CHECKPOINT_FOLDER.glob("*.safetensors")))
    parser.add_argument("--cohort", nargs="+", type=cohort_named, default=["none", "shipped", "10"])
    parser.add_argument("--out", type=Path, help="store the table as JSON")
    parser.add_argument("--name", help="of the people, as stored; by default the folder's")
    options = parser.parse_args(arguments)
    try:
        dataset = load("folder", options.folder)
        checkpoints = [load_checkpoint(name) for name in options.checkpoint]
        clips = read_clips(dataset)
    except ValueError as error:
        sys.exit(f"error: {error}")
    people, pictures = len(dataset.pids), sum(map(len, clips))
    cohorts = fitting(options.cohort, people)
    for left_out in sorted(set(options.cohort) - set(cohorts)):
        print(f"warning: {_too_few(int(left_out), people)}")
    print(f"{people} people, {len(clips)} tracklets, {pictures} pictures; [95 % of {DRAWS} draws of people]")
    print(f"{'':14}" + "".join(f"{name:>14}" for name in FIGURES))
    found = [MeasuredOnReal("", "", HISTOGRAM, _printed(HISTOGRAM, _histograms(clips, dataset), None))]
    for checkpoint in checkpoints:
        print(checkpoint.name)
        fingerprint = weights_fingerprint(checkpoint)
        for name, *row in held_by_cohort(checkpoint, clips, dataset, cohorts):
            found.append(MeasuredOnReal(checkpoint.name, fingerprint, name, _printed(f"  {name}", *row)))
    if options.out:
        name = options.name or options.folder.name
        write_real_people(RealPeople(name, PROTOCOL, people, len(clips), pictures, now(), tuple(found)), options.out)


def cohort_named(text: str) -> str:
    """One of ``--cohort``. Raises: ArgumentTypeError: it is none."""
    if text in ("none", "shipped") or (text.isdecimal() and int(text) >= FEWEST):
        return text
    raise ArgumentTypeError(f"must be none, shipped or a number of people from {FEWEST} on, got {text!r}")


def fitting(cohorts: Sequence[str], people: int) -> list[str]:
    """Those for which there are people enough beside the two that are compared."""
    return [one for one in cohorts if not one.isdecimal() or int(one) + 2 <= people]


def _too_few(cohort: int, people: int) -> str:
    return f"a cohort of {cohort} needs {cohort + 2} people, there are {people}"


def read_clips(dataset: Dataset) -> list[Frames]:
    """The frames of every tracklet. Raises: ValueError: too few people, or a tracklet that cannot be read."""
    if len(dataset.pids) < 2:
        raise ValueError(f"{dataset.root} must hold two people or more whom two cameras saw, got {len(dataset.pids)}")
    for problem in dataset.problems:
        print(f"warning: {problem}")
    clips = [read_frames(tracklet) for tracklet in dataset.tracklets]
    for tracklet, clip in zip(dataset.tracklets, clips, strict=True):
        if not len(clip):
            raise ValueError(f"{tracklet.name} must hold a picture that can be read, it holds none")
    return clips


def _histograms(clips: Sequence[Frames], dataset: Dataset) -> Distances:
    colours = np.stack([histogram(clip) for clip in clips])
    first, others, probe, gallery = _sides(dataset)
    return Distances(np.linalg.norm(colours[first][:, None] - colours[others], axis=2), probe, gallery)


def held_by_cohort(
    checkpoint: Checkpoint, clips: Sequence[Frames], dataset: Dataset, cohorts: Sequence[str]
) -> Iterator[Row]:
    """Name, distances or z, and what they are calibrated by, for each cohort; none where they are not calibrated."""
    network, known = checkpoint.network, calibration_of(checkpoint)
    outputs = [embed(network, measure_frames(clip, network.config.input)) for clip in clips]
    first, others, probe, gallery = _sides(dataset)
    a, b = (stacked([outputs[n] for n in part]) for part in (first, others))
    bare = Distances(distances_of(network.head, a, b), probe, gallery)
    for cohort in cohorts:
        if cohort == "none":
            yield "no cohort", bare, known
        elif cohort == "shipped" and checkpoint.cohort and (of := known.of_cohort("foreign", len(checkpoint.cohort))):
            against = checkpoint.cohort.output
            held = held_pairs(network.head, a, b, (against, against), of.deviation, of.by_camera)
            yield f"{len(checkpoint.cohort)} shipped", replace(bare, values=held.z(bare.values)), of.scale
        elif cohort != "shipped" and (of := known.of_cohort("cameras", int(cohort))):
            values = against_others(network.head, Seen(a, probe), Seen(b, gallery), int(cohort), of)
            yield f"{cohort} others", replace(bare, values=values), of.scale


def against_others(head: Head, a: Seen, b: Seen, people: int, of: CohortCalibration) -> Floats:
    """z of each pair against so many people of each camera who are neither of the two, (P, G).

    They are drawn for each probe; where one of the gallery is among them, the next one drawn is in his place.
    Raises: ValueError: not so many people.
    """
    pids, rng = np.unique(a.labels.pids), np.random.default_rng(0)
    if len(pids) < people + 2:
        raise ValueError(_too_few(people, len(pids)))
    z = np.empty((len(a.labels.pids), len(b.labels.pids)))
    for at, pid in enumerate(a.labels.pids):
        order = [rng.permutation(pids[pids != pid])[: people + 1] for _ in (a, b)]
        drawn = np.isin(b.labels.pids, np.concatenate([some[:people] for some in order]))
        for other in (None, *np.unique(b.labels.pids[drawn])):
            cohort = tuple(side.of(some[some != other][:people]) for side, some in zip((a, b), order, strict=True))
            columns = np.flatnonzero(~drawn if other is None else b.labels.pids == other)
            pair = rows(a.output, np.array([at])), rows(b.output, columns)
            z[at, columns] = held_pairs(head, *pair, cohort, of.deviation, of.by_camera).z(distances_of(head, *pair))
    return z


def _sides(dataset: Dataset) -> tuple[NDArray[np.int64], NDArray[np.int64], Labels, Labels]:
    """Places of the first camera's tracklets and of all others, and their labels."""
    pids, cameras = (np.array([getattr(t, name) for t in dataset.tracklets]) for name in ("pid", "camera"))
    first, others = np.flatnonzero(cameras == cameras.min()), np.flatnonzero(cameras != cameras.min())
    return first, others, Labels(pids[first], cameras[first]), Labels(pids[others], cameras[others])


def _two_or_more(people: NDArray[np.integer], rng: np.random.Generator) -> NDArray[np.integer]:
    """As many as there are, drawn with replacement, again while they are all the same."""
    drawn = rng.choice(people, len(people))
    return drawn if len(np.unique(drawn)) > 1 else _two_or_more(people, rng)


def _places(drawn: NDArray[np.integer], pids: NDArray[np.integer]) -> NDArray[np.int64]:
    """For each draw all places of that person: places, and of which draw they are, (2, N)."""
    return np.array([(place, number) for number, pid in enumerate(drawn) for place in np.flatnonzero(pids == pid)]).T


def _figures(matched: NDArray[np.bool_], same: Floats, different: Floats, calibration: Calibration | None) -> Figures:
    measured = float(matched.mean()), area_under_curve(same, different), roc(same, different).equal_error[1]
    if calibration is None:
        return Figures(*measured)
    ece = reliability(*(calibration.probabilities_same(part) for part in (same, different))).error
    low, high = calibration.uncertain_range()
    close = np.mean([((part > low) & (part < high)).mean() for part in (same, different)])
    shares = ((different <= low).mean(), (same > low).mean(), (same >= high).mean(), close)
    return Figures(*measured, *map(float, shares), ece)


def _printed(name: str, distances: Distances, calibration: Calibration | None) -> dict[str, tuple[float, float, float]]:
    """Print the figures and their intervals: what was measured."""
    rng = np.random.default_rng(0)
    draws = np.array([astuple(distances.drawn(rng, calibration)) for _ in range(DRAWS)])
    low, high = np.percentile(draws, INTERVAL, axis=0)
    values = astuple(distances.figures(calibration))
    print(f"{name:14}" + "".join(f"{'' if np.isnan(v) else f'{v:.3f}':>14}" for v in values))
    spans = ["" if np.isnan(a) else f"[{a:.3f} {b:.3f}]" for a, b in zip(low, high, strict=True)]
    print(f"{'':14}" + "".join(f"{span:>14}" for span in spans), flush=True)
    measured = zip(FIGURES, values, low, high, strict=True)
    return {figure: (float(v), float(a), float(b)) for figure, v, a, b in measured if not np.isnan(v)}


if __name__ == "__main__":
    main()

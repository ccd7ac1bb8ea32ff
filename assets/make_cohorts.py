"""Give checkpoints a cohort of real people, and what distances held against one are worth.

python -m assets.make_cohorts FOOTAGE [--checkpoint PATH ...]

FOOTAGE holds the videos that NOTICE names. Of the people in them each checkpoint keeps an embedding, no picture. What a
cohort is worth is measured at rendered sites of the plain and of the wide world: people whom the same two cameras saw,
strangers to each other and to all training. A checkpoint is written anew beside weights and card as they were; a new
encoder needs a new cohort.
"""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reid_core.data import measure
from reid_core.data.synthetic import render_tracklet, render_wide
from reid_core.data.synthetic.crowd import newcomer
from reid_core.data.synthetic.people import stranger
from reid_core.evaluation import (
    Site,
    calibrate_cohorts,
    calibrate_foreign,
    calibration_of,
    embed,
    embed_others,
    stacked,
)
from reid_core.evaluation.others import LEAST_FRAMES, videos_in
from reid_core.model import (
    CHECKPOINT_FOLDER,
    Checkpoint,
    KnownFeatures,
    ShippedCohort,
    find_checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from reid_core.video import DecodeLimits, PersonDetector, Tracklet, decode, find_people

PLAIN, WIDE = range(7001, 7009), range(8001, 8009)  # seeds of the sites of either world, no training's
PEOPLE = 24  # of a site
FRAMES = (12, 25)  # of a tracklet, at least and below
VARIETY = 0.2  # how far a recording strays from its camera
SIZES = (2, 3, 5, 10)
WIDER = 3.0  # with people of other cameras, on validation people (docs/transfer.md)
WHOLE = DecodeLimits(max_frames=3000)

Frames = NDArray[np.uint8]


def main(arguments: Sequence[str] | None = None) -> None:
    """Rewrite each checkpoint."""
    parser = ArgumentParser("make_cohorts", description=__doc__)
    parser.add_argument("footage", type=Path)
    parser.add_argument("--checkpoint", nargs="+", default=sorted(CHECKPOINT_FOLDER.glob("*.safetensors")))
    options = parser.parse_args(arguments)
    people = list(people_in(options.footage))
    paths = [find_checkpoint(name) for name in options.checkpoint]
    checkpoints = [load_checkpoint(path) for path in paths]
    sites = sites_seen_by(checkpoints)
    for path, checkpoint in zip(paths, checkpoints, strict=True):
        made = with_cohort(checkpoint, people, sites[checkpoint.name])
        save_checkpoint(path, made.network, made.card, made.calibration, made.cohort)


def people_in(footage: Path) -> Iterator[Tracklet]:
    """Everybody who is seen for more than a moment."""
    detector = PersonDetector()
    for video in videos_in(footage):
        tracklets = find_people(decode(video, limits=WHOLE), detector).tracklets
        yield from (tracklet for tracklet in tracklets if len(tracklet) >= LEAST_FRAMES)


def sites_seen_by(checkpoints: Sequence[Checkpoint]) -> dict[str, list[Site]]:
    """Sites as each checkpoint sees them, by its name; a tracklet is rendered once, and encoded once by an encoder."""
    sites: dict[str, list[Site]] = {checkpoint.name: [] for checkpoint in checkpoints}
    known = KnownFeatures()
    for checkpoint in checkpoints:
        checkpoint.network.freeze_encoder(known)
    for seed in (*PLAIN, *WIDE):
        seen = [[rendered(seed, pid, camera) for pid in range(1, PEOPLE + 1)] for camera in (1, 2)]
        measured = cache(lambda config, seen=seen: [[measure(frames, config) for frames in side] for side in seen])
        for checkpoint in checkpoints:
            network = checkpoint.network
            sides = measured(network.config.input)
            sites[checkpoint.name].append(Site(*(stacked([embed(network, one) for one in side]) for side in sides)))
    return sites


def rendered(seed: int, pid: int, camera: int) -> Frames:
    """A person whom no other resembles more than by chance, as a camera of the site saw them."""
    draw, render = (newcomer, render_wide) if seed in WIDE else (stranger, render_tracklet)
    person = draw(np.random.default_rng((seed, pid, 0)), pid)
    length = int(np.random.default_rng((seed, pid, camera, 5)).integers(*FRAMES))
    return render(person, camera, length, seed, variety=VARIETY)


def with_cohort(checkpoint: Checkpoint, people: Sequence[Tracklet], sites: Sequence[Site]) -> Checkpoint:
    """The same network with a cohort and a calibration of z."""
    head, raw = checkpoint.network.head, calibration_of(checkpoint)
    source = f"pairs of {len(sites) * PEOPLE} rendered people at {len(sites)} sites of two cameras, of two worlds"
    known = calibrate_cohorts(head, sites, SIZES, source)
    if head.config.pools_pairs:  # its distances need more than embeddings
        return replace(checkpoint, calibration=replace(raw, normalised=known), cohort=None)
    output = embed_others(checkpoint.network, people)
    foreign = calibrate_foreign(head, sites, output, source, WIDER)
    cohort = ShippedCohort("real people of other cameras", output.embedding.clone())
    return replace(checkpoint, calibration=replace(raw, normalised=(*known, foreign)), cohort=cohort)


if __name__ == "__main__":
    main()

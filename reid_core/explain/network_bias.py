"""The position bias of a network over identities that it was not trained on, with its controls."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from reid_core.data import PreparedTracklet
from reid_core.evaluation import Labels, probes_and_gallery
from reid_core.evaluation.embedding import Choice
from reid_core.explain.controls import uniform_attention, untrained
from reid_core.explain.features import embed_many, frame_features, stacked_clips
from reid_core.explain.importance import importance
from reid_core.explain.position_bias import (
    POSITIONS,
    Clips,
    Gallery,
    covered_features,
    rank_1,
    replaced_features,
    reversed_clip,
    shuffled_clip,
    sweep_rank_1,
)
from reid_core.explain.summary import profiles
from reid_core.model import Head, ReIdNetwork
from reid_core.progress import Progress
from reid_core.runs import BIAS_COLUMNS

MOST_PROFILED = 20  # clips whose importances are computed; each takes as long as some hundred embeddings

FramesOf = Callable[[PreparedTracklet], NDArray[np.uint8]]
Tracklets = Sequence[PreparedTracklet]
Row = tuple[str, float, float]


@dataclass(frozen=True)
class Encoded:
    """The features, (V, T, q) each, of probes and gallery, and whose they are; covers: the probes wholly covered."""

    probes: tuple[Tensor, ...]
    labels: Labels
    gallery: tuple[Tensor, ...]
    gallery_labels: Labels
    covers: Mapping[str, tuple[Tensor, ...]]

    def of(self, pids: Iterable[int]) -> "Encoded":
        """Only these identities."""
        wanted = np.array(sorted(pids))
        probes = np.flatnonzero(np.isin(self.labels.pids, wanted))
        gallery = np.flatnonzero(np.isin(self.gallery_labels.pids, wanted))
        return Encoded(
            tuple(self.probes[index] for index in probes),
            Labels(self.labels.pids[probes], self.labels.cameras[probes]),
            tuple(self.gallery[index] for index in gallery),
            Labels(self.gallery_labels.pids[gallery], self.gallery_labels.cameras[gallery]),
            {kind: tuple(clips[index] for index in probes) for kind, clips in self.covers.items()},
        )

    def found_by(self, head: Head) -> Gallery:
        """The gallery as a head embeds it."""
        return Gallery(embed_many(head, *stacked_clips(self.gallery)), self.gallery_labels)


def network_bias(
    network: ReIdNetwork,
    tracklets: Tracklets,
    splits: Mapping[int, Iterable[int]],
    frames_of: FramesOf,
    things: Sequence[str] = ("suitcase", "blank"),
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rank-1 of probes that are covered at nine positions, reversed and shuffled; and where importance lies.

    Probe: first 128 frames; gallery: last 128, never covered. The cover ``person`` is the frames of another
    person's probe, whose own tracklet is in the gallery as well.

    Args: splits: pids that the network was not trained on, by number. frames_of: a probe's frames, uint8
        (T, 128, 64, 3). things: covers laid over these, of ``COVERS``.
    Returns: ``BIAS_COLUMNS``: control is trained, uniform (attention) or untrained; cover is none, reversed or shuffled
        without position, or person or a thing with position 0 to 1. And ``importance_profiles`` of the probes.
    """
    pids = {number: set(some) for number, some in splits.items()}
    probes, gallery = probes_and_gallery(tracklets, set().union(*pids.values()))
    covers = {kind: _covered(network, probes, frames_of, kind, progress) for kind in things}
    fresh = untrained(network.config, seed)
    fresh.freeze_encoder(network.known)  # the same first weights for every head
    encoded = encode(network, probes, gallery, covers, progress)
    heads = {"trained": (network.head, encoded)}
    if network.head.config.attends:
        heads["uniform"] = (uniform_attention(network.head), replace(encoded, covers={}))
    heads["untrained"] = (fresh.head, encode(fresh, probes, gallery, {}, progress))
    rows = []
    for number, some in pids.items():
        for control, (head, clips) in heads.items():
            rows += [(number, control, *row) for row in bias_rows(head, clips.of(some), seed)]
        if progress:
            progress("move the cover", len(rows), None)
    profiles = importance_profiles(network.head, encoded.probes, progress)
    return pd.DataFrame(rows, columns=list(BIAS_COLUMNS)), profiles


def encode(
    network: ReIdNetwork,
    probes: Tracklets,
    gallery: Tracklets,
    covers: Mapping[str, tuple[Tensor, ...]],
    progress: Progress | None = None,
) -> Encoded:
    """Features of the first frames of the probes and the last of the gallery."""
    return Encoded(
        _features(network, probes, "first", progress),
        _labels(probes),
        _features(network, gallery, "last", progress),
        _labels(gallery),
        covers,
    )


def bias_rows(head: Head, encoded: Encoded, seed: int) -> list[Row]:
    """Rank-1 of the probes as they are, reversed, shuffled, and covered at every position: cover, position, rank-1.

    Raises: ValueError for probes of a single person, whom no other's frames can cover.
    """
    clips, labels, rng = encoded.probes, encoded.labels, np.random.default_rng(seed)
    others = someone_else(labels)
    found = encoded.found_by(head)
    orders = {
        "none": clips,
        "reversed": [reversed_clip(clip) for clip in clips],
        "shuffled": [shuffled_clip(clip, rng) for clip in clips],
    }
    rows = [(name, np.nan, rank_1(head, some, labels, found)) for name, some in orders.items()]
    persons = [replaced_features(clip, clips[other]) for clip, other in zip(clips, others, strict=True)]
    for kind, hidden in {"person": persons, **encoded.covers}.items():
        curve = sweep_rank_1(head, clips, hidden, labels, found)
        rows += [(kind, float(x), float(y)) for x, y in zip(np.linspace(0, 1, POSITIONS), curve, strict=True)]
    return rows


def someone_else(labels: Labels) -> list[int]:
    """For each probe the next one, in a circle, that is of another person. Raises: ValueError: there is none."""
    pids = labels.pids.tolist()
    if len(set(pids)) < 2:
        raise ValueError(f"pids must be of at least 2 persons to cover one with another, got {len(set(pids))}")
    around = range(len(pids))
    return [next(other for other in chain(around[n:], around[:n]) if pids[other] != pids[n]) for n in around]


def importance_profiles(head: Head, clips: Clips, progress: Progress | None = None) -> pd.DataFrame:
    """Where importance lies, a row a measure: means over up to ``MOST_PROFILED`` of the clips, evenly chosen.

    Returns: measure, entropy, centre, first, middle, last (thirds), agreement (of alpha with it), clips.
    """
    picked = np.linspace(0, len(clips) - 1, min(len(clips), MOST_PROFILED)).round().astype(int)
    rows = []
    for number, index in enumerate(picked):
        found = profiles(importance(head, clips[index][:1]).measures)
        rows += [(name, of.entropy, of.centre, *of.thirds, agrees) for name, (of, agrees) in found.items()]
        if progress:
            progress("importance", number + 1, len(picked))
    columns = ["measure", "entropy", "centre", "first", "middle", "last", "agreement"]
    table = pd.DataFrame(rows, columns=columns).astype({"agreement": float})
    return table.groupby("measure", sort=False).mean().reset_index().assign(clips=len(picked))


def _features(
    network: ReIdNetwork, tracklets: Tracklets, choice: Choice, progress: Progress | None
) -> tuple[Tensor, ...]:
    clips = []
    for number, tracklet in enumerate(tracklets):
        clips.append(frame_features(network, tracklet, choice))
        if progress:
            progress(f"encode {choice} frames", number + 1, len(tracklets))
    return tuple(clips)


def _covered(
    network: ReIdNetwork, probes: Tracklets, frames_of: FramesOf, kind: str, progress: Progress | None
) -> tuple[Tensor, ...]:
    clips = []
    for number, probe in enumerate(probes):
        clips.append(covered_features(network, frames_of(probe), kind, probe.pid, "first"))
        if progress:
            progress(f"cover with {kind}", number + 1, len(probes))
    return tuple(clips)


def _labels(tracklets: Tracklets) -> Labels:
    return Labels(np.array([t.pid for t in tracklets]), np.array([t.camera for t in tracklets]))

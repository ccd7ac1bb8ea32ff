"""The position bias of a network over identities that it was not trained on, with its controls."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.data import PreparedTracklet
from reid_core.evaluation import Labels, embed_views, frame_features, probes_and_gallery
from reid_core.evaluation.embedding import Choice
from reid_core.explain.controls import uniform_attention, untrained
from reid_core.explain.deletion import deletion_ratios
from reid_core.explain.features import embed_many, stacked_clips
from reid_core.explain.importance import importance
from reid_core.explain.position_bias import (
    POSITIONS,
    Clips,
    Gallery,
    cover_starts,
    covered_features,
    rank_1,
    replaced_features,
    reversed_clip,
    shuffled_clip,
    splice,
    sweep_rank_1,
)
from reid_core.explain.summary import profiles
from reid_core.model import Head, ReIdNetwork
from reid_core.progress import Progress
from reid_core.runs import BIAS_COLUMNS, PROFILE_COLUMNS

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
        without position, or person or a thing with position 0 to 1. And ``importance_profiles`` of all probes.
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
    persons = covered_by_others(encoded.probes, encoded.labels)
    profiles = importance_profiles(network.head, encoded.probes, persons, seed, progress)
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
    persons, found = covered_by_others(clips, labels), encoded.found_by(head)
    orders = {
        "none": clips,
        "reversed": [reversed_clip(clip) for clip in clips],
        "shuffled": [shuffled_clip(clip, rng) for clip in clips],
    }
    rows = [(name, np.nan, rank_1(head, some, labels, found)) for name, some in orders.items()]
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


def covered_by_others(clips: Clips, labels: Labels) -> list[Tensor]:
    """Each clip, (V, T, q), wholly replaced by the frames of another person's."""
    others = someone_else(labels)
    return [replaced_features(clip, clips[other]) for clip, other in zip(clips, others, strict=True)]


def importance_profiles(
    head: Head, clips: Clips, hidden: Clips, seed: int = 0, progress: Progress | None = None
) -> pd.DataFrame:
    """Where importance lies in clips, a row a measure; of one frame alone there is nothing to tell.

    Args: clips, hidden: features (V, T, q) each, of which the first view counts. seed: of the frames that are drawn.
    Returns: ``PROFILE_COLUMNS``, as docs/runs.md says: means over the clips, ``median_agreement`` and ``deletion``
        medians.
    """
    rng, rows = np.random.default_rng(seed), []
    several = [(clip[:1], cover[:1]) for clip, cover in zip(clips, hidden, strict=True) if clip.shape[1] > 1]
    for number, (clip, cover) in enumerate(several):
        rows += _profile_rows(head, clip, cover, rng)
        if progress:
            progress("importance", number + 1, len(several))
    names = ["measure", "entropy", "centre", "first", "middle", "last", "agreement", "deletion", "covered"]
    table = pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[1:], float))
    groups = table.groupby("measure", sort=False)
    medians = groups[["agreement", "deletion"]].median()
    found = groups.mean().assign(median_agreement=medians["agreement"], deletion=medians["deletion"])
    return found.assign(clips=len(several)).reset_index()[PROFILE_COLUMNS.split()]


def _profile_rows(head: Head, clip: Tensor, hidden: Tensor, rng: np.random.Generator) -> list[tuple[object, ...]]:
    """Of a clip, a row a measure."""
    measures = importance(head, clip).measures
    deleted = deletion_ratios(head, clip, measures, rng)
    covered = {"attention": covered_attention(head, clip, hidden)} if "attention" in measures else {}
    return [
        (name, of.entropy, of.centre, *of.thirds, agrees, deleted[name], covered.get(name))
        for name, (of, agrees) in profiles(measures).items()
    ]


@torch.no_grad()
def covered_attention(head: Head, clip: Tensor, hidden: Tensor) -> float:
    """alpha on the frames that a cover of ``COVERED_SHARE`` hides, in sum; mean over its positions.

    Args: head: one that attends. clip, hidden: (V, T, q).
    """
    starts, count = cover_starts(clip.shape[1])
    alpha = embed_views(head, torch.stack([splice(clip, hidden, int(start), count) for start in starts])).alpha
    assert alpha is not None
    return float(np.mean([float(row[start : start + count].sum()) for row, start in zip(alpha, starts, strict=True)]))


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

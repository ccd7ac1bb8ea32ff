"""A training is looked at while it goes on, on people held out of it: nothing that is learned depends on that."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from reid_core.data import PreparedTracklet, centre
from reid_core.evaluation import Labels, chosen_frames, clip_of, distance_blocks, probes_and_gallery, rank, stacked
from reid_core.model import Head, HeadOutput, ReIdNetwork
from reid_core.model.heads.mean import MeanConfig
from reid_core.runs.watched import WATCHED_FRAMES, Attended, HardPair, Look, Watched, read_watched, write_watched
from reid_core.training.fit import seeded_network
from reid_core.training.presets import Part
from reid_core.training.state import EpochLog

MOST_PERSONS = 16
PAIRS = 3  # of either kind

Tracklets = Sequence[PreparedTracklet]


def seen_by_two(tracklets: Iterable[PreparedTracklet], pids: Iterable[int]) -> Tracklets:
    """The tracklets of some persons whom two cameras see."""
    cameras: dict[int, set[int]] = {pid: set() for pid in sorted(pids)}
    for tracklet in tracklets:
        cameras.get(tracklet.pid, set()).add(tracklet.camera)
    known = [pid for pid, seen in cameras.items() if len(seen) > 1][:MOST_PERSONS]
    return [tracklet for tracklet in tracklets if tracklet.pid in known]


def watched(
    epochs: Iterator[EpochLog], network: ReIdNetwork, people: Tracklets, place: tuple[Path, int], every: int
) -> Iterator[EpochLog]:
    """Pass the epochs of ``fit`` on; after every so many and the last, look, keep what was seen and tell rank 1.

    It is a copy of the network that is looked at, on the CPU, and no random state is touched.

    Args: people: as of ``seen_by_two``. place: folder and split, for ``write_watched``; a resumed training has the
        earlier looks from there, and the one that it was stopped before.
    """
    before = read_watched(*place)
    known = {look.epoch: look for look in before.looks} if before else {}
    copy, looks = seeded_network(network.config, 0).eval(), list[Look]()
    probes, gallery = probes_and_gallery(people, {tracklet.pid for tracklet in people})
    for log in epochs:
        if log.resumed and log.epoch in known:
            looks.append(known[log.epoch])
        elif log.current and (log.epoch % every == 0 or log.epoch == log.epochs):  # it may have been killed before it
            copy.load_state_dict(network.state_dict())
            rank_1, pairs, attended = _look(copy, log.part, probes, gallery)
            looks.append(Look(log.epoch, log.part, rank_1))
            persons = len({tracklet.pid for tracklet in people})
            write_watched(*place, Watched(persons, tuple(looks), pairs, attended), people)
        latest = looks[-1] if looks and looks[-1].epoch == log.epoch else None
        yield replace(log, held_out_rank_1=latest.rank_1 if latest else None)


@torch.inference_mode()
def _look(
    network: ReIdNetwork, part: Part, probes: Tracklets, gallery: Tracklets
) -> tuple[float, tuple[HardPair, ...], Attended | None]:
    """Rank 1, the hardest pairs, and what the first probe's frames weigh.

    While the encoder learns alone it is looked at under the mean, as it learns: the head knows nothing yet.
    """
    head: Head = network.head
    if part == "encoder":
        unit = network.config.head.unit_length
        head = MeanConfig(features=network.config.encoder.feature_count, dropout=0.0, unit_length=unit).build().eval()
    first, others = ([_embedded(network, head, one) for one in some] for some in (probes, gallery))
    distances = np.concatenate(list(distance_blocks(head, stacked(first), stacked(others))))
    labels = [Labels(np.array([t.pid for t in some]), np.array([t.camera for t in some])) for some in (probes, gallery)]
    rank_1 = float(rank([distances], *labels).cmc(1)[0])
    alpha, clip = first[0].alpha, probes[0]
    attended = alpha if alpha is None else Attended(clip.name, tuple(_frames(clip)), tuple(alpha[0].tolist()))
    return rank_1, hardest_pairs(distances, probes, gallery), attended


def _embedded(network: ReIdNetwork, head: Head, tracklet: PreparedTracklet) -> HeadOutput:
    """Of some frames, spread evenly, in one view."""
    chosen = _frames(tracklet)
    cut = replace(tracklet, colour=tracklet.colour[chosen], flow=tracklet.flow[chosen])
    output: HeadOutput = head(network.features(centre(clip_of(cut, network), network.config.input)))
    return output


def _frames(tracklet: PreparedTracklet) -> list[int]:
    found: list[int] = chosen_frames(len(tracklet), "spread", WATCHED_FRAMES).tolist()
    return found


def hardest_pairs(distances: NDArray[np.float32], probes: Tracklets, gallery: Tracklets) -> tuple[HardPair, ...]:
    """The probes that are nearest to another person, then those that are farthest from their own.

    Args: distances: (P, G).
    """
    one = np.array([[a.pid == b.pid for b in gallery] for a in probes])
    across = np.array([[a.camera != b.camera for b in gallery] for a in probes])
    found = []
    for same, counted, sign in ((False, ~one, 1), (True, one & across, -1)):
        hardness = np.where(counted, sign * distances, np.inf)
        for row in hardness.min(1).argsort(kind="stable")[:PAIRS]:
            at = int(hardness[row].argmin())
            if counted[row, at]:
                found.append(HardPair(probes[row].name, gallery[at].name, same, float(distances[row, at])))
    return tuple(found)

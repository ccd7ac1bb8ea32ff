"""The protocol of the paper's tables: probes of one camera against a gallery of the other (paper, section 4.2)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reid_core.data import PreparedTracklet
from reid_core.evaluation.cmc import Labels, Ranking, rank
from reid_core.evaluation.distances import Measure, distance_blocks
from reid_core.evaluation.embedding import Choice, embed, embed_variants, stacked
from reid_core.evaluation.verification import Roc, area_under_curve, calibrate, roc
from reid_core.model import Calibration, Head, HeadOutput, ReIdNetwork
from reid_core.progress import Progress

if TYPE_CHECKING:
    import pandas as pd  # imported where it is used: a verdict needs no tables

RANKS = (1, 5, 10, 20)
NEAREST = 10
MOST_PAIRS = 4_000_000  # of two persons that verification keeps; of more, about as many, drawn at random

Tracklets = Sequence[PreparedTracklet]


@dataclass(frozen=True)
class SplitResult:
    """How a network did on identities that it had not seen.

    same, different: distances of probe-gallery pairs of one person (all) and of two (all, or of more pairs than
    ``MOST_PAIRS`` about as many, drawn at random with seed 0).
    nearest: the first ten of the gallery for each probe (probe, rank, gallery, distance, right), a table.
    """

    ranking: Ranking
    gallery_size: int
    same: NDArray[np.float32]
    different: NDArray[np.float32]
    nearest: "pd.DataFrame"

    @property
    def cmc(self) -> NDArray[np.float64]:
        """``cmc[k-1]``, the share of probes matched within k, for every k up to the size of the gallery."""
        return self.ranking.cmc(self.gallery_size)

    @property
    def roc(self) -> Roc:
        """Error rates of verification at every threshold."""
        return roc(self.same, self.different)

    @property
    def area_under_curve(self) -> float:
        """Of the ROC."""
        return area_under_curve(self.same, self.different)


def probes_and_gallery(tracklets: Tracklets, pids: Iterable[int]) -> tuple[Tracklets, Tracklets]:
    """The tracklets of these identities from the first camera, and those from all others; or as their data set lists.

    Where it lists probes, all others that it lists are the gallery and, unless its protocol takes them out, the probes
    too, as in MARS's: a probe cannot find itself, since tracklets of its own person and camera are passed over
    (``rank``).

    Raises: ValueError when either is empty.
    """
    wanted = set(pids)
    own = [tracklet for tracklet in tracklets if tracklet.pid in wanted]
    if any(tracklet.is_probe for tracklet in own):
        probes = [tracklet for tracklet in own if tracklet.is_probe]
        gallery = [tracklet for tracklet in own if tracklet.is_probe is not None and tracklet.in_gallery]
    else:
        first = min((tracklet.camera for tracklet in own), default=1)
        probes = [tracklet for tracklet in own if tracklet.camera == first]
        gallery = [tracklet for tracklet in own if tracklet.camera != first]
    if not probes or not gallery:
        raise ValueError(f"pids must have tracklets from two cameras, got {len(probes)} probes, {len(gallery)} others")
    return probes, gallery


@dataclass(frozen=True)
class Embedded:
    """Probes and gallery with their embeddings: one batch of each for every test variant."""

    probes: Tracklets
    gallery: Tracklets
    probe_outputs: list[HeadOutput]
    gallery_outputs: list[HeadOutput]

    def of(self, pids: Iterable[int]) -> "Embedded":
        """The part with these identities."""
        wanted = set(pids)
        rows = [n for n, tracklet in enumerate(self.probes) if tracklet.pid in wanted]
        others = [n for n, tracklet in enumerate(self.gallery) if tracklet.pid in wanted]
        return Embedded(
            [self.probes[n] for n in rows],
            [self.gallery[n] for n in others],
            [_rows(output, rows) for output in self.probe_outputs],
            [_rows(output, others) for output in self.gallery_outputs],
        )


def embed_protocol(
    network: ReIdNetwork,
    tracklets: Tracklets,
    pids: Iterable[int],
    all_variants: bool = False,
    progress: Progress | None = None,
) -> Embedded:
    """Embed probes (first 128 frames) and gallery (last 128) of these identities through one function.

    Args: all_variants: RCNN's 16 crops and mirror images instead of one crop and its mirror image.
    """
    probes, gallery = probes_and_gallery(tracklets, pids)
    return Embedded(
        probes,
        gallery,
        _embedded(network, probes, "first", all_variants, progress),
        _embedded(network, gallery, "last", all_variants, progress),
    )


def evaluate(
    network: ReIdNetwork,
    tracklets: Tracklets,
    pids: Iterable[int],
    all_variants: bool = False,
    progress: Progress | None = None,
) -> SplitResult:
    """Rank the gallery for each probe, and verify every pair, on the given identities; see ``embed_protocol``."""
    return ranked(network.head, embed_protocol(network, tracklets, pids, all_variants, progress))


def ranked(measure: Measure, embedded: Embedded) -> SplitResult:
    """Rank the gallery for each probe, and verify every pair; distances are means over the test variants."""
    import pandas as pd

    probes, gallery = embedded.probes, embedded.gallery
    probe, others = _labels(probes), _labels(gallery)
    same, different, nearest = [], [], []
    share, rng = MOST_PAIRS / (len(probes) * len(gallery)), np.random.default_rng(0)

    def blocks() -> Iterator[NDArray[np.float32]]:
        row = 0
        for block in _mean_blocks(measure, embedded.probe_outputs, embedded.gallery_outputs):
            rows = slice(row, row + len(block))
            right, wrong = _pairs(probe, others, rows)
            same.append(block[right])
            different.append(block[wrong & (rng.random(block.shape) < share)] if share < 1 else block[wrong])
            counted = np.where(right | wrong, block, np.float32(np.inf))
            nearest.append(_nearest(counted, right, [tracklet.name for tracklet in probes[rows]]))
            row += len(block)
            yield block

    ranking = rank(blocks(), probe, others)
    table = pd.concat(nearest, ignore_index=True)
    table["gallery"] = [gallery[index].name for index in table["gallery"]]
    return SplitResult(ranking, len(gallery), np.concatenate(same), np.concatenate(different), table)


def calibrate_network(
    network: ReIdNetwork,
    tracklets: Tracklets,
    pids: Iterable[int],
    source: str,
    progress: Progress | None = None,
) -> Calibration:
    """Calibrate on identities that are neither trained nor reported on, each tracklet embedded as a user's video is."""
    probes, gallery = probes_and_gallery(tracklets, pids)
    head = network.head
    a, b = (_embedded(network, part, "spread", False, progress)[0] for part in (probes, gallery))
    right, wrong = _pairs(_labels(probes), _labels(gallery))
    distances = np.concatenate(list(distance_blocks(head, a, b)))
    return calibrate(distances[right], distances[wrong], source)


def _embedded(
    network: ReIdNetwork, tracklets: Tracklets, choice: Choice, all_variants: bool, progress: Progress | None
) -> list[HeadOutput]:
    """One batch of embeddings for each test variant."""
    rows = []
    for number, tracklet in enumerate(tracklets):
        found = embed_variants(network, tracklet, choice) if all_variants else [embed(network, tracklet, choice)]
        rows.append([_needed(output, network.head) for output in found])
        if progress:
            progress(f"embed {choice} frames", number + 1, len(tracklets))
    return [stacked(list(variant)) for variant in zip(*rows, strict=True)]


def _needed(output: HeadOutput, head: Head) -> HeadOutput:
    """What a distance needs of an output, which may have to wait beside some ten thousand others."""
    states = output.states if head.config.pools_pairs else output.states[:, :0].clone()
    return HeadOutput(output.embedding.clone(), states, None, output.lengths)


def _rows(output: HeadOutput, rows: list[int]) -> HeadOutput:
    return HeadOutput(output.embedding[rows], output.states[rows], None, output.lengths[rows])


def _mean_blocks(
    measure: Measure, probes: list[HeadOutput], gallery: list[HeadOutput]
) -> Iterator[NDArray[np.float32]]:
    """Blocks of distances, averaged over the test variants (RCNN, section 4)."""
    variants = [distance_blocks(measure, a, b) for a, b in zip(probes, gallery, strict=True)]
    for blocks in zip(*variants, strict=True):
        yield np.mean(blocks, axis=0, dtype=np.float32)


def _labels(tracklets: Tracklets) -> Labels:
    return Labels(np.array([t.pid for t in tracklets]), np.array([t.camera for t in tracklets]))


def _pairs(probe: Labels, gallery: Labels, rows: slice = slice(None)) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which pairs are of one person from two cameras, and which of two persons, (P, G) each; no others count."""
    one = probe.pids[rows, None] == gallery.pids
    return one & (probe.cameras[rows, None] != gallery.cameras), ~one


def _nearest(block: NDArray[np.float32], right: NDArray[np.bool_], names: list[str]) -> "pd.DataFrame":
    """The ten nearest of the gallery (by index) for each row of a block, the right one last among equals.

    Those at an infinite distance are left out.
    """
    import pandas as pd

    kept = min(NEAREST, block.shape[1])
    order = np.lexsort((right, block), axis=1)[:, :kept]
    distances = np.take_along_axis(block, order, 1).ravel()
    return pd.DataFrame(
        {
            "probe": np.repeat(names, kept),
            "rank": np.tile(np.arange(1, kept + 1), len(block)),
            "gallery": order.ravel(),
            "distance": distances,
            "right": np.take_along_axis(right, order, 1).ravel(),
        }
    )[np.isfinite(distances)]

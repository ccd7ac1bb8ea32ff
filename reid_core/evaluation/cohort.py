"""A distance held against those to other people: s-norm (Matejka et al., Interspeech 2017) by three views of a cohort.

    z = ((d - m_a) / s_a + (d - m_b) / s_b + (d - m_c) / s_c) / 3

m_a, s_a are mean and deviation of the distances of clip a to a cohort of other people as the camera of b saw them; m_b,
s_b those of clip b to people whom the camera of a saw; m_c, s_c median and deviation of the distances of the cohort's
own people between the cameras. Before that all embeddings are moved to the middle between the cameras: what one camera
makes of everybody, and the other does not, falls out.

    a + h,  b - h,  h = n / (n + PRIOR_PEOPLE) (mean of the cohort by the camera of b - mean by that of a) / 2

People whom other cameras saw know nothing of these two: with them there is neither h nor the third view.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from reid_core.evaluation.distances import distance_blocks
from reid_core.evaluation.verification import calibrate
from reid_core.model import Calibration, CohortCalibration, Head, HeadOutput

FEWEST = 2
"""People that a cohort needs."""
PRIOR_PEOPLE = 10
"""As many people count for what is usual, that deviation and cameras that do not differ; few are chance."""

Floats = NDArray[np.floating]
Sides = tuple[HeadOutput, HeadOutput]
"""A cohort: people whom the camera of the first clip saw, and people whom that of the second saw."""


@dataclass(frozen=True)
class Moments:
    """Mean and deviation of distances; of two arrays of one shape."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    def z(self, distances: Floats) -> NDArray[np.float64]:
        """(d - mean) / deviation."""
        return np.asarray((distances - self.mean) / self.deviation)


@dataclass(frozen=True)
class Site:
    """People whom the same two cameras saw, one row a person in both outputs."""

    first: HeadOutput
    second: HeadOutput

    def __len__(self) -> int:
        return len(self.first.embedding)


def moments(distances: Floats, usual_deviation: float | None = None) -> Moments:
    """Mean and deviation over a cohort, (N,) each.

        s^2 = (sum (d - m)^2 + PRIOR_PEOPLE u^2) / (n - 1 + PRIOR_PEOPLE),  u the usual deviation, if there is one

    Args: distances: of N clips to n people, (N, n). Raises: ValueError: fewer than two people.
    """
    values = np.asarray(distances, np.float64)
    people = values.shape[1]
    if people < FEWEST:
        raise ValueError(f"distances must be to a cohort of {FEWEST} people or more, got {people}")
    mean = values.mean(1)
    return Moments(mean, _deviation(((values - mean[:, None]) ** 2).sum(1), people, usual_deviation))


def combined(*views: Moments) -> Moments:
    """Of each pair, so that its z is the mean of those by all views.

        1 / s = mean of 1 / s_i,  m = s mean of m_i / s_i

    Args: views: of shapes that broadcast to (P, G).
    """
    rate = np.mean(np.broadcast_arrays(*(1 / view.deviation for view in views)), axis=0)
    return Moments(
        np.mean(np.broadcast_arrays(*(view.mean / view.deviation for view in views)), axis=0) / rate, 1 / rate
    )


def held_pairs(
    head: Head, a: HeadOutput, b: HeadOutput, cohort: Sides, usual_deviation: float, by_camera: bool
) -> Moments:
    """What makes z of the distance of each clip a to each clip b, (P, G).

    Args: by_camera: the cohort was seen by the cameras of a and b: embeddings are moved, and there is the third view.
        The mean then holds what moving takes off a distance, so that z is of the distance of a and b as they are.
    """
    before, (first, second) = distances_of(head, a, b), cohort
    if by_camera and not head.config.pools_pairs:  # a pair's distance may need more than two embeddings
        a, b, first, second = in_the_middle(a, b, cohort)
    by_a, by_b = (moments(distances_of(head, *two), usual_deviation) for two in ((a, second), (b, first)))
    views = [Moments(by_a.mean[:, None], by_a.deviation[:, None]), by_b]
    if by_camera:
        views.append(among(head, (first, second), usual_deviation))
    found = combined(*views)
    return replace(found, mean=found.mean + before - distances_of(head, a, b))


def in_the_middle(a: HeadOutput, b: HeadOutput, cohort: Sides) -> tuple[HeadOutput, HeadOutput, HeadOutput, HeadOutput]:
    """a, b and both sides of the cohort, moved by h, as above, at the length that each had."""
    first, second = (side.embedding for side in cohort)
    people = 2 / (1 / len(first) + 1 / len(second))
    half = people / (people + PRIOR_PEOPLE) * (second.mean(0) - first.mean(0)) / 2
    return _moved(a, half), _moved(b, -half), _moved(cohort[0], half), _moved(cohort[1], -half)


def among(head: Head, cohort: Sides, usual_deviation: float) -> Moments:
    """Median, and deviation about it, of the distances of a cohort's own people between the cameras.

    Somebody may be on both sides, so that a few of them are of one person: hence the median.
    """
    distances = distances_of(head, *cohort)
    apart = distances[distances > 0] if distances.any() else distances  # one clip may serve both sides
    people, median = min(distances.shape), np.median(apart)
    squares = (people - 1) * np.mean((apart - median) ** 2)
    return Moments(np.array(median), _deviation(squares, people, usual_deviation))


def distances_of(head: Head, probe: HeadOutput, gallery: HeadOutput) -> NDArray[np.float64]:
    """Distances of all probes to all of the gallery, (P, G)."""
    return np.concatenate(list(distance_blocks(head, probe, gallery))).astype(np.float64)


def usual_deviation(head: Head, sites: Iterable[Site]) -> float:
    """Mean over sites of the deviation of the distances of two persons between both cameras."""
    parts = []
    for site in sites:
        distances = distances_of(head, site.first, site.second)
        parts.append(distances[~np.eye(len(site), dtype=bool)].std())
    return float(np.mean(parts))


def calibrate_cohorts(
    head: Head, sites: Sequence[Site], sizes: Sequence[int], source: str, draws: int = 20, seed: int = 0
) -> tuple[CohortCalibration, ...]:
    """Calibrate z for cohorts of so many people of each of two cameras, drawn from each site; the others are compared.

    Nobody is on both sides of a cohort: whether anybody is, is not known where it is used.

    Raises: ValueError: a site with fewer than two people beside the largest cohort.
    """
    if min(map(len, sites)) < 2 * max(sizes) + 2:
        raise ValueError(f"sites must have {2 * max(sizes) + 2} people or more, got {min(map(len, sites))}")
    deviation, rng = usual_deviation(head, sites), np.random.default_rng(seed)
    found = []
    for size in sizes:
        draw = [(site, rng.permutation(len(site))) for site in sites for _ in range(draws)]
        parts = [_against_own(head, site, order, size, deviation) for site, order in draw]
        found.append(CohortCalibration("cameras", size, deviation, _scale(parts, source), by_camera=True))
    return tuple(found)


def calibrate_foreign(
    head: Head, sites: Sequence[Site], cohort: HeadOutput, source: str, wider: float
) -> CohortCalibration:
    """Calibrate z for a cohort of people whom other cameras saw. Args: wider: as in ``Calibration``."""
    deviation = usual_deviation(head, sites)
    parts = [
        held_pairs(head, site.first, site.second, (cohort, cohort), deviation, by_camera=False).z(
            distances_of(head, site.first, site.second)
        )
        for site in sites
    ]
    return CohortCalibration("foreign", len(cohort.embedding), deviation, _scale(parts, source, wider))


def rows(output: HeadOutput, places: NDArray[np.integer]) -> HeadOutput:
    """Some clips of a batch, without attention."""
    at = torch.from_numpy(np.asarray(places, np.int64))
    return HeadOutput(output.embedding[at], output.states[at], None, output.lengths[at])


def _deviation(squares: Floats, people: int, usual: float | None) -> NDArray[np.float64]:
    """Of a sum of squares over people about their middle, drawn towards the usual one, if there is one."""
    prior = 0 if usual is None else PRIOR_PEOPLE
    return np.sqrt((squares + prior * (usual or 0) ** 2) / (people - 1 + prior))


def _moved(output: HeadOutput, by: Tensor) -> HeadOutput:
    length = output.embedding.norm(dim=1, keepdim=True)
    return replace(output, embedding=F.normalize(output.embedding + by) * length)


def _against_own(
    head: Head, site: Site, order: NDArray[np.integer], size: int, deviation: float
) -> NDArray[np.float64]:
    """z of people of a site against others of it, (N, N). Args: order: first one side's cohort, then the other's."""
    cohort = rows(site.first, order[:size]), rows(site.second, order[size : 2 * size])
    a, b = (rows(side, order[2 * size :]) for side in (site.first, site.second))
    return held_pairs(head, a, b, cohort, deviation, by_camera=True).z(distances_of(head, a, b))


def _scale(parts: Sequence[NDArray[np.float64]], source: str, wider: float = 1.0) -> Calibration:
    """Args: parts: z of people of the same order in rows and columns."""
    same = np.concatenate([np.diag(z) for z in parts])
    different = np.concatenate([z[~np.eye(len(z), dtype=bool)] for z in parts])
    return calibrate(same, different, source, wider)

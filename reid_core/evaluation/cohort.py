"""A distance held against those to other people: adaptive s-norm (Matejka et al., Interspeech 2017).

    z = ((d - m_a) / s_a + (d - m_b) / s_b) / 2

m_a, s_a are mean and deviation of the distances of clip a to a cohort of other people as the camera of b saw them; m_b,
s_b those of clip b to people whom the camera of a saw. What cameras, light and crops do to all distances falls out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from reid_core.evaluation.distances import distance_blocks
from reid_core.evaluation.verification import calibrate
from reid_core.model import Calibration, CohortCalibration, Head, HeadOutput

FEWEST = 2
"""People that a cohort needs."""
PRIOR_PEOPLE = 10
"""As many people of a cohort does its usual deviation count for: that of a few people is little more than chance."""

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Moments:
    """Mean and deviation of the distances of clips to a cohort, both (N,)."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]


@dataclass(frozen=True)
class Site:
    """People whom the same two cameras saw, one row a person in both outputs."""

    first: HeadOutput
    second: HeadOutput

    def __len__(self) -> int:
        return len(self.first.embedding)


def moments(distances: Floats, usual_deviation: float | None = None, nearest: int | None = None) -> Moments:
    """Mean and deviation over a cohort, or over the nearest of it.

        s^2 = (sum (d - m)^2 + PRIOR_PEOPLE u^2) / (n - 1 + PRIOR_PEOPLE),  u the usual deviation, if there is one

    Args: distances: of N clips to n people, (N, n). Raises: ValueError: fewer than two people.
    """
    values = np.sort(np.asarray(distances, np.float64), axis=1)[:, :nearest]
    people = values.shape[1]
    if people < FEWEST:
        raise ValueError(f"distances must be to a cohort of {FEWEST} people or more, got {people}")
    squares, count = ((values - values.mean(1, keepdims=True)) ** 2).sum(1), people - 1
    if usual_deviation is not None:
        squares, count = squares + PRIOR_PEOPLE * usual_deviation**2, count + PRIOR_PEOPLE
    return Moments(values.mean(1), np.sqrt(squares / count))


def combined(probe: Moments, gallery: Moments) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation of each pair, so that z = (d - mean) / deviation: two of shape (P, G).

    deviation = 2 / (1 / s_a + 1 / s_b),  mean = (m_a / s_a + m_b / s_b) deviation / 2
    """
    a, b = 1 / probe.deviation[:, None], 1 / gallery.deviation
    deviation = 2 / (a + b)
    return (probe.mean[:, None] * a + gallery.mean * b) * deviation / 2, deviation


def normalised(distances: Floats, probe: Moments, gallery: Moments) -> NDArray[np.float64]:
    """z of each pair, as above. Args: distances: (P, G). probe, gallery: (P,) and (G,)."""
    mean, deviation = combined(probe, gallery)
    return np.asarray((distances - mean) / deviation)


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
    """Calibrate z for cohorts of so many people of the same two cameras, drawn from each site; the others are compared.

    Raises: ValueError: a site with fewer than two people beside the largest cohort.
    """
    if min(map(len, sites)) < max(sizes) + 2:
        raise ValueError(f"sites must have {max(sizes) + 2} people or more, got {min(map(len, sites))}")
    deviation, rng = usual_deviation(head, sites), np.random.default_rng(seed)
    found = []
    for size in sizes:
        draw = [(site, rng.permutation(len(site))) for site in sites for _ in range(draws)]
        parts = [_against_own(head, site, order[:size], order[size:], deviation) for site, order in draw]
        found.append(CohortCalibration("cameras", size, deviation, _scale(parts, source)))
    return tuple(found)


def calibrate_foreign(
    head: Head, sites: Sequence[Site], cohort: HeadOutput, source: str, wider: float
) -> CohortCalibration:
    """Calibrate z for a cohort of people whom other cameras saw. Args: wider: as in ``Calibration``."""
    deviation, parts = usual_deviation(head, sites), []
    for site in sites:
        against = (moments(distances_of(head, side, cohort), deviation) for side in (site.first, site.second))
        parts.append(normalised(distances_of(head, site.first, site.second), *against))
    scale = _scale(parts, source, wider)
    return CohortCalibration("foreign", len(cohort.embedding), deviation, scale)


def rows(output: HeadOutput, places: NDArray[np.integer]) -> HeadOutput:
    """Some clips of a batch, without attention."""
    at = torch.from_numpy(np.asarray(places, np.int64))
    return HeadOutput(output.embedding[at], output.states[at], None, output.lengths[at])


def _against_own(
    head: Head, site: Site, cohort: NDArray[np.integer], compared: NDArray[np.integer], deviation: float
) -> NDArray[np.float64]:
    """z of people of a site against others of it, (N, N): each side against the cohort as the other camera saw it."""
    probe, gallery = rows(site.first, compared), rows(site.second, compared)
    return normalised(
        distances_of(head, probe, gallery),
        moments(distances_of(head, probe, rows(site.second, cohort)), deviation),
        moments(distances_of(head, gallery, rows(site.first, cohort)), deviation),
    )


def _scale(parts: Sequence[NDArray[np.float64]], source: str, wider: float = 1.0) -> Calibration:
    """Args: parts: z of people of the same order in rows and columns."""
    same = np.concatenate([np.diag(z) for z in parts])
    different = np.concatenate([z[~np.eye(len(z), dtype=bool)] for z in parts])
    return calibrate(same, different, source, wider)

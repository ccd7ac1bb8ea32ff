"""The paired bootstrap against numbers done by hand, a slow oracle and what must hold."""

import numpy as np
import pandas as pd
import pytest

from reid_core.runs import paired_bootstrap


def hits(rows: dict[int, dict[str, int]]) -> pd.Series:
    """From split -> probe -> whether it was matched."""
    index = [(split, probe) for split, probes in rows.items() for probe in probes]
    values = [bool(value) for probes in rows.values() for value in probes.values()]
    return pd.Series(values, pd.MultiIndex.from_tuples(index, names=["split", "probe"]))


def random_hits(seed: int, rate: float, splits: int = 4, probes: int = 30) -> pd.Series:
    rng = np.random.default_rng(seed)
    return hits({s: {f"p{p}": rng.random() < rate for p in range(probes)} for s in range(splits)})


def test_the_difference_is_that_of_the_mean_rates_over_the_splits_also_when_these_differ_in_size():
    """a: split 0 1/2, split 1 1/1. b: split 0 0/2, split 1 1/1. Difference (1/2 + 0) / 2, not 1/3."""
    a = hits({0: {"x": 1, "y": 0}, 1: {"z": 1}})
    b = hits({0: {"x": 0, "y": 0}, 1: {"z": 1}})
    found = paired_bootstrap(a, b)
    assert found.mean == pytest.approx(1 / 4)
    assert (found.splits, found.probes) == (2, 3)


def test_the_interval_is_that_of_splits_and_probes_drawn_one_by_one():
    """The oracle builds every resample as a list of (split, probe) pairs, with another generator."""
    a, b = random_hits(1, 0.7, 3, 12), random_hits(2, 0.5, 3, 12)
    gap = (a.astype(int) - b.astype(int)).to_dict()
    names = sorted({probe for _, probe in gap})
    rng = np.random.default_rng(99)
    means = []
    for _ in range(4000):
        splits, probes = rng.integers(0, 3, 3), rng.choice(names, len(names))
        means.append(np.mean([gap[split, probe] for split in splits for probe in probes]))
    found = paired_bootstrap(a, b, resamples=4000)
    low, high = np.quantile(means, [0.025, 0.975])
    assert high - low > 0.3
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03)


def test_a_run_against_itself_differs_by_nothing():
    found = paired_bootstrap(random_hits(1, 0.5), random_hits(1, 0.5))
    assert (found.mean, found.low, found.high) == (0, 0, 0) and not found.beyond_chance


def test_the_other_way_round_is_the_same_with_the_sign_turned():
    a, b = random_hits(1, 0.8), random_hits(2, 0.6)
    there, back = paired_bootstrap(a, b), paired_bootstrap(b, a)
    assert (there.mean, there.low, there.high) == pytest.approx((-back.mean, -back.high, -back.low))
    assert there.mean > 0


def test_a_large_difference_is_beyond_chance_and_a_small_one_is_not():
    assert paired_bootstrap(random_hits(1, 0.9), random_hits(2, 0.4)).beyond_chance
    assert not paired_bootstrap(random_hits(1, 0.52), random_hits(2, 0.5)).beyond_chance


def test_ten_splits_of_one_result_are_no_more_certain_than_one():
    """The same persons fail in every split: ten times the pairs, but not ten times the evidence."""
    probes = {f"p{p}": p % 3 > 0 for p in range(30)}, {f"p{p}": p % 5 > 1 for p in range(30)}
    one = paired_bootstrap(*(hits({0: side}) for side in probes))
    ten = paired_bootstrap(*(hits(dict.fromkeys(range(10), side)) for side in probes))
    assert ten.high - ten.low > 0.9 * (one.high - one.low) > 0


def test_only_the_splits_in_common_count():
    a, b = random_hits(1, 0.7, splits=3), random_hits(2, 0.5, splits=2)
    assert paired_bootstrap(a, b) == paired_bootstrap(a[a.index.isin([0, 1], level=0)], b)


def test_a_seed_makes_the_interval_repeatable():
    a, b = random_hits(1, 0.7), random_hits(2, 0.5)
    assert paired_bootstrap(a, b, seed=4) == paired_bootstrap(a, b, seed=4) != paired_bootstrap(a, b, seed=5)


@pytest.mark.parametrize("other", [hits({7: {"x": 1, "y": 0}}), hits({0: {"x": 1, "z": 0}}), hits({0: {"x": 1}})])
def test_runs_without_the_same_splits_and_probes_cannot_be_paired(other):
    with pytest.raises(ValueError, match="runs must share a split, with the same probes"):
        paired_bootstrap(hits({0: {"x": 1, "y": 0}}), other)

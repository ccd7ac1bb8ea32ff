"""Frames a second that training works through: the preset ``fast`` against the paper's one pair a step.

Both train the default head on the same random frames for a few epochs; the stages of ``fast`` weigh as in the whole
schedule. Its head's stage reads features that are computed once, and that effort is counted.
"""

import time
from dataclasses import replace
from statistics import median

import numpy as np

from reid_core.data import PreparedTracklet
from reid_core.training import PRESETS, RECIPES, fit, seeded_network

PERSONS, FRAMES, EPOCHS, ROUNDS = 48, 32, 3, 3


def measure() -> dict[str, float]:
    """``fast_over_paper_training``: frames a second over the whole schedule of each preset, as a ratio."""
    tracklets = _tracklets()
    rounds = [[_frames_a_second(name, tracklets) for name in ("paper", "fast")] for _ in range(ROUNDS)]
    paper, fast = (median(rates) for rates in zip(*rounds, strict=True))
    return {
        "paper_training_frames_per_s": paper,
        "fast_training_frames_per_s": fast,
        "fast_over_paper_training": median(fast / paper for paper, fast in rounds),
    }


def _tracklets() -> list[PreparedTracklet]:
    rng = np.random.default_rng(0)
    shape = (FRAMES, 64, 48)
    return [
        PreparedTracklet(
            pid,
            camera,
            f"{pid}-{camera}",
            rng.integers(256, size=(*shape, 3), dtype=np.uint8),
            rng.normal(size=(*shape, 2)).astype(np.float16),
        )
        for pid in range(PERSONS)
        for camera in (1, 2)
    ]


def _frames_a_second(name: str, tracklets: list[PreparedTracklet]) -> float:
    """Of the whole schedule, from a few epochs of each stage and what comes before them."""
    recipe = RECIPES["small"]
    network = seeded_network(recipe.network("utrcnn"), 0)
    frames = seconds = 0.0
    for stage in PRESETS[name]:
        started = time.perf_counter()
        logs = list(fit(network, tracklets, (replace(stage, epochs=EPOCHS),), recipe.loss, 0))
        steady = logs[1:]  # the first epoch warms up
        before = time.perf_counter() - started - sum(log.seconds for log in logs)
        seconds += before + stage.epochs * sum(log.seconds for log in steady) / len(steady)
        frames += stage.epochs * steady[0].frames
    return frames / seconds

"""Runs that were never trained, with rates that are known."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from reid_core.data import PreparedTracklet
from reid_core.evaluation import (
    RUN_COLUMNS,
    Calibration,
    Labels,
    RunInfo,
    SplitResult,
    rank,
    split_tables,
    write_info,
    write_run,
)
from tests.tiny import tracklets

NEAREST = 10
NOW = 1_000_000.0


def info(name: str, **changes: object) -> RunInfo:
    values = {
        "name": name,
        "dataset": "synthetic people",
        "protocol": "synthetic",
        "fingerprint": "abc",
        "trained_on": "synthetic people",
        "head": "bptt",
        "variant": "",
        "recipe": "robust",
        "preset": "fast",
        "seed": 3,
        "splits": (0, 1),
        "test_variants": 2,
        "command": f"train --out {name}",
        "created": "2026-01-02T03:04:05+00:00",
        "versions": {"torch": "2"},
        "network": {"head": {"name": "bptt", "k_top": 5}},
        "loss": {"margin": 2.0},
        "schedule": [{"part": "encoder", "epochs": 2}, {"part": "head", "epochs": 3}],
    }
    return RunInfo(**(values | changes))


def result(distances: np.ndarray) -> SplitResult:
    """Of (P, P) distances with the right one of each probe on the diagonal."""
    persons = len(distances)
    labels = [Labels(np.arange(persons), np.full(persons, camera)) for camera in (1, 2)]
    right = np.eye(persons, dtype=bool)
    order = np.argsort(distances, 1, "stable")[:, : min(NEAREST, persons)]
    kept = order.shape[1]
    nearest = pd.DataFrame(
        {
            "probe": np.repeat([name(1, pid) for pid in range(persons)], kept),
            "rank": np.tile(np.arange(1, kept + 1), persons),
            "gallery": [name(2, pid) for pid in order.ravel()],
            "distance": np.take_along_axis(distances, order, 1).ravel(),
            "right": np.take_along_axis(right, order, 1).ravel(),
        }
    )
    return SplitResult(rank([distances], *labels), persons, distances[right], distances[~right], nearest)


def name(camera: int, pid: int) -> str:
    """Of a tracklet of ``people``."""
    return f"cam{camera}/person{3 * pid + 1:03d}"


def people(persons: int) -> list[PreparedTracklet]:
    """The tracklets of which ``result`` has distances."""
    return tracklets(persons)


def random_distances(persons: int, seed: int, noise: float = 1.0) -> np.ndarray:
    """Distances of random points of 6 dimensions seen twice; more noise, fewer right ones."""
    rng = np.random.default_rng(seed)
    true = rng.normal(size=(persons, 6))
    a, b = (true + noise * rng.normal(size=true.shape) for _ in range(2))
    return np.linalg.norm(a[:, None] - b[None], axis=2).astype(np.float32)


def write(
    root: Path,
    run: str,
    splits: Sequence[int] = (0, 1),
    persons: int = 12,
    noise: float = 0.6,
    strips: bool = False,
    **changes: object,
) -> Path:
    """A run folder with random results; the noise decides how good it is."""
    rows = []
    calibration = Calibration(2.0, 0.3, 0.1, "others", (0.0, 1.0), (1,), (1,))
    for split in splits:
        tables = split_tables(result(random_distances(persons, split, noise)), calibration)
        epochs = np.arange(1, 6)
        history = pd.DataFrame(dict.fromkeys(RUN_COLUMNS["history"].split(), 1.0), index=epochs)
        history = history.assign(epoch=epochs, epochs=5, loss=2 * (noise + split / 10) / epochs, frames=100)
        rows.append({key: table.assign(split=split) for key, table in (tables | {"history": history}).items()})
    tables = {key: pd.concat([row[key] for row in rows], ignore_index=True) for key in RUN_COLUMNS}
    about = info(run, splits=tuple(splits), **changes)
    return write_run(root / run, about, tables, {}, people(persons) if strips else ())


def training(root: Path, encoder: int, head: int, split: int = 1) -> Path:
    """Epochs of 10 s (encoder) and 2 s (head), of a schedule of 4 and 5; splits 0 to 3, those before are finished."""
    folder = root / "mine.partial"
    folder.mkdir(parents=True)
    parts = ["encoder"] * encoder + ["head"] * head
    logs = [
        {"epoch": k, "epochs": 9, "part": part, "loss": 1 / k, "seconds": 10.0 if part == "encoder" else 2.0}
        for k, part in enumerate(parts, 1)
    ]
    for before in range(split):
        save_file({"x": np.zeros(1)}, folder / f"split_{before}.state", {"history": "[]"})
        os.utime(folder / f"split_{before}.state", (NOW - 900, NOW - 900))
        (folder / f"split_{before}.safetensors").touch()
    save_file({"x": np.zeros(1)}, folder / f"split_{split}.state", {"history": json.dumps(logs)})
    os.utime(folder / f"split_{split}.state", (NOW - 5, NOW - 5))
    schedule = [{"part": "encoder", "epochs": 4}, {"part": "head", "epochs": 5}]
    write_info(folder, info("mine", splits=(0, 1, 2, 3), schedule=schedule))
    return folder

"""Runs that were never trained, with rates that are known."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from reid_core.data import PreparedTracklet
from reid_core.evaluation import Labels, SplitResult, rank
from reid_core.model import Calibration
from reid_core.runs import RUN_COLUMNS, RunInfo, split_tables, write_info, write_run
from reid_core.runs.schema import IMPORTANCE_COLUMNS
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
        parts = ["encoder"] * 2 + ["head"] * 3
        history = history.assign(
            epoch=epochs,
            epochs=5,
            part=parts,
            loss=2 * (noise + split / 10) / epochs,
            frames=100,
            held_out_rank_1=np.nan,
        )
        rows.append({key: table.assign(split=split) for key, table in (tables | {"history": history}).items()})
    tables = {key: pd.concat([row[key] for row in rows], ignore_index=True) for key in RUN_COLUMNS}
    about = info(run, splits=tuple(splits), **changes)
    return write_run(root / run, about, tables, {}, people(persons) if strips else ())


def write_bias(folder: Path, last: float, splits: Sequence[int] = (0, 1), attention: bool = False) -> None:
    """What ``bias`` stores with a run: rank 1 falls from 0.8 to ``last``, or to 0.7 with attention made uniform.

    Splits differ by 0.1 about that. A half of the importance is in the last third by leaving out, all by attention.
    """
    rows = []
    for split, control in [(split, name) for split in splits for name in ("trained", "uniform", "untrained")]:
        if control == "uniform" and not attention:
            continue
        end = {"trained": last, "uniform": 0.7, "untrained": 0.1}[control]
        start = 0.1 if control == "untrained" else 0.8
        shift = 0.1 * (split - np.mean(splits)) if control == "trained" else 0.0
        rows += [(split, control, order, np.nan, start) for order in ("none", "reversed", "shuffled")]
        for cover in ("person", "suitcase") if control == "trained" else ("person",):
            curve = np.linspace(start, end, 9) + shift
            rows += [(split, control, cover, x, y) for x, y in zip(np.linspace(0, 1, 9), curve, strict=True)]
    columns = ["split", "control", "cover", "position", "rank_1"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "bias.csv", index=False)
    profiles = [
        ("gradient", 0.8, 0.6, 0.2, 0.3, 0.5, 0.4, 0.5, 1.4, np.nan),
        ("left_out", 0.9, 0.7, 0.25, 0.25, 0.5, -0.2, -0.1, 2.0, np.nan),
    ]
    if attention:
        profiles.insert(0, ("attention", 0.5, 0.9, 0.0, 0.0, 1.0, np.nan, np.nan, 1.7, 0.06))
    table = pd.DataFrame(profiles, columns=IMPORTANCE_COLUMNS.split()[:-2])
    if not attention:
        table[["agreement", "median_agreement"]] = np.nan
    table.assign(clips=150, checkpoint="split_0").to_csv(folder / "importance.csv", index=False)


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

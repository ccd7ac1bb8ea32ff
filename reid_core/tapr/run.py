"""TAPR on the splits of a data set as a run, beside those of the heads: same people, protocol, tables and pages."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from reid_core.data import InputConfig, Prepared, PreparedTracklet, Split, Splits, hold_out
from reid_core.data.threads import in_threads
from reid_core.evaluation import Choice, Embedded, chosen_frames, probes_and_gallery, ranked
from reid_core.evaluation.verification import calibrate
from reid_core.files import written
from reid_core.model import HeadOutput
from reid_core.model.pooling import embedding_distance
from reid_core.progress import Progress
from reid_core.runs import (
    PARTIAL,
    RUN_COLUMNS,
    RunInfo,
    check_new,
    identity_rows,
    now,
    package_versions,
    split_tables,
    write_run,
)
from reid_core.tapr.descriptor import SEGMENTS, describe
from reid_core.tapr.lomo import SCALES
from reid_core.tapr.superpixels import SUPERPIXELS
from reid_core.tapr.xqda import RIDGE, learned_projection

NAME = "tapr"
INPUT = InputConfig(128, 64, 128, 64, channels=("rgb",))
CHOSEN: dict[str, Choice] = {"probe": "first", "gallery": "last"}

Described = Mapping[tuple[str, str], Path]  # file of a descriptor, by role and name of the tracklet


@dataclass(frozen=True)
class Plan:
    """Which splits, and the share of their training identities that give the threshold, drawn with seed."""

    numbers: tuple[int, ...] = (0,)
    calibration_share: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.numbers or min(self.numbers) < 0 or len(set(self.numbers)) < len(self.numbers):
            raise ValueError(f"split must be one or more different numbers from 0, got {self.numbers}")
        if not 0 <= self.calibration_share < 1:
            raise ValueError(f"calibration_share must be at least 0 and below 1, got {self.calibration_share}")

    def parts(self, split: Split) -> dict[str, tuple[int, ...]]:
        """Who is learned from, who gives the threshold, who is tested."""
        if not self.calibration_share:
            return {"training": split.train, "calibration": (), "test": split.test}
        training, calibration = hold_out(split.train, self.calibration_share, self.seed)
        return {"training": training, "calibration": calibration, "test": split.test}


class EmbeddingDistance:
    """Euclidean, of embeddings: what the protocol asks of a head."""

    def distance(self, probe: HeadOutput, gallery: HeadOutput) -> torch.Tensor:
        """Of each probe to each of the gallery, (P, G)."""
        return embedding_distance(probe, gallery)


def tapr_run(
    plan: Plan, prepared: Prepared, splits: Splits, out: Path, command: str, progress: Progress | None = None
) -> Path:
    """Describe every tracklet, learn a metric on each split's training identities and test it; a run folder.

    Stopped, a second call goes on: descriptors are kept beside ``out`` until it is written. Metrics are not kept, they
    are large and learned in seconds.

    Args: prepared: with ``INPUT``. command: for the record.
    Raises: ValueError when ``out`` exists, or the data set has no such split.
    """
    check_new(out)
    if max(plan.numbers) >= len(splits.splits):
        raise ValueError(f"split must be below {len(splits.splits)} for {prepared.name}, got {max(plan.numbers)}")
    parts = {number: plan.parts(splits.splits[number]) for number in plan.numbers}
    partial_folder = out.with_name(f"{out.name}{PARTIAL}")
    files = described(prepared.tracklets, partial_folder, progress)
    rows = [_split_rows(number, who, prepared, files) for number, who in parts.items()]
    tables = {name: pd.concat([row[name] for row in rows], ignore_index=True) for name in RUN_COLUMNS}
    tables["identities"] = identity_rows(prepared.tracklets, parts)
    tested = {pid for who in parts.values() for pid in who["test"]}
    strips = [tracklet for tracklet in prepared.tracklets if tracklet.pid in tested]
    write_run(out, _info(plan, prepared, out.name, command, splits.origin), tables, {}, strips)
    shutil.rmtree(partial_folder)
    return out


def described(tracklets: Sequence[PreparedTracklet], folder: Path, progress: Progress | None = None) -> Described:
    """Descriptors of all tracklets in a file each: of the first 128 frames of probes and the last of the gallery."""
    pids = {tracklet.pid for tracklet in tracklets}
    sides = zip(CHOSEN, probes_and_gallery(tracklets, pids), strict=True)
    items = [(role, tracklet) for role, side in sides for tracklet in side]
    work = in_threads(partial(_describe, folder=folder), items)
    files: dict[tuple[str, str], Path] = {}
    for (role, tracklet), path in zip(items, work, strict=True):
        files[role, tracklet.name] = path
        if progress:
            progress("describe", len(files), len(items))
    return files


def _describe(item: tuple[str, PreparedTracklet], folder: Path) -> Path:
    role, tracklet = item
    path = folder / role / f"{tracklet.name}.npy"
    if not path.exists():
        frames = tracklet.colour[chosen_frames(len(tracklet), CHOSEN[role])]
        with written(path) as place, place.open("wb") as file:
            np.save(file, describe(np.asarray(frames)))
    return path


def _split_rows(
    number: int, who: Mapping[str, tuple[int, ...]], prepared: Prepared, files: Described
) -> dict[str, pd.DataFrame]:
    """Learn and test. Returns: rows of the run's tables, without a history, since nothing is trained in epochs."""
    a, b = _sides(prepared.tracklets, who["training"], files)
    projection = learned_projection(a.values, b.values, a.pids, b.pids)
    calibration = None
    if who["calibration"]:
        held = ranked(EmbeddingDistance(), _embedded(prepared.tracklets, who["calibration"], files, projection))
        source = f"{len(who['calibration'])} identities of {prepared.name}, held out of training"
        calibration = calibrate(held.same, held.different, source)
    result = ranked(EmbeddingDistance(), _embedded(prepared.tracklets, who["test"], files, projection))
    rows = split_tables(result, calibration)
    return {name: rows.get(name, pd.DataFrame()).assign(split=number) for name in RUN_COLUMNS}


@dataclass(frozen=True)
class _Side:
    """Tracklets of one camera or several with their descriptors (N, d)."""

    tracklets: Sequence[PreparedTracklet]
    values: NDArray[np.float32]

    @property
    def pids(self) -> NDArray[np.int64]:
        return np.array([tracklet.pid for tracklet in self.tracklets])


def _sides(tracklets: Sequence[PreparedTracklet], pids: Iterable[int], files: Described) -> tuple[_Side, _Side]:
    """Probes and gallery of some identities."""
    sides = zip(CHOSEN, probes_and_gallery(tracklets, pids), strict=True)
    a, b = (_Side(side, np.stack([np.load(files[role, one.name]) for one in side])) for role, side in sides)
    return a, b


def _embedded(
    tracklets: Sequence[PreparedTracklet], pids: Iterable[int], files: Described, projection: NDArray[np.float64]
) -> Embedded:
    probes, gallery = _sides(tracklets, pids, files)
    outputs = ([_output(side.values @ projection)] for side in (probes, gallery))
    return Embedded(probes.tracklets, gallery.tracklets, *outputs)


def _output(embeddings: NDArray[np.floating]) -> HeadOutput:
    values = torch.from_numpy(embeddings).float()
    return HeadOutput(values, values.new_zeros(len(values), 0, 1), None, torch.ones(len(values), dtype=torch.int64))


def _info(plan: Plan, prepared: Prepared, name: str, command: str, origin: str) -> RunInfo:
    return RunInfo(
        name=name,
        dataset=prepared.name,
        protocol=prepared.protocol,
        fingerprint=prepared.fingerprint,
        trained_on=prepared.name,
        head=NAME,
        variant="",
        recipe="hand-made",
        preset="",
        seed=plan.seed,
        splits=plan.numbers,
        test_variants=1,
        command=command,
        created=now(),
        versions=package_versions(),
        network={"superpixels": SUPERPIXELS, "segments": SEGMENTS, "scales": SCALES, "metric": "xqda", "ridge": RIDGE},
        loss={},
        schedule=[],
        origin=origin,
    )

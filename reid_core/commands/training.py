"""Commands on networks: train, evaluate, test across data sets, export."""

import json
import shlex
import shutil
import sys
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import pandas as pd
from lightning_fabric import Fabric
from tqdm import tqdm
from tyro.conf import Positional

from reid_core.commands.progress import Bars
from reid_core.data import DATASETS, Prepared, Split, hold_out, load, prepare, splits_of
from reid_core.evaluation import (
    RANKS,
    Calibration,
    Run,
    RunInfo,
    calibrate_network,
    evaluate,
    read_run,
    split_tables,
    write_run,
)
from reid_core.model import HeadConfig, ReIdNetwork, export_onnx, load_checkpoint, save_checkpoint
from reid_core.training import PRESETS, RECIPES, EpochLog, Preset, Recipe, fit, seeded_network

VERSIONED = ("torch", "torchvision", "numpy", "opencv-python", "lightning-fabric", "safetensors")
TEST_VARIANTS = {False: 2, True: 16}


@dataclass(frozen=True)
class Train:
    """Train on a data set's training identities, then evaluate on its test identities; the result is a run folder.

    Examples:
      python -m reid_core train --data ~/data --dataset ilids-vid --preset paper --recipe paper --out runs/utrcnn
      python -m reid_core train --data data/people --head.name bptt --split 0 1 2 --out runs/bptt --resume
    """

    data: Path
    """Folder of the data set."""
    out: Path
    """Run folder to write; while the training goes on its state is kept beside it in OUT.partial."""
    dataset: str = "ilids-vid"
    """One of ilids-vid, prid2011, mars, folder, synthetic."""
    protocol: str | None = None
    """prid2011 only: paper (200 persons) or common (178)."""
    head: HeadConfig = field(default_factory=HeadConfig)
    """The recurrent head."""
    recipe: Literal["paper", "robust"] = "robust"
    """Input, encoder and losses."""
    preset: Literal["paper", "fast"] = "fast"
    """Sampler and schedule."""
    epochs: int | None = None
    """Instead of the preset's."""
    split: tuple[int, ...] = (0,)
    """Which of the ten splits of the identities."""
    everyone: bool = False
    """Train on all identities and test on none: for checkpoints that are tested on other data."""
    calibration_share: float | None = None
    """Share of the training identities that is held out for the threshold: 0.1, or none with the preset paper."""
    init: str | None = None
    """A checkpoint whose encoder's weights to start from."""
    seed: int = 0
    """Of the weights, the sampling and the dropout."""
    resume: bool = False
    """Go on where a stopped training left off."""
    accelerator: str = "cpu"
    """cpu, cuda or auto."""
    devices: int = 1
    """Processes on each machine."""
    num_nodes: int = 1
    """Machines."""
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = "32-true"
    """Of the arithmetic."""

    def run(self) -> None:
        """Train every split, evaluate, write the run folder."""
        fabric = Fabric(
            accelerator=self.accelerator, devices=self.devices, num_nodes=self.num_nodes, precision=self.precision
        )
        fabric.launch()
        partial = self._partial_folder(fabric)
        recipe = RECIPES[self.recipe]
        prepared = _prepared(self.dataset, self.data, self.protocol, recipe)
        tables = []
        checkpoints = {}
        for number in (0,) if self.everyone else self.split:
            tables.append(self._trained(number, prepared, recipe, partial, fabric))
            checkpoints[number] = partial / f"split_{number}.safetensors"
        if fabric.is_global_zero:
            joined = {name: pd.concat([table[name] for table in tables], ignore_index=True) for name in tables[0]}
            write_run(self.out, self._info(prepared, recipe), joined, checkpoints)
            shutil.rmtree(partial)
            print(_told(read_run(self.out)))

    def _partial_folder(self, fabric: Fabric) -> Path:
        """The folder of the unfinished run. Raises: ValueError when one is in the way, or the run is there already."""
        partial = self.out.with_name(f"{self.out.name}.partial")
        if fabric.is_global_zero:
            if self.out.exists():
                raise ValueError(f"out must be a new folder, {self.out} exists")
            if partial.exists() and not self.resume:
                raise ValueError(f"{partial} holds an unfinished training; add --resume to go on, or remove it")
            partial.mkdir(parents=True, exist_ok=True)
        fabric.barrier()
        return partial

    def _schedule(self) -> Preset:
        preset = PRESETS[self.preset]
        return replace(preset, epochs=self.epochs) if self.epochs is not None else preset

    def _trained(
        self, number: int, prepared: Prepared, recipe: Recipe, partial: Path, fabric: Fabric
    ) -> dict[str, pd.DataFrame]:
        """Train one split and keep its checkpoint. Returns: its rows of the run's tables."""
        split = Split(prepared.pids, ()) if self.everyone else splits_of(prepared)[number]
        share = self.calibration_share if self.calibration_share is not None else 0.1 * (self.preset == "fast")
        training, held_out = hold_out(split.train, share, self.seed)
        network = seeded_network(recipe.network(self.head), self.seed)
        if self.init:
            network.encoder.load_state_dict(load_checkpoint(self.init).network.encoder.state_dict())
        tracklets = [tracklet for tracklet in prepared.tracklets if tracklet.pid in set(training)]
        state = partial / f"split_{number}.state.safetensors"
        history = list(
            _shown(fit(network, tracklets, self._schedule(), recipe.loss, self.seed, fabric, state), f"split {number}")
        )
        network = network.cpu().eval()
        if not fabric.is_global_zero:
            return {}
        calibration = None
        if held_out:
            source = f"{len(held_out)} identities of {prepared.name} that were held out of training"
            calibration = calibrate_network(network, prepared.tracklets, held_out, source)
        card = self._card(prepared, number, len(training), history)
        save_checkpoint(
            partial / f"split_{number}.safetensors", network, card, calibration and calibration.to_dict()
        )
        return {"history": pd.DataFrame(history).assign(split=number)} | _tested(
            network, prepared, split, number, calibration
        )

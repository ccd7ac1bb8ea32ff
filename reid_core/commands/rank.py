"""The command on galleries too large for distances to be kept."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.distributed as processes
from tyro.conf import Positional

from reid_core.evaluation import RANKS, Labelled, Labels, Tiles, rank_tiles
from reid_core.evaluation.cmc import Ranking
from reid_core.files import check_file, written


@dataclass(frozen=True)
class Rank:
    """Rank a gallery of any size for each probe, in constant memory: matching rates and mean average precision.

    Embeddings are read from NAME.npy, float32 (N, n), and whose they are from NAME.labels.npy beside it, whole numbers
    (N, 2): pid and camera. Of several processes, as torchrun starts them, each ranks for a share of the probes.

    For example:
      reid rank probes.npy gallery.npy
      reid rank probes.npy gallery.npy --device cuda --out ranks.npz
      torchrun --nproc_per_node 4 -m reid_core rank probes.npy gallery.npy
    """

    probes: Positional[Path]
    """Who is looked for."""
    gallery: Positional[Path]
    """Who is looked through; it is read in tiles and may be larger than the memory."""
    device: str = "cpu"
    """cpu or cuda."""
    out: Path | None = None
    """A .npz file to write: probes (their rows), first_match and average_precision of those that can be matched."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> None:
        """Rank, print, write."""
        if self.device not in ("cpu", "cuda") or (self.device == "cuda" and not torch.cuda.is_available()):
            raise ValueError(f"device must be cpu, or cuda where there is one, got {self.device}")
        if self.out is not None:
            if self.out.suffix != ".npz":
                raise ValueError(f"out must end in .npz, got {self.out}")
            check_file(self.out)
        probes, gallery = read_labelled(self.probes), read_labelled(self.gallery)
        with _among_others(self.device) as (device, first):
            ranking = rank_tiles(probes, gallery, Tiles(device=device))
        if first:
            self._tell(ranking, len(probes.values), len(gallery.values))

    def _tell(self, ranking: Ranking, probes: int, gallery: int) -> None:
        """Args: probes, gallery: how many there are."""
        cmc = ranking.cmc(min(max(RANKS), gallery))
        rates = {f"rank_{k}": float(cmc[min(k, len(cmc)) - 1]) for k in RANKS}
        rates |= {"mean_average_precision": ranking.mean_average_precision}
        if self.out is not None:
            with written(self.out) as place, place.open("wb") as file:
                np.savez(file, **vars(ranking))
        if self.json:
            print(json.dumps({"probes": probes, "matched": len(ranking.probes), "gallery": gallery} | rates))
            return
        print(f"{len(ranking.probes)} of {probes} probes have their person in a gallery of {gallery}")
        print("\n".join(f"  {name.replace('_', ' ')}: {rate:.4f}" for name, rate in rates.items()))


def read_labelled(path: Path) -> Labelled:
    """Embeddings that stay in their file until they are needed, and whose they are.

    Raises: ValueError: a file is missing or holds something else.
    """
    beside = path.with_suffix(".labels.npy")
    try:
        values, labels = np.load(path, mmap_mode="r"), np.load(beside)
    except (OSError, ValueError) as error:
        raise ValueError(f"embeddings must be in {path} and their labels in {beside}: {error}") from error
    if values.dtype != np.float32 or values.ndim != 2:
        raise ValueError(f"{path} must hold float32 (N, n), got {values.dtype} {values.shape}")
    if labels.dtype.kind not in "iu" or labels.shape != (len(values), 2):
        raise ValueError(f"{beside} must hold whole numbers ({len(values)}, 2), got {labels.dtype} {labels.shape}")
    return Labelled(values, Labels(*labels.T))


@contextmanager
def _among_others(device: str) -> Iterator[tuple[str, bool]]:
    """Meet the other processes that torchrun started, if it did; the device, and whether this is the first of them."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield device, True
        return
    if device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    processes.init_process_group("nccl" if device == "cuda" else "gloo")
    try:
        yield device, processes.get_rank() == 0
    finally:
        processes.destroy_process_group()

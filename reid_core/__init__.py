"""Video person re-identification without temporal bias: UTRCNN, its controls, training, evaluation and explanation.

    import reid_core

    print(reid_core.compare("a.mp4", "b.mp4"))     # are two videos of the same person?
    reid_core.people("scene.mp4").tracklets        # who is in a video
    reid_core.embed("a.mp4")                       # a person's video as numbers
    reid_core.explain("a.mp4").left_out            # which frames count
    reid_core.load("utrcnn")                       # a network, with its model card

What these five need is imported when they are called. Bad input is a ``ValueError`` or ``OSError`` of one sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from reid_core.evaluation import Comparison
    from reid_core.explain import Importance
    from reid_core.model import Checkpoint
    from reid_core.video import Crop, Scene, Subject

__all__ = ["compare", "embed", "explain", "load", "people"]


def load(checkpoint: str | Path | Checkpoint = "utrcnn") -> Checkpoint:
    """A network ready for use, with its model card and calibration.

    Args: checkpoint: the name of one that ships (utrcnn, bptt, rcnn, mean), a path, or one that is loaded already.
    """
    from reid_core.model import Checkpoint, load_checkpoint

    return checkpoint if isinstance(checkpoint, Checkpoint) else load_checkpoint(checkpoint)


def people(video: str | Path) -> Scene:
    """The people of a video: a tracklet of each, the one seen longest first."""
    from pathlib import Path

    from reid_core.video import PersonDetector, decode, find_people

    return find_people(decode(Path(video)), PersonDetector())


def compare(
    a: str | Path, b: str | Path, checkpoint: str | Path | Checkpoint = "utrcnn", crop: Crop = "auto"
) -> Comparison:
    """Are two videos of the same person? Prints as a sentence; distance, threshold and so on are its attributes.

    Args: crop: auto, the person seen longest; full, the whole frame; or a box (X, Y, W, H) in pixels once scaled to
        960 a side.
    """
    from reid_core.evaluation import compare

    return compare(_subject(a, crop), _subject(b, crop), load(checkpoint))


def embed(
    video: str | Path, checkpoint: str | Path | Checkpoint = "utrcnn", crop: Crop = "auto"
) -> NDArray[np.float32]:
    """The embedding of a video's person, (n,); embeddings of one checkpoint are near where persons are alike."""
    from reid_core.data import measure
    from reid_core.evaluation import embed

    network = load(checkpoint).network
    output = embed(network, measure(_subject(video, crop).tracklet.frames, network.config.input))
    return output.embedding[0].numpy()


def explain(video: str | Path, checkpoint: str | Path | Checkpoint = "utrcnn", crop: Crop = "auto") -> Importance:
    """How much each frame of a video counts: by leaving it out, by the gradient and, where there is any, by attention.

    A video of more than 128 frames is explained, and embedded, by 128 of them, evenly over it.
    """
    from reid_core.data import measure
    from reid_core.explain import frame_features, importance

    network = load(checkpoint).network
    measured = measure(_subject(video, crop).tracklet.frames, network.config.input)
    return importance(network.head, frame_features(network, measured))


def _subject(video: str | Path, crop: Crop) -> Subject:
    from pathlib import Path

    from reid_core.video import find_subject, parse_crop

    return find_subject(Path(video), Path(video).name, parse_crop(crop) if isinstance(crop, str) else crop)


_explain = explain  # once the folder explain/ is imported it has the name, and calls this

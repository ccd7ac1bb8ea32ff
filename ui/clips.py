"""A person's clip, and what the models' encoders make of it: the ground of all that explains."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from reid_core.data import Measured
from reid_core.evaluation import Held, chosen_frames, held_against, seen_with
from reid_core.explain import NOT_COVERED
from reid_core.model import HeadOutput
from reid_core.video import Subject
from ui.calibrations import calibrated
from ui.footage import Footage, remembered
from ui.loaders import checkpoint, examples
from ui.people import chosen_subject, known_people


@dataclass(frozen=True)
class Clip:
    """A person's clip.

    key: equal for equal ones. places: which frames of the tracklet the models saw, (T,). covered: those of the clip
    that are known to be covered. footage: of the video that it is from.
    """

    key: Hashable
    subject: Subject
    places: NDArray[np.int64]
    covered: slice
    footage: Footage

    def __len__(self) -> int:
        return len(self.places)

    @property
    def frames(self) -> NDArray[np.uint8]:
        """The frames that the models saw, uint8 (T, 128, 64, 3)."""
        return self.subject.tracklet.frames[self.places]

    @property
    def times_s(self) -> NDArray[np.float64]:
        """When they were filmed, (T,)."""
        return self.subject.tracklet.times_s[self.places]

    def at(self, frame: int) -> int:
        """Where in the clip the frame of the tracklet stands, or the nearest one that the models saw."""
        return int(np.abs(self.places - frame).argmin())


def clip_of(found: Footage) -> Clip | None:
    """The clip of the person that is chosen in a video; None while nobody is. Raises: ValueError for a bad box."""
    subject = chosen_subject(found)
    if subject is None:
        return None
    places = chosen_frames(len(subject.tracklet), "spread")
    share = max((one.covered for one in examples().values() if str(one.b) == found.source.key), default=0.0)
    first = int(np.searchsorted(places, len(subject.tracklet) - round(share * len(subject.tracklet))))
    return Clip(subject.whole, subject, places, slice(first, len(places)) if share else NOT_COVERED, found)


def features_of(name: str, clip: Clip, read: Callable[[Measured], Tensor] | None = None) -> Tensor:
    """What a model's encoder makes of a clip, (V, T, q); once for all pages and all models of one encoder.

    Args: read: how, say with progress.
    """
    return known_people().features(checkpoint(name).network, clip.subject, read)


def held(name: str, clip: Clip, partner: Clip, outputs: tuple[HeadOutput, HeadOutput]) -> Held:
    """What is known of distances between two clips as filmed, and the cohort that it rests on, as on Verify.

    Args: outputs: of the model's head for the two.
    """
    known = calibrated(name)
    key = (clip.key, partner.key, known.calibration)
    others = seen_with(clip.subject, partner.subject)
    of = clip.footage.source, partner.footage.source
    return remembered(f"held {name}", key, lambda: held_against(*outputs, known, others, known_people()), of=of)

"""What networks make of people, each looked at once: whoever shares an encoder need not encode anybody again."""

from collections.abc import Callable
from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, no_grad

from reid_core.data import Measured, measure
from reid_core.evaluation.embedding import embed_views, frame_features
from reid_core.model import HeadOutput, ReIdNetwork
from reid_core.video import Subject, Tracklet

FRAMES = 24  # of somebody's other, in a row, from the middle

Encode = Callable[[Measured], Tensor]


class KnownPeople:
    """Features of people by encoder and embeddings by network, for as long as their tracklets live.

    A person is known by the frames that are used of him, and by some from the middle where he is another one's other.
    """

    def __init__(self) -> None:
        self._features: WeakKeyDictionary[Tracklet, dict[object, Tensor]] = WeakKeyDictionary()
        self._outputs: WeakKeyDictionary[Tracklet, dict[object, HeadOutput]] = WeakKeyDictionary()

    def features(self, network: ReIdNetwork, subject: Subject, encode: Encode | None = None) -> Tensor:
        """What ``frame_features`` makes of the person, (V, T, q). Args: encode: how instead, say with progress."""
        return self._encoded(network, subject.whole, "used", subject.tracklet.frames, encode)

    def output(self, network: ReIdNetwork, subject: Subject) -> HeadOutput:
        """What ``embed`` makes of the person, without attention."""
        return self._embedded(network, subject.whole, "used", subject.tracklet.frames)

    def other(self, network: ReIdNetwork, tracklet: Tracklet) -> HeadOutput:
        """The same of some frames from the middle of a tracklet."""
        return self._embedded(network, tracklet, "middle", tracklet.frames[middle(len(tracklet))])

    def knows(self, network: ReIdNetwork, who: Subject | Tracklet) -> bool:
        """Whether ``output`` of a person, or ``other`` of a tracklet, is there already."""
        person, part = (who.whole, "used") if isinstance(who, Subject) else (who, "middle")
        return (network, part) in self._outputs.get(person, {})

    @no_grad()
    def _embedded(self, network: ReIdNetwork, person: Tracklet, part: str, frames: NDArray[np.uint8]) -> HeadOutput:
        outputs = self._outputs.setdefault(person, {})
        if (network, part) not in outputs:
            output = embed_views(network.head, self._encoded(network, person, part, frames)[None])
            outputs[network, part] = replace(output, attention=None, readings=None)
        return outputs[network, part]

    def _encoded(
        self,
        network: ReIdNetwork,
        person: Tracklet,
        part: str,
        frames: NDArray[np.uint8],
        encode: Encode | None = None,
    ) -> Tensor:
        features, seen = self._features.setdefault(person, {}), network.config.input
        key = (network.encoder_digest, seen, part)
        if key not in features:
            measured = measure(frames, seen)
            features[key] = encode(measured) if encode else frame_features(network, measured)
        return features[key]


def middle(length: int) -> slice:
    """Where the frames lie by which a tracklet of so many is known as somebody's other."""
    start = max(0, (length - FRAMES) // 2)
    return slice(start, start + FRAMES)

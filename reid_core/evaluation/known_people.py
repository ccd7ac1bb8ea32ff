"""What networks make of people, each looked at once: whoever shares an encoder need not encode anybody again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, no_grad

from reid_core.data import Measured, measure
from reid_core.evaluation.embedding import chosen_frames, embed_views, frame_features
from reid_core.model import HeadOutput, ReIdNetwork
from reid_core.video import Subject, Tracklet

FRAMES = 24  # of somebody's other, in a row, from the middle

Encode = Callable[[Measured], Tensor]


@dataclass(frozen=True)
class _Seen:
    """Features (V, T, q) of the frames of a person at these times, (T,)."""

    times_s: NDArray[np.float64]
    features: Tensor


class KnownPeople:
    """Features of people by encoder and embeddings by network, for as long as their tracklets live.

    A person is known by the frames that are used of him, and by some from the middle where he is another one's other;
    a frame that is among both is encoded once.
    """

    def __init__(self) -> None:
        self._seen: WeakKeyDictionary[Tracklet, dict[object, dict[str, _Seen]]] = WeakKeyDictionary()
        self._outputs: WeakKeyDictionary[Tracklet, dict[object, HeadOutput]] = WeakKeyDictionary()

    def features(self, network: ReIdNetwork, subject: Subject, encode: Encode | None = None) -> Tensor:
        """What ``frame_features`` makes of the person, (V, T, q). Args: encode: how instead, say with progress."""
        return self._encoded(network, subject.whole, "used", subject.tracklet, encode)

    def output(self, network: ReIdNetwork, subject: Subject) -> HeadOutput:
        """What ``embed`` makes of the person, without attention."""
        return self._embedded(network, subject.whole, "used", subject.tracklet)

    def other(self, network: ReIdNetwork, tracklet: Tracklet) -> HeadOutput:
        """The same of some frames from the middle of a tracklet."""
        return self._embedded(network, tracklet, "middle", tracklet.at(np.arange(len(tracklet))[middle(len(tracklet))]))

    def knows(self, network: ReIdNetwork, who: Subject | Tracklet) -> bool:
        """Whether ``output`` of a person, or ``other`` of a tracklet, is there already."""
        person, part = (who.whole, "used") if isinstance(who, Subject) else (who, "middle")
        return (network, part) in self._outputs.get(person, {})

    @no_grad()
    def _embedded(self, network: ReIdNetwork, person: Tracklet, part: str, frames: Tracklet) -> HeadOutput:
        outputs = self._outputs.setdefault(person, {})
        if (network, part) not in outputs:
            output = embed_views(network.head, self._encoded(network, person, part, frames)[None])
            outputs[network, part] = replace(output, attention=None, readings=None)
        return outputs[network, part]

    def _encoded(
        self, network: ReIdNetwork, person: Tracklet, part: str, frames: Tracklet, encode: Encode | None = None
    ) -> Tensor:
        key = network.encoder_digest, network.config.input
        known = self._seen.setdefault(person, {}).setdefault(key, {})
        if part not in known:
            times_s = frames.times_s[chosen_frames(len(frames), "spread")]
            if encode is not None:
                features = encode(measure(frames.frames, network.config.input))
            elif known and not network.config.input.sees_flow:
                features = _completed(network, frames.at(np.isin(frames.times_s, times_s)), *known.values())
            else:
                features = frame_features(network, measure(frames.frames, network.config.input))
            known[part] = _Seen(times_s, features)
        return known[part].features


def _completed(network: ReIdNetwork, frames: Tracklet, seen: _Seen) -> Tensor:
    """Features (V, T, q) of frames, of which some were seen, by an encoder that looks at each by itself."""
    there = np.isin(frames.times_s, seen.times_s)
    features = seen.features.new_empty(len(seen.features), len(frames), seen.features.shape[-1])
    features[:, there] = seen.features[:, np.isin(seen.times_s, frames.times_s)]
    if not there.all():
        new = measure(frames.frames[~there], network.config.input)
        features[:, ~there] = frame_features(network, new)
    return features


def middle(length: int) -> slice:
    """Where the frames lie by which a tracklet of so many is known as somebody's other."""
    start = max(0, (length - FRAMES) // 2)
    return slice(start, start + FRAMES)

"""Which clips a step sees.

An epoch is a pure function of (seed, epoch), so that a stopped training can go on without a saved state.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reid_core.data.types import PreparedTracklet

Tracklets = Sequence[PreparedTracklet]
Person = dict[int, list[int]]  # the tracklets of each camera
Item = TypeVar("Item")


@dataclass(frozen=True)
class Picks:
    """Which frames of which tracklets make the clips of a step.

    Args: tracklets: B indices of the tracklets that were given. frames: int64 (B, T). identity: int64 (B,), index of
        the clip's pid among the sorted pids of the tracklets. camera: int64 (B,).
    """

    tracklets: tuple[int, ...]
    frames: NDArray[np.int64]
    identity: NDArray[np.int64]
    camera: NDArray[np.int64]


def picked_clips(tracklets: Tracklets, picks: Picks) -> tuple[Tensor, Tensor]:
    """The picked frames: colour uint8 (B, T, H, W, 3) and flow float16 (B, T, H, W, 2 or 0)."""
    pairs = [(tracklets[number], frames) for number, frames in zip(picks.tracklets, picks.frames, strict=True)]
    colour = np.stack([tracklet.colour[frames] for tracklet, frames in pairs])
    flow = np.stack([tracklet.flow[frames] for tracklet, frames in pairs])
    return torch.from_numpy(colour), torch.from_numpy(flow)


def alternating_pairs(tracklets: Tracklets, clip_length: int, seed: int, epoch: int) -> Iterator[Picks]:
    """The paper's sampler: 2 K steps of one pair each, turn by turn of one person and of two (METHOD 5).

    Pair 2 i is person i of a random order, in two cameras, so that each comes once an epoch; pair 2 i + 1 is of two
    persons drawn at random, the first from one camera, the second from another.

    Raises: ValueError: fewer than two persons, or one whom only one camera saw.
    """
    persons = _persons(tracklets)
    if len(persons) < 2:
        raise ValueError(f"tracklets must be of two persons or more, got {len(persons)}")
    rng = np.random.default_rng((seed, epoch))
    for person in rng.permutation(len(persons)).tolist():
        a, b = rng.choice(len(persons), 2, replace=False).tolist()
        for first, second in ((person, person), (a, b)):
            chosen = _cross_camera(persons[first], persons[second], rng)
            yield _picks(tracklets, chosen, (first, second), clip_length, rng)


def identity_batches(
    tracklets: Tracklets, identities: int, clips: int, clip_length: int, seed: int, epoch: int
) -> Iterator[Picks]:
    """Batches of many pairs: ``clips`` clips of each of ``identities`` persons, spread evenly over their cameras.

    Each person comes once an epoch at most: those who do not fill a batch wait for the next epoch's random order. With
    fewer than ``identities`` persons there is one batch, of all. Clips of one person lie side by side.

    Raises: ValueError: as `alternating_pairs`.
    """
    persons = _persons(tracklets)
    if len(persons) < 2:
        raise ValueError(f"tracklets must be of two persons or more, got {len(persons)}")
    rng = np.random.default_rng((seed, epoch))
    order = rng.permutation(len(persons)).tolist()
    size = min(identities, len(persons))
    for start in range(0, len(order) - size + 1, size):
        chosen = order[start : start + size]
        picked = [tracklet for person in chosen for tracklet in _spread(persons[person], clips, rng)]
        yield _picks(tracklets, picked, np.repeat(chosen, clips).tolist(), clip_length, rng)


def clip_frames(length: int, clip_length: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which frames a clip takes: consecutive ones from a random start; all, over and over, of a shorter tracklet."""
    start = rng.integers(max(length - clip_length, 0) + 1)
    return np.arange(start, start + clip_length) % length


def _persons(tracklets: Tracklets) -> list[Person]:
    """For each person, in order of pid, the tracklets of each camera."""
    persons: dict[int, Person] = {}
    for number, tracklet in enumerate(tracklets):
        persons.setdefault(tracklet.pid, {}).setdefault(tracklet.camera, []).append(number)
    for pid, cameras in persons.items():
        if len(cameras) < 2:
            raise ValueError(f"tracklets must show every person in two cameras, got one for person {pid}")
    return [persons[pid] for pid in sorted(persons)]


def _cross_camera(a: Person, b: Person, rng: np.random.Generator) -> list[int]:
    """A tracklet of each of two persons (or twice of one), from different cameras."""
    first = _pick(sorted(a), rng)
    second = _pick(sorted(set(b) - {first}), rng)
    return [_pick(a[first], rng), _pick(b[second], rng)]


def _spread(person: Person, clips: int, rng: np.random.Generator) -> list[int]:
    """Tracklets of one person, from one camera after the other in random order, and round again."""
    cameras = rng.permutation(sorted(person)).tolist()
    return [_pick(person[cameras[number % len(cameras)]], rng) for number in range(clips)]


def _pick(items: Sequence[Item], rng: np.random.Generator) -> Item:
    return items[int(rng.integers(len(items)))]


def _picks(
    tracklets: Tracklets, chosen: Sequence[int], identity: Sequence[int], clip_length: int, rng: np.random.Generator
) -> Picks:
    frames = np.stack([clip_frames(len(tracklets[number]), clip_length, rng) for number in chosen])
    camera = np.array([tracklets[number].camera for number in chosen])
    return Picks(tuple(chosen), frames, np.array(identity), camera)

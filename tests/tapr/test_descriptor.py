"""A clip's descriptor is that of its cycle, part by part."""

import numpy as np
import pytest

from reid_core.tapr import describe
from reid_core.tapr.descriptor import SEGMENTS, segments
from reid_core.tapr.lomo import occurrences


def clip(frames: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (frames, 40, 40, 3)).astype(np.uint8)


@pytest.mark.parametrize("length", [1, 5, 8, 20, 31])
def test_parts_are_equal_cover_the_cycle_and_are_never_empty(length: int) -> None:
    parts = segments(length)
    assert len(parts) == SEGMENTS and {frame for part in parts for frame in part} == set(range(length))
    sizes = [len(part) for part in parts]
    assert min(sizes) >= 1 and max(sizes) - min(sizes) <= 1


def test_a_short_clip_is_described_by_all_of_its_frames_in_their_order() -> None:
    frames = clip(16)
    found = describe(frames).reshape(SEGMENTS, -1)
    colours, textures = (np.mean(kind, axis=0) for kind in zip(*(occurrences(f) for f in frames[2:4]), strict=True))
    expected = np.concatenate([np.log1p(x) / np.linalg.norm(np.log1p(x)) for x in (colours, textures)])
    assert found[1] == pytest.approx(expected, rel=1e-5)
    assert np.linalg.norm(found, axis=1) == pytest.approx(2**0.5, rel=1e-5)
    assert not np.allclose(found[0], found[1])


def test_frames_after_the_cycle_do_not_count() -> None:
    frames = clip(36)
    changed = frames.copy()
    changed[33:] = 0
    assert (describe(frames) == describe(changed)).all()

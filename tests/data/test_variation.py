"""Variation of clips: one draw for a whole clip, and only as much as a camera or a box would change."""

import torch

from reid_core.data import recoloured, reframed
from reid_core.data.variation import LUMA


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def clips(batch: int = 64, length: int = 2) -> torch.Tensor:
    """The same smooth picture in every frame, uint8 (B, T, 16, 8, 3)."""
    rows, columns = torch.meshgrid(torch.linspace(40, 200, 16), torch.linspace(60, 160, 8), indexing="ij")
    picture = torch.stack([rows, columns, 255 - rows], dim=-1).to(torch.uint8)
    return picture.expand(batch, length, -1, -1, -1)


def test_all_frames_of_a_clip_are_recoloured_alike_and_clips_are_not() -> None:
    found = recoloured(clips(), generator())
    assert (found.dtype, found.shape) == (torch.uint8, clips().shape)
    assert torch.equal(found[:, 0], found[:, 1])
    assert len(found.flatten(1).unique(dim=0)) == len(found)
    assert torch.equal(found, recoloured(clips(), generator()))


def test_recolouring_is_a_change_that_leaves_a_picture_what_it_shows() -> None:
    before, after = clips().float(), recoloured(clips(), generator()).float()
    change = (after - before).abs().mean((1, 2, 3, 4))
    assert change.min() > 0.5 and 5 < change.median() < 40
    light = torch.tensor(LUMA)
    for one, other in zip(before @ light, after @ light, strict=True):
        assert torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1] > 0.8


def test_some_clips_are_grey() -> None:
    found = recoloured(clips(400, 1), generator()).int()
    grey = (found.amax(-1) - found.amin(-1)).amax((1, 2, 3)) <= 1
    assert 5 < int(grey.sum()) < 45


def test_a_clip_is_shown_larger_and_partly_hidden_in_all_its_frames_alike() -> None:
    before = 1 + clips().movedim(-1, -3).float()
    found = reframed(before, generator())
    assert found.shape == before.shape
    assert torch.equal(found[:, 0], found[:, 1])
    hidden = (found == 0).all(2).float().mean((1, 2, 3))
    assert 16 < int((hidden > 0).sum()) < 48
    assert hidden[hidden > 0].min() > 0.01 and hidden.max() < 0.4
    whole = found[hidden == 0]
    assert (whole.amin((2, 3, 4)) >= before.amin() - 0.01).all()
    spans = (whole[:, 0, 0, -1] - whole[:, 0, 0, 0]).mean(1)
    assert spans.max() <= 160 and 120 < spans.mean() < 150

import numpy as np
import pytest
import torch

from reid_core.data import (
    Gaps,
    InputConfig,
    augment,
    centre,
    channels,
    fill,
    interrupt,
    measure,
    mirror,
    spoil,
    variants,
)
from tests.data.trees import picture

CONFIG = InputConfig(height=10, width=9, crop_height=6, crop_width=5)


def coordinates(batch: int = 1, length: int = 3, config: InputConfig = CONFIG) -> torch.Tensor:
    """Clips whose every value tells its row and column: 100 row + column + 1, in all channels and frames alike."""
    plane = 100.0 * torch.arange(config.height)[:, None] + torch.arange(config.width) + 1
    return plane.expand(batch, length, config.channel_count, config.height, config.width).clone()


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_all_frames_and_channels_of_a_clip_get_the_same_crop_and_mirror() -> None:
    result = augment(coordinates(batch=50), CONFIG, generator(0))
    assert result.shape == (50, 3, 5, 6, 5)
    assert (result[:, :1] == result).all()
    colour = result[:, :, [0, 1, 2, 4]]
    assert (colour == result[:, :, :1]).all()
    assert (result[:, :, 3].abs() == result[:, :, 0]).all()


def test_clips_of_a_batch_are_drawn_apart_and_every_crop_and_both_mirrors_come() -> None:
    result = augment(coordinates(batch=2000, length=1), CONFIG, generator(1))[:, 0, 0]
    mirrored = result[:, 0, 0] > result[:, 0, -1]
    corner = torch.where(mirrored, result[:, 0, -1], result[:, 0, 0]).int()
    places, counts = torch.stack([(corner - 1) // 100, (corner - 1) % 100], 1).unique(dim=0, return_counts=True)
    assert places.tolist() == [[top, left] for top in range(5) for left in range(5)]
    assert counts.min() > 40  # 80 expected, s.d. 9
    assert 0.45 < mirrored.float().mean() < 0.55


def test_a_crop_is_the_part_of_the_clip_from_its_corner() -> None:
    clip = coordinates()
    for seed in range(6):
        crop = augment(clip, CONFIG, generator(seed))[0, 0, 0]
        if crop[0, 0] > crop[0, -1]:
            crop = crop.flip(-1)
        top, left = int(crop[0, 0]) // 100, int(crop[0, 0]) % 100 - 1
        assert (crop == clip[0, 0, 0, top : top + 6, left : left + 5]).all()


def test_horizontal_flow_changes_its_sign_exactly_when_the_clip_is_mirrored() -> None:
    result = augment(coordinates(batch=50), CONFIG, generator(2))[:, 0]
    mirrored = result[:, 0, 0, 0] > result[:, 0, 0, -1]
    assert 10 < mirrored.sum() < 40
    assert ((result[:, 3] < 0).all(-1).all(-1) == mirrored).all()
    assert (result[:, 4] > 0).all()


def test_the_mirror_image_has_the_flow_of_the_mirrored_frames() -> None:
    wide = np.concatenate([picture(5), picture(6)], axis=1)
    frames = np.stack([np.roll(wide, 3 * t, 1)[:, 32:96] for t in range(3)])
    config = InputConfig()
    clips = [channels(m.colour, m.flow, config)[None] for m in (measure(frames), measure(frames[:, :, ::-1].copy()))]
    expected, result = clips[1], mirror(clips[0], config)
    torch.testing.assert_close(result[:, :, :3], expected[:, :, :3], atol=0.05, rtol=0)
    flows = torch.stack([result[0, 1:, 3].flatten(), expected[0, 1:, 3].flatten()])
    assert torch.corrcoef(flows)[0, 1] > 0.8


def test_mirroring_twice_gives_the_clip_back_and_needs_no_flow() -> None:
    clip = torch.randn(2, 3, 5, 10, 9, generator=generator(3))
    assert (mirror(mirror(clip, CONFIG), CONFIG) == clip).all()
    plain = InputConfig(10, 9, 6, 5, ("yuv",))
    assert (mirror(clip[:, :, :3], plain) == clip[:, :, :3].flip(-1)).all()


def test_the_same_generator_state_gives_the_same_draw_and_the_next_another() -> None:
    clips = coordinates(batch=8)
    first = generator(4)
    a, b = augment(clips, CONFIG, first), augment(clips, CONFIG, first)
    assert (a == augment(clips, CONFIG, generator(4))).all()
    assert (a != b).any()


def test_the_centre_crop_leaves_the_same_on_both_sides() -> None:
    assert centre(coordinates(), CONFIG)[0, 0, 0].equal(coordinates()[0, 0, 0, 2:8, 2:7])
    config = InputConfig()
    assert centre(coordinates(config=config), config)[0, 0, 0, 0, 0] == 100 * 4 + 4 + 1


def test_the_sixteen_variants_are_eight_diagonal_shifts_each_with_its_mirror_image() -> None:
    config = InputConfig()
    found = list(variants(coordinates(config=config), config))
    assert len(found) == 16
    assert [int(plain[0, 0, 0, 0, 0]) for plain in found[::2]] == [101 * shift + 1 for shift in range(8)]
    for plain, mirrored in zip(found[::2], found[1::2], strict=True):
        assert plain.shape == (1, 3, 5, 56, 40)
        assert (mirrored == mirror(plain, config)).all()


def test_no_room_to_crop_leaves_only_the_mirror() -> None:
    config = InputConfig(6, 5, 6, 5)
    clips = coordinates(batch=20, config=config)
    result = augment(clips, config, generator(5))
    assert (result[:, :, 0].sum((-2, -1)) == clips[:, :, 0].sum((-2, -1))).all()


@pytest.mark.parametrize("shape", [(3, 5, 10, 9), (1, 3, 4, 10, 9), (1, 3, 5, 9, 10)])
def test_clips_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"clips must be \(B, T, 5, 10, 9\)"):
        augment(torch.zeros(shape), CONFIG, generator(0))
    with pytest.raises(ValueError, match="clips must be"):
        centre(torch.zeros(shape), CONFIG)
    with pytest.raises(ValueError, match="clips must be"):
        next(variants(torch.zeros(shape), CONFIG))


def test_an_interruption_is_one_stretch_of_another_person_and_may_fall_anywhere() -> None:
    persons, together, length, share = 3, 2, 10, 0.5
    clips = torch.arange(persons * together * length, dtype=torch.float32).view(-1, length, 1)
    who = torch.arange(persons).repeat_interleave(together)
    touched, first, last, most, apart, both = 0, 0, 0, 0, 0, 0
    for seed in range(400):
        found = interrupt(clips, together, Gaps(share), generator(seed))
        shown = (found // (together * length)).squeeze(2)  # the person whose frame it is
        foreign = shown != who[:, None]
        assert ((found - clips) % length == 0).all()  # a frame keeps its place in time
        assert (foreign[:, 1:] & ~foreign[:, :-1]).sum(1).max() <= 1
        touched += int(foreign.any(1).sum())
        first, last = first + int(foreign[:, 0].sum()), last + int(foreign[:, -1].sum())
        most = max(most, int(foreign.sum(1).max()))
        by = torch.where(foreign, shown, -1).amax(1).view(persons, together)  # who interrupts each clip
        both += int((by >= 0).all(1).sum())
        apart += int(((by >= 0).all(1) & (by[:, 0] != by[:, 1])).sum())
    assert most == share * length
    assert first > 100
    assert last > 100
    assert 0.4 < apart / both < 0.6  # two clips of a person are not told by who interrupts them
    assert 0.4 < touched / (400 * len(clips)) < 0.5  # every second, less those that are rounded to no frame


def test_with_several_stretches_half_of_the_interrupted_clips_have_many_short_ones() -> None:
    clips = torch.arange(6 * 16, dtype=torch.float32).view(-1, 16, 1)
    begun, most = torch.zeros(5, dtype=torch.int64), 0
    for seed in range(400):
        foreign = ((interrupt(clips, 2, Gaps(0.5, stretches=4), generator(seed)) // 32) != (clips // 32)).squeeze(2)
        begun += (foreign[:, 0].int() + (foreign[:, 1:] & ~foreign[:, :-1]).sum(1)).bincount(minlength=5)
        most = max(most, int(foreign.sum(1).max()))
    assert most == 8
    assert begun[1] > 2 * begun[2] > 0 and begun[3] > 100 and begun[4] > 10


def test_nobody_interrupts_when_nobody_else_is_there_or_none_is_asked_for() -> None:
    clips = torch.rand(4, 6, 3)
    assert interrupt(clips, 4, Gaps(0.5), generator(0)) is clips
    assert interrupt(clips, 2, Gaps(0.0), generator(0)) is clips


def test_gaps_are_in_every_second_clip_and_as_long_as_said() -> None:
    lengths = torch.cat([Gaps(0.5, 0.2).drawn(100, 200, generator(seed)).sum(1) for seed in range(20)]) / 200
    there = lengths[lengths > 0]
    assert 0.45 < len(there) / len(lengths) < 0.55
    assert 0.2 <= there.min() < 0.21 and 0.49 < there.max() <= 0.5
    assert 0.33 < there.mean() < 0.37


def test_gaps_are_filled_with_the_same_frames_of_the_others() -> None:
    mine, others = torch.arange(600.0).view(6, 50, 2), -1 - torch.arange(600.0).view(6, 50, 2)
    found = fill(mine, others, Gaps(0.5), generator(1))
    assert ((found == mine) | (found == others)).all() and (found != mine).any()


def test_spoilt_frames_are_blurred_or_show_the_edge_alone() -> None:
    colour = np.full((60, 32, 24, 3), 200, np.uint8)
    colour[:, :, 6:18] = 0  # who is there fills the middle
    flow = np.full((60, 32, 24, 2), 3, np.float16)
    flow[:, :, 6:18] = 0
    shown, moved = spoil(colour, flow, generator(0))
    assert (shown.shape, shown.dtype, moved.shape, moved.dtype) == (colour.shape, colour.dtype, flow.shape, flow.dtype)
    beside = (shown == 200).all((1, 2, 3))
    assert 0.3 < beside.mean() < 0.7
    assert (moved[beside] == 3).all()
    assert shown[~beside][:, :, 11:13].max() < 120 and moved[~beside][:, :, 11:13].max() < 1.8
    assert all(len(np.unique(frame)) > 5 for frame in shown[~beside])


def test_frames_without_flow_are_spoilt_alike() -> None:
    colour = np.random.default_rng(0).integers(0, 256, (8, 32, 24, 3), dtype=np.uint8)
    flow = np.zeros((8, 32, 24, 2), np.float16)
    shown, moved = spoil(colour, flow[..., :0], generator(0))
    assert moved.shape == (8, 32, 24, 0)
    assert (shown == spoil(colour, flow, generator(0))[0]).all()

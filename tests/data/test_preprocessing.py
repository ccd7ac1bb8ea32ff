import math

import numpy as np
import pytest
import torch

from reid_core.data import InputConfig, Measured, channels, measure
from reid_core.data.preprocessing import COLOUR_FLOOR, FLOW_FLOOR_PX, MAX_FLOW_PX, flow_px, standardise
from tests.data.trees import picture

SMALL = {"height": 6, "width": 5, "crop_height": 4, "crop_width": 3}


def slow_channels(colour: np.ndarray, flow: np.ndarray, config: InputConfig) -> np.ndarray:
    """The input of one clip, pixel by pixel, in float64: (T, C, H, W)."""
    length, height, width = colour.shape[:3]
    rows = []
    for t in range(length):
        y, u, v = (np.zeros((height, width)) for _ in range(3))
        for i in range(height):
            for j in range(width):
                r, g, b = (float(value) / 255 for value in colour[t, i, j])
                y[i, j] = 0.299 * r + 0.587 * g + 0.114 * b
                u[i, j] = -0.14713 * r - 0.28886 * g + 0.436 * b
                v[i, j] = 0.615 * r - 0.51499 * g - 0.10001 * b
        groups = {
            "yuv": [slow_standard(plane, 1 / 255, config.norm) for plane in (y, u, v)],
            "flow": [slow_standard(flow[t, :, :, k].astype(float), 0.25, config.norm) for k in (0, 1)],
            "colour": [(y - 0.45) / 0.25, u / 0.05, v / 0.07],
            "rgb": [(colour[t, :, :, k] / 255 - (0.485, 0.456, 0.406)[k]) / (0.229, 0.224, 0.225)[k] for k in range(3)],
        }
        rows.append([plane for name in config.channels for plane in groups[name]])
    return np.array(rows)


def slow_standard(plane: np.ndarray, floor: float, norm: str) -> np.ndarray:
    values = plane.ravel().tolist()
    mean = sum(values) / len(values)
    std = max(math.sqrt(sum((value - mean) ** 2 for value in values) / len(values)), floor)
    return (plane - mean) / (math.sqrt(std) if norm == "rcnn" else std)


def random_clip(length: int = 3, height: int = 6, width: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    colour = rng.integers(0, 256, (length, height, width, 3), dtype=np.uint8)
    return colour, rng.normal(0, 3, (length, height, width, 2)).astype(np.float16)


@pytest.mark.parametrize("norm", ["std", "rcnn"])
@pytest.mark.parametrize("names", [("yuv", "flow"), ("flow", "yuv"), ("colour",), ("rgb",), ("flow", "colour", "yuv")])
def test_channels_equal_the_slow_formula_in_the_order_named(names: tuple[str, ...], norm: str) -> None:
    config = InputConfig(**SMALL, channels=names, norm=norm)
    colour, flow = random_clip()
    expected = slow_channels(colour, flow, config)
    assert expected.std() > 0.5
    result = channels(colour, flow, config)
    assert result.dtype == torch.float32
    assert result.shape == (3, config.channel_count, 6, 5)
    np.testing.assert_allclose(result.numpy(), expected, atol=2e-5)


def test_a_batch_of_clips_equals_the_clips_one_by_one() -> None:
    config = InputConfig(**SMALL)
    colour, flow = random_clip(4)
    batch = channels(torch.tensor(colour).reshape(2, 2, 6, 5, 3), torch.tensor(flow).reshape(2, 2, 6, 5, 2), config)
    torch.testing.assert_close(batch.flatten(0, 1), channels(colour, flow, config))


def test_every_channel_of_every_frame_has_zero_mean_and_unit_variance() -> None:
    colour, flow = random_clip()
    result = channels(colour, flow, InputConfig(**SMALL))
    torch.testing.assert_close(result.mean((-2, -1)), torch.zeros(3, 5), atol=1e-5, rtol=0)
    torch.testing.assert_close(result.var((-2, -1), correction=0), torch.ones(3, 5), atol=1e-4, rtol=0)


def test_rcnn_divides_by_the_root_of_the_standard_deviation() -> None:
    x = torch.tensor([[[0.0, 8.0], [8.0, 0.0]]])  # mean 4, std 4
    assert standardise(x, 0.1).flatten().tolist() == [-1, 1, 1, -1]
    assert standardise(x, 0.1, "rcnn").flatten().tolist() == [-2, 2, 2, -2]


def test_standardising_leaves_its_argument_as_it_was() -> None:
    x = torch.tensor([[0.0, 8.0]])
    standardise(x, 0.1)
    assert x.tolist() == [[0.0, 8.0]]


def test_a_constant_picture_gives_zeros() -> None:
    colour = np.full((2, 6, 5, 3), 77, np.uint8)
    result = channels(colour, np.zeros((2, 6, 5, 2), np.float16), InputConfig(**SMALL))
    assert result.abs().max() < 1e-3


def test_noise_below_the_floor_is_not_blown_up_to_unit_variance() -> None:
    noise = torch.tensor(np.random.default_rng(0).normal(0, FLOW_FLOOR_PX / 5, (1, 50, 50)))
    assert standardise(noise, FLOW_FLOOR_PX).std() == pytest.approx(0.2, rel=0.05)
    assert standardise(noise, COLOUR_FLOOR).std() == pytest.approx(1, rel=0.01)


def test_fixed_scale_keeps_the_colour_that_standardising_removes() -> None:
    config = InputConfig(**SMALL, channels=("yuv", "colour"))
    colour, flow = random_clip(1)
    darker = channels(colour // 2 * 2, flow, config) - channels(colour // 2, flow, config)
    assert darker[:, :3].abs().max() < 1e-3
    assert darker[:, 3].mean() > 0.5


def test_flow_follows_a_picture_that_moves_right_and_down() -> None:
    wide = np.concatenate([picture(5), picture(6)], axis=1)
    frames = np.stack([np.roll(wide, (2 * t, 3 * t), (0, 1))[:, 32:96] for t in range(3)])
    flow = flow_px(frames)
    inner = flow[1:, 30:100, 20:44]
    assert not flow[0].any()
    assert np.median(inner[..., 0]) == pytest.approx(3, abs=0.2)
    assert np.median(inner[..., 1]) == pytest.approx(2, abs=0.2)


def test_flow_is_that_of_the_large_frame_clipped_and_resized() -> None:
    rng = np.random.default_rng(2)
    frames = rng.integers(0, 256, (3, 128, 64, 3), dtype=np.uint8)
    measured = measure(frames)
    large = flow_px(frames)
    assert np.abs(large).max() <= MAX_FLOW_PX
    # rows shrink by exactly two, so a bilinear value is the mean of two rows; column 1.5 i + .5 likewise weighs two
    left = large[:, 0::2, :][:, :, 0] + large[:, 1::2, :][:, :, 0]
    right = large[:, 0::2, :][:, :, 1] + large[:, 1::2, :][:, :, 1]
    expected = (left * 5 / 6 + right / 6) / 2
    assert np.abs(expected).max() > 1
    np.testing.assert_allclose(measured.flow[:, :, 0].astype(float), expected, atol=0.02)
    assert measured.flow.dtype == np.float16


def test_still_frames_have_no_flow() -> None:
    frames = np.repeat(picture(3)[None], 4, axis=0)
    assert np.abs(measure(frames).flow).max() < 0.05


def test_flow_is_clipped() -> None:
    wide = np.concatenate([picture(5), picture(6), picture(7)], axis=1)
    frames = np.stack([wide[:, :64], wide[:, 24:88]])
    assert np.abs(flow_px(frames)).max() == MAX_FLOW_PX


def test_measured_frames_keep_their_colour_and_take_the_configured_size() -> None:
    frames = np.zeros((2, 128, 64, 3), np.uint8) + np.array([10, 200, 90], np.uint8)
    measured = measure(frames, InputConfig(height=32, width=20, crop_height=30, crop_width=18))
    assert measured.colour.shape == (2, 32, 20, 3)
    assert measured.flow.shape == (2, 32, 20, 2)
    assert len(measured) == 2
    assert (measured.colour == [10, 200, 90]).all()


def test_one_frame_can_be_measured() -> None:
    measured = measure(picture(1)[None])
    assert isinstance(measured, Measured)
    assert not measured.flow.any()


def test_flow_is_not_computed_where_no_channel_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = InputConfig(**SMALL, channels=("rgb", "yuv"))
    frames = np.stack([picture(1), picture(2)])
    whole = measure(frames, InputConfig(**SMALL))
    monkeypatch.setattr("reid_core.data.preprocessing.flow_px", None)
    measured = measure(frames, seen)
    assert (measured.colour == whole.colour).all()
    assert (measured.flow.shape, measured.flow.dtype) == ((2, 6, 5, 0), np.float16)
    assert torch.equal(channels(measured.colour, measured.flow, seen), channels(whole.colour, whole.flow, seen))
    with pytest.raises(ValueError, match=r"got \(2, 6, 5, 3\) and \(2, 6, 5, 0\)"):
        channels(measured.colour, measured.flow, InputConfig(**SMALL))


@pytest.mark.parametrize(
    "frames", [np.zeros((0, 128, 64, 3), np.uint8), np.zeros((2, 64, 64, 3), np.uint8), np.zeros((2, 128, 64, 3))]
)
def test_frames_of_another_kind_are_refused(frames: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"frames must be uint8 \(T, 128, 64, 3\)"):
        measure(frames)


def test_channels_refuse_shapes_that_do_not_fit() -> None:
    colour, flow = random_clip()
    with pytest.raises(ValueError, match=r"must be \(..., 64, 48, 3\)"):
        channels(colour, flow)
    with pytest.raises(ValueError, match=r"got \(3, 6, 5, 3\) and \(2, 6, 5, 2\)"):
        channels(colour, flow[:2], InputConfig(**SMALL))


def test_the_configuration_counts_its_channels_and_finds_horizontal_flow() -> None:
    assert InputConfig().channel_count == 5
    assert InputConfig().horizontal_flow == 3
    assert InputConfig(channels=("flow", "yuv")).horizontal_flow == 0
    assert InputConfig(channels=("yuv", "colour")).horizontal_flow is None
    assert InputConfig(channels=["yuv", "flow", "colour"]).channel_count == 8
    assert InputConfig(channels=["yuv"]) == InputConfig(channels=("yuv",))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"crop_height": 65}, r"crop_height must be between 1 and height \(64\), got 65"),
        ({"crop_width": 0}, r"crop_width must be between 1 and width \(48\), got 0"),
        ({"channels": ()}, "channels must be"),
        ({"channels": ("yuv", "yuv")}, "channels must be"),
        ({"channels": ("hsv",)}, "channels must be different ones of yuv, flow, colour, rgb, at least"),
        ({"norm": "max"}, "norm must be one of std, rcnn, got 'max'"),
    ],
)
def test_a_wrong_configuration_names_field_value_and_choice(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        InputConfig(**change)

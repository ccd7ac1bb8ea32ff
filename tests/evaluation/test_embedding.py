from dataclasses import replace

import numpy as np
import pytest
import torch

from reid_core.data import InputConfig, centre, channels, mirror, variants
from reid_core.evaluation import CLIP_FRAMES, chosen_frames, clip_of, embed
from reid_core.evaluation.embedding import embed_variants, stacked
from tests.tiny import INPUT, tiny_network, tracklet

FLOW = InputConfig(height=16, width=12, crop_height=14, crop_width=10, channels=("yuv", "flow"))


def test_a_clip_has_at_most_128_frames() -> None:
    assert CLIP_FRAMES == 128


def test_first_and_last_frames_are_consecutive() -> None:
    assert chosen_frames(10, "first", 4).tolist() == [0, 1, 2, 3]
    assert chosen_frames(10, "last", 4).tolist() == [6, 7, 8, 9]


def test_spread_frames_reach_from_end_to_end() -> None:
    assert chosen_frames(10, "spread", 4).tolist() == [0, 3, 6, 9]
    assert chosen_frames(1000, "spread").tolist()[:: CLIP_FRAMES - 1] == [0, 999]


@pytest.mark.parametrize("part", ["first", "last", "spread"])
@pytest.mark.parametrize("length", [1, 5, 127, 128])
def test_of_a_short_tracklet_every_frame_is_taken(part: str, length: int) -> None:
    assert chosen_frames(length, part).tolist() == list(range(length))


def test_a_clip_is_made_of_the_chosen_frames_and_their_flow() -> None:
    frames, network = tracklet(1, 1, 140, config=FLOW), tiny_network(input_=FLOW)
    clip = clip_of(frames, network, "last")
    assert clip.shape == (1, 128, 5, 16, 12)
    assert torch.equal(clip[0], channels(frames.colour[12:], frames.flow[12:], FLOW))


def test_an_embedding_is_the_mean_over_centre_crop_and_its_mirror_image() -> None:
    network, frames = tiny_network("utrcnn", input_=FLOW), tracklet(1, 1, 7, config=FLOW)
    plain = centre(clip_of(frames, network), FLOW)
    with torch.no_grad():
        a, b = network(plain), network(mirror(plain, FLOW))
    output = embed(network, frames)
    assert not torch.allclose(a.embedding, b.embedding, atol=1e-3)
    assert torch.allclose(output.embedding, (a.embedding + b.embedding) / 2)
    assert torch.allclose(output.states, (a.states + b.states) / 2)
    assert torch.equal(output.attention, a.attention)
    assert output.lengths.tolist() == [7]


def test_a_mirrored_tracklet_has_the_same_embedding() -> None:
    network, frames = tiny_network("bptt", input_=FLOW), tracklet(1, 1, 7, config=FLOW)
    flow = frames.flow[:, :, ::-1] * np.array([-1, 1], np.float16)
    mirrored = replace(frames, colour=frames.colour[:, :, ::-1].copy(), flow=flow.copy())
    a, b = embed(network, frames).embedding, embed(network, mirrored).embedding
    assert torch.allclose(a, b, atol=1e-5)


def test_variants_are_embedded_one_by_one() -> None:
    network, frames = tiny_network("bptt"), tracklet(1, 1, 5)
    outputs = list(embed_variants(network, frames, "first"))
    clips = list(variants(clip_of(frames, network, "first"), INPUT))
    assert len(outputs) == 16
    with torch.no_grad():
        assert all(
            torch.equal(output.embedding, network(clip).embedding) for output, clip in zip(outputs, clips, strict=True)
        )


def test_outputs_are_stacked_with_zeros_after_the_shorter_ones() -> None:
    network = tiny_network("utrcnn")
    short, long = (embed(network, tracklet(pid, 1, length)) for pid, length in ((1, 2), (2, 5)))
    both = stacked([short, long])
    assert torch.equal(both.embedding, torch.cat([short.embedding, long.embedding]))
    assert torch.equal(both.states[0, :2], short.states[0]) and not both.states[0, 2:].any()
    assert torch.equal(both.states[1], long.states[0])
    assert both.lengths.tolist() == [2, 5]
    assert both.attention is None

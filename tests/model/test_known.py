"""What is kept of an encoder that stays as it is."""

from dataclasses import replace
from unittest.mock import patch

import pytest
import torch

from reid_core.model import KnownFeatures, ReIdNetwork
from tests.tiny import tiny_network

CLIPS = torch.randn(3, 4, 6, 14, 10, generator=torch.Generator().manual_seed(0))
BYTES = 3 * 4 * 8 * 4


def test_networks_with_one_encoder_share_what_they_are_given_and_nothing_else() -> None:
    first, second, third, alone = (tiny_network(head) for head in ("mean", "bptt", "rcnn", "mean"))
    second.encoder.load_state_dict(first.encoder.state_dict())
    third.encoder.load_state_dict(tiny_network(seed=1).encoder.state_dict())
    expected, known = first.features(CLIPS), KnownFeatures()
    for network in (first, second, third):
        network.freeze_encoder(known)
    alone.freeze_encoder(KnownFeatures())
    with torch.inference_mode():
        torch.testing.assert_close(first.features(CLIPS), expected)
    with patch.object(second.encoder, "forward", side_effect=AssertionError("the same encoder runs again")):
        found = second.features(CLIPS)
    torch.testing.assert_close(found, expected)
    second.embed_features(found).embedding.sum().backward()  # a training may use them
    assert not torch.allclose(third.features(CLIPS), expected)
    assert not torch.allclose(first.features(CLIPS[:2].flip(0)), expected[:2])
    with patch.object(alone.encoder, "forward", side_effect=ValueError), pytest.raises(ValueError):
        alone.features(CLIPS)


def test_encoders_of_equal_weights_that_do_something_else_with_them_share_nothing() -> None:
    tanh = tiny_network().eval()
    relu = ReIdNetwork(replace(tanh.config, encoder=replace(tanh.config.encoder, activation="relu"))).eval()
    relu.load_state_dict(tanh.state_dict())
    expected, known = relu.features(CLIPS), KnownFeatures()
    for network in (tanh, relu):
        network.freeze_encoder(known)
        found = network.features(CLIPS)
    torch.testing.assert_close(found, expected)


def encodings(network: ReIdNetwork, known: KnownFeatures, clips: list[torch.Tensor]) -> int:
    """How often the encoder runs."""
    network.freeze_encoder(known)
    with patch.object(network.encoder, "forward", wraps=network.encoder.forward) as encoder:
        for clip in clips:
            network.features(clip)
    return encoder.call_count


def test_a_clip_is_known_in_another_batch() -> None:
    network, known = tiny_network(), KnownFeatures()
    assert encodings(network, known, [CLIPS[:2], CLIPS, CLIPS.flip(0), CLIPS[2:]]) == len(CLIPS)
    torch.testing.assert_close(network.features(CLIPS.flip(0)), tiny_network().features(CLIPS.flip(0)))


def test_beyond_its_bound_the_oldest_are_forgotten() -> None:
    one, two, three = CLIPS, CLIPS + 1, CLIPS + 2
    network, known = tiny_network(), KnownFeatures(limit=2 * BYTES)
    assert encodings(network, known, [one, two, one, three, three, two]) == 3 * len(CLIPS)
    assert known.size == 2 * BYTES
    assert encodings(network, known, [one]) == len(CLIPS)
    assert encodings(network, KnownFeatures(limit=BYTES // len(CLIPS) - 1), [one, one]) == 2 * len(CLIPS)


def test_clips_of_a_training_are_not_kept() -> None:
    """Each is another crop and comes once."""
    network, known = tiny_network(), KnownFeatures()
    network.freeze_encoder(known)
    network.train().features(CLIPS)
    assert known.size == 0
    network.eval().features(CLIPS)
    assert known.size == BYTES


def test_a_frozen_encoder_has_no_gradient_and_no_dropout() -> None:
    network = tiny_network(dropout=0.5)
    network.freeze_encoder()
    expected = network.features(CLIPS)
    network.train()
    assert network.head.training and not network.encoder.training
    torch.testing.assert_close(network.features(CLIPS), expected)
    network(CLIPS).embedding.sum().backward()
    assert all(weight.grad is None for weight in network.encoder.parameters())
    assert any(weight.grad is not None for weight in network.head.parameters())

"""Who was looked at before need not be looked at again."""

import gc
import weakref
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
import torch

from reid_core.data import measure
from reid_core.evaluation import KnownPeople, compare_all, embed, frame_features, seen_with
from reid_core.model import Calibration, Checkpoint, CohortCalibration, ReIdNetwork
from reid_core.video import Scene, Subject, Tracklet, person_of
from tests.tiny import tiny_network

BARE = Calibration(1.0, 0.25, 0.1, "nobody", (0.0, 0.5, 1.0, 1.5, 2.0), (60, 30, 10, 0), (0, 10, 30, 60))
KNOWN = CohortCalibration("cameras", 2, 0.1, replace(BARE, bin_edges=(-4.0, -2.0, 0.0, 2.0, 4.0), threshold=-1.0))
HEADS = ("utrcnn", "bptt", "mean")


def tracklet(length: int, seed: int, flaws: tuple[str, ...] = ()) -> Tracklet:
    frames = np.random.default_rng(seed).integers(0, 256, (length, 128, 64, 3), dtype=np.uint8)
    return Tracklet(frames, np.arange(length) / 10, np.zeros((length, 4), np.float32), flaws)


def scene(seed: int) -> Scene:
    """Three people who are seen together; the second is hidden at first."""
    flaws = ("hidden",) * 3 + ("",) * 17
    people = (tracklet(26, seed), tracklet(20, seed + 1, flaws), tracklet(18, seed + 2))
    return Scene(f"{seed}.mp4", people, "people")


def sharing(*heads: str) -> tuple[ReIdNetwork, ...]:
    """Networks with one encoder and a head each."""
    first, *others = networks = tuple(tiny_network(head) for head in heads)
    for other in others:
        other.encoder.load_state_dict(first.encoder.state_dict())
    return networks


def encodings(networks: tuple[ReIdNetwork, ...]):
    """Counts how often an encoder runs, whichever network's it is."""
    kind = type(networks[0].encoder)
    return patch.object(kind, "forward", autospec=True, side_effect=kind.forward)


def test_what_is_known_of_a_person_is_what_would_be_made_of_him_alone() -> None:
    (network,), known = sharing("utrcnn"), KnownPeople()
    for place in range(3):
        subject = person_of(scene(0), place)
        measured = measure(subject.tracklet.frames, network.config.input)
        assert len(measured) == (26, 17, 18)[place]
        expected = embed(network, measured)
        for _ in range(2):
            output = known.output(network, subject)
            torch.testing.assert_close(output.embedding, expected.embedding)
            torch.testing.assert_close(output.states, expected.states)
            assert torch.equal(known.features(network, subject), frame_features(network, measured))


def test_who_shares_an_encoder_encodes_each_person_once_whatever_is_asked_about_him() -> None:
    checkpoints = [Checkpoint(n.config.head.name, n, {}, replace(BARE, normalised=(KNOWN,))) for n in sharing(*HEADS)]
    one, two, known = scene(0), scene(50), KnownPeople()
    pairs = [(person_of(one, i), person_of(two, j)) for i in range(3) for j in range(3)]
    with encodings(tuple(c.network for c in checkpoints)) as encoder:
        for a, b in pairs:
            compare_all(a, b, checkpoints, known=known)
    assert encoder.call_count == 6 * 2  # people in two views, though each is seen whole, and as somebody's other


def test_a_verdict_is_the_same_whoever_was_looked_at_before() -> None:
    checkpoints = [Checkpoint(n.config.head.name, n, {}, replace(BARE, normalised=(KNOWN,))) for n in sharing(*HEADS)]
    a, b, known = person_of(scene(0), 1), person_of(scene(50)), KnownPeople()
    compare_all(person_of(scene(0)), b, checkpoints, known=known)
    found, alone = (compare_all(a, b, checkpoints, known=people) for people in (known, None))
    assert found == alone == compare_all(a, b, checkpoints, seen_with(a, b))
    assert {result.cohort.source for result in found} == {"the two videos"}
    assert len({result.distance for result in found}) == len(HEADS)


def test_it_is_told_who_is_known_and_as_what() -> None:
    (network,), subject, known = sharing("mean"), person_of(scene(0)), KnownPeople()
    known.output(network, subject)
    assert known.knows(network, subject) and not known.knows(network, subject.whole)
    known.other(network, subject.others[0])
    assert known.knows(network, subject.others[0]) and not known.knows(tiny_network(), subject)


def test_encoders_that_differ_share_nothing() -> None:
    first, second, subject, known = tiny_network(), tiny_network(seed=1), person_of(scene(0)), KnownPeople()
    assert not torch.allclose(known.features(first, subject), known.features(second, subject))


def test_how_features_are_made_may_be_said_and_they_are_kept() -> None:
    (network,), subject, known = sharing("mean"), person_of(scene(0)), KnownPeople()
    made = known.features(network, subject, lambda measured: torch.ones(2, len(measured), 8))
    assert made.shape == (2, 26, 8) and known.features(network, subject) is made


def test_people_are_forgotten_with_their_tracklets() -> None:
    (network,), known = sharing("mean"), KnownPeople()
    subject = Subject("a", tracklet(5, 0), "full")
    features = weakref.ref(known.features(network, subject))
    assert features() is not None
    del subject
    gc.collect()
    assert features() is None


@pytest.mark.parametrize("head", HEADS)
def test_a_frozen_encoder_has_the_digest_that_it_had(head: str) -> None:
    network = tiny_network(head)
    before = network.encoder_digest
    network.freeze_encoder()
    assert network.encoder_digest == before != tiny_network(head, seed=1).encoder_digest

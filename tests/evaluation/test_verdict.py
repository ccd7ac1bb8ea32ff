import numpy as np
import pytest

from reid_core.data import InputConfig, measure
from reid_core.evaluation import Comparison, compare, compare_all, embed, uncertain_range
from reid_core.model import Calibration, Checkpoint
from reid_core.video import Subject, Tracklet
from tests.tiny import tiny_network

INPUT = InputConfig(channels=("yuv",))
CALIBRATION = Calibration(1.0, 0.25, 0.1, "nobody", (0.0, 1.0), (1,), (1,))


def checkpoint(name: str = "tiny", head: str = "utrcnn", calibration: Calibration | None = CALIBRATION) -> Checkpoint:
    return Checkpoint(name=name, network=tiny_network(head, input_=INPUT), card={}, calibration=calibration)


def tracklet(length: int, seed: int = 0) -> Tracklet:
    frames = np.random.default_rng(seed).integers(0, 256, (length, 128, 64, 3), dtype=np.uint8)
    return Tracklet(frames, np.arange(length) / 10, np.zeros((length, 4), np.float32))


def subject(name: str = "a", length: int = 16, seed: int = 0, warnings: tuple[str, ...] = ()) -> Subject:
    return Subject(name, tracklet(length, seed), "full", warnings)


def test_the_distance_is_that_of_the_two_embeddings() -> None:
    network = checkpoint().network
    a, b = subject("a", 20), subject("b", 130, seed=1)
    result = compare(a, b, checkpoint())
    embedded = [embed(network, measure(one.tracklet.frames)).embedding for one in (a, b)]
    expected = float((embedded[0] - embedded[1]).norm())
    assert expected > 1e-3
    assert result.distance == pytest.approx(expected, rel=1e-4)
    assert result.threshold == 1.0
    assert result.verdict == CALIBRATION.verdict(result.distance)
    assert result.probability_same == CALIBRATION.probability_same(result.distance)
    assert (result.checkpoint, result.frames, result.crop) == ("tiny", (20, 128), ("full", "full"))


def test_a_video_is_the_same_person_as_itself() -> None:
    result = compare(subject(), subject(), checkpoint())
    assert (result.distance, result.verdict) == (0, "same")


def test_warnings_of_both_videos_are_kept() -> None:
    result = compare(subject("a", warnings=("dark", "few")), subject("b", warnings=("blurred",)), checkpoint())
    assert result.warnings == ("dark", "few", "blurred")


def test_all_checkpoints_answer_in_order() -> None:
    results = compare_all(subject("a"), subject("b", seed=1), (checkpoint("one"), checkpoint("two", "mean")))
    assert [result.checkpoint for result in results] == ["one", "two"]
    assert results[0].distance != results[1].distance


def test_a_checkpoint_without_calibration_gives_no_verdict() -> None:
    with pytest.raises(ValueError, match="checkpoint bare must carry a calibration to give verdicts, it has none"):
        compare(subject(), subject(), checkpoint("bare", calibration=None))


def test_the_uncertain_range_is_where_the_verdict_is_uncertain() -> None:
    near, far = uncertain_range(CALIBRATION)
    assert near < 1 < far
    verdicts = [CALIBRATION.verdict(distance) for distance in (near - 1e-6, near + 1e-6, far - 1e-6, far + 1e-6)]
    assert verdicts == ["same", "uncertain", "uncertain", "different"]


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (
            0.5,
            "The same person. The distance is 0.500, below the threshold of 1.000; of 100 such pairs about 88 are one "
            "person, if half of all pairs are.",
        ),
        (
            1.1,
            "Too close to call. The distance is 1.100, above the threshold of 1.000 but too near to it to tell; of 100 "
            "such pairs about 40 are one person, if half of all pairs are.",
        ),
    ],
)
def test_a_verdict_prints_as_answer_and_reason(distance: float, said: str) -> None:
    calibration = Calibration(1.0, 0.25, 0.1, "nobody", (0.0, 1.0), (1,), (1,))
    verdict, same = calibration.verdict(distance), calibration.probability_same(distance)
    result = Comparison(verdict, distance, 1.0, same, "utrcnn", (45, 30), ("full", "full"), ())
    assert str(result) == said

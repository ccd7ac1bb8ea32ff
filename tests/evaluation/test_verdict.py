import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from reid_core.data import InputConfig, measure
from reid_core.evaluation import (
    Cohort,
    Comparison,
    Others,
    compare,
    compare_all,
    comparison,
    embed,
    embed_others,
    seen_with,
)
from reid_core.model import Calibration, Checkpoint, CohortCalibration, ShippedCohort
from reid_core.video import Subject, Tracklet
from tests.oracles import slow_s_norm
from tests.tiny import tiny_network

INPUT = InputConfig(channels=("yuv",))
CALIBRATION = Calibration(1.0, 0.25, 0.1, "nobody", (0.0, 0.5, 1.0, 1.5, 2.0), (60, 30, 10, 0), (0, 10, 30, 60))


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
    assert result.threshold == pytest.approx(0.75)
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


def result(distance: float) -> Comparison:
    return comparison(distance, subject("a"), subject("b"), (16, 16), checkpoint())


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (
            0.4,
            "The same person. The distance is 0.400, the threshold 0.750: of 100 pairs of different people fewer than "
            "one would come this close. Of 100 such pairs about 92 are one person, if half of all pairs are.",
        ),
        (
            1.1,
            "Too close to call. The distance is 1.100, the threshold 0.750: of 100 pairs of different people about 16 "
            "would come this close, and of 100 of the same person about 8 would be this far apart. Of 100 such pairs "
            "about 40 are one person, if half of all pairs are.",
        ),
        (
            1.9,
            "Different persons. The distance is 1.900, the threshold 0.750: of 100 of the same person fewer than one "
            "would be this far apart. Of 100 such pairs about 3 are one person, if half of all pairs are.",
        ),
    ],
)
def test_a_verdict_prints_as_answer_and_reason(distance: float, said: str) -> None:
    assert str(result(distance)) == said


def test_another_operating_point_is_another_reading_of_the_same_comparison() -> None:
    strict, lax = result(0.7).allowing(0.01), result(0.7).allowing(0.1)
    assert (strict.verdict, lax.verdict) == ("uncertain", "same")
    assert strict.threshold < result(0.7).threshold < lax.threshold
    assert (strict.distance, strict.probability_same, strict.false_alarms) == (
        lax.distance,
        lax.probability_same,
        lax.false_alarms,
    )


def test_as_plain_values_a_comparison_has_z_and_no_scale() -> None:
    told = json.loads(json.dumps(replace(result(0.4), cohort=Cohort("others", (3, 4), 1.2, 0.2)).to_dict()))
    assert told["z"] == pytest.approx(-4) and told["cohort"]["people"] == [3, 4] and "scale" not in told
    assert result(0.4).to_dict()["z"] is None


# Doubts


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("distance", [0.1, 1.9])
def test_where_footage_is_doubted_nothing_is_certain_and_it_says_why(side: int, distance: float) -> None:
    doubted = replace(subject("ab"[side]), doubts=("a.mp4 shows the person in the dark",))
    pair = [subject("a"), subject("b")]
    pair[side] = doubted
    assert result(distance).verdict != "uncertain"
    found = comparison(distance, *pair, (16, 16), checkpoint())
    assert found.verdict == "uncertain" and found.allowing(0.1).verdict == "uncertain"
    assert found.answer == "Too close to call"
    assert found.reason.startswith("Nothing is known of such footage: a.mp4 shows the person in the dark. The distance")
    assert found.to_dict()["doubts"] == ("a.mp4 shows the person in the dark",)
    assert found.probability_same == 0.5 != result(distance).probability_same
    assert "of other footage, of 100 pairs of different people" in found.reason
    assert found.reason.endswith("Of 100 such pairs about 50 are one person, if half of all pairs are.")


# Held against others


SCALE = replace(CALIBRATION, bin_edges=(-4.0, -2.0, 0.0, 2.0, 4.0), threshold=-1.0)
USUAL = 0.001
KNOWN = (
    CohortCalibration("cameras", 2, USUAL, SCALE),
    CohortCalibration("foreign", 3, USUAL, replace(SCALE, wider=2.0)),
)


def with_cohort() -> Checkpoint:
    shipped = ShippedCohort("three strangers", torch.randn(3, 6, generator=torch.Generator().manual_seed(3)))
    return replace(checkpoint(calibration=replace(CALIBRATION, normalised=KNOWN)), cohort=shipped)


def crowd(seed: int, count: int = 3) -> tuple[Tracklet, ...]:
    return tuple(tracklet(10, 50 * seed + n) for n in range(count))


def test_each_person_is_held_against_whom_the_other_camera_saw() -> None:
    """By hand from single embeddings: a against the second crowd, b against the first."""
    a, b = subject("a"), subject("b", seed=1)
    others, model = Others("two yards", crowd(1), crowd(2, 4)), with_cohort()
    found = compare(a, b, model, others)

    def embedded(one: Tracklet) -> np.ndarray:
        return embed(model.network, measure(one.frames)).embedding[0].numpy()

    sides = ((a.tracklet, others.second), (b.tracklet, others.first))
    distances = [np.array([np.linalg.norm(embedded(one) - embedded(other)) for other in crowd]) for one, crowd in sides]
    means = [d.mean() for d in distances]
    deviations = [np.sqrt((((d - d.mean()) ** 2).sum() + 10 * USUAL**2) / (len(d) - 1 + 10)) for d in distances]
    z = sum((found.distance - m) / s / 2 for m, s in zip(means, deviations, strict=True))
    assert abs(z) > 0.1
    assert found.z == pytest.approx(z, rel=1e-3)
    assert found.cohort is not None and (found.cohort.source, found.cohort.people) == ("two yards", (3, 4))
    assert found.probability_same == pytest.approx(SCALE.probability_same(z), rel=1e-3)
    assert found.held_against == "Held against 3 and 4 other people: two yards."


def test_a_cohort_is_held_against_by_camera_where_that_is_what_is_known() -> None:
    """The distance stays that of the two embeddings; where z is 0 and 1 is told of it."""
    a, b, others = subject("a"), subject("b", seed=1), Others("two yards", crowd(1), crowd(2, 4))
    by_camera = (replace(KNOWN[0], by_camera=True), KNOWN[1])
    plain, model = with_cohort(), replace(with_cohort(), calibration=replace(CALIBRATION, normalised=by_camera))
    found, before = compare(a, b, model, others), compare(a, b, plain, others)
    clips = [embed(model.network, measure(one.tracklet.frames)).embedding.numpy() for one in (a, b)]
    cohort = [embed_others(model.network, side).embedding.numpy() for side in (others.first, others.second)]
    expected = slow_s_norm(*clips, *cohort, USUAL)[0, 0]
    assert found.distance == before.distance
    assert found.z == pytest.approx(expected, rel=1e-2) and abs(expected - before.z) > 0.1
    assert found.probability_same == pytest.approx(SCALE.probability_same(found.z), rel=1e-3)


def test_people_seen_together_with_the_two_are_the_cohort() -> None:
    a, b = (replace(subject(name, seed=seed), others=crowd(seed + 1, 2)) for seed, name in enumerate("ab"))
    found = compare(a, b, with_cohort())
    assert found.cohort is not None and found.cohort.source == "the two videos"
    assert found == compare(a, b, with_cohort(), seen_with(a, b))


def test_with_too_few_others_it_is_the_shipped_cohort_and_it_says_so() -> None:
    a, b = replace(subject("a"), others=crowd(1, 1)), replace(subject("b", seed=1), others=crowd(2, 5))
    found = compare(a, b, with_cohort())
    assert found.held_against == (
        "Held against 3 other people: three strangers, since the two videos show 1 and 5 others and it takes 2 each. "
        "Errors with these were found up to 2 times as frequent, and count as often."
    )
    assert found.scale is not None and found.scale.wider == 2


def test_a_calibration_that_knows_of_no_cohort_judges_the_bare_distance() -> None:
    bare = replace(with_cohort(), calibration=CALIBRATION)
    found = compare(subject("a"), subject("b", seed=1), bare, Others("two yards", crowd(1), crowd(2)))
    assert found.cohort is None and found.scale == CALIBRATION
    assert found.held_against == "Not held against other people, since the calibration is of bare distances."

import dataclasses
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from reid_core.data import InputConfig, PreparedTracklet
from reid_core.evaluation import (
    Labels,
    area_under_curve,
    calibrate_network,
    chosen_frames,
    distance_blocks,
    embed,
    embed_protocol,
    evaluate,
    probes_and_gallery,
    rank,
    ranked,
)
from reid_core.evaluation import protocol as protocol_module
from reid_core.evaluation.embedding import embed_variants, stacked
from reid_core.evaluation.verification import calibrate, roc
from reid_core.model import HeadOutput, ReIdNetwork
from tests.tiny import tiny_network, tracklet, tracklets

COLOUR = InputConfig(height=4, width=4, crop_height=4, crop_width=4, channels=("colour",))


class ByBrightness:
    """A network whose embedding is the brightness of the clip's first and last frame."""

    config = SimpleNamespace(input=COLOUR)

    def __init__(self) -> None:
        self.head = tiny_network("bptt").head

    def __call__(self, clips: torch.Tensor) -> HeadOutput:
        luma = clips[:, :, 0].mean((2, 3))
        lengths = torch.full((len(clips),), clips.shape[1])
        return HeadOutput(luma[:, [0, -1]], luma[..., None], None, lengths)


def fading(pid: int, camera: int, brightness: Sequence[int], name: str = "") -> PreparedTracklet:
    """Grey frames of the given brightness."""
    frames = np.array(brightness, np.uint8)[:, None, None, None] + np.zeros((4, 4, 3), np.uint8)
    return PreparedTracklet(
        pid, camera, name or f"cam{camera}/{pid}", frames, np.zeros((*frames.shape[:3], 2), np.float16)
    )


def seen(network: ReIdNetwork, of: PreparedTracklet, part: str) -> HeadOutput:
    """The embedding of the tracklet that the chosen frames make."""
    rows = chosen_frames(len(of.colour), part)
    return embed(network, PreparedTracklet(of.pid, of.camera, of.name, of.colour[rows], of.flow[rows]))


def test_probes_are_of_the_first_camera_and_the_gallery_of_the_others() -> None:
    people = [tracklet(pid, camera, 2) for pid in (1, 2, 3) for camera in (4, 2, 3)]
    probes, gallery = probes_and_gallery(people, [1, 3])
    assert [(one.pid, one.camera) for one in probes] == [(1, 2), (3, 2)]
    assert [(one.pid, one.camera) for one in gallery] == [(1, 4), (1, 3), (3, 4), (3, 3)]


def listed(pid: int, camera: int, level: int, is_probe: bool) -> PreparedTracklet:
    return dataclasses.replace(fading(pid, camera, [level], f"{pid}/{camera}/{level}"), is_probe=is_probe)


LISTED = [
    listed(1, 1, 10, True),
    listed(1, 1, 11, False),
    listed(1, 2, 30, False),
    listed(2, 2, 32, True),
    listed(2, 3, 60, True),
    listed(2, 4, 29, False),
    listed(3, 1, 41, False),
    listed(0, 2, 12, False),
]


def test_what_a_data_set_lists_is_the_protocol() -> None:
    training = [tracklet(7, camera, 2) for camera in (1, 2)]
    probes, gallery = probes_and_gallery([*training, *LISTED], range(10))
    assert [one.name for one in probes] == ["1/1/10", "2/2/32", "2/3/60"]
    assert list(gallery) == LISTED
    assert probes_and_gallery([*training, *LISTED], [7]) == (training[:1], training[1:])


@pytest.mark.parametrize(("probes_stay", "ranks"), [(True, [3, 2, 2]), (False, [3, 2, 3])])
def test_listed_probes_are_ranked_as_the_authors_of_mars_do(probes_stay: bool, ranks: list[int]) -> None:
    """Oracle: sort, throw out those of the probe's person and camera, look where the others of the person are."""
    people = [dataclasses.replace(one, in_gallery=probes_stay or not one.is_probe) for one in LISTED]
    gallery = [one for one in people if one.in_gallery]
    result = evaluate(ByBrightness(), people, range(10))
    first, precision, same, different = [], [], [], []
    for probe in (one for one in LISTED if one.is_probe):
        level = int(probe.colour[0, 0, 0, 0])
        near = sorted(gallery, key=lambda one: abs(int(one.colour[0, 0, 0, 0]) - level))
        counted = [one for one in near if (one.pid, one.camera) != (probe.pid, probe.camera)]
        hits = [place for place, one in enumerate(counted, 1) if one.pid == probe.pid]
        first.append(hits[0])
        precision.append(np.mean([number / place for number, place in enumerate(hits, 1)]))
        apart = [(one.pid == probe.pid, abs(int(one.colour[0, 0, 0, 0]) - level)) for one in counted]
        same += [level for right, level in apart if right]
        different += [level for right, level in apart if not right]
        names = [one.name for one in counted]
        assert result.nearest[result.nearest["probe"] == probe.name]["gallery"].tolist() == names
    grey_level = 2**0.5 / 255 / 0.25
    assert first == ranks and result.ranking.first_match.tolist() == first
    assert result.gallery_size == len(gallery)
    assert result.ranking.average_precision.tolist() == pytest.approx(precision)
    assert result.ranking.mean_reciprocal_rank == pytest.approx(np.mean(1 / np.array(ranks)))
    assert sorted(result.same / grey_level) == pytest.approx(sorted(same), rel=1e-3)
    assert sorted(result.different / grey_level) == pytest.approx(sorted(different), rel=1e-3)


def test_a_probe_in_the_gallery_does_not_calibrate_with_itself() -> None:
    made = calibrate_network(ByBrightness(), LISTED, range(10), "listed")
    assert (sum(made.same_histogram), sum(made.different_histogram)) == (5, 15)


@pytest.mark.parametrize("pids", [(), (99,), (1,)])
def test_one_camera_is_not_enough(pids: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"pids must have tracklets from two cameras, got \d probes, 0 others"):
        probes_and_gallery([tracklet(1, 1, 2), tracklet(2, 1, 2), tracklet(2, 2, 2)], pids)


def test_probes_show_their_first_128_frames_and_the_gallery_its_last() -> None:
    """Brightness 0 ... 199: probes go from 0 to 127, gallery from 72 to 199; so they are 72 grey levels apart twice."""
    ramp = range(200)
    people = [fading(1, 1, ramp), fading(1, 2, ramp), fading(2, 1, [90] * 10), fading(2, 2, [90] * 10)]
    result = evaluate(ByBrightness(), people, [1, 2])
    grey_level = 1 / 255 / 0.25
    assert sorted(result.same.tolist()) == pytest.approx([0, 72 * grey_level * 2**0.5], abs=1e-4)


def test_results_are_those_of_the_parts_put_together() -> None:
    network, people = tiny_network("utrcnn"), tracklets(5)
    result = evaluate(network, people, range(100))
    probes, gallery = people[:5], people[5:]
    a, b = stacked([embed(network, one) for one in probes]), stacked([embed(network, one) for one in gallery])
    (distances,) = distance_blocks(network.head, a, b)
    pids = np.array([one.pid for one in probes])
    expected = rank([distances], Labels(pids, np.full(5, 1)), Labels(pids, np.full(5, 2)))
    right = np.eye(5, dtype=bool)
    assert result.ranking.first_match.tolist() == expected.first_match.tolist()
    assert result.cmc.tolist() == expected.cmc(5).tolist()
    assert np.allclose(np.sort(result.same), np.sort(distances[right]))
    assert np.allclose(np.sort(result.different), np.sort(distances[~right]))
    assert result.area_under_curve == area_under_curve(result.same, result.different)
    assert result.roc.equal_error == roc(result.same, result.different).equal_error
    assert result.gallery_size == 5


@pytest.mark.parametrize(("head", "frames"), [("utrcnn", 0), ("mean", 0), ("astpn", 7)])
def test_states_wait_only_where_distances_need_them(head: str, frames: int) -> None:
    network = tiny_network(head)
    embedded = embed_protocol(network, tracklets(3, 5), range(100))
    for output in (*embedded.probe_outputs, *embedded.gallery_outputs):
        assert output.states.shape[:2] == (3, frames)
        assert output.attention is None


def test_only_the_given_identities_are_looked_at() -> None:
    people = tracklets(6)
    result = evaluate(tiny_network(), people, [1, 4, 7])
    assert set(result.nearest["gallery"]) == {"cam2/person001", "cam2/person004", "cam2/person007"}
    assert (len(result.ranking.probes), result.gallery_size) == (3, 3)


@pytest.mark.parametrize("all_variants", [False, True])
def test_what_is_embedded_once_serves_every_part_of_the_identities(all_variants: bool) -> None:
    network, people = tiny_network("utrcnn"), tracklets(5, 2)
    everybody = embed_protocol(network, people, range(100), all_variants)
    for pids in ([1, 7, 13], [4, 10]):
        part, alone = ranked(network.head, everybody.of(pids)), evaluate(network, people, pids, all_variants)
        assert part.ranking.first_match.tolist() == alone.ranking.first_match.tolist()
        assert np.allclose(part.same, alone.same, rtol=1e-5) and np.allclose(part.different, alone.different, rtol=1e-5)
        assert part.nearest["gallery"].tolist() == alone.nearest["gallery"].tolist()


def test_all_variants_average_16_distances() -> None:
    network, people = tiny_network("bptt"), tracklets(3)
    result = evaluate(network, people, range(100), all_variants=True)
    a, b = ([list(embed_variants(network, one, part)) for one in half] for part, half in (
        ("first", people[:3]),
        ("last", people[3:]),
    ))  # fmt: skip
    distances = [[float((p[v].embedding - g[v].embedding).norm()) for v in range(16)] for p in a for g in b]
    means = np.array(distances).mean(1).reshape(3, 3)
    assert np.array(distances).std(1).min() > 1e-4
    assert np.allclose(np.sort(result.same), np.sort(np.diag(means)), rtol=1e-4)
    assert np.allclose(np.sort(result.different), np.sort(means[~np.eye(3, dtype=bool)]), rtol=1e-4)


def test_nearest_names_the_first_of_the_gallery_for_each_probe() -> None:
    """Brightness: probe 10; gallery 13 (right), 11 and 100 (wrong)."""
    people = [
        fading(1, 1, [10], "p1"),
        fading(1, 2, [13], "g1"),
        fading(2, 2, [100], "g2"),
        fading(3, 2, [11], "g3"),
    ]
    nearest = evaluate(ByBrightness(), people, [1, 2, 3]).nearest
    grey_level = 2**0.5 / 255 / 0.25
    assert nearest["probe"].tolist() == ["p1"] * 3
    assert nearest["rank"].tolist() == [1, 2, 3]
    assert nearest["gallery"].tolist() == ["g3", "g1", "g2"]
    assert nearest["distance"].tolist() == pytest.approx([grey_level, 3 * grey_level, 90 * grey_level], rel=1e-3)
    assert nearest["right"].tolist() == [False, True, False]


def test_nearest_keeps_ten_of_a_larger_gallery() -> None:
    result = evaluate(tiny_network(), tracklets(12, 1), range(100))
    assert result.nearest.groupby("probe").size().tolist() == [10] * 12


def test_blocks_of_the_distances_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    network, people = tiny_network(), tracklets(5)
    whole = evaluate(network, people, range(100))
    monkeypatch.setattr(protocol_module, "distance_blocks", lambda head, a, b: distance_blocks(head, a, b, rows=2))
    parts = evaluate(network, people, range(100))
    assert parts.ranking.first_match.tolist() == whole.ranking.first_match.tolist()
    assert parts.same.tolist() == whole.same.tolist()
    assert sorted(parts.different.tolist()) == sorted(whole.different.tolist())
    assert parts.nearest.equals(whole.nearest)


def test_of_too_many_different_pairs_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cameras take turns in the gallery; every second pair would be all of one of them."""
    people = [fading(pid, camera, [10 + pid + 100 * (camera == 3)]) for pid in range(40) for camera in (1, 2, 3)]
    whole = evaluate(ByBrightness(), people, range(40))
    monkeypatch.setattr(protocol_module, "MOST_PAIRS", 40 * 80 // 2)
    result = evaluate(ByBrightness(), people, range(40))
    assert result.same.tolist() == whole.same.tolist() and len(whole.different) == 40 * 78
    assert len(result.different) == pytest.approx(len(whole.different) / 2, rel=0.05)
    assert set(result.different.tolist()) < set(whole.different.tolist())
    assert result.area_under_curve == pytest.approx(whole.area_under_curve, abs=0.01)
    assert evaluate(ByBrightness(), people, range(40)).different.tolist() == result.different.tolist()


def test_constant_embeddings_give_the_worst_rank() -> None:
    people = [fading(pid, camera, [50, 60]) for pid in range(4) for camera in (1, 2)]
    result = evaluate(ByBrightness(), people, range(4))
    assert result.cmc.tolist() == [0, 0, 0, 1]
    assert result.nearest["right"].tolist() == [False, False, False, True] * 4
    assert result.area_under_curve == 0.5


def test_progress_counts_the_tracklets() -> None:
    told: list[tuple[str, int, int | None]] = []
    evaluate(tiny_network(), tracklets(2), range(100), progress=lambda *step: told.append(step))
    assert told == [(f"embed {part} frames", done, 2) for part in ("first", "last") for done in (1, 2)]


def test_calibration_embeds_as_users_videos_are() -> None:
    network = tiny_network("bptt")
    people = [tracklet(pid, camera, 150) for camera in (1, 2) for pid in (1, 2, 3)]
    made = calibrate_network(network, people, [1, 2, 3], "three persons")
    a, b = ([seen(network, one, "spread").embedding[0] for one in half] for half in (people[:3], people[3:]))
    distances = np.array([[float((p - g).norm()) for g in b] for p in a])
    right = np.eye(3, dtype=bool)
    expected = calibrate(distances[right], distances[~right], "three persons")
    assert made.threshold == pytest.approx(expected.threshold, rel=1e-5)
    assert made.spread == pytest.approx(expected.spread, rel=1e-4)
    assert (made.same_histogram, made.different_histogram) == (expected.same_histogram, expected.different_histogram)
    assert made.source == "three persons"

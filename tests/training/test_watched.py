"""What is seen of people held out of a training, beside slow oracles."""

from pathlib import Path

import numpy as np
import pytest
import torch

from reid_core.data import centre
from reid_core.evaluation import clip_of
from reid_core.runs import Watched
from reid_core.runs.watched import read_watched, watched_strips
from reid_core.training import EpochLog
from reid_core.training.watched import hardest_pairs, seen_by_two, watched
from tests.tiny import INPUT, tiny_network, tracklet, tracklets


def log(epoch: int, part: str, resumed: bool = False, current: bool = True) -> EpochLog:
    return EpochLog(epoch, 9, part, 1.0, 0.0, 0.0, 1.0, 10, 1.0, resumed, current)  # type: ignore[arg-type]


def looked(folder: Path, part: str, head: str = "utrcnn") -> Watched:
    """One look at six people whom a network of random weights has not seen, with more frames than are looked at."""
    list(watched(iter([log(1, part)]), tiny_network(head), tracklets(6, 20), (folder, 0), 1))
    found = read_watched(folder, 0)
    assert found is not None
    return found


def embedded(part: str) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """What the same network says of 16 frames of each: embeddings of probes and gallery, one by one."""
    network = tiny_network("utrcnn")
    found = []
    for one in tracklets(6, 20):
        chosen = np.linspace(0, len(one) - 1, 16).round().astype(int)
        clip = centre(clip_of(one, network)[:, chosen], INPUT)
        with torch.no_grad():
            features = network.features(clip)
            found.append(features[0].mean(0) if part == "encoder" else network.head(features).embedding[0])
    return found[:6], found[6:]


@pytest.mark.parametrize("part", ["encoder", "head"])
def test_rank_1_and_distances_are_those_of_what_has_learned(tmp_path: Path, part: str) -> None:
    probes, gallery = embedded(part)
    distances = np.array([[float((a - b).norm()) for b in gallery] for a in probes])
    right = [row.argmin() == number for number, row in enumerate(distances)]
    found = looked(tmp_path, part)
    assert sum(right) > 0 and [(look.epoch, look.part) for look in found.looks] == [(1, part)]
    assert found.looks[0].rank_1 == pytest.approx(np.mean(right)) and found.persons == 6
    wrong = distances + np.diag(np.full(6, np.inf))
    near, far = ([pair for pair in found.pairs if pair.same == same] for same in (False, True))
    assert [pair.distance for pair in near] == pytest.approx(np.sort(wrong.min(1))[:3], rel=1e-3, abs=1e-5)
    assert [pair.distance for pair in far] == pytest.approx(-np.sort(-distances.diagonal())[:3], rel=1e-3, abs=1e-5)


def test_attention_is_alpha_of_one_clip_once_the_head_learns(tmp_path: Path) -> None:
    assert looked(tmp_path / "encoder", "encoder").attended is None
    assert looked(tmp_path / "mean", "all", "mean").attended is None
    one = looked(tmp_path / "head", "head").attended
    first = tracklets(6, 20)[0]
    assert one is not None and one.tracklet == first.name
    assert one.places == tuple(np.linspace(0, len(first) - 1, 16).round().astype(int))
    assert len(one.alpha) == 16 and sum(one.alpha) == pytest.approx(1, abs=1e-5) and min(one.alpha) >= 0
    assert len(watched_strips(tmp_path / "head", 0, [one.tracklet])[one.tracklet]) == 16


def test_the_hardest_are_the_nearest_of_two_and_the_farthest_of_one_each_probe_once() -> None:
    """Probes of persons 1, 2, 3 against 1, 2, 3 of another camera, and 1 of the probes' own, which does not count."""
    probes = [tracklet(pid, 1, 2) for pid in (1, 2, 3)]
    gallery = [*(tracklet(pid, 2, 2) for pid in (1, 2, 3)), tracklet(1, 1, 2)]
    distances = np.array([[5, 2, 3, 99], [7, 1, 8, 9], [4, 6, 3, 1]], np.float32)
    found = [(pair.probe, pair.other, pair.same, pair.distance) for pair in hardest_pairs(distances, probes, gallery)]
    assert found == [
        ("cam1/person003", "cam1/person001", False, 1),
        ("cam1/person001", "cam2/person002", False, 2),
        ("cam1/person002", "cam2/person001", False, 7),
        ("cam1/person001", "cam2/person001", True, 5),
        ("cam1/person003", "cam2/person003", True, 3),
        ("cam1/person002", "cam2/person002", True, 1),
    ]


def test_earlier_looks_are_kept_where_a_training_is_resumed_and_those_it_goes_back_behind_are_not(
    tmp_path: Path,
) -> None:
    people, place = tracklets(3), (tmp_path, 2)
    logs = list(watched((log(k, "all") for k in (1, 2, 3)), tiny_network(), people, place, 1))
    again = (log(1, "all", True, False), log(2, "all", True), log(3, "all"), log(4, "all"), log(5, "all"))
    found = list(watched(iter(again), tiny_network(seed=5), people, place, 2))
    seen = read_watched(*place)
    assert seen is not None and [look.epoch for look in seen.looks] == [1, 2, 4]
    assert [one.held_out_rank_1 for one in found[:2]] == [one.held_out_rank_1 for one in logs[:2]]
    assert [one.held_out_rank_1 is None for one in found] == [False, False, True, False, True]


@pytest.mark.parametrize("last", [3, 9])
def test_who_was_killed_between_an_epoch_and_its_look_looks_when_it_is_resumed(tmp_path: Path, last: int) -> None:
    people, place = tracklets(3), (tmp_path, 2)
    whole = list(watched((log(k, "all") for k in range(1, last + 1)), tiny_network(), people, (tmp_path, 1), 1))
    list(watched((log(k, "all") for k in range(1, last)), tiny_network(seed=5), people, place, 1))
    again = (log(k, "all", True, k == last) for k in range(1, last + 1))
    found = list(watched(again, tiny_network(), people, place, 1))
    seen = read_watched(*place)
    assert seen is not None and [look.epoch for look in seen.looks] == list(range(1, last + 1))
    assert found[-1].held_out_rank_1 == whole[-1].held_out_rank_1


def test_only_some_are_looked_at_and_only_whom_two_cameras_saw() -> None:
    many = [tracklet(pid, camera, 2) for pid in range(1, 30) for camera in (1, 2) if pid > 1 or camera == 1]
    assert [one.pid for one in seen_by_two(many, range(1, 25))] == [pid for pid in range(2, 18) for _ in range(2)]
    assert seen_by_two(many, ()) == seen_by_two(many, (1,)) == []

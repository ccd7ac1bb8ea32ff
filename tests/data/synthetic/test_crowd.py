"""People of the wide world: repeatable, printed more often, children and look-alikes among them."""

import numpy as np
import pytest

from reid_core.data.synthetic import citizen, differences, person
from reid_core.data.synthetic.body import body
from reid_core.data.synthetic.crowd import newcomer

SEED = 11


@pytest.fixture(scope="module")
def strangers():
    return [newcomer(np.random.default_rng((SEED, number))) for number in range(400)]


def test_the_same_seed_and_number_are_the_same_person_and_not_one_of_the_plain_world():
    assert citizen(SEED, 5) == citizen(SEED, 5)
    assert citizen(SEED, 5) != citizen(SEED + 1, 5)
    assert len(differences(citizen(SEED, 5), person(SEED, 5))) > 2


def test_about_four_tops_in_ten_are_plain(strangers):
    plain = [who.top_print is None and who.pattern == "plain" for who in strangers]
    assert 0.33 < np.mean(plain) < 0.47


def test_some_are_children_with_large_heads(strangers):
    children = [who for who in strangers if who.height < 1.5]
    assert 0.03 < len(children) / len(strangers) < 0.12
    assert max(who.girth for who in children) < min(1.0, np.median([who.girth for who in strangers]))


def test_some_take_along_an_umbrella_a_bicycle_or_a_suitcase_on_wheels(strangers):
    for name in ("umbrella", "bicycle", "trolley"):
        assert 2 <= sum(getattr(who, name) is not None for who in strangers) < 40


def test_half_of_them_are_like_an_earlier_one_but_for_one_or_two_things():
    crowd = [citizen(SEED, pid) for pid in range(1, 101)]
    closest = [min(len(differences(a, b)) for b in crowd[: a.pid - 1]) for a in crowd[1:]]
    assert 0.4 < np.mean(np.array(closest) <= 2) < 0.65
    assert min(closest) == 1


@pytest.mark.parametrize(("seed", "pid"), [(-1, 1), (0, 0)])
def test_a_seed_or_number_out_of_range_is_refused(seed: int, pid: int):
    with pytest.raises(ValueError, match="seed >= 0 and pid >= 1"):
        citizen(seed, pid)


def test_an_umbrella_is_above_its_holder_and_a_bicycle_beside(strangers):
    tall, long = [], []
    for who in strangers:
        points = body(who).vertices
        if who.umbrella is not None:
            tall.append(points[:, 2].max() - who.height)
        if who.bicycle is not None:
            long.append(np.ptp(points[points[:, 2] < 0.7, 0]))
    assert min(tall) > 0.2
    assert min(long) > 1.5


def test_wheels_are_seen_from_either_side(strangers):
    rider = next(who for who in strangers if who.bicycle is not None)
    mesh = body(rider)
    corners = mesh.vertices[mesh.quads]
    wheel = np.ptp(corners[..., 1], axis=1) == 0
    sideways = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])[wheel, 1]
    assert (sideways > 0).sum() == (sideways < 0).sum() > 30

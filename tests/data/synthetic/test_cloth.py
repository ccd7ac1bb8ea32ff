"""Fabrics: repeatable, printed, and the right part of them in front."""

import numpy as np
import pytest

from reid_core.data.synthetic.cloth import AROUND, HEIGHT, PAINTERS, Print, fabric, sleeved, worn

RED, GREEN, BLUE = (200, 30, 30), (30, 180, 30), (20, 40, 190)


def cloth(kind: str, looks: int = 4) -> Print:
    return Print(kind, (GREEN, BLUE), looks)


@pytest.mark.parametrize("kind", PAINTERS)
def test_a_fabric_is_repeatable_and_more_than_one_colour(kind: str):
    first = fabric(cloth(kind), RED)
    fabric.cache_clear()
    np.testing.assert_array_equal(first, fabric(cloth(kind), RED))
    assert first.shape == (HEIGHT, AROUND, 3)
    assert np.ptp(first.reshape(-1, 3), axis=0).max() > 20


@pytest.mark.parametrize("kind", PAINTERS)
def test_fabrics_of_one_kind_differ_by_their_looks(kind: str):
    pictures = [fabric(cloth(kind, looks), RED).astype(int) for looks in range(6)]
    assert min(np.abs(picture - pictures[0]).max() for picture in pictures[1:]) > 20


def test_a_garment_shows_the_middle_of_its_fabric_in_front_and_the_upper_end_on_top():
    picture = fabric(cloth("dye"), RED).astype(int)
    front_top, front_bottom, back_top = worn(
        cloth("dye"), RED, np.array([0, 0, -np.pi], np.float32), np.array([1, 0, 1], np.float32)
    )
    np.testing.assert_array_equal(front_top, picture[0, AROUND // 2])
    np.testing.assert_array_equal(front_bottom, picture[-1, AROUND // 2])
    np.testing.assert_array_equal(back_top, picture[0, 0])
    assert np.abs(front_top - front_bottom).max() > 5


def test_what_is_printed_on_the_chest_is_not_on_the_sleeves():
    assert sleeved(cloth("stripes"))
    assert not sleeved(cloth("letters"))


def test_an_unknown_fabric_is_refused_by_name():
    with pytest.raises(ValueError, match=r"Print.kind is 'silk'; allowed are stripes"):
        cloth("silk")

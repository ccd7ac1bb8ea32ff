"""One look for each model, told apart by all, on both grounds."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from ui.style import DIFFERENT, GREY, LOOKS, MARK, OTHER_LOOKS, SAME, look_of, model_of, picture_config, run_looks

PALETTE = (*LOOKS.values(), *OTHER_LOOKS)
GROUNDS = ("#FFFFFF", "#11151C")  # of .streamlit/config.toml
# what each kind of colour-blindness makes of linear RGB, at full strength: Machado et al., IEEE TVCG 15(6), 2009
SIGHTS = {
    "all colours": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour):
    values = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE L*a*b* of linear RGB."""
    x, y, z = np.cbrt(np.maximum(XYZ @ np.clip(rgb, 0, 1) / XYZ.sum(1), 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(a, b):
    """Of WCAG 2: 1 to 21."""
    low, high = sorted(float(XYZ[1] @ linear(colour)) for colour in (a, b))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("sight", SIGHTS)
def test_no_two_colours_of_models_and_marks_look_alike_to_anybody(sight):
    seen = {colour: lab(SIGHTS[sight] @ linear(colour)) for colour in (*(look.colour for look in PALETTE), MARK)}
    nearest = min(combinations(seen, 2), key=lambda pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]]))
    assert np.linalg.norm(seen[nearest[0]] - seen[nearest[1]]) > 14, nearest


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_colour_stands_out_from_the_ground(ground):
    for colour in (*(look.colour for look in PALETTE), MARK, GREY, SAME, DIFFERENT):
        assert contrast(colour, ground) > 2.2


def test_models_differ_in_dashes_and_symbols_too():
    assert len({look.dash for look in PALETTE}) == len({look.symbol for look in PALETTE}) == len(PALETTE)


def test_a_model_that_is_not_known_keeps_one_look_that_no_known_one_has():
    assert look_of("mine") == look_of("mine") not in LOOKS.values()
    assert {look_of(f"model {n}") for n in range(20)} == set(OTHER_LOOKS)


def test_every_run_has_the_colour_of_its_model_and_those_of_one_differ_in_dash_and_symbol():
    models = {"one": "bptt", "two": "bptt", "three": "utrcnn", "four": "bptt"}
    runs = run_looks(models)
    assert all(runs[run].colour == look_of(model).colour for run, model in models.items())
    assert runs["one"].dash == runs["three"].dash == "solid" and runs["one"].symbol == look_of("bptt").symbol
    assert len({(runs[run].dash, runs[run].symbol) for run in ("one", "two", "four")}) == 3


def test_a_variant_that_ships_under_its_own_name_is_a_model_of_its_own_and_others_are_their_head_s():
    assert model_of("utrcnn", "sab") == "sab"
    assert [model_of("utrcnn", variant) for variant in ("closing", "paper", "custom")] == ["utrcnn"] * 3
    assert model_of("bptt", "") == "bptt"


def test_no_two_of_many_runs_look_alike():
    runs = run_looks({f"run {n}": "utrcnn" if n % 3 else f"head {n}" for n in range(24)})
    assert list(runs) == [f"run {n}" for n in range(24)]
    assert len({(look.colour, look.dash, look.symbol) for look in runs.values()}) == 24


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_button_of_a_chart_saves_the_kind_that_was_chosen(kind):
    config: dict[str, Any] = picture_config(kind, "cmc")
    assert config["toImageButtonOptions"]["format"] == kind and config["modeBarButtons"] == [["toImage"]]

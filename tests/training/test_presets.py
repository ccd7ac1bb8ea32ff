from dataclasses import asdict, fields, replace

import pytest

from reid_core.model import HEADS, head_class, head_config
from reid_core.training import PRESETS, RECIPES, LossConfig, Stage

(PAPER,) = PRESETS["paper"]


def test_the_paper_s_preset_is_the_published_one_to_the_letter() -> None:
    values = asdict(PAPER)
    of_heads = ("views", "interrupted", "interrupted_least", "spoilt", "stretches")
    values = {name: value for name, value in values.items() if name not in of_heads}
    assert (values.pop("trunk_rate"), values.pop("varied"), values.pop("styles")) == (1.0, False, 0.0)
    assert values == {
        "part": "all",
        "epochs": 1000,
        "identities": 1,
        "clips": 2,
        "clip_length": 16,
        "optimiser": "sgd",
        "learning_rate": 1e-3,
        "momentum": 0.9,
        "dampening": 0.9,
        "weight_decay": 0.0,
        "clip_value": 5.0,
        "clip_norm": 0.0,
        "warm_up": 0.0,
        "cool_down": 0.0,
    }


def test_the_paper_s_recipe_is_sections_1_2_and_4_to_the_letter() -> None:
    network = RECIPES["paper"].network("utrcnn")
    assert network.input.channels == ("yuv", "flow")
    assert (network.input.height, network.input.width) == (64, 48)
    encoder = network.encoder
    assert (encoder.channels, encoder.height, encoder.width) == (5, 56, 40)
    assert (encoder.maps, encoder.kernel, encoder.padding) == ((16, 32, 32), 5, 4)
    assert (encoder.name, encoder.features, encoder.dropout, encoder.activation) == ("paper", 128, 0.6, "tanh")
    assert RECIPES["paper"].loss == LossConfig()


FITTING = [(recipe, head) for recipe in RECIPES for head in HEADS if head != "tsc" or recipe == "paper"]


@pytest.mark.parametrize(("recipe", "head"), FITTING)
def test_recipes_fit_the_heads(recipe: str, head: str) -> None:
    network = RECIPES[recipe].network(head, features=64)
    said = {"dropout": 0.6 if recipe == "paper" else 0.0, "unit_length": recipe != "paper"}
    if "start" in {field.name for field in fields(head_class(head))}:
        said["start"] = "orthogonal" if recipe == "paper" else "average"
    assert network.head == head_config(head, features=64, **said)
    assert network.input == RECIPES[recipe].input


def test_two_streams_are_colour_and_flow() -> None:
    encoder = RECIPES["paper"].network("tsc", features=256).encoder
    assert (encoder.streams, encoder.features) == ((3, 2), 128)
    with pytest.raises(ValueError, match="encoder 'two-stream' needs flow as the last channels of its input, got"):
        RECIPES["small"].network("tsc")


def test_the_robust_recipe_sees_rgb_at_full_size_and_differs_from_the_small_one_in_its_encoder_alone() -> None:
    small, robust = RECIPES["small"], RECIPES["robust"]
    assert (small.network("utrcnn").encoder.name, robust.network("utrcnn").encoder.name) == ("paper", "mobile")
    seen = robust.input
    assert (seen.height, seen.width, seen.crop_height, seen.crop_width, seen.channels) == (128, 64, 128, 64, ("rgb",))
    changed = {"input": small.input, "encoder": small.encoder, "trunk_rate": 1.0, "varied": False}
    assert replace(robust, **changed) == small


def test_astpn_keeps_its_margin() -> None:
    margins = {head: RECIPES["paper"].loss_of(head_config(head)).margin for head in ("astpn", "rcnn")}
    assert margins == {"astpn": 3.0, "rcnn": 2.0}


def test_pyramids_are_pooled_for_the_head_that_needs_them() -> None:
    encoders = {head: RECIPES["paper"].network(head).encoder.name for head in ("astpn", "utrcnn")}
    assert encoders == {"astpn": "pyramid", "utrcnn": "paper"}


def test_the_fast_preset_trains_the_encoder_and_then_the_head() -> None:
    for preset in ("fast", "long"):
        assert [stage.part for stage in PRESETS[preset]] == ["encoder", "head"]
        assert all(stage.identities > 1 for stage in PRESETS[preset])


@pytest.mark.parametrize("name", ["epochs", "identities", "clips", "clip_length", "views"])
def test_counts_are_at_least_one(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be 1 or more, got 0$"):
        replace(PAPER, **{name: 0})


def test_a_step_needs_a_pair() -> None:
    with pytest.raises(ValueError, match="clips must be 2 or more, a pair, got 1"):
        replace(PAPER, clips=1)


@pytest.mark.parametrize("name", ["learning_rate", "trunk_rate"])
@pytest.mark.parametrize("rate", [0.0, -1.0])
def test_rates_are_above_zero(name: str, rate: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be above 0, got {rate}"):
        replace(PAPER, **{name: rate})


@pytest.mark.parametrize(("up", "down"), [(-0.1, 0.0), (0.0, -0.1), (0.6, 0.5)])
def test_warm_up_and_cool_down_share_a_stage(up: float, down: float) -> None:
    assert isinstance(replace(PAPER, warm_up=0.5, cool_down=0.5), Stage)
    with pytest.raises(ValueError, match=f"warm_up and cool_down must be shares, got {up} and {down}"):
        replace(PAPER, warm_up=up, cool_down=down)

from dataclasses import replace

import pytest

from reid_core.model import head_config
from reid_core.training import PRESETS, RECIPES, Experiment


def test_an_experiment_s_epochs_replace_those_of_each_stage() -> None:
    assert [stage.epochs for stage in Experiment(epochs=3).schedule] == [3, 3]
    assert Experiment().schedule == PRESETS["fast"]
    assert Experiment(preset="paper").schedule == PRESETS["paper"]


def test_an_experiment_s_clip_length_replaces_that_of_clips_but_not_of_single_frames() -> None:
    assert [stage.clip_length for stage in Experiment(clip_length=7).schedule] == [1, 7]
    assert [stage.clip_length for stage in Experiment(preset="paper", clip_length=7).schedule] == [7]


@pytest.mark.parametrize("name", ["epochs", "clip_length"])
def test_none_is_not_the_preset_s(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be 1 or more, got 0$"):
        Experiment(**{name: 0})


def test_an_experiment_s_channels_replace_the_recipe_s() -> None:
    rules = Experiment(channels=("yuv", "flow")).rules
    assert rules.input.channels == ("yuv", "flow")
    assert rules.network(head_config("utrcnn")).encoder.channels == 5
    assert replace(rules, input=RECIPES["robust"].input) == RECIPES["robust"] == Experiment().rules


def test_an_encoder_to_keep_has_no_stage() -> None:
    assert [stage.part for stage in Experiment(init="utrcnn", keep_encoder=True).schedule] == ["head"]
    assert Experiment(init="utrcnn").schedule == PRESETS["fast"]
    assert Experiment(preset="paper", init="utrcnn").schedule == PRESETS["paper"]
    with pytest.raises(ValueError, match="init must name a checkpoint when keep_encoder is set, it is empty"):
        Experiment(keep_encoder=True)


def test_a_head_without_weights_has_no_stage_of_its_own() -> None:
    assert [stage.part for stage in Experiment(head=head_config("mean")).schedule] == ["encoder"]


@pytest.mark.parametrize(
    ("experiment", "share"),
    [(Experiment(), 0.1), (Experiment(preset="paper"), 0), (Experiment(calibration_share=0.3, preset="paper"), 0.3)],
)
def test_identities_are_held_out_but_for_the_paper_s_preset(experiment: Experiment, share: float) -> None:
    assert experiment.held_out_share == share


@pytest.mark.parametrize("split", [(), (-1,), (2, 2)])
def test_splits_are_different_numbers(split: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="split must be one or more different numbers from 0, got"):
        Experiment(split=split)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_the_held_out_share_is_below_one(share: float) -> None:
    with pytest.raises(ValueError, match=f"calibration_share must be at least 0 and below 1, got {share}"):
        Experiment(calibration_share=share)

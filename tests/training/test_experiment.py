import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from reid_core.__main__ import parsed
from reid_core.model import HEADS, TRUNK_FOLDER, save_checkpoint
from reid_core.training import PRESETS, RECIPES, Experiment


def test_an_experiment_s_epochs_replace_those_of_each_stage() -> None:
    assert [stage.epochs for stage in Experiment(epochs=3).schedule] == [3, 3]
    assert Experiment(recipe="small").schedule == PRESETS["fast"]
    assert Experiment(preset="paper").schedule == PRESETS["paper"]


def test_an_experiment_s_clip_length_replaces_that_of_clips_but_not_of_single_frames() -> None:
    assert [stage.clip_length for stage in Experiment(clip_length=7).schedule] == [1, 7]
    assert [stage.clip_length for stage in Experiment(preset="paper", clip_length=7).schedule] == [7]


@pytest.mark.parametrize("name", ["epochs", "clip_length"])
@pytest.mark.parametrize("value", [0, "3"])
def test_none_is_not_the_preset_s(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be 1 or more, got {value!r}$"):
        Experiment(**{name: value})


def test_an_experiment_s_channels_replace_the_recipe_s() -> None:
    found = Experiment(recipe="small", channels=("yuv", "flow"))
    assert found.network.input.channels == ("yuv", "flow")
    assert found.network.encoder.channels == 5
    recipe = replace(found.resolved_recipe, input=RECIPES["small"].input)
    assert recipe == RECIPES["small"] == Experiment(recipe="small").resolved_recipe


def test_the_stages_of_a_recipe_with_a_trunk_spare_it_and_vary_the_clips() -> None:
    assert [(stage.trunk_rate, stage.varied) for stage in Experiment().schedule] == [(0.3, True), (0.3, True)]
    assert [replace(stage, trunk_rate=1.0, varied=False) for stage in Experiment().schedule] == [*PRESETS["fast"]]


def test_an_encoder_with_a_trunk_begins_with_its_weights_and_another_start_goes_before_them(tmp_path: Path) -> None:
    pictured = load_file(TRUNK_FOLDER / "mobilenet_v2.safetensors")
    experiment = Experiment(head="mean", seed=3)
    network = experiment.fresh_network()
    assert all(torch.equal(network.encoder.trunk.state_dict()[name], value) for name, value in pictured.items())
    for weights in network.encoder.parameters():
        weights.data.zero_()
    save_checkpoint(tmp_path / "start.safetensors", network, {})
    begun = replace(experiment, init=str(tmp_path / "start.safetensors")).fresh_network()
    assert not any(weights.any() for weights in begun.encoder.parameters())


def test_an_encoder_to_keep_has_no_stage() -> None:
    assert [stage.part for stage in Experiment(init="utrcnn", keep_encoder=True).schedule] == ["head"]
    assert Experiment(recipe="small", init="utrcnn").schedule == PRESETS["fast"]
    assert Experiment(preset="paper", init="utrcnn").schedule == PRESETS["paper"]
    with pytest.raises(ValueError, match="init must name a checkpoint when keep_encoder is set, it is empty"):
        Experiment(keep_encoder=True)


def test_a_head_without_weights_has_no_stage_of_its_own() -> None:
    assert [stage.part for stage in Experiment(head="mean").schedule] == ["encoder"]


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


FITTING = [(recipe, head) for recipe in RECIPES for head in HEADS if head != "tsc" or recipe == "paper"]


@pytest.mark.parametrize(("recipe", "head"), FITTING)
def test_the_same_words_give_the_same_training_in_python_and_on_the_command_line(recipe: str, head: str) -> None:
    words = ["--data", "x", "--out", "y", "--head", head, "--recipe", recipe]
    asked, said = Experiment(head=head, recipe=recipe), parsed("train", words).experiment
    assert (asked.network, asked.loss, asked.schedule) == (said.network, said.loss, said.schedule)
    assert asked.network == RECIPES[recipe].network(head)


def test_what_was_asked_for_goes_before_what_the_recipe_says() -> None:
    words = ["--head-dropout", "0.3", "--start", "orthogonal", "--k-top", "2", "--variant", "paper"]
    said = parsed("train", ["--data", "x", "--out", "y", *words]).experiment
    asked = Experiment(head_dropout=0.3, start="orthogonal", options={"k_top": 2, "variant": "paper"})
    assert asked.network == said.network
    head = asked.network.head
    assert (head.dropout, head.start, head.k_top, head.variant) == (0.3, "orthogonal", 2, "paper")
    assert (Experiment().network.head.dropout, Experiment().network.head.start) == (0.0, "average")


def test_the_recipe_goes_with_the_preset_if_none_was_asked_for() -> None:
    assert Experiment(preset="paper").network == RECIPES["paper"].network("utrcnn")
    assert Experiment(preset="fast").network == RECIPES["robust"].network("utrcnn")
    assert Experiment(preset="paper", recipe="robust").network == RECIPES["robust"].network("utrcnn")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"head": "lstm"}, "there is no head 'lstm'"),
        ({"head": "mean", "start": "average"}, "head 'mean' has no option 'start'"),
        ({"head": "bptt", "options": {"k_top": 3}}, "head 'bptt' has no option 'k_top'"),
        ({"head": "tsc"}, "encoder 'two-stream' needs flow"),
        ({"channels": ("yuv",)}, "encoder 'mobile' needs rgb as the only channels of its input"),
        ({"preset": "papr"}, "^Experiment.preset is 'papr'; it must be one of " + re.escape(f"{(*PRESETS,)}")),
        ({"recipe": "x"}, "^Experiment.recipe is 'x'; it must be one of " + re.escape(f"{(None, *RECIPES)}")),
        ({"channels": ()}, r"^channels must be different ones of .*, at least one, got \(\)$"),
        ({"options": {"hidden": "64"}}, "^BacktrackingConfig.hidden is '64'; it must be a whole number of at least 1$"),
        ({"options": {"hidden": 6.5}}, "^BacktrackingConfig.hidden is 6.5; it must be a whole number of at least 1$"),
        ({"head_dropout": "0.5"}, "^BacktrackingConfig.dropout is '0.5'; it must be at least 0 and below 1$"),
    ],
)
def test_what_does_not_fit_is_refused_at_once(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Experiment(**values)

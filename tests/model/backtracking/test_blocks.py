"""Whole clips without a gradient against the direct formula, in any company."""

import pytest
import torch
from torch import Tensor

from reid_core.model import BacktrackingCell, CellRule
from reid_core.model.backtracking import plain_without_gradient
from reid_core.model.backtracking.beginnings import Beginnings
from reid_core.model.backtracking.blocks import TOGETHER, without_gradient
from tests.model.backtracking.rules import HIDDEN, clips, make, what_frames_do
from tests.model.backtracking.test_beginnings import copies
from tests.oracles import direct_cell

pytestmark = pytest.mark.usefixtures("no_gradient")


def compiled(cell: BacktrackingCell, features: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
    states, _, attention = without_gradient(features, inputs.clone(), cell.config, *cell.weights())
    return states, attention


@what_frames_do
@pytest.mark.parametrize("threads", [1, 3])
def test_any_number_of_clips_equals_the_direct_formula(
    rule: CellRule, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    monkeypatch.setattr("reid_core.model.backtracking.blocks.WORTH_THREADS", 0)
    cell, features = make(rule, HIDDEN), clips(2 * TOGETHER + 1, 11)
    states, attention, *_ = direct_cell(cell, features)
    for batch in (1, 2, len(features)):
        found = compiled(cell, features[:batch], cell.W_v(features[:batch]))
        torch.testing.assert_close(found[0], states[:batch])
        torch.testing.assert_close(found[1], attention[:batch] if rule.attends else found[1])


@what_frames_do
def test_what_clips_share_is_not_computed_again(rule: CellRule) -> None:
    cell, features = make(rule, HIDDEN), copies()
    inputs, begin = cell.W_v(features), Beginnings(features)
    for clip, start in zip(begin.order, begin.starts, strict=True):
        inputs[clip, : int(start)] = torch.nan  # would show in all that follows
    for found, expected in zip(compiled(cell, features, inputs), direct_cell(cell, features), strict=False):
        torch.testing.assert_close(found, expected if found.numel() else found)


@what_frames_do
def test_a_clip_does_not_depend_on_those_beside_it(rule: CellRule) -> None:
    cell, features = make(rule, HIDDEN).float(), clips(TOGETHER + 3, 14).float()
    inputs = cell.W_v(features)
    together, _ = compiled(cell, features, inputs)
    for clip in range(0, len(features), 5):
        alone, _ = compiled(cell, features[clip : clip + 1], inputs[clip : clip + 1])
        assert torch.equal(alone[0], together[clip])


def test_inputs_of_any_layout_and_features_of_less_precision_are_taken() -> None:
    cell, features = make(CellRule(), HIDDEN).float(), clips(3, 7).float()
    expected = cell(features).states
    torch.testing.assert_close(cell(features.transpose(0, 1).contiguous().transpose(0, 1))[0], expected)
    low = features.bfloat16()
    torch.testing.assert_close(cell(low)[0], cell(low.float())[0])


def test_the_plain_recurrence_has_no_attention_to_pay_for() -> None:
    x = torch.ones(1, 300_000, 1)  # (T, T) of these would be 360 GB
    assert torch.allclose(plain_without_gradient(x, x.clone(), torch.zeros(1, 1)), torch.tensor(1.0).tanh())

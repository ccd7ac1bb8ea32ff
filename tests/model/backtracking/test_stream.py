"""A stream has the states of a clip of its frames, and no more memory than it needs."""

import pytest
import torch

from reid_core.model import CellRule
from tests.model.backtracking.rules import clips, closing_rules, every_rule, make


@every_rule
def test_a_stream_equals_the_batch(rule: CellRule) -> None:
    cell, features = make(rule), clips(length=25)
    expected = cell(features).states
    state = cell.start(2)
    for t in range(25):
        state, found = cell.push(state, features[:, t])
        torch.testing.assert_close(found, expected[:, t])


@closing_rules
def test_a_stream_may_be_closed_at_any_time_and_goes_on(rule: CellRule) -> None:
    cell, features = make(rule), clips(length=12)
    state = cell.start(2)
    for t in range(12):
        state, _ = cell.push(state, features[:, t])
        expected = cell(features[:, : t + 1]).embedding
        for _ in range(2):
            torch.testing.assert_close(cell.close(state), expected)


def test_a_stream_that_does_not_close_ends_on_its_last_state() -> None:
    cell = make(CellRule())
    state, h = cell.push(cell.start(2), clips()[:, 0])
    assert torch.equal(cell.close(state), h)


@every_rule
def test_a_stream_with_ties_and_large_scores_equals_the_batch(rule: CellRule) -> None:
    cell, features = make(rule), clips(length=20)
    features[:, 4:12] = features[:, 4:5]
    with torch.no_grad():
        (cell.w_3 if rule.score == "mlp" else cell.w).weight.mul_(100 if rule.normalise != "none" else 1)
    expected = cell(features).states
    state = cell.start(2)
    for t in range(20):
        state, found = cell.push(state, features[:, t])
        torch.testing.assert_close(found, expected[:, t])


def test_a_stream_takes_frames_of_its_batch_and_size() -> None:
    cell = make(CellRule())
    for shape in ((1, 5), (2, 4), (2, 1, 5)):
        with pytest.raises(ValueError, match=r"features: expected shape \(2, 5\), got"):
            cell.push(cell.start(2), torch.zeros(shape, dtype=torch.float64))


def test_mixed_precision_leaves_a_stream_as_it_is() -> None:
    cell, frame = make(CellRule()).float(), clips()[:, 0].float()
    _, expected = cell.push(cell.start(2), frame)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(cell.push(cell.start(2), frame)[1], expected)
    half = cell.bfloat16()
    _, found = half.push(half.start(2), frame.bfloat16())
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), expected, atol=0.02, rtol=0)


@pytest.mark.parametrize("normalise", ["topk", "softmax", "none"])
def test_a_stream_with_a_linear_score_remembers_a_fixed_amount(normalise: str) -> None:
    cell, features = make(CellRule("linear", normalise, "inside", k_top=3)), clips(length=60)
    state, sizes = cell.start(2), []
    for t in range(60):
        state, _ = cell.push(state, features[:, t])
        sizes.append(sum(x.size for x in (*state.now, *state.memories)))
    assert len(set(sizes)) == 1


@pytest.mark.parametrize("normalise", ["topk", "softmax", "none"])
def test_a_stream_goes_on_from_any_of_its_states(normalise: str) -> None:
    for score in ("linear", "mlp"):
        cell, features = make(CellRule(score, normalise, "add", k_top=3)), clips(length=9)
        state = cell.start(2)
        for t in range(8):
            state, _ = cell.push(state, features[:, t])
        _, expected = cell.push(state, features[:, 8])
        cell.push(state, -features[:, 8])
        assert torch.equal(cell.push(state, features[:, 8])[1], expected)

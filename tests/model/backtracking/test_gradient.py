"""The gradient by hand against that of the direct formula, and against what must hold for any right one."""

import pytest
import torch
from torch import Tensor

from reid_core.model import BacktrackingCell, CellRule
from reid_core.model.heads.utrcnn import BacktrackingConfig
from tests.model.backtracking.rules import CLOSING, CLOSING_CUT, CUT, WHAT_FRAMES_DO, clips, make, name
from tests.oracles import direct_cell


def gradients(outputs: list[Tensor], cell: BacktrackingCell, features: Tensor) -> list[Tensor]:
    generator = torch.Generator().manual_seed(3)
    weights = [torch.randn(one.shape, generator=generator, dtype=torch.float64) for one in outputs]
    parameters = [features, *cell.parameters()]
    found = torch.autograd.grad(outputs, parameters, weights, retain_graph=True, allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)]


@pytest.mark.parametrize("rule", [*WHAT_FRAMES_DO, *CUT, *CLOSING, *CLOSING_CUT], ids=name)
def test_values_and_gradients_equal_the_direct_formula(rule: CellRule) -> None:
    cell, features = make(rule), clips().requires_grad_()
    states, attention, embedding, readings = cell(features)
    expected = direct_cell(cell, features)
    assert max(expected[1][:, -1].abs().max(), expected[3].abs().sum()) > 0.01
    torch.testing.assert_close(states, expected[0])
    torch.testing.assert_close(attention, expected[1])
    torch.testing.assert_close(embedding, expected[2])
    torch.testing.assert_close(readings if rule.closing else expected[3], expected[3])
    for asked in ([0], [2], [0, 2]):  # by states, by the embedding, and by both
        ours, theirs = ([outputs[i] for i in asked] for outputs in ((states, attention, embedding), expected))
        for one, other in zip(gradients(ours, cell, features), gradients(theirs, cell, features), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("rule", [r for r in (*WHAT_FRAMES_DO, *CLOSING) if r.k_att == 1], ids=name)
def test_the_gradient_passes_gradcheck(rule: CellRule) -> None:
    cell, features = make(rule, hidden=3), clips(1, 6).requires_grad_()
    weights = [p for name, p in cell.named_parameters() if not name.startswith("W_v")]
    assert torch.autograd.gradcheck(lambda x, *_: cell(x)[::2], (features, *weights), fast_mode=True)


@pytest.mark.parametrize("score", ["linear", "mlp"])
@pytest.mark.parametrize("combine", ["inside", "add"])
@pytest.mark.parametrize("k_top", [1, 3])
def test_with_k_trunc_1_the_gradient_reaches_exactly_what_attention_reaches(
    score: str, combine: str, k_top: int
) -> None:
    length = 16
    cell, features = make(CellRule(score, "topk", combine, k_top=k_top, k_trunc=1)), clips(1, length).requires_grad_()
    states, attention, *_ = cell(features)
    (gradient,) = torch.autograd.grad(states[0, -1].sum(), features)
    reached = {length - 1}
    for t in reversed(range(length)):
        if t in reached:
            reached |= read_by_step(cell, states[0].detach(), attention[0, t], t)
    assert len(reached) < length
    assert set(gradient[0].abs().amax(1).nonzero().flatten().tolist()) == reached


def read_by_step(cell: BacktrackingCell, states: Tensor, row: Tensor, t: int) -> set[int]:
    """The frames attended, and the one whose score is the threshold (with one weight, 1, it does not matter)."""
    attended = set(row.nonzero().flatten().tolist())
    k_top = cell.config.k_top
    if k_top == 1 or t <= k_top:
        # A lone weight is 1 whatever its score.
        return attended
    if cell.config.score == "linear":
        scores = states[:t] @ cell.w.weight[0, :6]
    else:
        g = states[t] - row @ states if cell.W_m is None else None
        if g is None:
            inner = torch.atanh(states[t]) - cell.W_m(row @ states)
            g = torch.tanh(inner)
        scores = cell.w_3(torch.tanh(cell.W_1(states[:t]) + cell.W_2(g)))[:, 0]
    return attended | {int(scores.argsort(descending=True)[k_top])}


@pytest.mark.parametrize("variant", ["sab", "paper"])
def test_constant_features_do_not_break_attention(variant: str) -> None:
    torch.manual_seed(0)
    cell = BacktrackingCell(5, 6, BacktrackingConfig(variant=variant).cell)
    features = torch.zeros(2, 30, 5, requires_grad=True)
    torch.nn.init.zeros_(cell.W_v.bias)
    states, attention, *_ = cell(features)
    states.sum().backward()
    assert features.grad is not None
    assert features.grad.isfinite().all()
    torch.testing.assert_close(attention[:, 1:].sum(2), torch.ones(2, 29))


def test_float32_equals_float64_to_rounding() -> None:
    torch.manual_seed(0)
    cell, features = BacktrackingCell(5, 16, CellRule(combine="inside", normalise="softmax")), clips(3, 40)
    states, attention, *_ = cell(features.float())
    exact_states, exact_attention, *_ = cell.double()(features)
    torch.testing.assert_close(states.double(), exact_states, atol=1e-5, rtol=0)
    torch.testing.assert_close(attention.double(), exact_attention, atol=1e-5, rtol=0)


def test_large_projections_neither_overflow_nor_turn_into_nan() -> None:
    torch.manual_seed(0)
    cell = BacktrackingCell(5, 6, CellRule("mlp", "softmax", "inside"))
    with torch.no_grad():
        cell.W_1.weight.mul_(1e4)
        cell.W_2.weight.mul_(1e4)
    states, attention, *_ = cell(clips(2, 12).float())
    assert states.isfinite().all()
    torch.testing.assert_close(attention[:, 1:].sum(2), torch.ones(2, 11))

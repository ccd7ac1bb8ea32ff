"""The backtracking cell against what must hold for any right one."""

import pytest
import torch

from reid_core.explain import visits
from reid_core.model import BacktrackingCell, CellRule
from reid_core.model.heads.recurrent import BpttConfig
from reid_core.model.heads.utrcnn import BacktrackingConfig
from tests.model.backtracking.rules import clips, make
from tests.oracles import direct_recurrence


@pytest.mark.parametrize("gradient", [True, False])
def test_half_precision_weights_work_too(gradient: bool) -> None:
    head = BacktrackingConfig(features=5, hidden=6).build().bfloat16()
    with torch.set_grad_enabled(gradient):
        assert torch.isfinite(head(clips().bfloat16()).embedding).all()


@pytest.mark.parametrize("variant", ["sab", "paper"])
def test_attention_is_a_sparse_distribution_over_the_past(variant: str) -> None:
    cell = make(BacktrackingConfig(variant=variant, k_top=3).cell)
    attention = cell(clips(length=20)).attention
    rows = attention[:, 1:]
    assert (attention >= 0).all()
    assert torch.equal(attention, attention.tril(-1))
    torch.testing.assert_close(rows.sum(2), torch.ones_like(rows[..., 0]))
    assert ((rows > 0).sum(2) == torch.arange(1, 20).clamp(max=3)).all()


def test_memories_are_written_every_k_att_steps() -> None:
    attention = make(CellRule("mlp", "softmax", "add", k_att=4))(clips(length=13)).attention
    assert (attention[:, 12] > 0).nonzero()[:, 1].unique().tolist() == [3, 7, 11]
    assert attention[:, :4].abs().max() == 0


def test_linear_weights_ignore_the_query_and_mlp_weights_do_not() -> None:
    for score, changes in (("linear", False), ("mlp", True)):
        cell, features = make(CellRule(score, "topk", "inside", k_top=3)), clips(length=10)
        other = features.clone()
        other[:, -1] += 3
        rows = cell(features)[1][:, -1], cell(other)[1][:, -1]
        assert torch.allclose(*rows) is not changes


@pytest.mark.parametrize("score", ["linear", "mlp"])
def test_without_what_memories_say_it_is_the_plain_recurrence(score: str) -> None:
    cell = make(CellRule(score, "topk", "inside"))
    torch.nn.init.zeros_(cell.W_m.weight)
    bptt = BpttConfig(features=5, hidden=6).build().double().eval()
    bptt.forwards.load_state_dict(
        {
            "weight_ih_l0": cell.W_v.weight,
            "weight_hh_l0": cell.W_h.weight,
            "bias_ih_l0": cell.W_v.bias,
            "bias_hh_l0": torch.zeros(6),
        }
    )
    features = clips()
    states = cell(features).states
    torch.testing.assert_close(bptt(features).states, states)
    torch.testing.assert_close(direct_recurrence(bptt.forwards, features[0]), states[0])


@pytest.mark.parametrize("variant", ["sab", "paper", "paper-raw"])
def test_a_batch_equals_its_clips_one_by_one(variant: str) -> None:
    cell, features = make(BacktrackingConfig(variant=variant).cell), clips(5)
    states, attention, *_ = cell(features)
    for i in range(5):
        one_states, one_attention, *_ = cell(features[i : i + 1])
        torch.testing.assert_close(one_states[0], states[i])
        torch.testing.assert_close(one_attention[0], attention[i])


@pytest.mark.parametrize("score", ["linear", "mlp"])
def test_where_all_memories_are_tied_the_earliest_are_attended(score: str) -> None:
    cell, features = make(CellRule(score, "topk", "add", k_top=3)), clips(length=12)
    with torch.no_grad():
        (cell.w if score == "linear" else cell.w_3).weight.zero_()
        states, attention, *_ = cell(features)
    assert torch.allclose(attention[:, -1], torch.tensor([1.0] * 3 + [0] * 9, dtype=torch.float64) / 3)
    torch.testing.assert_close(cell(features)[0], states)  # as with a gradient


def test_states_far_beyond_the_range_of_the_exponential_are_scored() -> None:
    cell, features = make(CellRule("mlp", "topk", "add", k_top=3)).float(), 1e4 * clips(length=12).float()
    with torch.no_grad():
        cell.W_1.weight.mul_(1e3)
        states, attention, *_ = cell(features)
    assert states.isfinite().all()
    assert torch.allclose(attention[:, 1:].sum(2), torch.ones(2, 11))


@pytest.mark.parametrize("score", ["linear", "mlp"])
def test_started_as_an_average_all_frames_count_alike_but_for_the_first_and_the_last(score: str) -> None:
    torch.manual_seed(0)
    cell, length = BacktrackingCell(32, 32, CellRule(score, "topk", "add")).double(), 100
    cell.start_as_average()
    features = torch.randn(1, length, 32, dtype=torch.float64).requires_grad_()
    states, attention, *_ = cell(features)
    (gradient,) = torch.autograd.grad(states[0, -1].sum(), features)
    walked = torch.from_numpy(visits(attention[0].detach().numpy()))[10:-10]
    per_frame = (gradient[0] / (1 - torch.tanh(0.4 * features[0]) ** 2))[10:-10, 1:]  # less what tanh takes
    assert per_frame.std() < 0.35 * per_frame.mean()
    assert walked.std() < 0.35 * walked.mean()
    assert (walked[:40].mean() / walked[40:].mean() - 1).abs() < 0.1

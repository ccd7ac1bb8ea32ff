"""The backtracking cell against the direct formula, and against what must hold for any right one."""

from itertools import product

import pytest
import torch
from torch import Tensor

from reid_core.explain import visits
from reid_core.model import BacktrackingCell, CellConfig, HeadConfig, build_head
from tests.oracles import direct_cell, direct_recurrence

RULES = [
    CellConfig(*rule, k_top=3, k_att=k_att, k_trunc=k_trunc)
    for *rule, k_att, k_trunc in product(
        ("linear", "mlp"), ("topk", "softmax", "none"), ("inside", "add"), (1, 3), (None, 1, 4)
    )
]
UNCUT = [rule for rule in RULES if rule.k_trunc is None]
NAMES = [f"{r.score}-{r.normalise}-{r.combine}-att{r.k_att}-trunc{r.k_trunc}" for r in RULES]
UNCUT_NAMES = [name for name, rule in zip(NAMES, RULES, strict=True) if rule.k_trunc is None]


def make(rule: CellConfig, hidden: int = 6, seed: int = 1) -> BacktrackingCell:
    torch.manual_seed(seed)
    return BacktrackingCell(5, hidden, rule).double()


def clips(batch: int = 2, length: int = 14, seed: int = 2) -> Tensor:
    return torch.randn(batch, length, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) / 2


def gradients(states: Tensor, cell: BacktrackingCell, features: Tensor) -> list[Tensor]:
    weight = torch.randn(states.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    parameters = [features, *cell.parameters()]
    found = torch.autograd.grad((states * weight).sum(), parameters, allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found, strict=True)]


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_values_and_gradients_equal_the_direct_formula(rule: CellConfig) -> None:
    cell, features = make(rule), clips().requires_grad_()
    states, attention = cell(features)
    expected_states, expected_attention = direct_cell(cell, features)
    assert expected_attention[:, -1].abs().max() > 0.01
    torch.testing.assert_close(states, expected_states)
    torch.testing.assert_close(attention, expected_attention)
    for found, expected in zip(
        gradients(states, cell, features), gradients(expected_states, cell, features), strict=True
    ):
        torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    "rule", [r for r in UNCUT if r.k_att == 1], ids=lambda r: f"{r.score}-{r.normalise}-{r.combine}"
)
def test_the_gradient_passes_gradcheck(rule: CellConfig) -> None:
    cell, features = make(rule, hidden=3), clips(1, 6).requires_grad_()
    weights = [p for name, p in cell.named_parameters() if not name.startswith("W_v")]
    assert torch.autograd.gradcheck(lambda x, *_: cell(x)[0], (features, *weights), fast_mode=True)


@pytest.mark.parametrize("rule", UNCUT, ids=UNCUT_NAMES)
def test_a_stream_equals_the_batch(rule: CellConfig) -> None:
    cell, features = make(rule), clips(length=25)
    expected, _ = cell(features)
    state = cell.start(2)
    for t in range(25):
        state, embedding = cell.push(state, features[:, t])
        torch.testing.assert_close(embedding, expected[:, t])


@pytest.mark.parametrize("rule", UNCUT, ids=UNCUT_NAMES)
def test_a_stream_with_ties_and_large_scores_equals_the_batch(rule: CellConfig) -> None:
    cell, features = make(rule), clips(length=20)
    features[:, 4:12] = features[:, 4:5]
    with torch.no_grad():
        (cell.w if rule.score == "linear" else cell.w_3).weight.mul_(100 if rule.normalise != "none" else 1)
    expected, _ = cell(features)
    state = cell.start(2)
    for t in range(20):
        state, found = cell.push(state, features[:, t])
        torch.testing.assert_close(found, expected[:, t])


def test_a_stream_takes_frames_of_its_batch_and_size() -> None:
    cell = make(CellConfig())
    for shape in ((1, 5), (2, 4), (2, 1, 5)):
        with pytest.raises(ValueError, match=r"features: expected shape \(2, 5\), got"):
            cell.push(cell.start(2), torch.zeros(shape, dtype=torch.float64))


@pytest.mark.parametrize("gradient", [True, False])
@pytest.mark.parametrize("name", ["utrcnn", "bptt", "brcnn"])
def test_mixed_precision_leaves_the_recurrence_as_it_is(name: str, gradient: bool) -> None:
    torch.manual_seed(0)
    head, features = build_head(HeadConfig(name, features=5, hidden=6)).eval(), clips().float()
    with torch.set_grad_enabled(gradient):
        expected = head(features).states
        with torch.autocast("cpu", torch.bfloat16):
            found = head(features).states
        assert found.dtype == torch.float32
        assert torch.equal(found, expected)
        assert head(features.double()).states.dtype == torch.float32


def test_mixed_precision_leaves_a_stream_as_it_is() -> None:
    cell, frame = make(CellConfig()).float(), clips()[:, 0].float()
    _, expected = cell.push(cell.start(2), frame)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(cell.push(cell.start(2), frame)[1], expected)


@pytest.mark.parametrize("gradient", [True, False])
def test_half_precision_weights_work_too(gradient: bool) -> None:
    head = build_head(HeadConfig("utrcnn", features=5, hidden=6)).bfloat16()
    with torch.set_grad_enabled(gradient):
        assert torch.isfinite(head(clips().bfloat16()).embedding).all()


@pytest.mark.parametrize("normalise", ["topk", "softmax", "none"])
def test_a_stream_with_a_linear_score_remembers_a_fixed_amount(normalise: str) -> None:
    cell, features = make(CellConfig("linear", normalise, "inside", k_top=3)), clips(length=60)
    state, sizes = cell.start(2), []
    for t in range(60):
        state, _ = cell.push(state, features[:, t])
        sizes.append(sum(x.numel() for x in vars(state.memories).values() if isinstance(x, Tensor)))
    assert len(set(sizes[3:])) == 1


@pytest.mark.parametrize("variant", ["sab", "paper"])
def test_attention_is_a_sparse_distribution_over_the_past(variant: str) -> None:
    cell = make(HeadConfig(variant=variant, k_top=3).cell)
    _, attention = cell(clips(length=20))
    rows = attention[:, 1:]
    assert (attention >= 0).all()
    assert torch.equal(attention, attention.tril(-1))
    torch.testing.assert_close(rows.sum(2), torch.ones_like(rows[..., 0]))
    assert ((rows > 0).sum(2) == torch.arange(1, 20).clamp(max=3)).all()


def test_memories_are_written_every_k_att_steps() -> None:
    _, attention = make(CellConfig("mlp", "softmax", "add", k_att=4))(clips(length=13))
    assert (attention[:, 12] > 0).nonzero()[:, 1].unique().tolist() == [3, 7, 11]
    assert attention[:, :4].abs().max() == 0


def test_linear_weights_ignore_the_query_and_mlp_weights_do_not() -> None:
    for score, changes in (("linear", False), ("mlp", True)):
        cell, features = make(CellConfig(score, "topk", "inside", k_top=3)), clips(length=10)
        other = features.clone()
        other[:, -1] += 3
        rows = cell(features)[1][:, -1], cell(other)[1][:, -1]
        assert torch.allclose(*rows) is not changes


@pytest.mark.parametrize("score", ["linear", "mlp"])
def test_without_what_memories_say_it_is_the_plain_recurrence(score: str) -> None:
    cell = make(CellConfig(score, "topk", "inside"))
    torch.nn.init.zeros_(cell.W_m.weight)
    bptt = build_head(HeadConfig(name="bptt", features=5, hidden=6)).double().eval()
    bptt.forwards.load_state_dict(
        {
            "weight_ih_l0": cell.W_v.weight,
            "weight_hh_l0": cell.W_h.weight,
            "bias_ih_l0": cell.W_v.bias,
            "bias_hh_l0": torch.zeros(6),
        }
    )
    features = clips()
    states, _ = cell(features)
    torch.testing.assert_close(bptt(features).states, states)
    torch.testing.assert_close(direct_recurrence(bptt.forwards, features[0]), states[0])


@pytest.mark.parametrize("score", ["linear", "mlp"])
@pytest.mark.parametrize("combine", ["inside", "add"])
@pytest.mark.parametrize("k_top", [1, 3])
def test_with_k_trunc_1_the_gradient_reaches_exactly_what_attention_reaches(
    score: str, combine: str, k_top: int
) -> None:
    length = 16
    cell, features = make(CellConfig(score, "topk", combine, k_top=k_top, k_trunc=1)), clips(1, length).requires_grad_()
    states, attention = cell(features)
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


@pytest.mark.parametrize("variant", ["sab", "paper", "paper-raw"])
def test_a_batch_equals_its_clips_one_by_one(variant: str) -> None:
    cell, features = make(HeadConfig(variant=variant).cell), clips(5)
    states, attention = cell(features)
    for i in range(5):
        one_states, one_attention = cell(features[i : i + 1])
        torch.testing.assert_close(one_states[0], states[i])
        torch.testing.assert_close(one_attention[0], attention[i])


@pytest.mark.parametrize("variant", ["sab", "paper"])
def test_constant_features_do_not_break_attention(variant: str) -> None:
    torch.manual_seed(0)
    cell = BacktrackingCell(5, 6, HeadConfig(variant=variant).cell)
    features = torch.zeros(2, 30, 5, requires_grad=True)
    torch.nn.init.zeros_(cell.W_v.bias)
    states, attention = cell(features)
    states.sum().backward()
    assert features.grad is not None
    assert features.grad.isfinite().all()
    torch.testing.assert_close(attention[:, 1:].sum(2), torch.ones(2, 29))


def test_float32_equals_float64_to_rounding() -> None:
    torch.manual_seed(0)
    cell, features = BacktrackingCell(5, 16, CellConfig(combine="inside", normalise="softmax")), clips(3, 40)
    states, attention = cell(features.float())
    exact_states, exact_attention = cell.double()(features)
    torch.testing.assert_close(states.double(), exact_states, atol=1e-5, rtol=0)
    torch.testing.assert_close(attention.double(), exact_attention, atol=1e-5, rtol=0)


def test_large_projections_neither_overflow_nor_turn_into_nan() -> None:
    torch.manual_seed(0)
    cell = BacktrackingCell(5, 6, CellConfig("mlp", "softmax", "inside"))
    with torch.no_grad():
        cell.W_1.weight.mul_(1e4)
        cell.W_2.weight.mul_(1e4)
    states, attention = cell(clips(2, 12).float())
    assert states.isfinite().all()
    torch.testing.assert_close(attention[:, 1:].sum(2), torch.ones(2, 11))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": "dot"}, "score is 'dot'"),
        ({"normalise": "max"}, "normalise is 'max'"),
        ({"combine": "cat"}, "combine is 'cat'"),
        ({"k_top": 0}, "k_top is 0"),
        ({"k_att": 0}, "k_att is 0"),
        ({"k_trunc": 0}, "k_trunc is 0"),
        ({"k_top": None}, "k_top is None"),
        ({"k_att": 2.5}, "k_att is 2.5"),
        ({"k_trunc": True}, "k_trunc is True"),
    ],
)
def test_a_wrong_rule_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CellConfig(**change)


@pytest.mark.parametrize("score", ["linear", "mlp"])
def test_where_all_memories_are_tied_the_earliest_are_attended(score: str) -> None:
    cell, features = make(CellConfig(score, "topk", "add", k_top=3)), clips(length=12)
    with torch.no_grad():
        (cell.w if score == "linear" else cell.w_3).weight.zero_()
        states, attention = cell(features)
    assert torch.allclose(attention[:, -1], torch.tensor([1.0] * 3 + [0] * 9, dtype=torch.float64) / 3)
    torch.testing.assert_close(cell(features)[0], states)  # as with a gradient


def test_states_far_beyond_the_range_of_the_exponential_are_scored() -> None:
    cell, features = make(CellConfig("mlp", "topk", "add", k_top=3)).float(), 1e4 * clips(length=12).float()
    with torch.no_grad():
        cell.W_1.weight.mul_(1e3)
        states, attention = cell(features)
    assert states.isfinite().all()
    assert torch.allclose(attention[:, 1:].sum(2), torch.ones(2, 11))


@pytest.mark.parametrize("score", ["linear", "mlp"])
def test_started_as_an_average_all_frames_count_alike_but_for_the_first_and_the_last(score: str) -> None:
    torch.manual_seed(0)
    cell, length = BacktrackingCell(32, 32, CellConfig(score, "topk", "add")).double(), 100
    cell.start_as_average()
    features = torch.randn(1, length, 32, dtype=torch.float64).requires_grad_()
    states, attention = cell(features)
    (gradient,) = torch.autograd.grad(states[0, -1].sum(), features)
    walked = torch.from_numpy(visits(attention[0].detach().numpy()))[10:-10]
    per_frame = (gradient[0] / (1 - torch.tanh(0.4 * features[0]) ** 2))[10:-10, 1:]  # less what tanh takes
    assert per_frame.std() < 0.35 * per_frame.mean()
    assert walked.std() < 0.35 * walked.mean()
    assert (walked[:40].mean() / walked[40:].mean() - 1).abs() < 0.1

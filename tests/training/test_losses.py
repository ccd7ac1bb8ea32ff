import math

import pytest
import torch

from reid_core.training import (
    LossConfig,
    identification_loss,
    joint_costs,
    pair_distance,
    supervised_contrastive_loss,
    verification_loss,
)
from tests.oracles import slow_contrastive_loss, slow_identification_loss, slow_verification_loss

LARGE_MARGIN = 5.0


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_distance_of_a_worked_example() -> None:
    """3, 4, 5 and 5, 12, 13."""
    a, b = torch.tensor([[0.0, 0.0], [1.0, 1.0]]), torch.tensor([[3.0, 4.0], [6.0, 13.0]])
    assert pair_distance(a, b).tolist() == [5, 13]


def test_distance_of_a_clip_to_itself_is_nearly_zero_and_its_gradient_is_zero() -> None:
    a = drawn(2, 3).requires_grad_()
    distance = pair_distance(a, a.detach())
    distance.sum().backward()
    assert distance.tolist() == [1e-6, 1e-6]
    assert a.grad is not None and not a.grad.any()


def test_gradient_of_a_small_distance_has_length_one() -> None:
    a = torch.tensor([[3e-5, 4e-5]], dtype=torch.float64, requires_grad=True)
    pair_distance(a, torch.zeros_like(a)).backward()
    assert a.grad is not None and a.grad.tolist() == [pytest.approx([0.6, 0.8])]


def test_verification_of_a_worked_example() -> None:
    """Same 0.5 apart: 0.5. Different 0.5 apart: 2 - 0.5, not squared. Different 3 apart: nothing."""
    a, b = torch.zeros(3, 1), torch.tensor([[0.5], [0.5], [3.0]])
    same = torch.tensor([True, False, False])
    assert verification_loss(a, b, same).item() == pytest.approx((0.5 + 1.5 + 0) / 3)


def test_verification_keeps_another_margin() -> None:
    a, b = torch.zeros(1, 1), torch.ones(1, 1)
    assert verification_loss(a, b, torch.tensor([False]), margin=3.5).item() == pytest.approx(2.5)


@pytest.mark.parametrize("margin", [1.0, 2.0, LARGE_MARGIN])
def test_verification_equals_going_pair_by_pair(margin: float) -> None:
    a, b = drawn(30, 4), drawn(30, 4, seed=1)
    same = torch.arange(30) % 3 == 0
    expected = slow_verification_loss(a, b, same, margin)
    assert expected > 0.5
    assert verification_loss(a, b, same, margin).item() == pytest.approx(expected)


def test_different_pairs_beyond_the_margin_move_nothing() -> None:
    a = torch.tensor([[0.0], [0.0]], requires_grad=True)
    b = torch.tensor([[2.5], [1.5]])
    verification_loss(a, b, torch.tensor([False, False])).backward()
    assert a.grad is not None and a.grad.flatten().tolist() == [0, 0.5]


def test_verification_is_finite_where_two_clips_are_equal() -> None:
    a = torch.ones(2, 3, requires_grad=True)
    loss = verification_loss(a, torch.ones(2, 3), torch.tensor([True, False]))
    loss.backward()
    assert loss.item() == pytest.approx(1, abs=1e-5)
    assert a.grad is not None and a.grad.isfinite().all()


def test_verification_has_the_right_gradient() -> None:
    a, b = drawn(6, 3).requires_grad_(), drawn(6, 3, seed=1).requires_grad_()
    same = torch.tensor([True, False] * 3)
    assert torch.autograd.gradcheck(lambda x, y: verification_loss(x, y, same, LARGE_MARGIN), (a, b))


def test_identification_of_a_worked_example() -> None:
    """Chances 3/4 and 1/4: -log(3/4) for the first, -log(1/4) for the second."""
    logits = torch.tensor([[math.log(3), 0.0]] * 2, dtype=torch.float64)
    expected = (math.log(4 / 3) + math.log(4)) / 2
    assert identification_loss(logits, torch.tensor([0, 1])).item() == pytest.approx(expected)


def test_identification_equals_going_clip_by_clip() -> None:
    logits, identity = 3 * drawn(20, 5), torch.arange(20) % 5
    expected = slow_identification_loss(logits, identity)
    assert expected > 1
    assert identification_loss(logits, identity).item() == pytest.approx(expected)


def test_joint_costs_are_v_and_i_plus_i() -> None:
    a, b, classifier = drawn(8, 4), drawn(8, 4, seed=1), drawn(4, 3, seed=2)
    pid_a, pid_b = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1]), torch.tensor([0, 1, 2, 1, 2, 0, 0, 1])
    parts = (
        slow_verification_loss(a, b, pid_a == pid_b, 2.0),
        slow_identification_loss(a @ classifier, pid_a),
        slow_identification_loss(b @ classifier, pid_b),
    )
    assert min(parts) > 0.1 and len({round(part, 3) for part in parts}) == 3
    verification, identification = joint_costs(a, b, lambda f: f @ classifier, pid_a, pid_b)
    assert verification.item() == pytest.approx(parts[0])
    assert identification.item() == pytest.approx(parts[1] + parts[2])


def test_joint_costs_pass_the_margin_on() -> None:
    a, b, pid_a, pid_b = torch.zeros(1, 1), torch.ones(1, 1), torch.tensor([0]), torch.tensor([1])
    verification, identification = joint_costs(a, b, lambda f: f.new_zeros(1, 2), pid_a, pid_b, margin=4.0)
    assert (verification.item(), identification.item()) == (3, pytest.approx(2 * math.log(2)))


def test_contrastive_loss_of_a_worked_example() -> None:
    """Unit vectors at 0, 0 and 90 degrees; at temperature 1/2 the partner weighs e^2, the other 1."""
    embeddings = torch.tensor([[2.0, 0.0], [5.0, 0.0], [0.0, 0.1]], dtype=torch.float64)
    expected = -math.log(math.e**2 / (math.e**2 + 1))
    loss = supervised_contrastive_loss(embeddings, torch.tensor([4, 4, 9]), temperature=0.5)
    assert loss.item() == pytest.approx(expected)


@pytest.mark.parametrize("temperature", [0.1, 0.7])
def test_contrastive_loss_equals_going_clip_by_clip(temperature: float) -> None:
    embeddings, identity = drawn(9, 4), torch.tensor([0, 0, 1, 1, 1, 2, 3, 3, 0])
    expected = slow_contrastive_loss(embeddings, identity, temperature)
    assert expected > 1
    assert supervised_contrastive_loss(embeddings, identity, temperature).item() == pytest.approx(expected)


def test_the_temperature_is_a_tenth_unless_another_is_given() -> None:
    embeddings, identity = drawn(6, 4), torch.tensor([0, 0, 1, 1, 2, 2])
    expected = slow_contrastive_loss(embeddings, identity, 0.1)
    assert supervised_contrastive_loss(embeddings, identity).item() == pytest.approx(expected)


def test_contrastive_loss_has_the_right_gradient_and_keeps_its_input() -> None:
    embeddings, identity = drawn(6, 3).requires_grad_(), torch.tensor([0, 0, 1, 1, 2, 0])
    before = embeddings.detach().clone()
    assert torch.autograd.gradcheck(lambda x: supervised_contrastive_loss(x, identity, 0.5), (embeddings,))
    assert torch.equal(embeddings, before) and identity.tolist() == [0, 0, 1, 1, 2, 0]


def test_a_clip_without_partners_takes_no_part_but_repels() -> None:
    embeddings = drawn(3, 4)
    identity = torch.tensor([0, 0, 1])
    with_third = supervised_contrastive_loss(embeddings, identity).item()
    assert with_third == pytest.approx(slow_contrastive_loss(embeddings, identity, 0.1))
    assert supervised_contrastive_loss(embeddings[:2], identity[:2]).item() == pytest.approx(0, abs=1e-9)
    assert with_third > 1e-3


def test_a_batch_without_partners_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^identity must hold one person at least twice, got \[3, 1, 2\]"):
        supervised_contrastive_loss(drawn(3, 4), torch.tensor([3, 1, 2]))


def test_the_paper_s_costs_are_the_default() -> None:
    assert LossConfig() == LossConfig(
        verification=1.0, identification=1.0, contrastive=0.0, margin=2.0, temperature=0.1
    )


@pytest.mark.parametrize("name", ["verification", "identification", "contrastive"])
def test_weights_are_not_negative(name: str) -> None:
    assert getattr(LossConfig(**{name: 0.0}), name) == 0
    with pytest.raises(ValueError, match=rf"^{name} must be 0 or more, got -0\.1$"):
        LossConfig(**{name: -0.1})


@pytest.mark.parametrize("name", ["margin", "temperature"])
@pytest.mark.parametrize("value", [0.0, -1.0])
def test_margin_and_temperature_are_above_zero(name: str, value: float) -> None:
    assert getattr(LossConfig(**{name: 0.5}), name) == 0.5
    with pytest.raises(ValueError, match=rf"^{name} must be above 0, got {value}$"):
        LossConfig(**{name: value})

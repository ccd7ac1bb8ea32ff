import pytest
import torch

from reid_core.model import HeadOutput
from reid_core.training import LossConfig
from reid_core.training.cost import SiameseCost, training_pairs
from tests.oracles import slow_identification_loss, slow_verification_loss
from tests.tiny import tiny_network

CAMERA_1_AND_2 = [1, 2]


def pairs(identity: list[int], camera: list[int]) -> list[tuple[int, int]]:
    a, b = training_pairs(torch.tensor(identity), torch.tensor(camera))
    return list(zip(a.tolist(), b.tolist(), strict=True))


def test_one_pair_a_step_gives_that_pair() -> None:
    assert pairs([0, 0], [1, 2]) == [(0, 1)]
    assert pairs([0, 1], [1, 2]) == [(0, 1)]
    assert pairs([3, 1], [2, 1]) == [(1, 0)]


def test_every_pair_of_one_person_and_as_many_of_two() -> None:
    """Three persons, two clips each; partners of the different pairs are the next person's."""
    assert pairs([5, 5, 2, 2, 9, 9], [1, 2] * 3) == [(0, 1), (2, 3), (4, 5), (0, 3), (2, 5), (4, 1)]


def test_pairs_cross_the_cameras() -> None:
    identity, camera = [0] * 4 + [1] * 4, [1, 2, 1, 2, 2, 1, 2, 1]
    found = pairs(identity, camera)
    assert all(camera[a] == 1 and camera[b] == 2 for a, b in found)
    same = [identity[a] == identity[b] for a, b in found]
    assert (sum(same), len(same)) == (8, 16)
    assert len(set(found)) == 16


def test_one_camera_makes_no_pairs() -> None:
    with pytest.raises(ValueError, match=r"camera must hold two cameras or more, got \[2, 2\]"):
        pairs([0, 1], [2, 2])


class Given(torch.nn.Module):
    """An embedder that is given the embeddings."""

    def forward(self, embeddings: torch.Tensor) -> HeadOutput:
        return HeadOutput(embeddings, embeddings[:, None], None, torch.ones(len(embeddings), dtype=torch.long))


def test_one_pair_costs_what_the_paper_s_joint_loss_says() -> None:
    cost = SiameseCost(Given(), tiny_network("bptt").head, 3, LossConfig())
    embeddings, identity = torch.randn(2, 6, generator=torch.Generator().manual_seed(0)) / 4, torch.tensor([2, 0])
    total, costs = cost(embeddings, identity, torch.tensor(CAMERA_1_AND_2))
    (classifier,) = cost.classifiers
    a, b = embeddings[:1], embeddings[1:]
    verification = slow_verification_loss(a, b, torch.tensor([False]), 2.0)
    identification = slow_identification_loss(classifier(a), identity[:1])
    identification += slow_identification_loss(classifier(b), identity[1:])
    assert min(verification, identification) > 0.1
    assert costs.tolist() == pytest.approx([verification, identification, 0], rel=1e-5)
    assert total.item() == pytest.approx(verification + identification, rel=1e-5)


def test_the_loss_is_the_weighted_sum_of_the_costs() -> None:
    weights = LossConfig(verification=0.5, identification=2.0, contrastive=3.0, margin=9.0)
    cost = SiameseCost(Given(), tiny_network("bptt").head, 3, weights)
    embeddings = torch.randn(6, 6, generator=torch.Generator().manual_seed(0))
    total, costs = cost(embeddings, torch.tensor([0, 0, 1, 1, 2, 2]), torch.tensor(CAMERA_1_AND_2 * 3))
    assert min(costs.tolist()) > 0.1
    assert total.item() == pytest.approx(0.5 * costs[0].item() + 2 * costs[1].item() + 3 * costs[2].item(), rel=1e-6)


def test_one_pair_has_nobody_to_be_told_apart_from() -> None:
    cost = SiameseCost(Given(), tiny_network("bptt").head, 3, LossConfig(contrastive=1.0))
    for identity in ([2, 0], [1, 1]):
        _, costs = cost(torch.randn(2, 6), torch.tensor(identity), torch.tensor(CAMERA_1_AND_2))
        assert costs[2].item() == 0

"""The head that pools a clip with its partner's help."""

import torch

from reid_core.model.heads.astpn import AttentivePoolingConfig
from tests.oracles import direct_attentive_pooling
from tests.tiny import random_clips, random_head


def test_the_trained_parameters_are_as_many_as_the_equations_say() -> None:
    head = AttentivePoolingConfig().build()
    assert sum(p.numel() for p in head.parameters() if p.requires_grad) == 128 * 128 * 3 + 128


def test_it_pools_a_pair_by_what_both_show() -> None:
    head = random_head("astpn")
    with torch.no_grad():
        head.U.mul_(5)
    a, b = head(random_clips(2, 6), torch.tensor([6, 4])), head(random_clips(2, 9), torch.tensor([9, 3]))
    first, second = head.pair(a, b)
    for i, (length_a, length_b) in enumerate([(6, 9), (4, 3)]):
        f_a, f_b = direct_attentive_pooling(a.states[i, :length_a], b.states[i, :length_b], head.U)
        torch.testing.assert_close(first[i], f_a)
        torch.testing.assert_close(second[i], f_b)
    assert not torch.allclose(first[0], a.embedding[0])
    own, _ = direct_attentive_pooling(a.states[0], a.states[0], head.U)
    torch.testing.assert_close(a.embedding[0], own)


def test_distances_are_those_of_the_pairs_whatever_the_block() -> None:
    head = random_head("astpn")
    probe, gallery = head(random_clips(2, 6)), head(random_clips(5, 8))
    head.pairs_at_once = 2
    distance = head.distance(probe, gallery)
    assert distance.shape == (2, 5)
    for i in range(2):
        for j in range(5):
            f_p, f_q = direct_attentive_pooling(probe.states[i], gallery.states[j], head.U)
            torch.testing.assert_close(distance[i, j], (f_p - f_q).norm())


def test_without_partner_it_compares_its_own_embeddings() -> None:
    head = random_head("astpn", pair=False)
    probe, gallery = head(random_clips(2, 6)), head(random_clips(5, 8))
    torch.testing.assert_close(head.distance(probe, gallery), torch.cdist(probe.embedding, gallery.embedding))
    assert torch.equal(head.pair(probe, probe)[0], probe.embedding)
    assert not head.config.pools_pairs and random_head("astpn").config.pools_pairs

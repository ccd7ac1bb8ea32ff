"""Other rules with the same weights, attention switched off, nothing learned."""

import numpy as np
import pytest
import torch

from reid_core.explain import attention_of, with_rule
from reid_core.explain.controls import uniform_attention, untrained
from reid_core.explain.features import embed_many
from reid_core.model import HEADS
from tests.explain.toys import random_features, random_head
from tests.tiny import tiny_config


def test_the_rule_as_it_was_gives_the_same_embedding_and_another_attends_as_it_says():
    head, features = random_head("utrcnn", variant="sab"), random_features(12)
    assert torch.equal(
        embed_many(with_rule(head), features[None]).embedding, embed_many(head, features[None]).embedding
    )
    alpha = attention_of(with_rule(head, k_top=2, k_att=3), features)
    assert np.count_nonzero(alpha[-1]) == 2 and set(np.flatnonzero(alpha.any(0)) % 3) == {2}
    assert (head.config.k_top, head.cell.config.k_top, head.cell.config.k_att) == (5, 5, 1)


@pytest.mark.parametrize("variant", ["sab", "paper", "paper-raw"])
def test_uniform_attention_is_uniform_and_leaves_the_head_alone(variant):
    head, features = random_head("utrcnn", variant=variant), random_features(7)
    before = embed_many(head, features[None]).embedding
    alpha = attention_of(uniform_attention(head), features)
    for t in range(1, 7):
        np.testing.assert_allclose(alpha[t, :t], 1 / t)
    assert torch.equal(embed_many(head, features[None]).embedding, before)


def test_uniform_readings_are_uniform_too():
    head, features = random_head("utrcnn", variant="closing"), random_features(7)
    before = embed_many(head, features[None]).embedding
    np.testing.assert_allclose(attention_of(uniform_attention(head), features)[-3:], 1 / 7)
    assert torch.equal(embed_many(head, features[None]).embedding, before)


@pytest.mark.parametrize("name", HEADS)
def test_a_head_attends_whose_output_has_attention(name):
    head = random_head(name)
    assert head.config.attends == (head(random_features(7)).attention is not None)


def test_heads_without_attention_have_no_rule_to_change():
    for control in (with_rule, uniform_attention):
        with pytest.raises(ValueError, match="head with attention, got 'bptt'"):
            control(random_head("bptt"))
    with pytest.raises(ValueError, match="k_top"):
        with_rule(random_head("utrcnn", variant="sab"), k_top=0)


def test_an_untrained_network_follows_its_seed_and_disturbs_no_other_draw():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    networks = [untrained(tiny_config("utrcnn"), seed) for seed in (1, 1, 2)]
    assert torch.equal(torch.rand(1), expected) and not networks[0].training
    a, b, c = (torch.cat([p.flatten() for p in network.parameters()]) for network in networks)
    assert torch.equal(a, b) and not torch.equal(a, c)

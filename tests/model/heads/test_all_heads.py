"""What holds for every head of the table: padding, batches, precision, distances, and what it says of itself."""

from dataclasses import fields, replace

import pytest
import torch

from reid_core.commands.dataset import Published
from reid_core.commands.training import Train
from reid_core.model import HEADS, head_class, head_config, head_options
from reid_core.training import Experiment
from tests.tiny import random_clips, random_head


@pytest.mark.parametrize("name", HEADS)
def test_a_head_has_the_name_by_which_it_is_found_and_tells_what_it_is(name: str) -> None:
    config = head_config(name)
    assert config.name == name
    assert config.__doc__ and config.__doc__ != head_class("bptt").__mro__[1].__doc__
    assert any(p.requires_grad for p in config.build().parameters()) is config.learns


@pytest.mark.parametrize("name", HEADS)
def test_no_option_of_a_head_is_hidden_by_one_of_the_training(name: str) -> None:
    of_training = {field.name for options in (Train, Experiment, Published) for field in fields(options)}
    assert not of_training & set(head_options(name))


@pytest.mark.parametrize("name", HEADS)
def test_an_option_that_a_head_does_not_have_is_refused_with_those_that_it_has(name: str) -> None:
    has = ", ".join(field.name for field in fields(head_class(name)))
    with pytest.raises(ValueError, match=f"^head '{name}' has no option 'depth'; it has: {has}$"):
        head_config(name, features=8, depth=3)


def test_a_head_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=f"^there is no head 'lstm'; there are: {', '.join(HEADS)}$"):
        head_config("lstm")


@pytest.mark.parametrize("name", HEADS)
def test_a_wrong_size_names_the_field(name: str) -> None:
    for field, wrong, allowed in (
        ("features", 0, "a whole number of at least 1"),
        ("dropout", 1.0, "at least 0 and below 1"),
    ):
        with pytest.raises(ValueError, match=f"{head_class(name).__name__}.{field} is {wrong}; it must be {allowed}"):
            head_config(name, **{field: wrong})


@pytest.mark.parametrize("name", HEADS)
def test_padding_changes_nothing_even_if_it_is_nan(name: str) -> None:
    head, clips, lengths = random_head(name), random_clips(), torch.tensor([9, 4, 1])
    clips[1, 4:] = torch.nan
    clips.requires_grad_()
    output = head(clips, lengths)
    assert output.embedding.shape == (3, head.config.embedding_size)
    output.embedding.sum().backward()
    assert all(p.grad.isfinite().all() for p in head.parameters() if p.grad is not None)
    for i, length in enumerate(lengths):
        alone = head(clips[i : i + 1, :length])
        torch.testing.assert_close(output.embedding[i], alone.embedding[0])
        torch.testing.assert_close(output.states[i, :length], alone.states[0])
        assert output.states[i, length:].abs().sum() == 0
        if output.attention is not None:
            torch.testing.assert_close(output.attention[i, :length, :length], alone.attention[0])
            assert output.attention[i, length:].abs().sum() == 0


@pytest.mark.parametrize("name", HEADS)
def test_a_batch_equals_its_clips_one_by_one(name: str) -> None:
    head, clips = random_head(name), random_clips()
    together = head(clips).embedding
    assert together.std(0).min() > 0.01
    for clip, embedding in zip(clips, together, strict=True):
        torch.testing.assert_close(head(clip[None]).embedding[0], embedding)


@pytest.mark.parametrize("name", HEADS)
def test_without_a_gradient_the_embedding_is_the_same(name: str) -> None:
    head, clip = random_head(name), random_clips(1, 13)[0]
    copies = torch.stack([torch.cat([clip[:t], clip[t + 1 :]]) for t in range(13)])
    expected = head(copies)
    with torch.no_grad():
        found = head(copies)
    torch.testing.assert_close(found.embedding, expected.embedding)
    torch.testing.assert_close(found.states, expected.states)


@pytest.mark.parametrize("gradient", [True, False])
@pytest.mark.parametrize("name", HEADS)
def test_mixed_precision_leaves_a_head_as_it_is(name: str, gradient: bool) -> None:
    head, clips = random_head(name).float(), random_clips().float()
    with torch.set_grad_enabled(gradient):
        expected = head(clips)
        pair = head.pair(expected, head(clips.flip(0)))
        with torch.autocast("cpu", torch.bfloat16):
            found = head(clips)
            pair_found = head.pair(found, head(clips.flip(0)))
            of_half = head(clips.bfloat16())
    pairs = zip((found.states, found.embedding, *pair_found), (expected.states, expected.embedding, *pair), strict=True)
    for one, other in pairs:
        assert one.dtype == torch.float32
        assert torch.equal(one, other)
    assert of_half.embedding.dtype == of_half.states.dtype == torch.float32
    torch.testing.assert_close(of_half.embedding, head(clips.bfloat16().float()).embedding)


@pytest.mark.parametrize("name", HEADS)
def test_a_clip_is_no_distance_from_itself(name: str) -> None:
    head = random_head(name)
    output = head(random_clips())
    distance = head.distance(output, output)
    # a head that pools pairs looks at the two places of a pair differently, so there it is small but not zero
    assert distance.diagonal().abs().max() < (0.1 if head.config.pools_pairs else 1e-12)
    assert distance.max() > 0.01


@pytest.mark.parametrize("name", HEADS)
def test_embeddings_of_unit_length_keep_their_direction(name: str) -> None:
    head, clips = random_head(name), random_clips()
    plain, streams = head(clips), len(head.config.stream_weights)
    head.config = replace(head.config, unit_length=True)
    scaled = head(clips)
    for before, after in zip(plain.embedding.chunk(streams, 1), scaled.embedding.chunk(streams, 1), strict=True):
        torch.testing.assert_close(after, before / before.norm(dim=1, keepdim=True))
    for embedding in head.pair(head(clips[:2]), head(clips[1:])):
        assert torch.allclose(embedding.norm(dim=1), torch.tensor(streams**0.5, dtype=embedding.dtype))


@pytest.mark.parametrize("name", HEADS)
def test_the_weights_of_the_streams_share_the_loss(name: str) -> None:
    config = head_config(name)
    assert sum(config.stream_weights) == 1
    assert config.embedding_size % len(config.stream_weights) == 0


@pytest.mark.parametrize("name", HEADS)
def test_dropout_acts_in_training_only(name: str) -> None:
    head, clips = random_head(name, dropout=0.6), random_clips()
    assert torch.equal(head(clips).embedding, head(clips).embedding)
    head.train()
    assert not torch.equal(head(clips).embedding, head(clips).embedding)


@pytest.mark.parametrize("name", HEADS)
def test_features_of_the_wrong_shape_are_refused(name: str) -> None:
    for wrong in (random_clips()[0], random_clips()[:0], random_clips()[:, :0]):
        with pytest.raises(ValueError, match="features: expected shape"):
            random_head(name)(wrong)


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("lengths", [[0, 3, 3], [3, 3, 10], [3, 3], [2.5, 3, 3]])
def test_impossible_lengths_are_refused(name: str, lengths: list[float]) -> None:
    with pytest.raises(ValueError, match="lengths: expected 3 integers between 1 and 9"):
        random_head(name)(random_clips(), torch.tensor(lengths))

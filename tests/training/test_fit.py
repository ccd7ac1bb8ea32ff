import math
import multiprocessing
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from lightning_fabric import Fabric
from safetensors.torch import load_file

from reid_core.data import (
    InputConfig,
    PreparedTracklet,
    alternating_pairs,
    channels,
    identity_batches,
    picked_clips,
)
from reid_core.model import HEADS, ReIdNetwork, head_class
from reid_core.training import PRESETS, Context, Experiment, LossConfig, Stage, fit, seeded_network, verification_loss
from reid_core.training.cost import training_pairs
from reid_core.training.fit import _Learner, learning_rate
from reid_core.training.inputs import stage_inputs
from tests.tiny import tiny_config, tiny_network, tracklets
from tests.training.trainings import (
    ENCODER,
    HEAD,
    LOSS,
    PAPER,
    TWO_STAGES,
    equal,
    train_together,
    trained,
    untimed,
)

# The rate of learning


def test_the_rate_rises_stays_and_falls() -> None:
    stage = replace(ENCODER, learning_rate=2.0, warm_up=0.2, cool_down=0.4)
    rates = {progress: learning_rate(stage, progress) for progress in (0, 0.001, 0.1, 0.2, 0.6, 0.7, 0.8, 0.9, 1)}
    fallen = [(1 + math.cos(math.pi * share)) for share in (1 / 4, 1 / 2, 3 / 4, 1)]
    assert list(rates.values()) == pytest.approx([0.02, 0.02, 1, 2, 2, *fallen])


def test_the_paper_s_rate_stays() -> None:
    assert {learning_rate(PRESETS["paper"][0], progress) for progress in (0, 0.3, 1)} == {1e-3}


# Styles


def test_only_an_encoder_that_can_mixes_styles() -> None:
    with pytest.raises(ValueError, match="must not mix styles with the encoder 'paper', which cannot"):
        next(fit(tiny_network("mean"), tracklets(4), (replace(ENCODER, styles=0.5),), LOSS, seed=0))


def test_the_stage_says_how_often_styles_are_mixed() -> None:
    network = seeded_network(Experiment(head="mean").network, 0)
    for stage, share in ((replace(ENCODER, styles=0.5), 0.5), (ENCODER, 0.0)):
        _Learner(network, stage, 2, LOSS, 0, Fabric(accelerator="cpu"))
        assert network.encoder.styles == share


# On another device


class InDoublePrecision(Fabric):
    """Double precision stands for another device: what was not brought there cannot be computed with."""

    def to_device(self, obj: Any) -> Any:
        return obj.double()


def test_an_encoder_that_a_stage_does_not_train_is_brought_to_where_the_clips_are() -> None:
    network = tiny_network()
    stage_inputs(network, tracklets(2), HEAD, 0, Context(InDoublePrecision(accelerator="cpu", devices=1)))
    assert {weight.dtype for weight in network.encoder.parameters()} == {torch.float64}


# Against an obvious loop

SYMMETRIC = InputConfig(height=14, width=10, crop_height=14, crop_width=10, channels=("colour",))


def symmetric_tracklets() -> list[PreparedTracklet]:
    """As large as the crop and their own mirror images, so that augmentation changes nothing."""
    made = tracklets(4, 6)
    halves = [one.colour[:, :14, :5] for one in made]
    colours = [np.concatenate([half, half[:, :, ::-1]], 2) for half in halves]
    flow = [np.zeros((*colour.shape[:3], 2), np.float16) for colour in colours]
    return [replace(one, colour=c, flow=f) for one, c, f in zip(made, colours, flow, strict=True)]


def embedding_of(part: str, network: ReIdNetwork) -> tuple[Callable[[torch.Tensor], torch.Tensor], torch.nn.Module]:
    """What a stage makes of clips, and what it trains."""
    embeddings: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], torch.nn.Module]] = {
        "all": (lambda clips: network(clips).embedding, network),
        "encoder": (lambda clips: network.features(clips).mean(1), network.encoder),
        "head": (lambda clips: network.embed_features(network.features(clips).detach()).embedding, network.head),
    }
    return embeddings[part]


@pytest.mark.parametrize("part", ["all", "encoder", "head"])
def test_stochastic_descent_takes_torch7_s_steps(part: str) -> None:
    """Gradients clipped at a value; the momentum is the first gradient, then .9 of itself and .1 of the new one."""
    stage = replace(PAPER[0], part=part, epochs=2, clip_value=0.02)
    people, network = symmetric_tracklets(), tiny_network("rcnn", input_=SYMMETRIC)
    list(fit(network, people, (stage,), LossConfig(identification=0.0, margin=4.0), seed=5))

    by_hand = tiny_network("rcnn", input_=SYMMETRIC)
    embed, trained_part = embedding_of(part, by_hand)
    weights = [weight for weight in trained_part.parameters() if weight.requires_grad]
    momentum: list[torch.Tensor] = []
    clipped = 0
    for epoch in (0, 1):
        for picks in alternating_pairs(people, 4, 5, epoch):
            a, b = embed(channels(*picked_clips(people, picks), SYMMETRIC))
            same = torch.tensor([picks.identity[0] == picks.identity[1]])
            cost = verification_loss(a[None], b[None], same, 4.0)
            gradients = torch.autograd.grad(cost, weights)
            clipped += sum(int((gradient.abs() > 0.02).sum()) for gradient in gradients)
            gradients = [gradient.clamp(-0.02, 0.02) for gradient in gradients]
            before = momentum or [gradient / 0.9 - 0.1 * gradient / 0.9 for gradient in gradients]
            momentum = [0.9 * old + 0.1 * new for old, new in zip(before, gradients, strict=True)]
            with torch.no_grad():
                for weight, change in zip(weights, momentum, strict=True):
                    weight -= stage.learning_rate * change
    assert clipped > 10
    start, end = tiny_network("rcnn", input_=SYMMETRIC).state_dict(), by_hand.state_dict()
    moved = max(float((end[name] - start[name]).abs().max()) for name in end)
    assert moved > 1e-3
    for name, value in network.state_dict().items():
        assert torch.allclose(value, end[name], atol=0.01 * moved), name


def test_many_pairs_and_adamw_take_the_obvious_steps() -> None:
    people, network = symmetric_tracklets(), tiny_network("rcnn", input_=SYMMETRIC)
    stage = replace(ENCODER, part="all", epochs=3, identities=2, clip_norm=0.1, weight_decay=0.5)
    loss = LossConfig(identification=0.0, margin=4.0)
    list(fit(network, people, (stage,), loss, seed=5))

    by_hand = tiny_network("rcnn", input_=SYMMETRIC)
    optimiser = torch.optim.AdamW(by_hand.parameters(), 1.0, weight_decay=0.5)
    for epoch in range(3):
        steps = list(identity_batches(people, 2, 2, 2, 5, epoch))
        for number, picks in enumerate(steps):
            optimiser.param_groups[0]["lr"] = learning_rate(stage, (epoch + number / len(steps)) / 3)
            embeddings = by_hand(channels(*picked_clips(people, picks), SYMMETRIC)).embedding
            a, b = training_pairs(torch.from_numpy(picks.identity), torch.from_numpy(picks.camera))
            same = torch.from_numpy(picks.identity)[a] == torch.from_numpy(picks.identity)[b]
            optimiser.zero_grad()
            verification_loss(embeddings[a], embeddings[b], same, 4.0).backward()
            torch.nn.utils.clip_grad_norm_(by_hand.parameters(), 0.1)
            optimiser.step()
    for name, value in network.state_dict().items():
        assert torch.allclose(value, by_hand.state_dict()[name], atol=1e-4), name


# What a training does


@pytest.mark.parametrize("head", ["mean", "bptt", "rcnn", "brcnn", "utrcnn", "astpn", "tsc"])
def test_the_loss_falls_with_every_head(head: str) -> None:
    network = tiny_network(head)
    stage = replace(ENCODER, part="all", epochs=12, warm_up=0.0)
    logs = list(fit(network, tracklets(6), (stage,), LOSS, seed=0))
    assert logs[-1].loss < 0.7 * logs[0].loss


@pytest.mark.parametrize("head", [name for name in HEADS if head_class(name).learns])
def test_mixed_precision_is_for_the_encoder_and_not_for_the_recurrence(head: str) -> None:
    network, types = tiny_network(head), dict[str, set[torch.dtype]]()
    network.encoder.register_forward_hook(
        lambda _, __, features: types.setdefault("encoder", set()).add(features.dtype)
    )
    network.head.register_forward_hook(lambda _, __, output: types.setdefault("head", set()).add(output.states.dtype))
    context = Context(Fabric(accelerator="cpu", devices=1, precision="bf16-mixed"))
    (log,) = fit(network, tracklets(4), (replace(ENCODER, part="all", epochs=1),), LOSS, 0, context)
    assert types == {"encoder": {torch.bfloat16}, "head": {torch.float32}} and math.isfinite(log.loss)


def test_a_stage_of_the_head_may_see_spoilt_frames() -> None:
    weights = []
    for share in (0.0, 0.4):
        network = tiny_network("bptt")
        list(fit(network, tracklets(4), (replace(HEAD, spoilt=share),), LOSS, seed=0))
        weights.append(network.state_dict())
    assert not equal(*weights)


def test_logs_tell_what_was_done() -> None:
    _, logs = trained("two stages")
    assert [log.epoch for log in logs] == [1, 2, 3, 4]
    assert {log.epochs for log in logs} == {4}
    assert [log.part for log in logs] == ["encoder", "encoder", "head", "head"]
    assert [log.frames for log in logs] == [6 * 2 * 2] * 2 + [6 * 2 * 5] * 2
    for log in logs:
        costs = 0.5 * log.verification + 0.5 * log.identification + log.contrastive
        assert log.loss == pytest.approx(costs, rel=1e-5)
        assert min(log.verification, log.identification, log.contrastive, log.seconds) > 0


def test_the_paper_s_preset_takes_two_steps_a_person() -> None:
    """A step is two clips of four frames."""
    _, logs = trained("paper")
    assert [log.frames for log in logs] == [2 * 6 * 2 * 4] * 3


@pytest.mark.parametrize("schedule", ["two stages", "paper"])
def test_the_seed_alone_decides(schedule: str) -> None:
    torch.manual_seed(1)
    first, logs = trained(schedule, seed=1)
    torch.manual_seed(2)
    state = torch.get_rng_state()
    again, same_logs = trained(schedule, seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    other, _ = trained(schedule, seed=2)
    assert equal(first, again) and untimed(logs) == untimed(same_logs)
    assert not equal(first, other)


def test_a_network_s_first_weights_derive_from_the_seed() -> None:
    a, b, c = (seeded_network(tiny_config(), seed).state_dict() for seed in (0, 0, 1))
    assert equal(a, b) and not equal(a, c)


@pytest.mark.parametrize(("stage", "moving", "still"), [(ENCODER, "encoder.", "head."), (HEAD, "head.", "encoder.")])
def test_a_stage_changes_its_part_only(stage: Stage, moving: str, still: str) -> None:
    network = tiny_network("bptt")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    list(fit(network, tracklets(4), (stage,), LOSS, seed=0))
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed and all(name.startswith(moving) for name in changed)
    assert any(name.startswith(still) for name in before)


def test_a_person_seen_by_one_camera_only_is_refused() -> None:
    with pytest.raises(ValueError, match="tracklets must show every person in two cameras"):
        list(fit(tiny_network(), tracklets(3)[:5], TWO_STAGES, LOSS, seed=0))


# Several processes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("schedule", ["two stages", "paper"])
def test_two_processes_do_what_one_does_with_the_whole_batch(
    processes: multiprocessing.context.ForkServerContext, schedule: str, tmp_path: Path
) -> None:
    port = free_port()
    both = [processes.Process(target=train_together, args=(schedule, 2, rank, port, tmp_path)) for rank in (0, 1)]
    for process in both:
        process.start()
    weights, logs = trained(schedule, dropout=0.0)
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    curves = pd.read_csv(tmp_path / "logs.csv")
    for name in ("loss", "verification", "identification", "contrastive", "frames"):
        assert curves[name].tolist() == pytest.approx([getattr(log, name) for log in logs], rel=1e-4), name
    together = load_file(tmp_path / "weights")
    assert all(torch.allclose(together[name], value, atol=1e-4) for name, value in weights.items())

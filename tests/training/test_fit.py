import math
import multiprocessing
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from reid_core.data import (
    InputConfig,
    PreparedTracklet,
    alternating_pairs,
    channels,
    identity_batches,
    picked_clips,
)
from reid_core.model import HeadOutput, ReIdNetwork
from reid_core.training import PRESETS, EpochLog, LossConfig, Stage, fit, joint_loss, seeded_network, verification_loss
from reid_core.training.fit import SiameseCost, learning_rate, training_pairs
from tests.tiny import tiny_config, tiny_network, tracklets
from tests.training.trainings import (
    ENCODER,
    HEAD,
    LOSS,
    PAPER,
    TRAININGS,
    TWO_STAGES,
    train_together,
    train_until_killed,
    train_until_killed_while_writing,
    trained,
)

WEIGHTS = dict[str, torch.Tensor]
CAMERA_1_AND_2 = [1, 2]


def equal(a: WEIGHTS, b: WEIGHTS) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def untimed(logs: list[EpochLog]) -> list[EpochLog]:
    return [replace(log, seconds=0.0) for log in logs]


def pairs(identity: list[int], camera: list[int]) -> list[tuple[int, int]]:
    a, b = training_pairs(torch.tensor(identity), torch.tensor(camera))
    return list(zip(a.tolist(), b.tolist(), strict=True))


# What a step is trained on


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
    embeddings, identity = torch.randn(2, 6, generator=torch.Generator().manual_seed(0)), torch.tensor([2, 0])
    total, costs = cost(embeddings, identity, torch.tensor(CAMERA_1_AND_2))
    (classifier,) = cost.classifiers
    a, b = embeddings[:1], embeddings[1:]
    expected = joint_loss(a, b, classifier(a), classifier(b), identity[:1], identity[1:])
    assert total.item() == pytest.approx(expected.item(), rel=1e-6)
    assert costs.tolist() == pytest.approx(
        [verification_loss(a, b, torch.tensor([False])).item(), expected.item() - costs[0].item(), 0], rel=1e-5
    )


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


# The rate of learning


def test_the_rate_rises_stays_and_falls() -> None:
    stage = replace(ENCODER, learning_rate=2.0, warm_up=0.2, cool_down=0.4)
    rates = {progress: learning_rate(stage, progress) for progress in (0, 0.001, 0.1, 0.2, 0.6, 0.7, 0.8, 0.9, 1)}
    fallen = [(1 + math.cos(math.pi * share)) for share in (1 / 4, 1 / 2, 3 / 4, 1)]
    assert list(rates.values()) == pytest.approx([0.02, 0.02, 1, 2, 2, *fallen])


def test_the_paper_s_rate_stays() -> None:
    assert {learning_rate(PRESETS["paper"][0], progress) for progress in (0, 0.3, 1)} == {1e-3}


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


# Stopping and going on


@pytest.mark.parametrize("schedule", ["two stages", "paper"])
def test_stopped_after_any_epoch_it_ends_with_the_same_weights(schedule: str, tmp_path: Path) -> None:
    expected, logs = trained(schedule)
    for epochs in range(len(logs) + 1):
        state, network = tmp_path / f"{epochs}.state", tiny_network("utrcnn", dropout=0.3)
        list(islice(fit(network, tracklets(6), *TRAININGS[schedule], 1, state=state), epochs))
        weights, again = trained(schedule, state)
        assert equal(weights, expected)
        assert untimed(again) == untimed(logs)


@pytest.fixture(scope="module")
def processes() -> multiprocessing.context.ForkServerContext:
    """Makes processes that have imported everything and done nothing yet."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.training.trainings"])
    return context


@pytest.mark.parametrize(
    ("train", "schedule", "moment"),
    [
        (train_until_killed, "two stages", 1),
        (train_until_killed, "two stages", 3),
        (train_until_killed, "two stages", 6),
        (train_until_killed, "paper", 20),
        (train_until_killed_while_writing, "two stages", 2),
        (train_until_killed_while_writing, "paper", 3),
    ],
)
def test_killed_at_any_moment_it_ends_with_the_same_weights(
    processes: multiprocessing.context.ForkServerContext,
    train: Callable[[str, Path, int], None],
    schedule: str,
    moment: int,
    tmp_path: Path,
) -> None:
    expected, logs = trained(schedule)
    process = processes.Process(target=train, args=(schedule, tmp_path / "state", moment))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    weights, again = trained(schedule, tmp_path / "state")
    assert equal(weights, expected)
    assert untimed(again) == untimed(logs)


def test_a_finished_training_is_not_done_again(tmp_path: Path) -> None:
    weights, logs = trained("paper", tmp_path / "state")
    before = (tmp_path / "state").stat().st_mtime_ns
    again, same_logs = trained("paper", tmp_path / "state")
    assert equal(again, weights) and same_logs == logs
    assert (tmp_path / "state").stat().st_mtime_ns == before


@pytest.mark.parametrize("change", ["seed", "schedule", "loss", "network", "people", "pictures", "start"])
def test_the_state_of_another_training_is_refused(change: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    same = (tiny_network(), tracklets(3), PAPER, LossConfig(), 0)
    next(fit(*same, state=state))
    other = {
        "network": (tiny_network("bptt"), *same[1:]),
        "people": (same[0], tracklets(4), *same[2:]),
        "pictures": (tiny_network(), tracklets(3, seed=1), *same[2:]),
        "start": (tiny_network(seed=1), *same[1:]),
        "schedule": (*same[:2], (replace(PAPER[0], epochs=9),), *same[3:]),
        "loss": (*same[:3], LossConfig(margin=3.0), same[4]),
        "seed": (*same[:4], 1),
    }
    with pytest.raises(
        ValueError, match=r"state .* must be of this training, it has other data, network, start, epochs"
    ):
        next(fit(*other[change], state=state))


def test_a_state_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise SafetensorError("No space left on device")

    monkeypatch.setattr("reid_core.model.checkpoint.save_file", full)
    with pytest.raises(OSError, match=r"state cannot be written: No space left on device"):
        next(fit(tiny_network(), tracklets(3), PAPER, LossConfig(), 0, state=tmp_path / "state"))


@pytest.mark.parametrize("content", [b"", b"no state", None])
def test_a_file_that_is_no_state_is_refused(content: bytes | None, tmp_path: Path) -> None:
    state = tmp_path / "state"
    if content is None:
        save_file({"a": torch.zeros(1)}, state)
    else:
        state.write_bytes(content)
    with pytest.raises(ValueError, match=r"state .* must be of this training, "):
        next(fit(tiny_network(), tracklets(3), PAPER, LossConfig(), 0, state=state))


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

import errno
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pandas as pd
import pytest
import torch

from reid_core.data import InputConfig, Prepared, Split, Splits
from reid_core.evaluation import calibrate_network, evaluate
from reid_core.model import HEADS, config_to_dict, head_options, load_checkpoint, save_checkpoint
from reid_core.runs import HELD_OUT, RUN_COLUMNS, differences, read_run, split_tables
from reid_core.runs.watched import read_watched, watched_strips
from reid_core.training import PRESETS, Context, EpochLog, Experiment, LossConfig, fit, partial_folder, state, train_run
from tests.tiny import tiny_head, tracklet

PIDS = tuple(range(1, 13))
PEOPLE = tuple(tracklet(pid, camera, 4, config=InputConfig()) for camera in (1, 2) for pid in PIDS)
PREPARED = Prepared("patches", "paper", "f00d", PEOPLE)
SPLITS = (Split(PIDS[:6], PIDS[6:]), Split(PIDS[6:], PIDS[:6]))
SMALL = {"recipe": "small", "head": "bptt", "options": {"features": 8, "hidden": 6}, "head_dropout": 0.2}
PAPER = SMALL | {"recipe": "paper", "preset": "paper"}


class Watch:
    """Passes the epochs on, all or up to a number, and remembers them."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.stop_after, self.seen = stop_after, []  # type: ignore[var-annotated]

    def __call__(self, split: int, epochs: Iterator[EpochLog], total: int) -> Iterable[EpochLog]:
        for log in islice(epochs, self.stop_after):
            self.seen.append((split, log.epoch, total, log.resumed))
            yield log
        if self.stop_after is not None:
            raise KeyboardInterrupt


def run(out: Path, watch: Watch | None = None, look_every: int = 0, **changes: object) -> Path | None:
    experiment = Experiment(**(SMALL | {"epochs": 1} | changes))  # type: ignore[arg-type]
    context = Context(watch=watch or Watch(), look_every=look_every)
    return train_run(experiment, PREPARED, Splits("by hand", SPLITS), out, "train", context)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over two splits, one epoch a stage."""
    out = tmp_path_factory.mktemp("runs") / "both"
    assert run(out, split=(0, 1)) == out
    return out


def weights(folder: Path, split: int) -> dict[str, torch.Tensor]:
    return load_checkpoint(folder / f"split_{split}.safetensors").network.state_dict()


def test_a_run_holds_every_split_and_leaves_nothing_else(finished: Path) -> None:
    kept = read_run(finished)
    assert [path.name for path in finished.parent.iterdir()] == ["both"]
    assert kept.info.splits == (0, 1)
    assert (kept.info.trained_on, kept.info.dataset, kept.info.fingerprint) == ("patches", "patches", "f00d")
    assert (kept.info.head, kept.info.variant, kept.info.recipe, kept.info.preset) == ("bptt", "", "small", "fast")
    for name in RUN_COLUMNS:
        assert set(getattr(kept, name)["split"]) == {0, 1}, name
    assert kept.history["epoch"].tolist() == [1, 2, 1, 2]
    assert kept.summary["gallery"].tolist() == [6, 6]


def test_what_is_stored_is_what_the_stored_checkpoint_does(finished: Path) -> None:
    kept = read_run(finished)
    for split, number in zip(SPLITS, (0, 1), strict=True):
        checkpoint = load_checkpoint(kept.checkpoint(number))
        calibration = checkpoint.calibration
        result = evaluate(checkpoint.network, PEOPLE, split.test)
        expected = split_tables(result, calibration)["summary"].assign(split=number)
        stored = kept.summary[kept.summary["split"] == number].reset_index(drop=True)
        pd.testing.assert_frame_equal(stored, expected[stored.columns], check_dtype=False, rtol=1e-4)


def test_calibration_is_by_people_neither_trained_nor_tested(finished: Path) -> None:
    """Of six training identities two are held out, and no other two give this calibration."""
    checkpoint = load_checkpoint(finished / "split_0.safetensors")
    stored = checkpoint.calibration
    assert stored.source == "2 identities of patches, held out of training"
    assert checkpoint.card["persons"] == 4
    train = SPLITS[0].train
    pairs = [(a, b) for a in train for b in train if a < b]
    fits = [pair for pair in pairs if calibrate_network(checkpoint.network, PEOPLE, pair, stored.source) == stored]
    assert len(fits) == 1


def test_a_run_keeps_who_was_in_which_part_and_where_the_splits_are_from(finished: Path) -> None:
    kept = read_run(finished)
    assert kept.info.origin == "by hand"
    table = kept.identities()
    for number, split in enumerate(SPLITS):
        rows = table[table["split"] == number].groupby("part")["pid"].agg(set)
        assert rows["test"] == set(split.test)
        assert rows["training"] | rows["calibration"] == set(split.train)
        assert len(rows["calibration"]) == 2 and not rows["calibration"] & rows["training"]
    assert len(table) == 2 * len(PEOPLE)


@pytest.mark.parametrize("name", HEADS)
def test_every_head_is_trained_stored_and_read_with_its_own_options(name: str, tmp_path: Path, finished: Path) -> None:
    sizes = {"features": 8} | ({"hidden": 6} if "hidden" in head_options(name) else {})
    folder = run(tmp_path / name, head=name, options=sizes, recipe="paper") or tmp_path
    kept, checkpoint = read_run(folder), load_checkpoint(folder / "split_0.safetensors")
    assert kept.info.head == checkpoint.card["head"] == name
    assert checkpoint.network.config.head == tiny_head(name, dropout=0.2)
    assert kept.info.network == json.loads(json.dumps(config_to_dict(checkpoint.network.config)))
    assert kept.history["loss"].notna().all() and kept.summary["rank_1"].between(0, 1).all()
    told = differences([kept.info, read_run(finished).info])
    assert told.index.to_series().eq("head").any() == (name != "bptt")


def test_the_card_tells_how_the_checkpoint_was_made(finished: Path) -> None:
    card = load_checkpoint(finished / "split_1.safetensors").card
    summary = read_run(finished).summary.set_index("split")
    assert card["metrics"]["rank_1"] == pytest.approx(summary.loc[1, "rank_1"], abs=1e-4)
    expected = {"trained_on": "patches", "head": "bptt", "preset": "fast", "epochs": 2, "seed": 0, "command": "train"}
    assert {name: card[name] for name in expected} == expected
    assert "torch" in card["versions"]


def test_a_full_disk_loses_an_epoch_at_most(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second state finds no room; with room again a second call ends with the same weights."""
    written, write = [], state.write_tensors

    def full(path: Path, *rest: object) -> None:
        written.append(path)
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        write(path, *rest)  # type: ignore[arg-type]

    out = tmp_path / "full"
    monkeypatch.setattr(state, "write_tensors", full)
    with pytest.raises(OSError, match="No space left"):
        run(out)
    watch = Watch()
    assert run(out, watch) == out
    assert [resumed for *_, resumed in watch.seen] == [True, False]
    expected, found = weights(finished, 0), weights(out, 0)
    assert all(torch.equal(expected[name], found[name]) for name in expected)


@pytest.mark.parametrize("stop_after", [0, 1, 2])
def test_stopped_anywhere_a_second_call_ends_with_the_same_weights(
    finished: Path, tmp_path: Path, stop_after: int
) -> None:
    out = tmp_path / "again"
    with pytest.raises(KeyboardInterrupt):
        run(out, Watch(stop_after), split=(0, 1))
    assert not out.exists() and partial_folder(out).exists()
    watch = Watch()
    assert run(out, watch, split=(0, 1)) == out
    assert not partial_folder(out).exists()
    kept = [(0, epoch) for epoch in range(1, stop_after + 1)]
    assert watch.seen == [(split, epoch, 2, (split, epoch) in kept) for split in (0, 1) for epoch in (1, 2)]
    for split in (0, 1):
        expected, found = weights(finished, split), weights(out, split)
        assert all(torch.equal(found[name], value) for name, value in expected.items())


class Looking(Watch):
    """Remembers what was seen of people held out when an epoch is told, and what the epoch says of it."""

    def __init__(self, folder: Path, stop_after: int | None = None) -> None:
        super().__init__(stop_after)
        self.folder, self.looks, self.told = folder, [], []  # type: ignore[var-annotated]
        self.people: set[str] = set()

    def __call__(self, split: int, epochs: Iterator[EpochLog], total: int) -> Iterable[EpochLog]:
        for log in super().__call__(split, epochs, total):
            seen = read_watched(self.folder, split)
            self.looks.append(seen and [look.epoch for look in seen.looks])
            self.people = set(watched_strips(self.folder, split, [one.name for one in PEOPLE]))
            self.told.append(log.held_out_rank_1)
            yield log


def test_a_training_that_is_looked_at_ends_with_the_same_weights_and_keeps_its_looks_when_it_is_resumed(
    finished: Path, tmp_path: Path
) -> None:
    out, first = tmp_path / "watched", Looking(tmp_path / "watched.partial", 1)
    with pytest.raises(KeyboardInterrupt):
        run(out, first, look_every=1)
    second = Looking(partial_folder(out))
    assert run(out, second, look_every=1) == out
    assert (first.looks, second.looks) == ([[1]], [[1], [1, 2]])
    assert second.told[0] == first.told[0] is not None and second.told[1] is not None
    expected, found = weights(finished, 0), weights(out, 0)
    assert all(torch.equal(found[name], value) for name, value in expected.items())
    assert not list(out.glob("*watched*"))
    assert read_run(out).history[HELD_OUT].tolist() == pytest.approx(second.told)
    assert not read_run(finished).held_out_is_known


def test_those_looked_at_are_held_out_and_after_no_other_epochs_than_asked_for(tmp_path: Path) -> None:
    """The last epoch is looked at in any case."""
    watch = Looking(tmp_path / "some.partial")
    folder = run(tmp_path / "some", watch, look_every=3, epochs=2) or tmp_path
    assert watch.looks == [None, None, [3], [3, 4]]
    assert [rank is None for rank in watch.told] == [True, True, False, False]
    table = read_run(folder).identities()
    assert watch.people == set(table.loc[table["part"] == "calibration", "tracklet"])


def test_where_nobody_is_held_out_nobody_is_looked_at(tmp_path: Path) -> None:
    watch = Looking(tmp_path / "none.partial")
    run(tmp_path / "none", watch, look_every=1, calibration_share=0)
    assert watch.looks == [None, None] and watch.told == [None, None]


def test_what_fails_before_its_first_epoch_leaves_nothing_unfinished(tmp_path: Path) -> None:
    lonely = replace(PREPARED, tracklets=PEOPLE[1:])  # person 1 is in one camera only
    experiment = Experiment(**SMALL, epochs=1, calibration_share=0)
    with pytest.raises(ValueError, match="two cameras"):
        train_run(experiment, lonely, Splits("by hand", SPLITS), tmp_path / "one", "train", Context())
    assert not list(tmp_path.iterdir())


def test_everyone_is_trained_on_and_nobody_tested(tmp_path: Path) -> None:
    kept = read_run(run(tmp_path / "all", everyone=True, preset="paper", recipe="paper", epochs=1) or tmp_path)
    assert kept.summary.empty and kept.cmc.empty
    assert kept.identities().groupby("part")["pid"].agg(set).to_dict() == {"training": set(PIDS)}
    assert kept.info.origin == ""
    assert len(kept.history) == 1
    checkpoint = load_checkpoint(kept.checkpoint(0))
    assert checkpoint.card["persons"] == len(PIDS)
    assert checkpoint.calibration is None


def encoder(path: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(path).network.encoder.state_dict()


def test_an_encoder_to_keep_stays_as_it_is(finished: Path, tmp_path: Path) -> None:
    source = finished / "split_0.safetensors"
    folder = run(tmp_path / "on", init=str(source), keep_encoder=True, head="rcnn") or tmp_path
    before, after = encoder(source), encoder(folder / source.name)
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert read_run(folder).history["epoch"].tolist() == [1]


def test_an_encoder_to_keep_stays_as_it_is_where_all_the_rest_is_trained(tmp_path: Path) -> None:
    """On every device: it is frozen, and not merely known."""
    source = tmp_path / "split_0.safetensors"
    save_checkpoint(source, Experiment(**PAPER, seed=9).fresh_network(), {})
    folder = run(tmp_path / "on", init=str(source), keep_encoder=True, **PAPER) or tmp_path
    before, after = encoder(source), encoder(folder / source.name)
    assert all(torch.equal(after[name], value) for name, value in before.items())
    head, name = Experiment(**PAPER).fresh_network().head, "forwards.weight_hh_l0"
    assert not torch.equal(weights(folder, 0)[f"head.{name}"], head.state_dict()[name])


def test_weights_that_are_fixed_stay_as_they_start(finished: Path, tmp_path: Path) -> None:
    asked = {"init": str(finished / "split_0.safetensors"), "keep_encoder": True, "head": "utrcnn", "epochs": 3}
    folder = run(tmp_path / "on", **asked, fixed=("beta", "W_v")) or tmp_path
    before = Experiment(**SMALL | asked).fresh_network().head.state_dict()
    after = load_checkpoint(folder / "split_0.safetensors").network.head.state_dict()
    still = {name for name, value in before.items() if torch.equal(after[name], value)}
    assert {"cell.beta", "cell.W_v.weight", "cell.W_v.bias"} <= still and "cell.W_1.weight" not in still


@pytest.mark.parametrize(("head", "there"), [("utrcnn", "W_1, W_2, W_h, W_v, beta, w"), ("mean", "none")])
def test_only_weights_of_the_head_are_fixed(head: str, there: str) -> None:
    with pytest.raises(ValueError, match=f"fixed must name weights of the head, of {there}, got 'W_x'"):
        Experiment(head=head, fixed=("W_x",)).fresh_network()


def test_frozen_encoders_have_no_stage_of_their_own() -> None:
    network = Experiment(**SMALL).fresh_network()
    network.freeze_encoder()
    with pytest.raises(ValueError, match="schedule must not train the encoder of a network where it is frozen"):
        next(fit(network, PEOPLE, PRESETS["fast"], LossConfig(), 0))


def test_an_encoder_to_start_from_is_where_training_starts(finished: Path, tmp_path: Path) -> None:
    """One small epoch from there is nearer to it than to where another seed starts."""
    source = finished / "split_0.safetensors"
    folder = run(tmp_path / "on", init=str(source), seed=9, calibration_share=0) or tmp_path
    before, after = encoder(source), encoder(folder / source.name)
    moved = {name: float((after[name] - value).abs().max()) for name, value in before.items()}
    assert 0 < max(moved.values()) < 0.003 < float(before["linear.weight"].std()) / 3
    assert read_run(folder).history["epoch"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"channels": ("colour", "yuv")}, r"input.channels is \('colour', 'yuv'\); .* has \('yuv', 'colour'\)"),
        ({"recipe": "paper", "channels": ("yuv", "colour")}, "encoder.activation is 'tanh'; .* has 'relu'"),
        ({"head": "astpn"}, "encoder.name is 'pyramid'; .* has 'paper'"),
        ({"options": {"features": 7}}, "encoder.features is 7; .* has 8"),
    ],
)
def test_an_encoder_that_sees_or_does_something_else_is_no_start(
    finished: Path, changes: dict[str, object], message: str
) -> None:
    experiment = Experiment(**(SMALL | {"init": str(finished / "split_0.safetensors")} | changes))
    with pytest.raises(ValueError, match=f"^init must have the encoder of this training, whose {message}$"):
        experiment.fresh_network()


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("split_1", {}),  # trained on those who are tested
        ("split_0", {"seed": 9}),  # which draws others for the threshold
    ],
)
def test_weights_that_saw_whom_a_training_tests_or_calibrates_on_are_no_start(
    finished: Path, tmp_path: Path, source: str, changes: dict[str, object]
) -> None:
    init = str(finished / f"{source}.safetensors")
    with pytest.raises(ValueError, match=rf"{source}\.safetensors must be tested on people whom it has not seen"):
        run(tmp_path / "on", init=init, keep_encoder=True, **changes)
    assert not list(tmp_path.iterdir())


def test_a_run_keeps_what_the_weights_that_it_began_with_saw(finished: Path, tmp_path: Path) -> None:
    first = finished / "split_0.safetensors"
    kept = read_run(run(tmp_path / "on", init=str(first), keep_encoder=True) or tmp_path)
    table, source = kept.identities(), read_run(finished).identities()
    trained = source[(source["split"] == 0) & (source["part"] == "training")]
    assert set(table["digest"][table["part"] == "init"]) == set(trained["digest"]) != set()
    assert kept.info.notes == f"begun with {first}, which saw patches, 4 persons"
    card = load_checkpoint(kept.checkpoint(0)).card
    assert card["init_saw"] == "patches, 4 persons"


def test_what_weights_saw_is_not_known_where_neither_a_run_nor_a_card_tells(tmp_path: Path) -> None:
    first = tmp_path / "first.safetensors"
    save_checkpoint(first, Experiment(**SMALL).fresh_network(), {})
    kept = read_run(run(tmp_path / "on", init=str(first)) or tmp_path)
    assert load_checkpoint(kept.checkpoint(0)).card["init_saw"] == "not known"
    assert "init" not in set(kept.identities()["part"])


def test_an_existing_folder_is_refused(finished: Path) -> None:
    with pytest.raises(ValueError, match=r"out must be a new folder, .*both exists"):
        run(finished)


def test_a_split_that_there_is_not_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="split must be below 2 for patches, got 2"):
        run(tmp_path / "third", split=(0, 2))
    assert list(tmp_path.iterdir()) == []

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass, replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from reid_core import commands
from reid_core.__main__ import main
from reid_core.commands import COMMANDS, load_command
from reid_core.commands.training import _watch
from reid_core.data import DATASETS, InputConfig, Split, half_splits, synthwalk, write_splits
from reid_core.data.synthetic import person, render_tracklet
from reid_core.evaluation import compare, read_calibration
from reid_core.files import alone
from reid_core.model import (
    HEADS,
    Calibration,
    CohortCalibration,
    ShippedCohort,
    Verdict,
    head_options,
    load_checkpoint,
    save_checkpoint,
)
from reid_core.runs import Run, read_run
from reid_core.training import EpochLog
from reid_core.video import Tracklet, find_subject
from tests import run_folders
from tests.data.trees import write_mars
from tests.fixtures_video import film
from tests.tiny import tiny_network

TRAIN = ("--dataset", "synthetic", "--recipe", "small", "--epochs", "2", "--calibration-share", "0.4")


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    status: int
    out: str
    error: str


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Runs the command line within this process."""

    def run(*words: object) -> Said:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["reid", *map(str, words)])
        status = main()
        return Said(status, *capsys.readouterr())

    return run


def refused(said: Said) -> str:
    """The one line that a refusal is."""
    assert said.status == 2
    assert said.out == ""
    (line,) = said.error.splitlines()
    assert line.startswith("error: ") and len(line) > 20
    return line


# Usage


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((), "compare"),
        (("fly",), "fly"),
        (("compare", "a.mp4"), "Second video"),
        (("compare", "a.mp4", "b.mp4", "--colour"), "--colour"),
        (("synthesize", "--out", "x", "--persons", "many", "--seed", "1"), "many"),
        (("synthesize", "--out", "x"), "--persons"),
        (("train", "--data", "x", "--out", "y", "--preset", "slow"), "slow"),
        (("evaluate", "x", "--tta=7"), "7"),
    ],
)
def test_bad_usage_is_one_sentence_that_names_what_is_wrong(say, words: tuple[str, ...], named: str) -> None:  # type: ignore[no-untyped-def]
    line = refused(say(*words))
    assert named in line
    program = f"reid {words[0]}" if words and words[0] in COMMANDS else "reid"
    assert line.endswith(f"; see {program} --help")


HEADS_AND_OPTIONS = [(head, "--" + option.replace("_", "-")) for head in HEADS for option in head_options(head)]
OF_SOME_HEAD = sorted({option for _, option in HEADS_AND_OPTIONS})
WITHOUT = [(head, option) for head in HEADS for option in OF_SOME_HEAD if (head, option) not in HEADS_AND_OPTIONS]


@pytest.mark.parametrize(("head", "option"), [*WITHOUT, ("bptt", "--k-topp"), ("tsc", "--features")])
def test_an_option_that_neither_the_training_nor_the_head_has_is_refused(say, head: str, option: str) -> None:  # type: ignore[no-untyped-def]
    fitting = ("--head", head, "--recipe", "paper")  # whose input suits every head
    line = refused(say("train", "--data", "absent", "--out", "x", *fitting, option, "3"))
    assert f"neither train nor head {head} has an option {option}; the head's options: " in line
    listed = line.split("options: ")[1].split(";")[0].split(", ")
    assert listed == [known for other, known in HEADS_AND_OPTIONS if other == head] or listed == ["none"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--head", "lstm"), "there is no head 'lstm'; there are: utrcnn, bptt"),
        (("--head", "lstm", "--k-top", "3"), "there is no head 'lstm'; there are: utrcnn, bptt"),
        (("--head", "mean", "--start", "average"), "head 'mean' has no option 'start'"),
        (("--k-top", "many"), "--k-top"),
        (("--k-top", "0"), "k_top is 0"),
        (("--variant", "bas"), "bas"),
    ],
)
def test_what_a_head_cannot_be_is_refused_in_one_sentence(say, words: tuple[str, ...], named: str) -> None:  # type: ignore[no-untyped-def]
    assert named in refused(say("train", "--data", "absent", "--out", "x", *words))


def test_the_help_of_the_training_lists_each_head_s_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    pages = capsys.readouterr().out.split("usage: ")
    for head, option in HEADS_AND_OPTIONS:
        assert any(page.startswith(f"reid train --head {head} ") and option in page for page in pages)
    assert "--features" not in "".join(pages)


@pytest.mark.parametrize(("command", "flag"), [("synthesize", "occlude"), ("train", "resume"), ("train", "pair")])
def test_a_flag_of_a_command_or_a_head_is_shown_with_its_contrary(
    command: str, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert f" --{flag}, --no-{flag}" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["train", "check-data"])
def test_the_help_names_every_data_set_and_the_protocols_to_choose_from(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert ", ".join(DATASETS) in told
    for name, source in DATASETS.items():
        known = source.protocols
        assert len(known) == 1 or all(f"{protocol} ({known[protocol]} persons)" in told for protocol in known), name


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    told = capsys.readouterr().out
    assert "For example:" in told
    assert f"  reid {command} " in told


def test_the_commands_are_listed_with_the_words_that_begin_their_own_help(say) -> None:  # type: ignore[no-untyped-def]
    said = say("--help")
    assert said.status == 0
    for name, (_, _, line) in COMMANDS.items():
        assert f"  {name} " in said.out and line in said.out
        assert load_command(name).__doc__.startswith(line)


def test_every_command_that_there_is_can_be_asked_for() -> None:
    modules = [
        import_module(f"reid_core.commands.{file.stem}") for file in Path(commands.__file__).parent.glob("[!_]*")
    ]
    made = {
        value for module in modules for value in vars(module).values() if is_dataclass(value) and hasattr(value, "run")
    }
    assert made == {load_command(name) for name in COMMANDS}


def test_after_importing_a_command_garbage_is_collected_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "reid_core.commands.datasets", raising=False)
    load_command("check-data")
    assert "reid_core.commands.datasets" in sys.modules and gc.isenabled()


@pytest.mark.parametrize("name", ["compare", "train"])
def test_a_program_that_imported_a_command_ends_without_a_word(name: str) -> None:
    script = f"from reid_core.commands import load_command; load_command({name!r})"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_help_waits_for_no_large_package() -> None:
    script = "import sys; from reid_core.__main__ import main; main(['--help']); sys.exit(str(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stderr
    assert "'reid_core.commands'" in loaded
    assert not {"'torch'", "'numpy'", "'pandas'", "'tyro'", "'dataclasses'"} & set(loaded.strip("[]\n").split(", "))


def test_a_package_that_is_not_installed_is_named_in_a_sentence() -> None:
    script = "import sys; sys.modules['lightning_fabric'] = None; from reid_core.__main__ import main; main(['cross'])"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stderr
    assert said == "error: cross needs the package lightning_fabric: pip install 'reid_core[train]'\n"


def test_compare_waits_for_nothing_that_it_does_not_use(clips: Path) -> None:
    """Of what takes long to import; PyTorch and Numba it uses."""
    words = ["compare", str(clips / "1.mp4"), str(clips / "2.mp4"), "--checkpoint", str(clips / "tiny.safetensors")]
    script = f"import sys; from reid_core.__main__ import main; main({words}); sys.exit(str(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stderr
    assert "'torch'" in loaded
    heavy = {
        "torchvision",
        "torch._dynamo",
        "supervision",
        "trackers",
        "pandas",
        "scipy.stats",
        "lightning_fabric",
        "onnx",
    }
    assert not {repr(name) for name in heavy} & set(loaded.strip("[]\n").split(", "))


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "absent.mp4", "absent.mp4", "--crop", "full"),
        ("compare", "a.mp4", "b.mp4", "--checkpoint", "absent"),
        ("embed", "absent.mp4", "--out", "x.npz", "--crop", "full"),
        ("embed", "absent.mp4", "--out", "x.txt"),
        ("calibrate", "absent.csv"),
        ("check-data", "imagenet", "absent"),
        ("train", "--data", "absent", "--out", "x"),
        ("train", "--data", "absent", "--dataset", "imagenet", "--out", "x"),
        ("evaluate", "absent"),
        ("cross", "absent", "--data", "absent", "--out", "x"),
        ("export", "absent", "--out", "x.onnx"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(say, words: tuple[str, ...], tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    refused(say(*words))
    assert list(tmp_path.iterdir()) == []


# Two videos


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cut-out people as videos, and a network that is calibrated on nothing."""
    folder = tmp_path_factory.mktemp("clips")
    for pid in (1, 2):
        frames = render_tracklet(person(5, pid), 1, 18, 5)
        (folder / f"{pid}.mp4").write_bytes(film(frames, "mp4", "libx264"))
    (folder / "text.mp4").write_text("no video")
    calibration = Calibration(1.0, 0.25, 0.1, "nobody", (0.0, 1.0), (20,), (20,))
    network = tiny_network("utrcnn", input_=InputConfig(channels=("yuv", "colour")))
    save_checkpoint(folder / "tiny.safetensors", network, {"trained_on": "nothing"}, calibration)
    save_checkpoint(folder / "bare.safetensors", network, {"trained_on": "nothing"})
    known = tuple(CohortCalibration(of, 2, 0.1, calibration) for of in ("cameras", "foreign"))
    shipped = ShippedCohort("two strangers", torch.ones(2, 6) * torch.tensor([[1.0], [2.0]]))
    save_checkpoint(folder / "held.safetensors", network, {}, replace(calibration, normalised=known), shipped)
    return folder


def test_compare_prints_one_json_object(say, clips: Path) -> None:  # type: ignore[no-untyped-def]
    said = say("compare", clips / "1.mp4", clips / "2.mp4", *with_tiny(clips), "--json")
    assert said.status == 0
    told = json.loads(said.out)
    assert set(told) == {
        "verdict",
        "distance",
        "threshold",
        "probability_same",
        "checkpoint",
        "frames",
        "crop",
        "warnings",
        "calibration",
        "false_alarms",
        "misses",
        "allowed",
        "doubts",
        "cohort",
        "z",
        "seconds",
    }
    checkpoint = load_checkpoint(clips / "tiny.safetensors")
    expected = compare(*(find_subject(clips / f"{pid}.mp4", f"{pid}.mp4", "full") for pid in (1, 2)), checkpoint)
    assert told["distance"] == pytest.approx(expected.distance, rel=1e-4)
    assert told["distance"] > 0
    assert (told["verdict"], told["frames"], told["crop"]) == (expected.verdict, [18, 18], ["full", "full"])
    assert told["verdict"] in Verdict.__args__


@pytest.fixture
def yard(clips: Path, tmp_path: Path) -> Path:
    """Two people of the cameras in question."""
    for pid in (1, 2):
        (tmp_path / "yard").mkdir(exist_ok=True)
        (tmp_path / "yard" / f"{pid}.mp4").write_bytes((clips / f"{pid}.mp4").read_bytes())
    return tmp_path / "yard"


def test_compare_says_which_cohort_it_held_the_distance_against(say, clips: Path, yard: Path) -> None:  # type: ignore[no-untyped-def]
    two = (clips / "1.mp4", clips / "2.mp4", "--crop", "full", "--checkpoint", clips / "held.safetensors")
    assert "\nHeld against 2 other people: yard.\n" in say("compare", *two, "--cohort", yard).out
    told = json.loads(say("compare", *two, "--cohort", yard, "--json").out)
    cohort = told["cohort"]
    assert (cohort["source"], cohort["people"]) == ("yard", [2, 2])
    assert told["z"] == pytest.approx((told["distance"] - cohort["mean"]) / cohort["deviation"])
    assert (
        "\nHeld against 2 other people: two strangers, since the two videos show 0 and 0 others and it takes 2 each."
        in say("compare", *two).out
    )
    assert "\nNot held against other people" in say("compare", *two[:2], *with_tiny(clips)).out


def test_compare_allows_as_many_errors_as_it_is_told(say, clips: Path) -> None:  # type: ignore[no-untyped-def]
    two = (clips / "1.mp4", clips / "1.mp4", *with_tiny(clips), "--json")
    strict, lax = (json.loads(say("compare", *two, "--allowed", share).out) for share in ("0.01", "0.1"))
    assert (strict["allowed"], lax["allowed"]) == (0.01, 0.1)
    assert strict["threshold"] == pytest.approx(lax["threshold"] / 10)
    assert "allowed must be a share above 0 and below 1" in refused(say("compare", *two, "--allowed", "2"))


def test_a_cohort_that_is_no_folder_of_videos_is_one_sentence(say, clips: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    two = (clips / "1.mp4", clips / "1.mp4", *with_tiny(clips), "--cohort")
    assert "cohort must be a folder of videos" in refused(say("compare", *two, clips / "1.mp4"))
    assert "must hold videos" in refused(say("compare", *two, tmp_path))


def test_compare_says_it_in_words(say, clips: Path) -> None:  # type: ignore[no-untyped-def]
    said = say("compare", clips / "1.mp4", clips / "1.mp4", *with_tiny(clips))
    assert said.status == 0
    assert said.out.startswith(
        "The same person. The distance is 0.000, the threshold 0.050: of 100 pairs of different people fewer than one "
        "would come this close. Of 100 such pairs about 98 "
    )
    assert "18 and 18 frames, crop full and full" in said.out


def test_embed_writes_names_and_embeddings_in_order(say, clips: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    videos, out = [clips / "2.mp4", clips / "1.mp4"], tmp_path / "both.npz"
    said = say("embed", *videos, "--out", out, *with_tiny(clips))
    assert said.status == 0
    assert said.out == f"2 embeddings of 6 numbers in {out}\n"
    stored = np.load(out)
    assert stored["names"].tolist() == [str(video) for video in videos]
    assert stored["embeddings"].shape == (2, 6) and stored["embeddings"].dtype == np.float32
    told = json.loads(say("compare", *videos, *with_tiny(clips), "--json").out)
    assert np.linalg.norm(stored["embeddings"][0] - stored["embeddings"][1]) == pytest.approx(told["distance"], 1e-4)


def with_tiny(clips: Path) -> tuple[str, ...]:
    return "--checkpoint", str(clips / "tiny.safetensors"), "--crop", "full"


@pytest.mark.parametrize("change", ["text", "box", "crop", "bare"])
def test_a_video_box_crop_or_checkpoint_that_cannot_be_used_is_one_sentence(say, clips: Path, change: str) -> None:  # type: ignore[no-untyped-def]
    one = clips / "1.mp4"
    words = {
        "text": (one, clips / "text.mp4", *with_tiny(clips)),
        "box": (one, one, *with_tiny(clips)[:2], "--crop", "0,0,900,20"),
        "crop": (one, one, *with_tiny(clips)[:2], "--crop", "most"),
        "bare": (one, one, "--checkpoint", clips / "bare.safetensors", "--crop", "full"),
    }
    refused(say("compare", *words[change]))


def test_embed_writes_nothing_when_one_video_cannot_be_used(say, clips: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(say("embed", clips / "1.mp4", clips / "text.mp4", "--out", tmp_path / "x.npz", *with_tiny(clips)))
    assert list(tmp_path.iterdir()) == []


# The whole loop


@dataclass(frozen=True)
class World:
    """Rendered people and the runs on them."""

    people: Path
    others: Path
    runs: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Ten people and four others, two heads trained on the ten."""
    root = tmp_path_factory.mktemp("world")
    made = World(root / "people", root / "others", root / "runs")
    for folder, persons, seed in ((made.people, 10, 1), (made.others, 4, 2)):
        lengths = ("--min-length", "4", "--max-length", "6")
        assert main(["synthesize", "--out", str(folder), "--persons", str(persons), "--seed", str(seed), *lengths]) == 0
    for head, splits in (("utrcnn", "0"), ("bptt", "0 1")):
        assert main(train(made, head, "--head", head, "--split", *splits.split())) == 0
    return made


def train(world: World, name: str, *words: str) -> list[str]:
    return ["train", "--data", str(world.people), "--out", str(world.runs / name), *TRAIN, *words]


def equal_weights(a: Path, b: Path) -> bool:
    first, second = (load_checkpoint(path).network.state_dict() for path in (a, b))
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_synthetic_people_can_be_used(say, world: World) -> None:  # type: ignore[no-untyped-def]
    said = say("check-data", "synthetic", world.people, "--json")
    assert said.status == 0
    assert json.loads(said.out)["usable"] is True


def test_a_folder_that_cannot_be_used_is_reported_with_status_2(say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    said = say("check-data", "ilids-vid", tmp_path / "absent")
    assert said.status == 2
    assert "is not a folder" in said.out
    assert said.error.startswith("error: ") and len(said.error.splitlines()) == 1


def test_training_leaves_a_complete_run(world: World) -> None:
    run = read_run(world.runs / "bptt")
    assert (run.info.head, run.info.splits, run.info.seed) == ("bptt", (0, 1), 0)
    assert "synthetic" in run.info.trained_on
    assert run.history["epoch"].tolist() == [1, 2, 3, 4] * 2
    assert run.summary["probes"].tolist() == [5, 5]
    assert run.summary["rank_20"].tolist() == [1, 1]
    assert not list(world.runs.glob("*.partial"))


def test_evaluate_prints_what_is_stored(say, world: World) -> None:  # type: ignore[no-untyped-def]
    said = say("evaluate", world.runs / "utrcnn", world.runs / "bptt")
    assert said.status == 0
    assert "mean reciprocal rank" in said.out and "mean average precision" not in said.out
    mean = read_run(world.runs / "bptt").summary["rank_1"]
    assert f"  rank 1: {mean.mean():.4f} +- {mean.std(ddof=0):.4f}" in said.out
    assert "utrcnn: utrcnn closing, recipe small, preset fast, trained on synthetic people" in said.out
    assert "(protocol synthetic, 2 splits, 2 test variants)" in said.out
    assert "  splits: random halves, seed 0\n" in said.out
    alone = read_run(world.runs / "utrcnn").summary["rank_1"][0]
    assert f"  rank 1: {alone:.4f}\n" in said.out


def test_evaluating_again_finds_the_same_and_16_variants_another_distance(say, world: World, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    data = ("--data", world.people, "--dataset", "synthetic")
    again, averaged = tmp_path / "again", tmp_path / "averaged"
    assert say("evaluate", world.runs / "utrcnn", *data, "--out", again).status == 0
    assert say("evaluate", world.runs / "utrcnn", *data, "--out", averaged, "--tta").status == 0
    first, second, third = (read_run(folder) for folder in (world.runs / "utrcnn", again, averaged))
    assert second.summary.equals(first.summary)
    assert np.allclose(second.nearest["distance"], first.nearest["distance"], rtol=1e-4)
    assert not np.allclose(third.nearest["distance"], first.nearest["distance"], rtol=1e-4)
    assert (second.info.test_variants, third.info.test_variants) == (2, 16)
    assert first.checkpoint(0).exists() and not list(again.glob("*.safetensors"))


def test_other_data_is_for_cross_and_the_same_for_evaluate(say, world: World, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out, synthetic = ("--out", tmp_path / "x"), ("--dataset", "synthetic")
    assert "use cross" in refused(say("evaluate", world.runs / "bptt", "--data", world.others, *synthetic, *out))
    assert "use evaluate" in refused(say("cross", world.runs / "bptt", "--data", world.people, *synthetic, *out))


def test_nobody_is_tested_who_was_trained_on_however_the_data_is_read(say, world: World, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """The same pictures as a folder of clips are other data by their names."""
    sequences = world.people / "i-LIDS-VID" / "sequences"
    words = ("--data", sequences, "--dataset", "folder", "--out", tmp_path / "x")
    said = refused(say("cross", world.runs / "bptt", *words))
    assert "bptt/split_0.safetensors must be tested on people whom it has not seen" in said
    assert not (tmp_path / "x").exists()


def test_a_run_on_everybody_is_not_evaluated_on_them(say, world: World, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert say(*train(world, "all", "--head", "mean", "--everyone")).status == 0
    words = ("--data", world.people, "--dataset", "synthetic", "--out", tmp_path / "x")
    assert "run all must have tested on somebody" in refused(say("evaluate", world.runs / "all", *words))
    said = refused(say("cross", world.runs / "all", "--data", world.people, "--dataset", "ilids-vid", *words[4:]))
    assert "use evaluate" in said


def test_runs_are_evaluated_on_whom_they_tested_when_the_splits_have_changed(say, world: World, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run = read_run(world.runs / "bptt")
    tested = whom_tested(run, 0)
    people = tmp_path / "people"
    shutil.copytree(world.people, people)
    write_splits(people / "splits.json", [Split(tested, tuple({*range(1, 11)} - {*tested}))])
    words = ("--data", people, "--dataset", "synthetic", "--out", tmp_path / "again")
    assert say("evaluate", world.runs / "bptt", world.runs / "utrcnn", *words).status == 0
    for name in ("bptt", "utrcnn"):
        again, before = read_run(tmp_path / "again" / name), read_run(world.runs / name)
        assert again.summary.equals(before.summary)
        assert whom_tested(again, 0) == whom_tested(before, 0) != ()
        assert again.info.origin == before.info.origin == "random halves, seed 0"


def test_evaluate_needs_data_for_what_it_computes(say, world: World, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for words in (("--tta",), ("--out", tmp_path / "x")):
        assert "data must name the data set's folder" in refused(say("evaluate", world.runs / "bptt", *words))
    data = ("--data", world.people, "--dataset", "synthetic")
    assert "out must name a new folder" in refused(say("evaluate", world.runs / "bptt", *data))


def whom_tested(run: Run, split: int) -> tuple[int, ...]:
    rows = run.identities()
    return tuple(sorted({*rows["pid"][(rows["split"] == split) & (rows["part"] == "test")]}))


def test_runs_of_one_name_are_not_evaluated_into_one_folder(say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """No data is read: there is none."""
    first, second = (run_folders.write(tmp_path / folder, "one") for folder in ("a", "b"))
    words = ("--data", tmp_path / "absent", "--out", tmp_path / "again")
    said = refused(say("evaluate", first, second, *words))
    assert "runs must have names of their own to be written into" in said and "got two of one" in said


def test_a_bias_is_not_measured_on_whom_the_weights_have_seen(say, world: World) -> None:  # type: ignore[no-untyped-def]
    """Split 1 trains on some of those whom split 0 tests."""
    weights = world.runs / "bptt" / "split_1.safetensors"
    words = ("--data", world.people, "--dataset", "synthetic", "--checkpoint", weights)
    assert "must be tested on people whom it has not seen" in refused(say("bias", world.runs / "utrcnn", *words))
    assert not (world.runs / "utrcnn" / "bias.csv").exists()


def test_a_result_that_could_not_be_written_is_refused_before_any_work(say, clips: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """No video is read: it is none."""
    (tmp_path / "file").touch()
    for command, name in (("embed", "x.npz"), ("explain", "why")):
        words = (command, clips / "text.mp4", "--out", tmp_path / "file" / name, *with_tiny(clips))
        assert f"out must be in a folder, {tmp_path / 'file'} is a file" in refused(say(*words))
    assert f"out must be a file, {tmp_path} is a folder" in refused(say("export", "absent", "--out", tmp_path))


def test_explain_asks_first_whether_its_folder_may_be_written(say, clips: Path, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """No video is read: it is none."""
    monkeypatch.setattr(os, "access", lambda path, mode: path not in (tmp_path, Path("/")))
    for out in (tmp_path, "/"):
        said = refused(say("explain", clips / "text.mp4", "--out", out, *with_tiny(clips)))
        assert f"out must be where files may be written, they may not in {out}" in said


@pytest.mark.parametrize("command", ["evaluate", "cross", "train"])
def test_a_folder_that_cannot_take_the_result_is_refused_before_any_work(say, tmp_path: Path, command: str) -> None:  # type: ignore[no-untyped-def]
    """No data is read: there is none."""
    source = run_folders.write(tmp_path, "one")
    refusals = {
        tmp_path: "exists",
        tmp_path / "x.partial": "must not end in .partial or .part",
        source / "run.json" / "x": "run.json is a file",
    }
    for out, said in refusals.items():
        words = ("--data", tmp_path / "absent", "--out", out)
        assert said in refused(say(command, *(() if command == "train" else (source,)), *words))


def test_tapr_is_tested_on_the_splits_as_heads_are(say, world: World, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    words = ("--data", world.people, "--dataset", "synthetic", "--out", tmp_path / "tapr")
    said = say("tapr", *words, "--split", "0", "1", "--calibration-share", "0.4")
    assert said.status == 0 and "tapr, recipe hand-made" in said.out and "rank 1: " in said.out
    run, trained = read_run(tmp_path / "tapr"), read_run(world.runs / "bptt")
    assert run.summary[["split", "probes", "gallery"]].equals(trained.summary[["split", "probes", "gallery"]])
    assert run.info.protocol == trained.info.protocol and run.info.command.startswith("reid tapr")
    assert set(run.nearest["probe"]) == set(trained.nearest["probe"])
    refused = say("tapr", *words)
    assert refused.status == 2 and "must be a new folder" in refused.error


def test_cross_tests_on_everybody_of_the_other_data(say, world: World, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    words = ("--data", world.others, "--dataset", "synthetic", "--out", tmp_path / "cross")
    assert say("cross", world.runs / "bptt", *words).status == 0
    run, source = read_run(tmp_path / "cross"), read_run(world.runs / "bptt")
    assert run.summary["probes"].tolist() == [4, 4]
    assert run.info.trained_on == source.info.trained_on != run.info.dataset
    assert run.info.fingerprint != source.info.fingerprint
    assert run.info.command == f"reid cross {world.runs / 'bptt'} " + " ".join(map(str, words))


def test_mars_is_checked_and_tested_on_as_it_lists(say, world: World, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    people = ["0002C1T0001", "0002C1T0002", "0002C3T0001", "0004C2T0001", "0004C5T0001", "0004C6T0001"]
    train = [f"000{pid}C{camera}T0001" for pid in (1, 3) for camera in (1, 2)]
    write_mars(tmp_path / "mars", train, ["00-1C1T0001", "0000C1T0001", *people], [people[0], people[3]])
    said = say("check-data", "mars", tmp_path)
    assert said.status == 0
    assert "protocol official" in said.out and "persons in two cameras: 4 found, 1261 expected" in said.out
    assert "tracklets: 11 found" in said.out
    assert "tracklets: 10 found" in say("check-data", "mars", tmp_path, "--protocol", "cameras").out
    said = say("cross", world.runs / "bptt", "--data", tmp_path, "--dataset", "mars", "--out", tmp_path / "cross")
    run = read_run(tmp_path / "cross")
    assert run.summary[["probes", "gallery"]].to_numpy().tolist() == [[2, 7]] * 2
    assert "tested on mars (protocol official, 2 splits" in said.out
    assert f"  mean average precision: {run.summary['mean_average_precision'].mean():.4f} +- " in said.out
    out = ("--protocol", "probes-out", "--out", tmp_path / "out")
    said = say("cross", world.runs / "bptt", "--data", tmp_path, "--dataset", "mars", *out)
    assert "protocol probes-out" in said.out
    assert read_run(tmp_path / "out").summary[["probes", "gallery"]].to_numpy().tolist() == [[2, 5]] * 2
    assert read_run(tmp_path / "out").info.protocol == "probes-out"
    halves = ("--test-halves", "--out", tmp_path / "halves")
    assert say("cross", world.runs / "bptt", "--data", tmp_path, "--dataset", "mars", *halves).status == 0
    assert read_run(tmp_path / "halves").summary.equals(run.summary)


def test_export_writes_an_onnx_file(say, world: World, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    checkpoint = read_run(world.runs / "bptt").checkpoint(0)
    assert say("export", checkpoint, "--out", tmp_path / "bptt.onnx").status == 0
    assert (tmp_path / "bptt.onnx").stat().st_size > 1000


def test_an_unfinished_training_is_neither_overwritten_nor_resumed_unasked(say, world: World) -> None:  # type: ignore[no-untyped-def]
    partial = world.runs / "half.partial"
    partial.mkdir()
    assert "add --resume to go on, or remove it" in refused(say(*train(world, "half")))
    partial.rmdir()


def test_two_trainings_do_not_write_the_same_folder(say, world: World) -> None:  # type: ignore[no-untyped-def]
    """The first is held by its epochs, which it says one by one."""
    words = train(world, "shared", "--head", "mean", "--epochs", "1000000")
    process = started(words)
    assert process.stderr is not None and "epoch 1 of" in process.stderr.readline()
    assert "add --resume" in refused(say(*words))
    assert "another process is writing" in refused(say(*words, "--resume"))
    process.kill()  # its lock goes with it
    process.communicate()
    assert {path.name for path in world.runs.glob("shared*")} == {"shared.partial", "shared.lock"}
    assert "another process" not in refused(say(*words, "--resume", "--head", "bptt"))
    shutil.rmtree(world.runs / "shared.partial")


def test_a_training_that_was_killed_at_its_very_end_is_told_and_tidied_up(say, world: World) -> None:  # type: ignore[no-untyped-def]
    shutil.copytree(world.runs / "bptt", world.runs / "ended")
    (world.runs / "ended.partial").mkdir()
    said = say(*train(world, "ended", "--resume"))
    assert said.status == 0 and "ended" in {path.name for path in world.runs.iterdir()}
    assert not (world.runs / "ended.partial").exists()
    shutil.rmtree(world.runs / "ended")


@pytest.mark.parametrize("command", ["evaluate", "cross", "synthesize"])
def test_a_second_process_on_one_folder_is_refused_in_a_sentence(
    say, world: World, tmp_path: Path, command: str
) -> None:  # type: ignore[no-untyped-def]
    data = ("--data", world.others if command == "cross" else world.people, "--dataset", "synthetic")
    words = ("--persons", "2", "--seed", "1") if command == "synthesize" else (world.runs / "bptt", *data)
    with alone(tmp_path / "out"):
        assert "another process is writing" in refused(say(command, *words, "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--init", "utrcnn", "--recipe", "paper"), "init must have the encoder of this training"),
        (("--init", "absent"), "absent"),
        (("--head", "tsc"), "flow"),
        (("--split", "99"), "split must be below 10"),
        (("--devices", "0"), "devices must be 1 or more"),
        (("--accelerator", "cuda"), "accelerator, devices and num_nodes must be there"),
        (("--precision", "bf16-mixed"), "precision must be 32-true without a GPU"),
        (("--seed", "-1"), "seed must be 0 or more, got -1"),
    ],
)
def test_what_cannot_be_trained_is_one_sentence_and_leaves_nothing(
    say,  # type: ignore[no-untyped-def]
    world: World,
    words: tuple[str, ...],
    expected: str,
) -> None:
    if torch.cuda.is_available() and "cuda" in words:
        pytest.skip("there is a GPU")
    assert expected in refused(say(*train(world, "wrong", *words)))
    assert not list(world.runs.glob("wrong*"))


def test_a_resumed_training_tells_the_time_left_by_what_it_does_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Two epochs of an hour are read from the state, one of 30 ms is done."""
    hour = EpochLog(1, 63, "head", *[1.0] * 4, frames=10, seconds=3600, resumed=True)
    epochs = iter([hour, replace(hour, epoch=2), replace(hour, epoch=3, seconds=0.03, resumed=False)])
    assert len(list(_watch(0, epochs, 63))) == 3
    lines = capsys.readouterr().err.splitlines()
    assert [line.endswith("min left") for line in lines] == [False, False, True]
    assert lines[2].endswith(", 0.0 min left")


def test_a_killed_training_that_is_resumed_ends_with_the_same_weights(say, world: World) -> None:  # type: ignore[no-untyped-def]
    """Killed as soon as its state is there, which is in the middle of what follows."""
    words = train(world, "killed", "--head", "utrcnn")
    process = started(words)
    state = world.runs / "killed.partial" / "split_0.state"
    while not state.exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (world.runs / "killed").exists()
    assert say(*words, "--resume").status == 0
    assert equal_weights(*(world.runs / name / "split_0.safetensors" for name in ("killed", "utrcnn")))


def test_two_processes_train_with_the_same_command(world: World) -> None:
    """The clips of a step are shared; dropout differs, so the weights are only of the same shape."""
    process = started(train(world, "two", "--head", "utrcnn", "--devices", "2"))
    told, error = process.communicate()
    assert process.returncode == 0, error
    assert told.count("two: utrcnn closing, recipe small") == 1
    run, alone = (read_run(world.runs / name) for name in ("two", "utrcnn"))
    assert run.history["frames"].tolist() == alone.history["frames"].tolist()
    assert run.history["loss"].tolist() == pytest.approx(alone.history["loss"].tolist(), rel=0.2)


def test_a_tracker_is_told_of_a_training_and_of_what_was_measured(
    say,  # type: ignore[no-untyped-def]
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: dict[str, float] = {}
    module = SimpleNamespace(
        init=lambda **about: None, log=lambda numbers, step: said.update(numbers), finish=lambda: None
    )
    monkeypatch.setitem(sys.modules, "trackio", module)
    assert say(*train(world, "tracked", "--head", "mean", "--epochs", "1", "--log", "trackio")).status == 0
    run = read_run(world.runs / "tracked")
    assert said["split 0/loss"] == pytest.approx(run.history["loss"].iloc[-1])
    assert said["split 0/rank_1"] == pytest.approx(run.summary["rank_1"].iloc[0])


def test_two_processes_that_torchrun_starts_train_together(world: World) -> None:
    """As docs/training.md has it for several machines, here two processes of one."""
    words = train(world, "elastic", "--head", "mean", "--epochs", "1", "--devices", "2")
    process = started(words, "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m")
    told, error = process.communicate()
    assert process.returncode == 0, error
    assert told.count("elastic: mean") == 1
    assert read_run(world.runs / "elastic").history["epoch"].tolist() == [1]


def started(words: list[str], *starter: str) -> subprocess.Popen[str]:
    threads = str(torch.get_num_threads())  # another number sums in another order
    environment = os.environ | {"OMP_NUM_THREADS": threads}
    command = [sys.executable, "-m", *starter, "reid_core", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


# One's own pairs


@pytest.fixture
def pairs(clips: Path, tmp_path: Path) -> Path:
    """A table of four pairs of four videos, of which two show one person."""
    for name, pid in (("a", 1), ("b", 1), ("c", 2), ("d", 2)):
        (tmp_path / f"{name}.mp4").write_bytes((clips / f"{pid}.mp4").read_bytes())
    rows = ("a.mp4,b.mp4,same", "c.mp4,d.mp4,yes", "a.mp4,c.mp4,different", "b.mp4,d.mp4,0")
    (tmp_path / "my-pairs.csv").write_text("\n".join(("video_a,video_b,same", *rows)))
    return tmp_path / "my-pairs.csv"


def test_a_calibration_on_own_pairs_is_used_and_named_by_compare(say, clips: Path, pairs: Path) -> None:  # type: ignore[no-untyped-def]
    said = say("calibrate", pairs, *with_tiny(clips))
    written = pairs.with_name("my-pairs.calibration.json")
    assert said.status == 0
    assert "calibrated tiny on 4 pairs of my-pairs.csv: 2 of one person, 2 of two, crop full" in said.out
    assert "\nWith fewer than 20 pairs of a kind no answer is certain unless its probability is.\n" in said.out
    two = (clips / "1.mp4", clips / "2.mp4", *with_tiny(clips), "--calibration", written)
    told, shipped = (json.loads(say("compare", *words, "--json").out) for words in (two, two[:-2]))
    assert (told["calibration"], shipped["calibration"]) == ("4 pairs of my-pairs.csv", "nobody")
    assert told["distance"] == shipped["distance"]
    assert read_calibration(written, "mine").calibration.threshold == pytest.approx(told["distance"] / 2, rel=1e-3)
    assert (told["verdict"], told["threshold"]) == ("uncertain", 0) and 0.2 < told["probability_same"] < 0.3
    assert "\ncalibrated on 4 pairs of my-pairs.csv\n" in say("compare", *two).out
    assert not list(pairs.parent.glob(".*.part"))


def test_own_pairs_can_be_held_against_a_cohort(say, clips: Path, pairs: Path, yard: Path) -> None:  # type: ignore[no-untyped-def]
    said = say("calibrate", pairs, *with_tiny(clips), "--cohort", yard)
    assert said.status == 0 and "\nheld against 2 other people of yard\n" in said.out
    own = read_calibration(pairs.with_name("my-pairs.calibration.json"), "mine")
    (known,) = own.calibration.normalised
    assert (known.of, known.people, known.scale.source) == ("cameras", 2, "4 pairs of my-pairs.csv")
    assert own.cohort == "held against 2 other people of yard"
    two = (clips / "1.mp4", clips / "2.mp4", *with_tiny(clips), "--cohort", yard)
    told = json.loads(say("compare", *two, "--calibration", pairs.with_name("my-pairs.calibration.json"), "--json").out)
    assert told["cohort"]["people"] == [2, 2] and 0.1 < told["probability_same"] < 0.3
    assert "\nnot held against other people\n" in say("calibrate", pairs, *with_tiny(clips)).out


def test_videos_without_labels_calibrate_too(say, clips: Path, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """Two people side by side for thirty frames, each of one colour: two pairs of one person, one of two."""
    from reid_core.commands import calibrate

    looks = [np.full((30, 128, 64, 3), shade, np.uint8) for shade in (40, 200)]
    people = [Tracklet(frames, np.arange(30) / 10, np.zeros((30, 4), np.float32)) for frames in looks]
    monkeypatch.setattr(calibrate, "people_of", lambda *_: people)
    (tmp_path / "monday").mkdir()
    (tmp_path / "monday" / "1.mp4").touch()
    said = say("calibrate", "--videos", tmp_path / "monday", *with_tiny(clips)[:2])
    assert said.status == 0
    assert "calibrated tiny on 3 pairs of monday: 2 of one person, 1 of two, crop auto" in said.out
    assert "of one camera each" in said.out
    assert read_calibration(tmp_path / "monday.calibration.json", "mine").same == 2
    people.pop()
    assert "must show a person for long and people at one time" in refused(
        say("calibrate", "--videos", tmp_path / "monday", *with_tiny(clips)[:2])
    )


@pytest.mark.parametrize(
    "words", [(), ("pairs.csv", "--videos", "folder"), ("--videos", "folder", "--cohort", "other")]
)
def test_calibrate_takes_a_table_or_a_folder(say, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    refused(say("calibrate", *words))


def test_a_calibration_makes_a_checkpoint_without_one_useful(say, clips: Path, pairs: Path) -> None:  # type: ignore[no-untyped-def]
    bare, out = ("--checkpoint", clips / "bare.safetensors", "--crop", "full"), pairs.with_name("mine.json")
    assert say("calibrate", pairs, *bare, "--out", out, "--name", "the yard").status == 0
    said = say("compare", clips / "1.mp4", clips / "2.mp4", *bare, "--calibration", out)
    assert said.status == 0 and "calibrated on 4 pairs of the yard" in said.out


def test_each_video_is_read_once(say, clips: Path, pairs: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    from reid_core.commands import calibrate

    read: list[str] = []

    def watched(*words: object) -> object:
        read.append(str(words[1]))
        return find_subject(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(calibrate, "find_subject", watched)
    assert say("calibrate", pairs, *with_tiny(clips)).status == 0
    assert read == ["a.mp4", "b.mp4", "c.mp4", "d.mp4"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("video", "line 3: c.mp4"),
        ("absent", "line 3 must name videos that are there"),
        ("label", "line 2 must end in one of"),
        ("few", "must hold 4 pairs or more, got 2"),
        ("crop", "crop must be auto, full or X,Y,W,H"),
        ("out", "out must be in a folder"),
        ("folder", "out must be a file"),
    ],
)
def test_pairs_that_cannot_be_used_are_one_sentence_and_no_file(
    say, clips: Path, pairs: Path, change: str, expected: str
) -> None:  # type: ignore[no-untyped-def]
    words = ["calibrate", pairs, *with_tiny(clips)]
    if change == "video":
        pairs.with_name("c.mp4").write_text("no video")
    elif change == "absent":
        pairs.with_name("c.mp4").unlink()
    elif change == "label":
        pairs.write_text(pairs.read_text().replace(",same\nc", ",alike\nc"))
    elif change == "few":
        pairs.write_text("\n".join(pairs.read_text().splitlines()[:3]))
    else:
        words += {"crop": ["--crop", "most"], "out": ["--out", pairs / "x.json"], "folder": ["--out", pairs.parent]}[
            change
        ]
    assert expected in refused(say(*words))
    assert not list(pairs.parent.glob("*.json*"))


def test_a_calibration_of_another_checkpoint_or_a_damaged_one_is_one_sentence(say, clips: Path, pairs: Path) -> None:  # type: ignore[no-untyped-def]
    assert say("calibrate", pairs, *with_tiny(clips)).status == 0
    written = pairs.with_name("my-pairs.calibration.json")
    two = ("compare", clips / "1.mp4", clips / "2.mp4", "--crop", "full")
    assert "it was made with tiny" in refused(say(*two, "--checkpoint", "mean", "--calibration", written))
    written.write_text(written.read_text()[:100])
    assert "that calibrate wrote" in refused(say(*two, *with_tiny(clips)[:2], "--calibration", written))
    said = refused(say(*two, *with_tiny(clips)[:2], "--calibration", pairs.with_name("absent.json")))
    assert said == "error: calibration absent.json must be a file that can be read, got: No such file or directory"


# The benchmark


@pytest.fixture
def tiny_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    """SynthWalk with four persons and tracklets of two frames, whose fingerprint nobody has published."""
    for name, value in {"PERSONS": 4, "MIN_LENGTH": 2, "MAX_LENGTH": 2}.items():
        monkeypatch.setattr(synthwalk, name, value)
    splits = synthwalk.splits_fingerprint(half_splits(range(1, 5), 0))
    monkeypatch.setattr(synthwalk, "SPLITS_FINGERPRINT", splits)


def test_the_benchmark_is_rendered_told_by_its_fingerprint_and_recognised(
    say, tiny_benchmark: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    words = ("synthesize", "--benchmark", "synthwalk", "--out", tmp_path / "walk")
    synthwalk.write_colours(synthwalk.write_synthwalk(tmp_path / "walk"), tmp_path / "colours.png")
    monkeypatch.setattr(synthwalk, "COLOURS", tmp_path / "colours.png")
    said = say(*words)
    assert said.status == 0
    told, words_told = said.out.splitlines()[0].removeprefix("fingerprint of the frames: ").split("; ")
    assert len(told) == 64 and "equal to the eye" in words_told
    monkeypatch.setattr(synthwalk, "FRAMES_FINGERPRINTS", (told,))
    said = say(*words)
    assert said.status == 0
    assert "equal to the last bit" in said.out
    assert f"SynthWalk: 4 synthetic persons, two tracklets each, 10 splits, in {tmp_path / 'walk'}" in said.out
    assert "equal to the last bit; so are its 10 splits" in say("check-data", "synthetic", tmp_path / "walk").out


def test_frames_that_look_otherwise_than_the_benchmark_s_are_refused(
    say, tiny_benchmark: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    looks = synthwalk.write_synthwalk(tmp_path / "walk")
    inverse = {
        name: replace(seen, colours=bytes(255 - level for level in seen.colours)) for name, seen in looks.items()
    }
    synthwalk.write_colours(inverse, tmp_path / "colours.png")
    monkeypatch.setattr(synthwalk, "COLOURS", tmp_path / "colours.png")
    said = say("synthesize", "--benchmark", "synthwalk", "--out", tmp_path / "walk")
    assert said.status == 2
    assert "is not SynthWalk: other frames were rendered than those published" in said.error
    said = say("check-data", "synthetic", tmp_path / "walk")
    assert said.status == 2
    assert "its card says that it is SynthWalk" in said.error


@pytest.mark.parametrize("option", [("--persons", "9"), ("--seed", "1"), ("--max-length", "9"), ("--variety", "0.5")])
def test_the_benchmark_fixes_everything(say, tmp_path: Path, option: tuple[str, str]) -> None:  # type: ignore[no-untyped-def]
    line = refused(say("synthesize", "--benchmark", "synthwalk", "--out", tmp_path / "walk", *option))
    assert "--benchmark must be the only option besides --out" in line
    assert not (tmp_path / "walk").exists()

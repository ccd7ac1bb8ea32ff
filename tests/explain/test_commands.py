"""The commands write what the core returns, and refuse in one line."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reid_core.__main__ import main
from reid_core.commands.explain import told_apart
from reid_core.data import InputConfig, load, measure, prepare, splits_of
from reid_core.evaluation import evaluate
from reid_core.explain import frame_features, importance
from reid_core.model import find_checkpoint, load_checkpoint, save_checkpoint
from reid_core.runs import RunInfo, split_tables, write_run
from reid_core.video import find_subject
from tests.data.trees import write_ilids
from tests.tiny import INPUT, tiny_network

VIDEO_INPUT = InputConfig(crop_height=14, crop_width=10, channels=("yuv",))  # videos are measured at 64 x 48
CLIP = Path(__file__).resolve().parents[2] / "assets" / "examples" / "walker-camera1.mp4"


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A run over four people, tested on two of them."""
    write_ilids(tmp_path, [1, 2, 3, 4], frames=6)
    dataset = load("ilids-vid", tmp_path)
    prepared = prepare(dataset, INPUT)
    network = tiny_network("utrcnn", variant="sab")
    result = evaluate(network, prepared.tracklets, splits_of(dataset, 0).splits[0].test)
    tables = {name: table.assign(split=0) for name, table in split_tables(result, None).items()}
    save_checkpoint(tmp_path / "weights.safetensors", network, {})
    empty: dict[str, object] = dict.fromkeys(RunInfo.__dataclass_fields__, "")
    values = empty | {"name": "one", "fingerprint": prepared.fingerprint, "splits": (0,), "seed": 0, "schema": 1}
    values |= {"test_variants": 2, "versions": {}, "network": {}, "loss": {}, "schedule": []}
    history = {"history": pd.DataFrame()}
    return write_run(tmp_path / "one", RunInfo(**values), tables | history, {0: tmp_path / "weights.safetensors"})


def test_explain_writes_what_the_core_returns(tmp_path, capsys):
    save_checkpoint(tmp_path / "small.safetensors", tiny_network("utrcnn", variant="sab", input_=VIDEO_INPUT), {})
    words = [
        "explain",
        CLIP,
        "--out",
        tmp_path / "why",
        "--checkpoint",
        tmp_path / "small.safetensors",
        "--crop",
        "full",
    ]
    assert main([str(word) for word in words]) == 0
    subject = find_subject(CLIP, CLIP.name, "full")
    network = load_checkpoint(tmp_path / "small.safetensors").network
    expected = importance(network.head, frame_features(network, measure(subject.tracklet.frames)))
    table = pd.read_csv(tmp_path / "why" / "importance.csv")
    for kind, values in expected.measures.items():
        np.testing.assert_allclose(table[f"small_{kind}"], values, rtol=1e-4, atol=1e-8)
    alpha = pd.read_csv(tmp_path / "why" / "attention_small.csv", index_col=0)
    np.testing.assert_allclose(alpha, expected.attention, atol=1e-5)
    assert set(json.loads((tmp_path / "why" / "summary.json").read_text())["small"]) >= {"gradient", "left_out", "hops"}
    assert (tmp_path / "why" / "strip.mp4").stat().st_size > 10_000 < (tmp_path / "why" / "strip.png").stat().st_size
    assert "small on" in capsys.readouterr().out


def test_bias_stores_its_curves_in_the_run_and_prints_them(run_folder, capsys):
    words = ["bias", run_folder, "--data", run_folder.parent, "--things", "blank"]
    assert main([str(word) for word in words]) == 0
    table = pd.read_csv(run_folder / "bias.csv")
    assert table.groupby(["control", "cover"]).size()["trained"].to_dict() == {
        "blank": 9, "none": 1, "person": 9, "reversed": 1, "shuffled": 1,
    }  # fmt: skip
    assert pd.read_csv(run_folder / "importance.csv")["measure"].tolist() == [
        "attention",
        "visits",
        "gradient",
        "left_out",
    ]
    said = capsys.readouterr().out
    assert said.count("position bias") == 4 and "entropy" in said
    assert not list(run_folder.glob(".*.part"))


def test_bias_refuses_other_data_and_runs_that_were_not_tested(run_folder, tmp_path, capsys):
    other = tmp_path / "other"
    write_ilids(other, [1, 2, 3, 4], frames=7)
    assert main(["bias", str(run_folder), "--data", str(other)]) == 2
    assert "other data" in capsys.readouterr().err
    summary = run_folder / "summary.csv"
    summary.write_text(summary.read_text().splitlines()[0] + "\n")
    assert main(["bias", str(run_folder), "--data", str(tmp_path)]) == 2
    assert "tested on every split" in capsys.readouterr().err
    assert not (run_folder / "bias.csv").exists()


@pytest.mark.parametrize("covered", [("5", "4"), ("0", "99"), ("-1", "3")])
def test_explain_refuses_covered_frames_that_are_not_there(tmp_path, capsys, covered):
    save_checkpoint(tmp_path / "small.safetensors", tiny_network("mean", input_=VIDEO_INPUT), {})
    words = ["explain", CLIP, "--out", tmp_path / "why", "--checkpoint", tmp_path / "small.safetensors"]
    assert main([str(word) for word in [*words, "--crop", "full", "--covered", *covered]]) == 2
    assert "covered must be a first and a last frame from 0 to" in capsys.readouterr().err
    assert not (tmp_path / "why").exists()


def test_explain_refuses_a_file_as_its_folder(tmp_path, capsys):
    (tmp_path / "why").write_text("")
    assert main(["explain", str(CLIP), "--out", str(tmp_path / "why")]) == 2
    assert "must be a folder" in capsys.readouterr().err


def test_checkpoints_of_one_name_are_all_explained_under_names_that_differ(tmp_path):
    paths = [tmp_path / run / "split_0.safetensors" for run in ("one", "two")]
    for seed, path in enumerate(paths):
        path.parent.mkdir()
        save_checkpoint(path, tiny_network("utrcnn", seed, variant="sab", input_=VIDEO_INPUT), {})
    words = ["explain", CLIP, "--out", tmp_path / "why", "--crop", "full", "--checkpoint", *paths]
    assert main([str(word) for word in words]) == 0
    table = pd.read_csv(tmp_path / "why" / "importance.csv")
    assert not np.allclose(table["one-split_0_gradient"], table["two-split_0_gradient"])
    assert set(json.loads((tmp_path / "why" / "summary.json").read_text())) == {"one-split_0", "two-split_0"}
    assert (tmp_path / "why" / "attention_two-split_0.csv").exists()


def test_the_shortest_ends_that_differ_name_checkpoints(tmp_path):
    for name in ("a/x/split_0", "b/x/split_0", "b/x/mine"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.safetensors").touch()
    given = [str(tmp_path / f"{name}.safetensors") for name in ("a/x/split_0", "b/x/split_0", "b/x/mine")]
    assert told_apart(["bptt", *given]) == {
        "bptt": find_checkpoint("bptt"),
        **dict(zip(("a-x-split_0", "b-x-split_0", "mine"), map(Path, given), strict=True)),
    }


def test_a_checkpoint_that_is_named_twice_is_refused_before_the_video_is_read(tmp_path, capsys):
    words = ["explain", tmp_path / "none.mp4", "--out", tmp_path, "--checkpoint", "bptt", find_checkpoint("bptt")]
    assert main([str(word) for word in words]) == 2
    (told,) = capsys.readouterr().err.splitlines()
    assert "checkpoint must name each file once, got bptt, " in told

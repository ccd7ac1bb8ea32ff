"""The command on large galleries says what the plain protocol says, alone and in several processes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from reid_core.__main__ import main
from reid_core.evaluation import Labels, rank


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """1,100 probes, more than a block of a process, and 300 of a gallery, of 40 people; one probe is of nobody."""
    folder, rng = tmp_path_factory.mktemp("embeddings"), np.random.default_rng(0)
    centres = rng.normal(size=(41, 8))
    for name, count, cameras in (("probes", 1100, (1, 2)), ("gallery", 300, (1, 4))):
        pids = rng.integers(0, 40, count)
        if name == "probes":
            pids[7] = 40
        values = centres[pids] + 1.5 * rng.normal(size=(count, 8))
        np.save(folder / f"{name}.npy", values.astype(np.float32))
        np.save(folder / f"{name}.labels.npy", np.stack([pids, rng.integers(*cameras, count)], 1))
    return folder / "probes.npy", folder / "gallery.npy"


def plain(stored: tuple[Path, Path]):  # type: ignore[no-untyped-def]
    a, b = (np.load(path).astype(np.float64) for path in stored)
    labels = [Labels(*np.load(path.with_suffix(".labels.npy")).T) for path in stored]
    return rank([np.linalg.norm(a[:, None] - b, axis=2)], *labels)


def test_the_command_ranks_as_all_distances_at_once_do(
    stored: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = plain(stored)
    assert main(["rank", *map(str, stored), "--out", str(tmp_path / "ranks.npz"), "--json"]) == 0
    told, found = json.loads(capsys.readouterr().out), np.load(tmp_path / "ranks.npz")
    assert found["first_match"].tolist() == expected.first_match.tolist()
    assert found["probes"].tolist() == expected.probes.tolist() and 7 not in found["probes"]
    assert (told["probes"], told["matched"], told["gallery"]) == (1100, 1099, 300)
    assert told["rank_5"] == pytest.approx(expected.cmc(5)[4]) and 0.2 < told["rank_5"] < 0.95
    assert told["mean_average_precision"] == pytest.approx(
        expected.mean_average_precision, rel=1e-5
    )  # nearly equal is a tie


def test_processes_that_torchrun_starts_share_the_probes_and_one_tells(stored: tuple[Path, Path]) -> None:
    starter = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    words = ["-m", "reid_core", "rank", *map(str, stored), "--json"]
    ended = subprocess.run([*starter, *words], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    told, expected = json.loads(ended.stdout), plain(stored)
    assert told["matched"] == len(expected.probes) and told["rank_1"] == pytest.approx(expected.cmc(1)[0])
    assert told["mean_average_precision"] == pytest.approx(
        expected.mean_average_precision, rel=1e-5
    )  # nearly equal is a tie


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.with_suffix(".labels.npy").unlink(), "their labels in"),
        (lambda path: np.save(path, np.zeros((3, 2))), "must hold float32 (N, n), got float64 (3, 2)"),
        (lambda path: np.save(path, np.zeros((3, 2), np.float32)), "must hold whole numbers (3, 2), got int64 (2, 2)"),
    ],
)
def test_what_is_no_table_of_embeddings_is_one_sentence(
    spoil,  # type: ignore[no-untyped-def]
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "probes.npy"
    np.save(path, np.zeros((2, 2), np.float32))
    np.save(tmp_path / "probes.labels.npy", np.zeros((2, 2), np.int64))
    spoil(path)
    assert main(["rank", str(path), str(path)]) == 2
    assert said in capsys.readouterr().err


def test_a_device_that_is_not_there_is_one_sentence(
    stored: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rank", *map(str, stored), "--device", "abacus"]) == 2
    assert "device must be cpu, or cuda where there is one, got abacus" in capsys.readouterr().err

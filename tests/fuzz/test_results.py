"""Whatever is done to a run, checkpoint, table, calibration or index: it is read, or one sentence says why not."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reid_core.data import half_splits, read_splits, write_splits
from reid_core.evaluation import OwnCalibration, read_calibration, read_pairs
from reid_core.model import load_checkpoint, save_checkpoint
from reid_core.runs import list_run, read_run, write_bias
from reid_core.search import open_index
from reid_core.search.build import doubts_of
from tests.fuzz.spoiling import Edit, edits, is_sentence, spoilt
from tests.run_folders import write
from tests.search.street import CALIBRATION, Walk, checkpoint, indexed, street

PAIRS = "video_a,video_b,same\n" + "".join(f"a{n}.mp4,b{n}.mp4,{'yes' if n % 2 else 'no'}\n" for n in range(8))


@dataclass(frozen=True)
class Whole:
    """A folder of good files, and the place where spoilt ones are put."""

    files: Path
    place: Path

    def spoil(self, name: str, changes: Sequence[Edit]) -> Path:
        """A spoilt copy of a file."""
        self.place.mkdir(exist_ok=True)
        path = self.place / Path(name).name
        path.write_bytes(spoilt((self.files / name).read_bytes(), changes))
        return path

    def spoil_in(self, folder: str, member: int, changes: Sequence[Edit]) -> Path:
        """A copy of a folder of which one file, counted round in order, is spoilt."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self.files / folder, self.place)
        members = sorted(path for path in self.place.rglob("*") if path.is_file())
        path = members[member % len(members)]
        path.write_bytes(spoilt(path.read_bytes(), changes))
        return self.place


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    files = tmp_path_factory.mktemp("whole")
    made = checkpoint()
    save_checkpoint(files / "tiny.safetensors", made.network, {"trained_on": "nobody"}, CALIBRATION)
    (files / "pairs.csv").write_text(PAIRS)
    write_splits(files / "splits.json", half_splits(range(8), 0))
    own = OwnCalibration("pairs", "tiny", "f" * 16, "auto", "2026-01-01", 4, 4, 0.1, 0.1, CALIBRATION)
    (files / "own.json").write_text(own.to_json())
    run = write(files, "run")
    table = read_run(run).summary[["split", "rank_1"]]
    write_bias(run, table.assign(control="trained", cover="person", position=0.5), table.assign(measure="attention"))
    indexed(files / "index", (street(files / "a.mkv", [Walk(0, 0, 20), Walk(1, 10, 30)], 40), "gate"))
    return Whole(files, files / "spoilt")


def read(reader: Callable[[Path], object], path: Path) -> None:
    try:
        reader(path)
    except ValueError as error:
        assert is_sentence(str(error)), error


READERS: dict[str, Callable[[Path], object]] = {
    "tiny.safetensors": load_checkpoint,
    "pairs.csv": read_pairs,
    "splits.json": read_splits,
    "own.json": lambda path: read_calibration(path, path.name),
}


@pytest.mark.parametrize("name", READERS)
@given(changes=edits)
@example(changes=[])
@example(changes=[Edit("cut", 0.5, b"")])
@example(changes=[Edit("put", 0.0, b'"')])
def test_a_spoilt_file_is_read_or_refused_in_a_sentence(whole: Whole, name: str, changes: Sequence[Edit]) -> None:
    read(READERS[name], whole.spoil(name, changes))


def look_at_run(folder: Path) -> None:
    run = read_run(folder)
    for look in (run.identities, run.importance, lambda: run.strips(run.nearest["probe"].astype(str))):
        look()


@given(member=st.integers(0, 30), changes=edits)
@example(member=0, changes=[])
def test_a_spoilt_run_is_read_or_refused_in_a_sentence(whole: Whole, member: int, changes: Sequence[Edit]) -> None:
    folder = whole.spoil_in("run", member, changes)
    read(look_at_run, folder)
    read(list_run, folder)


def look_at_index(place: Path) -> None:
    index = open_index(place)
    for look in (index.videos, index.decisions, index.cameras, index.next_number):
        look()
    for one in index.some(index.table().tracklet.tolist()):
        doubts_of(one)


@given(member=st.integers(0, 60), changes=edits)
@example(member=0, changes=[])
def test_a_spoilt_index_is_read_or_refused_in_a_sentence(whole: Whole, member: int, changes: Sequence[Edit]) -> None:
    read(look_at_index, whole.spoil_in("index", member, changes))

"""What is seen of a training on the way: written at once, read while it goes on."""

from pathlib import Path

import pytest

from reid_core.runs import HardPair, Look, Watched
from reid_core.runs.watched import Attended, read_watched, watched_strips, write_watched
from tests.tiny import tracklets

SEEN = Watched(
    2,
    (Look(1, "encoder", 0.5), Look(2, "head", 1.0)),
    (HardPair("cam1/person001", "cam2/person004", False, 0.25),),
    Attended("cam1/person001", (0, 4, 8), (0.5, 0.25, 0.25)),
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert read_watched(tmp_path, 1) is None and watched_strips(tmp_path, 1, ["cam1/person001"]) == {}
    write_watched(tmp_path, 1, SEEN, tracklets(2, 20))
    assert read_watched(tmp_path, 1) == SEEN and read_watched(tmp_path, 0) is None
    assert watched_strips(tmp_path, 1, ["cam1/person001"])["cam1/person001"].shape == (16, 64, 32, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["split_1.watched.json", "split_1.watched.zip"]


@pytest.mark.parametrize("content", ["", "[]", '{"looks": []}', '{"persons": 1, "looks": [{"a": 1}], "pairs": []}'])
def test_what_is_damaged_is_as_if_nothing_had_been_seen(tmp_path: Path, content: str) -> None:
    (tmp_path / "split_0.watched.json").write_text(content)
    (tmp_path / "split_0.watched.zip").write_text(content)
    assert read_watched(tmp_path, 0) is None and watched_strips(tmp_path, 0, ["a"]) == {}

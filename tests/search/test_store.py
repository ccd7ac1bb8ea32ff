import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reid_core.search import Index, Source, build, create, delete, find, is_index, open_index, stored
from tests.search.street import SWAPPED, Seer, Walk, checkpoint, indexed, street


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    north = street(folder / "north.mkv", [Walk(0, 0, 40), Walk(1, 10, 50, 20)], 60)
    south = street(folder / "south.mkv", [Walk(2, 5, 45)], 60)
    return Path(indexed(folder / "index", (north, "north"), (south, "south")).place)


@pytest.fixture
def index(made: Path, tmp_path: Path) -> Index:
    return Index(str(shutil.copytree(made, tmp_path / "index")))


def test_an_index_tells_its_tracklets_videos_and_cameras(index: Index) -> None:
    table = open_index(index.place).table()
    assert table.tracklet.tolist() == [1, 2, 3]
    assert table.video.tolist() == ["north.mkv", "north.mkv", "south.mkv"]
    assert index.cameras() == {"north": 2, "south": 1}
    assert [(video.video, video.finished, video.duration_s) for video in index.videos()] == [
        ("north.mkv", True, 12.0),
        ("south.mkv", True, 12.0),
    ]


def test_a_tracklet_is_read_back_with_its_boxes_and_its_strip(index: Index) -> None:
    one = index.tracklet(3)
    assert (one.start_s, one.end_s, one.camera) == (1.0, 8.8, "south")
    np.testing.assert_allclose(one.boxes[0], (5, 30, 29, 90), atol=1)  # colour is stored at half the resolution
    np.testing.assert_allclose(one.boxes[-1], (5 + 39 * 3, 30, 29 + 39 * 3, 90), atol=1)
    assert one.strip[:2] == b"\xff\xd8" and len(one.strip) < 20_000
    np.testing.assert_array_equal(index.embeddings([3, 1])[0], one.embedding)


def test_the_nearest_come_first_of_all_cameras_or_of_one(index: Index) -> None:
    asked = index.tracklet(2).embedding
    near = index.nearest(asked, 3)
    apart = np.linalg.norm(np.stack(near.embedding) - asked, axis=1)
    assert near.tracklet.iloc[0] == 2 and sorted(near.tracklet) == [1, 2, 3]
    assert apart[0] == 0 < apart[1] <= apart[2]
    assert index.nearest(asked, 3, "south").tracklet.tolist() == [3]
    assert index.nearest(asked, 1).tracklet.tolist() == [2] and index.nearest(asked, 1, "west").empty


def test_with_an_index_of_embeddings_the_nearest_are_the_same(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = index.tracklet(2).embedding
    exact = index.nearest(asked, 3).set_index("tracklet")
    monkeypatch.setattr("reid_core.search.store.EXACT", 2)
    monkeypatch.setattr("reid_core.search.store.PARTITIONS", 1)
    index.compact()
    listed = index.nearest(asked, 3)
    assert index.tracklets.list_indices() and listed.tracklet.tolist() == exact.index.tolist()
    pd.testing.assert_frame_equal(listed.set_index("tracklet"), exact)
    assert index.nearest(asked, 3, "south").tracklet.tolist() == [3]


def test_a_camera_may_have_a_quote_in_its_name(index: Index) -> None:
    assert index.people("Ann's door", 0.1).shape[0] == 0


def test_a_removed_video_is_gone_and_its_numbers_are_not_given_again(index: Index) -> None:
    south = index.videos()[1]
    index.remove(south.digest)
    assert index.table().tracklet.tolist() == [1, 2] and index.cameras() == {"north": 2}
    assert [video.video for video in index.videos()] == ["north.mkv"]
    assert open_index(index.place).next_number() == 4


def test_of_a_removed_video_no_picture_is_left_in_the_files(index: Index) -> None:
    picture = index.tracklet(3).strip
    assert any(picture in file.read_bytes() for file in Path(index.place).rglob("*") if file.is_file())
    index.remove(index.videos()[1].digest)
    assert not any(picture in file.read_bytes() for file in Path(index.place).rglob("*") if file.is_file())


def test_one_call_deletes_an_index_and_nothing_is_left(index: Index) -> None:
    delete(index.place)
    assert not Path(index.place).exists() and not is_index(index.place)


def test_an_index_refuses_another_checkpoint_with_a_sentence(index: Index) -> None:
    index.check(checkpoint())
    with pytest.raises(ValueError, match=r"index .*index was made with checkpoint tiny \(.*make a new index"):
        index.check(checkpoint(seed=1))


def test_an_index_that_knows_no_jumps_is_read_searched_and_added_to(index: Index, tmp_path: Path) -> None:
    index.tracklets.drop_columns(["jumps_s"])
    index.database.open_table("about").update(values={"version": 1})
    old, asked = open_index(index.place), index.tracklet(2).embedding
    assert [one.jumps_s.size for one in old.some([1, 2, 3])] == [0, 0, 0]
    assert old.table().jumps_s.tolist() == old.nearest(asked, 3).jumps_s.tolist() == [(), (), ()]
    hit, *_ = find(stored(old, 1), [old], checkpoint()).hits
    assert (hit.tracklet, hit.jumps_s) == (3, ())
    assert old.about["version"] == 1 and "jumps_s" not in old.tracklets.schema.names  # reading writes nothing
    swapped = street(tmp_path / "west.mkv", SWAPPED, 60)
    list(build(old, [Source(swapped, "west")], checkpoint(), Seer()))
    new = open_index(index.place)
    assert new.table().jumps_s.tolist() == [(), (), (), (5.6,)] and new.about["version"] == 2
    assert new.nearest(new.tracklet(4).embedding, 1).jumps_s.tolist() == [(5.6,)]


def test_an_index_of_a_newer_version_is_refused(index: Index) -> None:
    index.database.open_table("about").update(values={"version": 3})
    with pytest.raises(ValueError, match="has version 3; this package reads up to 2"):
        open_index(index.place)


def test_an_index_is_not_made_with_a_checkpoint_that_cannot_tell_one_person_from_two(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="checkpoint tiny must carry a calibration"):
        create(tmp_path / "index", replace(checkpoint(), calibration=None), "tiny")
    assert not (tmp_path / "index").exists()


def test_what_another_process_adds_is_seen(index: Index, tmp_path: Path) -> None:
    other = open_index(index.place)
    assert other.cameras() == {"north": 2, "south": 1}
    index.remove(index.videos()[0].digest)
    assert other.cameras() == {"south": 1}


def test_two_do_not_write_at_one_time(index: Index) -> None:
    with (
        index.writing(),
        pytest.raises(ValueError, match="is being written by another process"),
        open_index(index.place).writing(),
    ):
        pass


@pytest.mark.parametrize("place", ["nothing", "folder", "file"])
def test_what_is_no_index_gives_a_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match=f"{place} must be an index, made by reid index, and it is none"):
        open_index(tmp_path / place)


def test_an_index_is_not_made_where_other_files_are(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(ValueError, match="must be made in a folder that is not there or is empty"):
        create(tmp_path, checkpoint(), "tiny")


def test_a_number_that_is_not_there_is_named(index: Index) -> None:
    with pytest.raises(ValueError, match="has no tracklet 9"):
        index.tracklet(9)


def test_a_damaged_index_is_named_in_one_sentence_whatever_its_file_says(index: Index) -> None:
    for path in Path(index.place).rglob("*.lance"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"PageLayout", b"Page\nayout"))
    with pytest.raises(ValueError, match=r"^index .* cannot be read, it is damaged") as said:
        open_index(index.place).videos()
    assert "\n" not in str(said.value)

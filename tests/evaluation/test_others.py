"""Who else is there: in the videos themselves, in a folder."""

from pathlib import Path

import numpy as np
import pytest
import torch

from reid_core.data import InputConfig, measure
from reid_core.evaluation import Others, embed, embed_others, others, read_others, seen_with
from reid_core.evaluation.known_people import FRAMES
from reid_core.evaluation.others import LEAST_FRAMES, MOST
from reid_core.video import Scene, Subject, Tracklet, Video, person_of
from tests.tiny import tiny_network


def tracklet(length: int, start: int = 0, shade: int = 0) -> Tracklet:
    frames = np.full((length, 128, 64, 3), shade, np.uint8)
    return Tracklet(frames, (start + np.arange(length)) / 10, np.zeros((length, 4), np.float32))


def subject(*people: Tracklet) -> Subject:
    return Subject("a.mp4", tracklet(20), "auto", others=people)


def test_others_of_a_scene_are_those_who_were_seen_at_the_same_time() -> None:
    """The third comes after the first has left: it may be the first, come back."""
    people = (tracklet(20), tracklet(15, start=19), tracklet(12, start=20), tracklet(10, start=5))
    scene = Scene("yard.mp4", people, "people")
    assert person_of(scene).others == (people[1], people[3])
    assert person_of(scene, 2).others == (people[1],)


def test_nobody_is_his_own_cohort() -> None:
    people = (tracklet(20), tracklet(20, shade=9))
    scene = Scene("yard.mp4", people, "people")
    for place, one in enumerate(people):
        assert all(other is not one for other in person_of(scene, place).others)


def test_who_is_seen_for_a_moment_only_is_left_out_and_of_many_the_longest_are_taken() -> None:
    crowd = [tracklet(LEAST_FRAMES + n, shade=n) for n in range(MOST + 3)]
    found = seen_with(subject(*crowd), subject(tracklet(LEAST_FRAMES - 1), tracklet(LEAST_FRAMES)))
    assert found.people == (MOST, 1)
    assert min(one.frames[0, 0, 0, 0] for one in found.first) == 3


def noise(length: int, rng: np.random.Generator) -> Tracklet:
    frames = rng.integers(0, 256, (length, 128, 64, 3), np.uint8)
    return Tracklet(frames, np.arange(length) / 10, np.zeros((length, 4), np.float32))


def test_of_each_some_frames_from_the_middle_are_looked_at() -> None:
    network = tiny_network("utrcnn", input_=InputConfig(channels=("yuv",)))
    one = noise(FRAMES + 10, np.random.default_rng(0))
    middle, whole = (
        embed(network, measure(one.frames[part], network.config.input)).embedding
        for part in (slice(5, 5 + FRAMES), slice(None))
    )
    assert not torch.allclose(middle, whole, atol=1e-3)
    torch.testing.assert_close(embed_others(network, [one]).embedding, middle)


def test_embeddings_are_those_of_each_person_alone() -> None:
    network = tiny_network("utrcnn", input_=InputConfig(channels=("yuv",)))
    rng = np.random.default_rng(0)
    people = [noise(length, rng) for length in (9, 14)]
    alone = torch.cat([embed(network, measure(one.frames, network.config.input)).embedding for one in people])
    assert alone.std() > 1e-4
    torch.testing.assert_close(embed_others(network, people).embedding, alone)


# A folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Videos whose people are as many as their name says."""

    def people(video: Video, detector: object, progress: object) -> Scene:
        count = int(video.name[0])
        return Scene(video.name, tuple(tracklet(20, shade=n) for n in range(count)), "people" if count else "nobody")

    def decoded(path: Path, progress: object) -> Video:
        return Video(path.name, np.zeros((2, 8, 8, 3), np.uint8), np.arange(2) / 10)

    monkeypatch.setattr(others, "find_people", people)
    monkeypatch.setattr(others, "decode", decoded)
    return tmp_path


def placed(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()


def read(folder: Path) -> Others:
    return read_others(folder, lambda: None)  # type: ignore[arg-type, return-value]


def test_people_of_videos_side_by_side_serve_both_cameras(folder: Path) -> None:
    placed(folder, "2.mp4", "3.avi", "notes.txt")
    found = read(folder)
    assert (found.people, found.source) == ((5, 5), folder.name)
    assert found.first is found.second


def test_two_folders_are_the_cameras_of_the_first_and_the_second_video(folder: Path) -> None:
    placed(folder, "cam1/2.mp4", "cam2/3.mp4", "cam2/1.mp4")
    assert read(folder).people == (2, 4)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), "must hold videos"),
        (("notes.txt",), "must hold videos"),
        (("cam1/2.mp4",), r"two folders cam\*, .* has 1 of these"),
        (("cam1/2.mp4", "cam2/2.mp4", "cam3/2.mp4"), "has 3 of these"),
        (("cam1/2.mp4", "cam2/x.txt"), "cam2 must hold videos"),
    ],
)
def test_a_folder_of_something_else_is_one_sentence(folder: Path, names: tuple[str, ...], expected: str) -> None:
    placed(folder, *names)
    with pytest.raises(ValueError, match=expected) as error:
        read(folder)
    assert "\n" not in str(error.value)


def test_what_is_no_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cohort must be a folder of videos, .*absent is none"):
        read_others(tmp_path / "absent")

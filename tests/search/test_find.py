from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_core.search import Index, Source, build, create, find, query_of, refined, stored
from reid_core.search.build import doubts_of
from reid_core.video import Detections
from tests.fixtures_video import film
from tests.search.street import COLOURS, Seer, Walk, checkpoint, indexed, street


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    north = street(folder / "north.mkv", [Walk(0, 0, 40), Walk(1, 10, 50, 20)], 60)
    south = street(folder / "south.mkv", [Walk(2, 5, 45), Walk(0, 100, 140)], 150)
    return Path(indexed(folder / "index", (north, "north"), (south, "south")).place)


@pytest.fixture
def index(made: Path) -> Index:
    return Index(str(made))


def test_a_stored_tracklet_finds_the_same_person_elsewhere_and_never_himself(index: Index) -> None:
    answer = find(stored(index, 1), [index], checkpoint())
    best = answer.hits[0]
    assert (best.video, best.camera, best.start_s, best.end_s) == ("south.mkv", "south", 20.0, 27.8)
    assert best.distance < 0.1 * answer.hits[1].distance
    assert 1 not in {hit.tracklet for hit in answer.hits}


def test_who_was_seen_at_one_time_with_the_query_is_somebody_else(index: Index) -> None:
    assert 2 not in {hit.tracklet for hit in find(stored(index, 1), [index], checkpoint()).hits}


def test_a_clip_finds_its_person(index: Index, tmp_path: Path) -> None:
    clip = street(tmp_path / "clip.mkv", [Walk(1, 0, 20)], 20)
    hit = find(query_of(str(clip), checkpoint(), detector=Seer), [index], checkpoint()).hits[0]
    assert (hit.video, hit.start_s) == ("north.mkv", 2.0)


def test_a_picture_finds_its_person(index: Index, tmp_path: Path) -> None:
    frame = np.full((120, 200, 3), 90, np.uint8)
    frame[20:80, 60:84] = COLOURS[2]
    cv2.imwrite(str(tmp_path / "a.png"), frame[..., ::-1])
    hit = find(query_of(str(tmp_path / "a.png"), checkpoint(), detector=Seer), [index], checkpoint()).hits[0]
    assert (hit.video, hit.start_s) == ("south.mkv", 1.0)


def test_a_picture_of_nobody_gives_a_sentence(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((120, 200, 3), 90, np.uint8))
    with pytest.raises(ValueError, match=r"a\.png must show a person, nobody was found in it"):
        query_of(str(tmp_path / "a.png"), checkpoint(), detector=Seer)


@pytest.mark.parametrize("text", ["missing.mp4", "nothing:3", ":3", "x:"])
def test_what_is_no_query_gives_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=f"query must be a video, a picture or INDEX:TRACKLET, got {text}"):
        query_of(text, checkpoint(), detector=Seer)


def test_hits_come_best_first_and_those_beyond_the_threshold_apart(index: Index) -> None:
    answer = find(stored(index, 1), [index], checkpoint())
    distances = [hit.distance for hit in answer.hits]
    assert distances == sorted(distances) and len(distances) == 2
    assert (*answer.within, *answer.beyond) == answer.hits and not answer.unclear
    assert all((hit.distance <= answer.threshold) == hit.within for hit in answer.hits)


def test_who_is_looked_for_in_grey_is_found_for_certain_nowhere_and_nobody_is_none_either(index: Index) -> None:
    plain = find(stored(index, 1), [index], checkpoint())
    assert plain.within and not plain.unclear and not plain.nobody
    doubted = find(replace(stored(index, 1), doubts=("a.mp4 shows the person in grey",)), [index], checkpoint())
    assert not doubted.within and [hit.tracklet for hit in doubted.unclear] == [hit.tracklet for hit in plain.within]
    assert {hit.probability_same for hit in doubted.unclear} == {0.5}
    assert not replace(doubted, hits=()).nobody and replace(plain, hits=()).nobody
    assert not doubted.to_dict()["nobody"] and doubted.unsure == ("a.mp4 shows the person in grey",)


def test_tracklets_without_colour_are_hits_of_no_certainty(tmp_path: Path) -> None:
    """The walker is as grey as the street."""
    frames = np.full((60, 120, 200, 3), 90, np.uint8)
    for number in range(40):
        frames[number, 30:90, 5 + 3 * number : 29 + 3 * number] = 250
    (tmp_path / "night.mkv").write_bytes(film(frames, "mkv", "ffv1", 5))

    class Sees(Seer):
        def __call__(self, frame: np.ndarray) -> Detections:
            left, top, width, height = cv2.boundingRect((frame[..., 0] > 200).astype(np.uint8))
            found = np.array([(left, top, left + width, top + height)] if width else [], np.float32).reshape(-1, 4)
            return Detections(found, np.full(len(found), 0.9, np.float32))

    made = create(tmp_path / "index", checkpoint(), "tiny")
    list(build(made, [Source(tmp_path / "night.mkv", "night")], checkpoint(), Sees()))
    (number,) = made.table().tracklet
    query = replace(stored(made, number), leave_out=frozenset(), doubts=())
    answer = find(query, [made], checkpoint())
    assert not answer.within and not answer.nobody
    assert answer.unclear[0].doubts == ("night.mkv at 0:00 shows the person without colour, as at night",)
    assert stored(made, number).doubts == answer.unclear[0].doubts


@pytest.mark.parametrize("strip", [b"half", b""])
def test_a_tracklet_whose_strip_is_damaged_is_a_sentence(index: Index, strip: bytes) -> None:
    with pytest.raises(ValueError, match=r"tracklet 1 of north\.mkv must have a strip of frames, it is damaged"):
        doubts_of(replace(index.tracklet(1), strip=strip))


def test_the_object_for_scripts_has_what_the_contract_names(index: Index) -> None:
    told = find(stored(index, 1), [index], checkpoint(), top=1).to_dict()
    assert {"checkpoint", "threshold", "warnings", "hits"} <= told.keys()
    assert {"video", "camera", "start_s", "end_s", "distance", "probability_same", "tracklet"} <= told["hits"][0].keys()
    assert len(told["hits"]) == 1


def test_confirmed_ones_draw_the_query_and_rejected_ones_push_it(index: Index) -> None:
    query, (two, three) = stored(index, 1), index.embeddings([2, 3])

    def to(one, other) -> float:
        return float(np.linalg.norm(one.embedding - other))

    assert to(refined(query, confirmed=[two]), two) < to(query, two)
    assert to(refined(query, rejected=[three]), three) > to(query, three)
    np.testing.assert_allclose(refined(query).embedding, query.embedding, rtol=1e-5)


def test_no_index_and_no_hits_wanted_are_told(index: Index) -> None:
    with pytest.raises(ValueError, match="needs an index or more, got none"):
        find(stored(index, 1), [], checkpoint())
    with pytest.raises(ValueError, match="top must be 1 or more, got 0"):
        find(stored(index, 1), [index], checkpoint(), top=0)


def test_an_index_of_another_checkpoint_is_not_searched(index: Index) -> None:
    with pytest.raises(ValueError, match="make a new index"):
        find(stored(index, 1), [index], checkpoint(seed=1))

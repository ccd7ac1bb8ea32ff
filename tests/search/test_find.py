from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_core.search import Index, find, query_of, refined, stored
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
    assert (*answer.within, *answer.beyond) == answer.hits
    assert all((hit.distance <= answer.threshold) == hit.within for hit in answer.hits)


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

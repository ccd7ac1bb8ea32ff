"""The indexes of the page: one is shared by all sessions, and their films lie beside them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from reid_core.model import load_checkpoint
from reid_core.search import find, open_index, stored
from reid_core.video import VideoError
from ui.search.indexes import BUNDLED, file_of, width_of


def test_ten_users_who_search_one_index_at_once_are_told_what_each_is_told_alone():
    index, checkpoint = open_index(BUNDLED), load_checkpoint("utrcnn")
    numbers = range(1, 11)
    alone = [find(stored(open_index(BUNDLED), number), [open_index(BUNDLED)], checkpoint).hits for number in numbers]
    with ThreadPoolExecutor(10) as users:
        at_once = list(users.map(lambda number: find(stored(index, number), [index], checkpoint).hits, numbers))
    assert at_once == alone
    assert len({hits[0].tracklet for hits in alone}) > 1


def test_the_films_of_the_bundled_index_lie_beside_it_and_it_names_no_folder():
    index = open_index(BUNDLED)
    for video in index.videos():
        assert video.path == video.video
        assert file_of(index, video) == BUNDLED.parent / video.video
    with pytest.raises(VideoError, match="nor beside its index"):
        file_of(index, replace(index.videos()[0], video="gone.mp4", path="gone.mp4"))


def test_embeddings_of_an_index_have_its_width():
    index = open_index(BUNDLED)
    assert len(index.tracklet(1).embedding) == width_of(index)

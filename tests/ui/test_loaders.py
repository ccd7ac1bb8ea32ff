"""What ships with the app is there and of a size that a repository can bear."""

import json

import pytest

from ui.loaders import EXAMPLES_FOLDER, examples, shipped_names

KEYS = [row["key"] for row in json.loads((EXAMPLES_FOLDER / "examples.json").read_text())]


def test_the_pairs_that_the_home_page_tells_about_are_bundled():
    assert {"same", "different", "covered"} <= set(KEYS)
    assert list(examples()) == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_a_bundled_pair_has_two_small_videos_a_poster_and_words(key):
    example = examples()[key]
    assert all(10_000 < path.stat().st_size < 300_000 for path in (example.a, example.b, example.poster))
    assert example.title and example.story and example.truth in ("same", "different", "choose")


def test_the_covered_pair_is_the_same_pair_but_for_the_second_video():
    assert examples()["covered"].a == examples()["same"].a
    assert examples()["covered"].b != examples()["same"].b


def test_checkpoints_are_listed_with_the_main_one_first(tmp_path):
    for name in ("own", "mean", "bptt", "utrcnn"):
        (tmp_path / f"{name}.safetensors").touch()
    assert shipped_names(tmp_path) == ["utrcnn", "bptt", "mean", "own"]

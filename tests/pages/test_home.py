"""Home shows all it has at once."""

import pytest

from reid_core.model import CheckpointError
from ui import loaders
from ui.loaders import checkpoint_names, examples


def test_home_explains_shows_the_examples_and_names_what_the_models_were_trained_on(open_page):
    home = open_page("app.py").run()
    assert not home.exception and not home.error
    words = " ".join(block.value for block in home.markdown)
    assert "Re-identification" in words and "agreed" in words
    assert all(example.title in words for example in examples().values())
    assert len(home.get("plotly_chart")) == 1
    table = home.table[0].value
    assert len(table) == len(checkpoint_names()) and table["Trained on"].str.len().min() > 0


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            CheckpointError("there is no checkpoint 'utrcnn'"),
            "This page cannot be shown: there is no checkpoint 'utrcnn'",
        ),
        (OSError(28, "No space left on device"), "This page cannot be shown: [Errno 28] No space left on device"),
        (OSError(30, "Read-only file system"), "This page cannot be shown: [Errno 30] Read-only file system"),
    ],
)
def test_what_is_deleted_or_full_while_the_app_runs_is_a_sentence_and_the_rest_works(
    open_page, monkeypatch, error, said
):
    home = open_page("app.py")

    def gone(name):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(loaders, "load_checkpoint", gone)
        loaders.checkpoint.clear()
        home.run()
        assert [shown.value for shown in home.error] == [said] and not home.exception
    home.run()
    assert not home.error and not home.exception

"""Home shows all it has at once."""

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

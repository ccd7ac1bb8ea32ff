"""The table of runs that rows are chosen from."""

import pandas as pd
import pytest

from ui.runs import pickers


@pytest.mark.parametrize(("rows", "height"), [(3, "auto"), (pickers.FULL_ROWS, "auto"), (11, 400), (60, 400)])
def test_a_long_table_says_how_high_it_is_so_that_nothing_is_pushed_down_when_it_is_drawn(monkeypatch, rows, height):
    told = []
    monkeypatch.setattr(pickers.st, "dataframe", lambda table, **of: told.append(of["height"]))
    pickers._choose_rows(pd.DataFrame({"Run": ["x"] * rows}), [])
    assert told == [height]

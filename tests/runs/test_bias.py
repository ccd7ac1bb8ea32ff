"""The position bias that a run keeps: its curve, runs without, and damaged ones."""

import numpy as np
import pandas as pd
import pytest

from reid_core.runs import BIAS_COLUMNS, RunError, bias_curve, read_bias

ROWS = [
    (0, "trained", "none", np.nan, 0.9),
    (0, "trained", "person", 0.0, 0.8),
    (0, "trained", "person", 1.0, 0.2),
    (1, "trained", "person", 0.0, 0.6),
    (1, "trained", "person", 1.0, 0.4),
    (0, "untrained", "person", 0.0, 0.1),
    (0, "trained", "blank", 0.0, 0.7),
]


def test_a_curve_is_the_mean_of_the_trained_network_over_the_splits(tmp_path):
    pd.DataFrame(ROWS, columns=list(BIAS_COLUMNS)).to_csv(tmp_path / "bias.csv", index=False)
    bias = read_bias(tmp_path)
    curve = bias_curve(bias, "person")
    assert curve["position"].tolist() == [0, 1]
    np.testing.assert_allclose(curve["rank_1"], [0.7, 0.3])
    assert bias_curve(bias, "suitcase").empty and bias_curve(bias, "none").empty


def test_a_run_may_have_none(tmp_path):
    assert read_bias(tmp_path) is None


@pytest.mark.parametrize("content", ["", "split,control\n0,trained\n", ",".join(BIAS_COLUMNS) + "\n0,trained,a,b,c\n"])
def test_a_damaged_one_is_told_in_a_sentence(tmp_path, content):
    (tmp_path / "bias.csv").write_text(content)
    with pytest.raises(RunError, match=r"bias\.csv must hold a position bias, it is damaged"):
        read_bias(tmp_path)

"""The compiled step at the edges of its numbers."""

import os
import subprocess
import sys

import pytest
import torch

from reid_core.model import CellRule
from reid_core.model.backtracking import plain_without_gradient
from tests.model.backtracking.rules import HIDDEN, clips, make, what_frames_do

pytestmark = pytest.mark.usefixtures("no_gradient")


@what_frames_do
def test_single_precision_is_near_double(rule: CellRule) -> None:
    cell, features = make(rule, HIDDEN), clips(3, 9)
    exact, found = cell(features), cell.float()(features.float())
    torch.testing.assert_close(found[0].double(), exact[0], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found[1].double(), exact[1], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("dtype", "error"), [(torch.float32, 4e-7), (torch.float64, 1e-15)])
def test_the_hyperbolic_tangent_is_right_everywhere(dtype: torch.dtype, error: float) -> None:
    x = torch.cat([torch.linspace(-30, 30, 100_001), torch.logspace(-30, 1, 9_999), torch.tensor([0, torch.inf])])
    x = x.to(dtype)[:, None, None]
    states = plain_without_gradient(x, x.clone(), torch.zeros(1, 1, dtype=dtype))
    torch.testing.assert_close(states.double(), torch.tanh(x.double()), rtol=error, atol=0)


@what_frames_do
def test_what_is_no_number_stays_none(rule: CellRule) -> None:
    cell, features = make(rule, HIDDEN).float(), clips(2, 8).float()
    features[0, 5] = torch.nan
    states = cell(features).states
    assert states[0, 5:].isnan().all()
    assert states[0, :5].isfinite().all()
    assert states[1].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("normalise", ["topk", "softmax"])
@pytest.mark.parametrize("score", ["linear", "mlp"])
def test_scores_far_beyond_the_range_of_the_exponential_are_weighed(
    score: str, normalise: str, dtype: torch.dtype
) -> None:
    cell, features = make(CellRule(score, normalise, "add", k_top=3), HIDDEN).to(dtype), 1e4 * clips(2, 12).to(dtype)
    for weight in (cell.w,) if score == "linear" else (cell.W_1, cell.w_3):
        weight.weight.mul_(1e4)
    states, attention, *_ = cell(features)
    assert states.isfinite().all()
    torch.testing.assert_close(attention[:, 1:].sum(2), torch.ones(2, 11, dtype=dtype))


def test_without_a_folder_to_keep_it_in_it_is_compiled_all_the_same() -> None:
    """Code and home that cannot be written, as in a container: stood in for by a cache that finds no place."""
    program = (
        "import numba.core.caching as caching, torch\n"
        "caching.CacheImpl._locator_classes = []\n"
        "from reid_core.model import BacktrackingCell, CellRule\n"
        "with torch.no_grad(): print(BacktrackingCell(2, 2, CellRule())(torch.zeros(1, 3, 2))[0].shape)"
    )
    quick = os.environ | {"NUMBA_OPT": "0"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=quick)
    assert done.stdout == "torch.Size([1, 3, 2])\n", done.stderr

"""The compiled recurrence against the direct formula, and at the edges of its numbers."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from reid_core.model import BacktrackingCell, CellConfig
from reid_core.model.inference import TOGETHER, Beginnings, plain_without_gradient, without_gradient
from tests.model.test_backtracking import UNCUT, UNCUT_NAMES, clips, make
from tests.oracles import direct_cell

pytestmark = pytest.mark.usefixtures("no_gradient")
HIDDEN = 19  # in a product twice eight rows, and three more
every_rule = pytest.mark.parametrize("rule", UNCUT, ids=UNCUT_NAMES)


@pytest.fixture
def no_gradient() -> Iterator[None]:
    with torch.no_grad():
        yield


def copies() -> Tensor:
    """Of three clips, one 13 times with another frame left out, a copy of another, and one that starts as it does."""
    one, other = clips(2, 13)
    without = [torch.cat([one[:t], one[t + 1 :]]) for t in range(13)]
    return torch.stack([other[1:], *without, one[1:], other[:12], other[1:]])


def compiled(cell: BacktrackingCell, features: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
    W_m = None if cell.W_m is None else cell.W_m.weight
    return without_gradient(features, inputs.clone(), cell.config, cell.W_h.weight, W_m, *cell._score_weights())


@every_rule
@pytest.mark.parametrize("threads", [1, 3])
def test_any_number_of_clips_equals_the_direct_formula(
    rule: CellConfig, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    monkeypatch.setattr("reid_core.model.inference.WORTH_THREADS", 0)
    cell, features = make(rule, HIDDEN), clips(2 * TOGETHER + 1, 11)
    states, attention = direct_cell(cell, features)
    for batch in (1, 2, len(features)):
        found = compiled(cell, features[:batch], cell.W_v(features[:batch]))
        torch.testing.assert_close(found[0], states[:batch])
        torch.testing.assert_close(found[1], attention[:batch])


def test_clips_are_computed_from_where_they_part() -> None:
    begin = Beginnings(copies())
    assert begin.roots == 4
    assert begin.starts.tolist() == [0, 0, 0, 0, *range(1, 12), 11, 11]  # the equal ones last
    assert begin.order[begin.back].tolist() == list(range(17))


@every_rule
def test_what_clips_share_is_not_computed_again(rule: CellConfig) -> None:
    cell, features = make(rule, HIDDEN), copies()
    inputs, begin = cell.W_v(features), Beginnings(features)
    for clip, start in zip(begin.order, begin.starts, strict=True):
        inputs[clip, : int(start)] = torch.nan  # would show in all that follows
    for found, expected in zip(compiled(cell, features, inputs), direct_cell(cell, features), strict=True):
        torch.testing.assert_close(found, expected)


@every_rule
def test_a_clip_does_not_depend_on_those_beside_it(rule: CellConfig) -> None:
    cell, features = make(rule, HIDDEN).float(), clips(TOGETHER + 3, 14).float()
    inputs = cell.W_v(features)
    together, _ = compiled(cell, features, inputs)
    for clip in range(0, len(features), 5):
        alone, _ = compiled(cell, features[clip : clip + 1], inputs[clip : clip + 1])
        assert torch.equal(alone[0], together[clip])


@every_rule
def test_single_precision_is_near_double(rule: CellConfig) -> None:
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


@every_rule
def test_what_is_no_number_stays_none(rule: CellConfig) -> None:
    cell, features = make(rule, HIDDEN).float(), clips(2, 8).float()
    features[0, 5] = torch.nan
    states, _ = cell(features)
    assert states[0, 5:].isnan().all()
    assert states[0, :5].isfinite().all()
    assert states[1].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("normalise", ["topk", "softmax"])
@pytest.mark.parametrize("score", ["linear", "mlp"])
def test_scores_far_beyond_the_range_of_the_exponential_are_weighed(
    score: str, normalise: str, dtype: torch.dtype
) -> None:
    cell, features = make(CellConfig(score, normalise, "add", k_top=3), HIDDEN).to(dtype), 1e4 * clips(2, 12).to(dtype)
    for weight in (cell.w,) if score == "linear" else (cell.W_1, cell.w_3):
        weight.weight.mul_(1e4)
    states, attention = cell(features)
    assert states.isfinite().all()
    torch.testing.assert_close(attention[:, 1:].sum(2), torch.ones(2, 11, dtype=dtype))


def test_inputs_of_any_layout_and_features_of_less_precision_are_taken() -> None:
    cell, features = make(CellConfig(), HIDDEN).float(), clips(3, 7).float()
    expected, _ = cell(features)
    torch.testing.assert_close(cell(features.transpose(0, 1).contiguous().transpose(0, 1))[0], expected)
    low = features.bfloat16()
    torch.testing.assert_close(cell(low)[0], cell(low.float())[0])


def test_without_a_folder_to_keep_it_in_it_is_compiled_all_the_same() -> None:
    """Code and home that cannot be written, as in a container: stood in for by a cache that finds no place."""
    program = (
        "import numba.core.caching as caching, torch\n"
        "caching.CacheImpl._locator_classes = []\n"
        "from reid_core.model import BacktrackingCell, CellConfig\n"
        "with torch.no_grad(): print(BacktrackingCell(2, 2, CellConfig())(torch.zeros(1, 3, 2))[0].shape)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "torch.Size([1, 3, 2])\n", done.stderr


def test_the_plain_recurrence_has_no_attention_to_pay_for() -> None:
    x = torch.ones(1, 300_000, 1)  # (T, T) of these would be 360 GB
    assert torch.allclose(plain_without_gradient(x, x.clone(), torch.zeros(1, 1)), torch.tensor(1.0).tanh())

"""The backtracking cell against the direct formula: the same weights, the same result, times taken in turn."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import torch
from torch import Tensor

from reid_core.model import VARIANTS, BacktrackingCell
from tests.oracles import direct_cell

Cell = Callable[[BacktrackingCell, Tensor], tuple[Tensor, ...]]
SIZE = 128
RULES = VARIANTS | {"closing and attending": replace(VARIANTS["closing"], combine="add")}


def fast_cell(cell: BacktrackingCell, features: Tensor) -> tuple[Tensor, ...]:
    """The shipped cell, called as the oracle is."""
    found: tuple[Tensor, ...] = cell(features)
    return found


def make(variant: str, batch: int, length: int) -> tuple[BacktrackingCell, Tensor]:
    """A cell of the paper's size with fresh weights, and features for it."""
    torch.manual_seed(0)
    return BacktrackingCell(SIZE, SIZE, RULES[variant]), torch.randn(batch, length, SIZE)


def forward(run: Cell, cell: BacktrackingCell, features: Tensor) -> None:
    """Embed, as in use."""
    with torch.no_grad():
        run(cell, features)


def training_step(run: Cell, cell: BacktrackingCell, features: Tensor) -> None:
    """Embed and send a gradient back, as in training."""
    cell.zero_grad()
    _, _, embedding, _ = run(cell, features)
    embedding.square().sum().backward()


def check_equal(cell: BacktrackingCell, features: Tensor) -> None:
    """Both formulas give the same, with a gradient and without, in float64, where rounding cannot hide a difference."""
    cell, features = cell.double(), features[:2, :128].double()
    for gradient in (True, False):
        with torch.set_grad_enabled(gradient):
            for found, expected in zip(fast_cell(cell, features), direct_cell(cell, features), strict=True):
                if found is not None:  # readings of a cell that does not close
                    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-8)
    cell.float()


def in_turn(first: Callable[[], None], second: Callable[[], None], repeats: int) -> float:
    """Median over repeats of (seconds of the first) / (seconds of the second), after one run of each."""
    first(), second()
    ratios = []
    for _ in range(repeats):
        seconds = []
        for task in (first, second):
            start = time.perf_counter()
            task()
            seconds.append(time.perf_counter() - start)
        ratios.append(seconds[0] / seconds[1])
    return median(ratios)


def speedup(variant: str, batch: int, length: int, task: Callable[..., None], repeats: int) -> float:
    """How many times faster the shipped formula is than the direct one."""
    cell, features = make(variant, batch, length)
    check_equal(cell, features)
    return in_turn(partial(task, direct_cell, cell, features), partial(task, fast_cell, cell, features), repeats)


def over(variant: str, other: str, batch: int, length: int, repeats: int, task: Callable[..., None]) -> float:
    """The time of one variant over that of another."""
    check_equal(*make(variant, batch, length))
    first, second = (partial(task, fast_cell, *make(one, batch, length)) for one in (variant, other))
    return in_turn(first, second, repeats)


def peak_bytes(which: str) -> float:
    """Memory that one training step of ``sab`` at B=2, T=1024 takes at its peak, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.cell", which]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def high_water_mark() -> float:
    """The largest resident memory of this process so far, in bytes."""
    status = Path("/proc/self/status").read_text()
    return 1024 * float(status.split("VmHWM:")[1].split()[0])


def report_peak(which: str) -> None:
    """Print what a training step adds to the memory that a short one needed."""
    run = {"direct": direct_cell, "fast": fast_cell}[which]
    cell, features = make("sab", 2, 1024)
    training_step(run, cell, features[:, :16])
    before = high_water_mark()
    training_step(run, cell, features)
    print(high_water_mark() - before)


def measure() -> dict[str, float]:
    """The cell's figures, each a ratio measured in this run."""
    return {
        "linear_forward_T128_speedup": speedup("paper", 32, 128, forward, 9),
        "linear_forward_T1024_speedup": speedup("paper", 8, 1024, forward, 3),
        "mlp_forward_T128_speedup": speedup("sab", 32, 128, forward, 7),
        "mlp_training_T128_speedup": speedup("sab", 32, 128, training_step, 5),
        "closing_head_over_sab": over("closing", "sab", 32, 128, 15, forward),
        "closing_training_over_sab": over("closing", "sab", 32, 128, 7, training_step),
        "attending_frames_T128_cost": over("closing and attending", "closing", 32, 128, 15, forward),
        "attending_frames_T1024_cost": over("closing and attending", "closing", 8, 1024, 5, forward),
        "cell_memory_T1024_share": peak_bytes("fast") / peak_bytes("direct"),
    }


if __name__ == "__main__":
    if len(sys.argv) > 1:
        report_peak(sys.argv[1])
    else:
        for name, value in measure().items():
            print(f"{name:32s} {value:8.3f}")

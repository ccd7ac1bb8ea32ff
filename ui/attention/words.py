"""The words of the page on attention."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reid_core.explain import Importance, Profile, profiles
from reid_core.model.heads.utrcnn import BacktrackingConfig
from ui.words import MEASURES, model_title

LEAD = """
A model reads a video frame by frame. Which frames made its answer? Click a bar, a frame or a cell: everything follows.
"""

NOT_EXPLANATION = (
    "**Attention is not explanation.** It says where the model looked, not what the answer rests on. That is why the "
    "effect of each frame is measured as well, and why the two are compared."
)

DELETION = (
    "Frames are ranked by attention, or by the gradient where there is none. If the ranking is worth something, the "
    "most important ones move the embedding more than random ones (mean of ten draws), and the least important less."
)

WHAT_IS_SHOWN = r"""
Every row is in shares of its sum, so that models with different scales can be compared; the dashed line is $1/T$, what
each of $T$ frames would get if all counted the same. Bars are as high as the square roots of the shares: one frame
that counts for all and many that count a little can both be seen. All rows have one scale, but those of attention.

* **Attention** $\alpha_{T,t}$: the weight that the last step gives to the memory of frame $t$. The last frame is read,
  not looked back at, so it has none.
* **Attention, walked back** $m_t = \sum_s m_s \alpha_{s,t}$: a memory holds what its own step attended, so the last
  step alone tells little. From there a walk jumps to a memory by its weight, and on from it: how likely does it come by
  frame $t$? It starts at the last frame and ends at the first; the arcs are its jumps.
* **Gradient** $\lVert \partial f / \partial v_t \rVert_F$: how much the embedding $f$ would change with a small change
  of the features $v_t$ of a frame.
* **Leaving out** $\lVert f_{\setminus t} - f \rVert_2$: how far the embedding moves when the frame is taken away.
* **Arcs**: the thicker, the more of all walks back take the jump. These are the ways on which the gradient gets past
  the frames between.

Attention and gradient are those of the picture as filmed; embeddings and distances also use its mirror image, as
everywhere in this app.
"""

COLUMNS_ALIKE = (
    "The columns look alike in all rows, and must: this model's score is linear, the part that depends on the step "
    "that looks back is the same for all frames and cancels, so a frame has the same rank whoever looks."
)
COLUMNS_DIFFER = (
    "This model's score joins both frames before it weighs them, so every step may prefer other frames: rows can "
    "differ. With a linear score all rows would rank the frames alike."
)


def columns_in_words(config: BacktrackingConfig) -> str:
    """Why the columns of alpha look alike, or why they need not."""
    return COLUMNS_DIFFER if config.cell.query_matters else COLUMNS_ALIKE


def rule_in_words(config: BacktrackingConfig) -> str:
    """What was trained, beside what can be set."""
    return f"Trained with k_top {config.k_top} and k_att {config.k_att}; other values were never trained, only tried."


def summary_in_words(name: str, found: Importance) -> str:
    """Where importance lies for a model, as one or two sentences."""
    of = profiles(found.measures)
    left_out, agrees = of["left_out"]
    text = f"**{model_title(name)}**: leaving frames out matters {_where(left_out)}"
    if "attention" not in of:
        return f"{text}."
    how = "cannot be compared with it" if agrees is None else f"agrees with it {_how_well(agrees)} ({agrees:+.2f})"
    return (
        f"{text}; attention of the last step goes to frames {_where(of['attention'][0])}, and {how}; "
        f"walked back through memory, it comes by frames {_where(of['visits'][0])}."
    )


def summary_table(found: Mapping[str, Importance]) -> pd.DataFrame:
    """One row a model and measure: thirds, entropy, centre of mass, and alpha's agreement with it."""
    rows = [
        {
            "Model": model_title(name),
            "Importance": MEASURES[measure],
            "First third": 100 * of.thirds[0],
            "Middle third": 100 * of.thirds[1],
            "Last third": 100 * of.thirds[2],
            "Entropy": of.entropy,
            "Centre": 100 * of.centre,
            "Attention agrees": agrees,
        }
        for name, one in found.items()
        for measure, (of, agrees) in profiles(one.measures).items()
    ]
    return pd.DataFrame(rows).astype({"Attention agrees": float})


def cell_in_words(attention: NDArray[np.float64], places: NDArray[np.int64], column: int, row: int) -> str:
    """The weight of a frame for a step that looks back, and its rank among the frames that the step looks at.

    Args: attention: (T, T). places: names of the T frames. column: the frame looked at. row: the step.
    """
    step, frame, weight = places[row], places[column], float(attention[row, column])
    if column >= row:
        return f"Step {step} looks back at earlier frames only; frame {frame} is not one of them."
    if weight == 0:
        return f"Step {step} does not look at frame {frame}."
    rank, looked_at = 1 + int((attention[row] > weight).sum()), int((attention[row] > 0).sum())
    return f"Step {step} gives frame {frame} the weight **{weight:.3f}**: rank {rank} of {looked_at}."


def _where(of: Profile) -> str:
    names = ("in the first third", "in the middle", "in the last third")
    largest = max(range(3), key=of.thirds.__getitem__)
    if of.thirds[largest] < 0.4:
        return f"about evenly all over the clip (thirds {_thirds(of)})"
    return f"mostly {names[largest]} (thirds {_thirds(of)})"


def _thirds(of: Profile) -> str:
    return " / ".join(f"{100 * third:.0f} %" for third in of.thirds)


def _how_well(value: float) -> str:
    for limit, words in ((0.7, "well"), (0.4, "in part"), (0.2, "little")):
        if value >= limit:
            return words
    return "not at all"

"""The words of the page on attention."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reid_core.explain import Importance, Profile, main_measure, profile, profiles, shares, shortest_stretch, walks
from reid_core.model.heads.utrcnn import BacktrackingConfig
from ui.words import MEASURES, model_title

EVEN, UNEVEN = 0.4, 0.25  # half of the answer on more of the clip is called even, on less is told in colour
UNEVEN_COLOUR = "orange"
LARGEST, HEAVY = 0.4, 0.3  # importance is even where no third holds the first, and lies in those that hold the second

LEAD = """
A model describes a person from the frames of a video. Which frames made the description? Point at a bar
or a frame to see it large, click to keep it.
"""

NOT_EXPLANATION = (
    "**Attention is not explanation.** Even where it is each frame's exact share of the embedding, as the last reading "
    "of UTRCNN, it does not say what the answer rests on; the last step of SAB tells less. That is why the effect of "
    "each frame is measured as well, and why the two are compared."
)

DELETION = (
    "Frames are ranked by attention, or by the gradient where there is none. If the ranking is worth something, the "
    "most important ones move the embedding more than random ones (mean of ten draws), and the least important less."
)

WHAT_IS_SHOWN = r"""
Bars are times an even share: a row is divided by its sum, so that models with different scales can be compared, and by
$1/T$, what each of $T$ frames would get if all counted the same, which is the dashed line. Each row has a scale of its
own, from 0; its top is written beside it.

* **Attention** $\alpha_t$: of UTRCNN, the weight of frame $t$ in the last reading. The embedding is
  $\sum_t \alpha_t m_t$ and $m_t$ what frame $t$ shows, so this is the exact share of the frame. Of SAB, the weight
  that the last step gives to the memory of frame $t$; the last frame is read, not looked back at, so it has none.
* **Attention, walked back** $m_t = \sum_s m_s \alpha_{s,t}$, where steps attend as frames come in (SAB): a memory
  holds what its own step attended, so the last step alone tells little. From there a walk jumps to a memory by its
  weight, and on from it: how likely does it come by frame $t$? It starts at the last frame and ends at the first; the
  arcs are its jumps.
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


READINGS = (
    "This model reads no frame by the light of another. When the clip is over it reads all frames again, a few times: "
    "the first time by what each shows alone, then for those that agree with what it has just read. The last reading "
    "is the bars above."
)


def columns_in_words(config: BacktrackingConfig) -> str:
    """Why the columns of alpha look alike, or why they need not."""
    if not config.cell.attends:
        return READINGS
    return COLUMNS_DIFFER if config.cell.query_matters else COLUMNS_ALIKE


def rule_in_words(config: BacktrackingConfig) -> str:
    """What was trained, beside what can be set."""
    return f"Trained with k_top {config.k_top} and k_att {config.k_att}; other values were never trained, only tried."


def first_sentence(found: Mapping[str, Importance], places: NDArray[np.int64]) -> str:
    """What the first picture shows: where each model's importance lies, from the numbers alone."""
    return " ".join(
        _last_step(name, one.attention[-1], places)
        if one.attention is not None and walks(one.attention)
        else _stretch(name, *main_measure(one), places)
        for name, one in found.items()
    ).replace(" %", "\N{NO-BREAK SPACE}%")


def first_in_words(found: Mapping[str, Importance]) -> str:
    """The alternative text of the first picture."""
    parts = [f"{model_title(name)}, thirds {_thirds(profile(main_measure(one)[1]))}" for name, one in found.items()]
    return f"A strip of frames, and how much each counts: {'; '.join(parts)}"


def _last_step(name: str, alpha: NDArray[np.float64], places: NDArray[np.int64]) -> str:
    """One sentence about an attention that goes on from step to step: it is not the share of a frame."""
    seen = places[alpha > 0]
    if not len(seen):
        return f"**{model_title(name)}**'s last step looks at no frame."
    return (
        f"**{model_title(name)}**'s last step looks at {len(seen)} of {len(places)} frames, from {seen[0]} to "
        f"{seen[-1]}; what these remember of others, its attention does not say."
    )


def _stretch(name: str, measure: str, values: NDArray[np.float64], places: NDArray[np.int64]) -> str:
    """One sentence: on which frames half of the answer rests, in colour where they are few, and which count little."""
    of, length = shares(values), len(values)
    start, stop = shortest_stretch(of)
    half = f"half of its answer rests on {_frames_in_words(places, start, stop)}"
    if stop - start > length * EVEN:
        half = f"all parts count, half of its answer takes {stop - start} of {length} frames in a row"
    elif stop - start < length * UNEVEN:
        half = f":{UNEVEN_COLOUR}[{half}]"
    rest = f" ({100 * of[start]:.0f} %)" if stop - start == 1 else _left_out(of, measure, places)
    return f"**{model_title(name)}**: {half}{rest}."


def _frames_in_words(places: NDArray[np.int64], start: int, stop: int) -> str:
    """Frames from ``start`` up to, but not with, ``stop``."""
    if stop - start > 1:
        return f"frames {places[start]} to {places[stop - 1]}"
    return "the last frame alone" if stop == len(places) else f"frame {places[start]} alone"


def _left_out(of: NDArray[np.float64], measure: str, places: NDArray[np.int64]) -> str:
    """The stretch that counts for much less than its length, as the end of a sentence; nothing where there is none."""
    start, stop = quietest(of)
    told, size = 100 * of[start:stop].sum(), 100 * (stop - start) / len(of)
    if told >= size / 2:
        return ""
    done = "leaves out" if told < size / 4 else "makes little of"
    much = "less than 1 %" if told < 1 else f"{told:.0f} %"
    what = "attention" if measure == "attention" else "description"
    which = _frames_in_words(places, start, stop)
    return f"; it {done} {which}, {size:.0f} % of the clip, which have {much} of its {what}"


def quietest(of: NDArray[np.float64]) -> tuple[int, int]:
    """The stretch of frames, first and one past the last, whose shares fall shortest of an even one in sum."""
    missing = np.concatenate([[0.0], np.cumsum(1 / len(of) - of)])
    gains = np.triu(missing[None] - missing[:, None])
    start, stop = np.unravel_index(gains.argmax(), gains.shape)
    return int(start), int(max(stop, start + 1))


def summary_in_words(name: str, found: Importance) -> str:
    """Where importance lies for a model, as one or two sentences."""
    of = profiles(found.measures)
    left_out, agrees = of["left_out"]
    text = f"**{model_title(name)}**: leaving frames out matters {_where(left_out)}"
    if "attention" not in of:
        return f"{text}."
    how = "cannot be compared with it" if agrees is None else f"agrees with it {_how_well(agrees)} ({agrees:+.2f})"
    text = f"{text}; attention goes to frames {_where(of['attention'][0])}, and {how}"
    if "visits" not in of:
        return f"{text}."
    return f"{text}; walked back through memory, it comes by frames {_where(of['visits'][0])}."


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


def cell_in_words(
    attention: NDArray[np.float64], names: Sequence[int | str], places: NDArray[np.int64], column: int, row: int
) -> str:
    """The weight of a frame for a step that looks back, and its rank among the frames that the step looks at.

    Args: attention: (S, T). names: of the S steps. places: names of the T frames. column: the frame looked at. row:
        the step.
    """
    reads, frame, weight = isinstance(names[row], str), places[column], float(attention[row, column])
    step = str(names[row]).capitalize() if reads else f"Step {names[row]}"
    if column >= row and not reads:
        return f"{step} looks back at earlier frames only; frame {frame} is not one of them."
    if weight == 0:
        return f"{step} does not look at frame {frame}."
    rank, looked_at = 1 + int((attention[row] > weight).sum()), int((attention[row] > 0).sum())
    return f"{step} gives frame {frame} the weight **{weight:.3f}**: rank {rank} of {looked_at}."


def _where(of: Profile) -> str:
    names = ("in the first third", "in the middle", "in the last third")
    heavy = [name for name, third in zip(names, of.thirds, strict=True) if third >= HEAVY]
    if len(heavy) == len(names) or max(of.thirds) < LARGEST:
        return f"about evenly all over the clip (thirds {_thirds(of)})"
    return f"mostly {' and '.join(heavy)} (thirds {_thirds(of)})"


def _thirds(of: Profile) -> str:
    return " / ".join(f"{100 * third:.0f} %" for third in of.thirds)


def _how_well(value: float) -> str:
    for limit, words in ((0.7, "well"), (0.4, "in part"), (0.2, "little")):
        if value >= limit:
            return words
    return "not at all"

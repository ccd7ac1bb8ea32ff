"""The words of the page Bias lab."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reid_core.explain import CoverSweep, Edit, EditedClip, Outcome, cover_place, shares
from ui.words import model_title

Told = Mapping[str, tuple[str, NDArray[np.float64]]]  # by model: an importance by its name

NO_COVER = "none"

COVER_TITLES = {
    NO_COVER: "Nothing",
    "person": "Another person",
    "suitcase": "A suitcase",
    "pole": "A pole",
    "blank": "Blank frames",
    "blur": "Blurred frames",
}

ORDER_TITLES = {"filmed": "As filmed", "reversed": "Reversed", "shuffled": "Shuffled"}

LONGER_TITLES = {"again": "Play it again", "last": "Repeat the last frame"}

MEASURE_TITLES = {
    "attention": "Attention; of a model without, leaving it out",
    "left_out": "Leaving it out",
    "gradient": "Gradient",
    "visits": "Attention, walked back",
}

MEASURE_OF = {
    "attention": "attention",
    "left_out": "description",
    "gradient": "gradient",
    "visits": "walks back",
}

LEAD = """
Drag the cover over the frames, or its end to hide more of them. A model without temporal bias does not care **where**
the cover is, only how much it hides.
"""

NO_STORED_SWEEP = (
    "No stored run with this cover yet: `reid bias RUN --data FOLDER` measures rank 1 over the position "
    "of the cover for all test identities of a run, and its curve appears here."
)

WHAT_IS_SHOWN = r"""
* **The sweep**: each model is asked once, for 21 places of the cover and 19 sizes of it; the browser has all answers,
  so that what you see moves with your hand. Leaving frames out takes longer: the models without attention are measured
  for the size that is chosen, and measured again when you let go of another.
* **Bars**: how much each frame counts for the embedding of the edited video, in shares of the sum of all its frames,
  each model on a scale of its own that holds for all places; the dashed line is $1/T$, the share of each if all counted
  the same. *Attention*: of UTRCNN the weight of the frame in the last reading, which is its exact share of the
  embedding; of SAB the weight that the last step gives to it; the others have none. *Leaving it out*: how far the
  embedding moves without the frame. *Gradient*: how much it would change with a small change of the frame's features.
* **Distance / threshold**: each model has a scale of distance of its own, so its distance is divided by its own
  threshold. Below 1 the model answers one person; above, it is too close to call at first, then two. The flat line is
  the unbiased one.
* **How much it takes**: the cover hides more and more of the video, and each distance is the mean over 21 places of
  the cover. A ring marks the share at which that mean comes to the other side of the threshold, an x the share at
  which the cover does it from the worst of the places.
* **The cover** is laid over the frames of the video as it is watched here, after its order and length were changed.
  What the models make of the frames is computed once for the video, and once more with all frames covered; moving the
  cover takes frames from one or the other. Every frame keeps the motion that was filmed with it.
* **Longer** videos play again or repeat their last frame, **shorter** ones lose their last frames.
* Leaving an intruder out takes no learning where features are good: the geometric median of the frames (the head
  `median`, not among these models) does it as well as UTRCNN (docs/ablations.md).
"""


Asked = Literal["end", "here", "anywhere"]


@dataclass(frozen=True)
class Step:
    """One of six steps of the story: what it does, what is to be guessed, and what to look at then.

    asked: of which models it is true that their answer rests on the last tenth of the frames for the most part
    (``end``), that they change it under this cover (``here``), that they do so wherever the cover lies (``anywhere``).
    """

    title: str
    edit: Edit
    asked: Asked
    question: str
    look: str


# after the paper's Fig. 4: a suitcase and another man in the last frames lead the plain recurrence astray
STEPS = (
    Step(
        "1 As filmed",
        Edit(),
        "end",
        "Nothing is covered. Whose answer rests for the most part on the last tenth of the frames?",
        "Nothing is covered. The bars show which frames each model's answer rests on: do they stand all along the "
        "video, or only at its end?",
    ),
    Step(
        "2 A suitcase in the middle",
        Edit("suitcase", 0.2, 0.5),
        "anywhere",
        "A suitcase is to hide a fifth of the frames. Who changes the answer somewhere on its way?",
        "A suitcase hides a fifth of the frames. Drag it from the start to the end: do the bars under it sink below "
        "those beside them?",
    ),
    Step(
        "3 Another person at the end",
        Edit("person", 0.4, 1.0),
        "here",
        "Somebody else walks in front during the last 40 %. Who changes the answer?",
        "Somebody else walks in front during the last 40 %, as in the paper's example. Drag the cover and watch what "
        "the bars of UTRCNN do under it.",
    ),
    Step(
        "4 The same at the start",
        Edit("person", 0.4, 0.0),
        "here",
        "The same person hides as many frames, but the first ones. Who changes the answer now?",
        "The same person hides as many frames, but the first ones. Whoever treats all frames alike is about as sure as "
        "in step 3.",
    ),
    Step(
        "5 Only the last tenth",
        Edit("person", 0.1, 1.0),
        "here",
        "Only the last tenth is covered. Who changes the answer for so little?",
        "Only the last tenth is covered. Whoever changes the answer here has forgotten nine tenths of the video. "
        "Then look at the curve: flat is unbiased.",
    ),
    Step(
        "6 Try to fool it",
        Edit("person", 0.6, 0.5),
        "here",
        "Somebody else has 60 % of the frames. Who takes the intruder for the person?",
        "Somebody else has 60 % of the frames. A model that keeps what most frames agree on cannot know that the "
        "majority is the intruder. Drag the end of the cover: how much does each model take?",
    ),
)


def step_title(step: Step) -> str:
    """A step as a heading."""
    number, name = step.title.split(" ", 1)
    return f"Step {number} of {len(STEPS)}: {name}"


def true_of(step: Step, outcomes: Sequence[Outcome]) -> list[str]:
    """The models that a step's question is asked for. Args: outcomes: under the step's kind of cover, wherever."""
    return [one.model for one in outcomes if _true_of(step, one)]


def _true_of(step: Step, one: Outcome) -> bool:
    if one.sweep is None or step.asked == "end":
        return one.importance is not None and bool(shares(one.importance)[last_tenth(len(one.importance))].sum() > 0.5)
    row, column = one.sweep.nearest(step.edit)
    columns = range(len(one.sweep.places)) if step.asked == "anywhere" else [column]
    return any(one.at(row, place).verdict != one.before.verdict for place in columns)


def reveal_in_words(guessed: Sequence[str], true: Sequence[str], models: Sequence[str]) -> str:
    """A guess beside what was measured, as one sentence."""
    right = sum((model in guessed) == (model in true) for model in models)
    said, found = (" and ".join(f"**{model_title(name)}**" for name in names) or "nobody" for names in (guessed, true))
    return f"You said {said}; measured: {found}. Right about {right} of {len(models)} models."


def note_in_words(one: Outcome, guessed: bool, true: bool, takes: bool) -> str:
    """How good a guess about a model was. Args: takes: whether to tell how much the model takes until it turns."""
    told = f"guessed {'right' if guessed == true else 'wrong'}"
    if not takes or one.sweep is None:
        return told
    turn = one.sweep.turns(one.after.threshold)
    return f"{told}, {'turns nowhere' if turn is None else f'turns at {100 * turn:.0f} %'}"


def edit_in_words(edit: Edit, length: int) -> str:
    """What was done to a video, which now has ``length`` frames, as one sentence."""
    start, count = cover_place(length, edit)
    changed: list[str] = [] if edit.order == "filmed" else [edit.order]
    if edit.length != 1:
        changed.append(f"{'cut' if edit.length < 1 else 'lengthened'} to {100 * edit.length:.0f} %")
    text = f"{length} frames, {' and '.join(changed) or 'as filmed'}"
    return f"{text}; {cover_in_words(edit, start, count)}."


def cover_in_words(edit: Edit, start: int, count: int) -> str:
    """What hides which frames."""
    if not count:
        return "nothing is covered"
    return f"{COVER_TITLES[edit.cover or NO_COVER].lower()}: frames {start} to {start + count - 1} are covered"


def last_tenth(length: int) -> slice:
    """Of a clip's frames."""
    return slice(length - max(1, round(length / 10)), length)


def why_in_words(covered: slice, told: Told) -> str:
    """How much of what counts for models lies where the cover is, or on the last tenth without one."""
    parts, size, which = [], 0.0, "covered" if covered.stop else "last"
    for model, (measure, importance) in told.items():
        where = covered if covered.stop else last_tenth(len(importance))
        size = 100 * (where.stop - where.start) / len(importance)
        parts.append(f"{100 * shares(importance)[where].sum():.0f} % of {model_title(model)}'s {MEASURE_OF[measure]}")
    return f"The {which} {size:.0f} % of the frames have {' and '.join(parts)}." if parts else ""


def shares_in_words(outcomes: Sequence[Outcome]) -> str:
    """When each model turns, on average and at the place of the cover where it turns first."""
    return " ".join(_turn(one, one.sweep) for one in outcomes if one.sweep is not None)


def _turn(one: Outcome, sweep: CoverSweep) -> str:
    turn, first = sweep.turns(one.after.threshold), sweep.first_turn(one.after.threshold)
    if first is None:
        return f"{model_title(one.model)} never turns, up to {100 * sweep.shares[-1]:.0f} %."
    title = model_title(one.model)
    if turn is None:
        return (
            f"{title} goes by where the cover is: in most places it never turns, in the worst at {100 * first:.0f} %."
        )
    return f"{title} turns at {100 * turn:.0f} % on average, at {100 * first:.0f} % where the cover hurts most."


def rows_in_words(clip: EditedClip, outcomes: Sequence[Outcome]) -> str:
    """The alternative text of the bars over the strip."""
    parts = [
        f"{model_title(one.model)} gives the covered frames {100 * shares(one.importance)[clip.covered].sum():.0f} %"
        for one in outcomes
        if one.importance is not None
    ]
    return f"How much each of {len(clip)} frames counts, over a strip of them. {'; '.join(parts)}."


def sweep_in_words(outcomes: Sequence[Outcome], row: int) -> str:
    """The alternative text of the distance over the place of the cover. Args: row: of the sweeps, a share."""
    curves = {one.model: one.sweep.distances[row] / one.after.threshold for one in outcomes if one.sweep is not None}
    return "Distance / threshold of this pair over the place of the cover, lowest and highest: " + "; ".join(
        f"{model_title(model)} {curve.min():.2f} and {curve.max():.2f}" for model, curve in curves.items()
    )

"""The words of the page Bias lab."""

from collections.abc import Sequence
from dataclasses import dataclass

from reid_core.explain import Edit, EditedClip, Outcome, ShareSweep, cover_place, shares
from ui.words import model_title

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
Cover a part of one video and drag the cover from its start to its end. A model without temporal bias does not care
**where** the cover is, only how much it hides.
"""

NO_STORED_SWEEP = (
    "No stored run with this cover yet: `reid bias RUN --data FOLDER` measures rank 1 over the position "
    "of the cover for all test identities of a run, and its curve appears here."
)

NO_SWEEP = "Choose a cover to see the distance over its position."

WHAT_IS_SHOWN = r"""
* **Bars**: how much each frame counts for the embedding of the edited video, in shares of the sum of all its frames,
  each model on a scale of its own; the dashed line is $1/T$, the share of each if all counted the same. *Attention*: of
  UTRCNN the weight of the frame in the last reading, which is its exact share of the embedding; of SAB the weight that
  the last step gives to it; the others have none. *Leaving it out*: how far the embedding moves without the frame.
  *Gradient*: how much it would change with a small change of the frame's features.
* **Distance / threshold**: each model has a scale of distance of its own, so its distance is divided by its own
  threshold. Below 1 the model answers one person; above, it is too close to call at first, then two. The flat line is
  the unbiased one.
* **How much it takes**: the cover hides more and more of the video, and each distance is the mean over nine places of
  the cover. A ring marks the share at which that mean comes to the other side of the threshold, an x the share at
  which the cover does it from the worst of the places.
* **The cover** is laid over the frames of the video as it is watched here, after its order and length were changed.
  What the models make of the frames is computed once for the video, and once more with all frames covered; moving the
  cover takes frames from one or the other. Every frame keeps the motion that was filmed with it.
* **Longer** videos play again or repeat their last frame, **shorter** ones lose their last frames.
* Leaving an intruder out takes no learning where features are good: the geometric median of the frames (the head
  `median`, not among these models) does it as well as UTRCNN (docs/ablations.md).
"""


@dataclass(frozen=True)
class Step:
    """One of six steps of the story: what it does, and what to look at."""

    title: str
    edit: Edit
    look: str


# after the paper's Fig. 4: a suitcase and another man in the last frames lead the plain recurrence astray
STEPS = (
    Step(
        "1 As filmed",
        Edit(),
        "Nothing is covered. The bars show which frames each model's answer rests on: do they stand all along the "
        "video, or only at its end?",
    ),
    Step(
        "2 A suitcase in the middle",
        Edit("suitcase", 0.2, 0.5),
        "A suitcase hides a fifth of the frames, halfway. Do the hatched bars sink below those beside them?",
    ),
    Step(
        "3 Another person at the end",
        Edit("person", 0.4, 1.0),
        "Somebody else walks in front during the last 40 %, as in the paper's example. Drag the cover and watch what "
        "the bars of UTRCNN do under it.",
    ),
    Step(
        "4 The same at the start",
        Edit("person", 0.4, 0.0),
        "The same person hides as many frames, but the first ones. Whoever treats all frames alike is about as sure as "
        "in step 3.",
    ),
    Step(
        "5 Only the last tenth",
        Edit("person", 0.1, 1.0),
        "Now only the last tenth is covered. Whoever changes the answer here has forgotten nine tenths of the video. "
        "Then look at the curve below: flat is unbiased.",
    ),
    Step(
        "6 Try to fool it",
        Edit("person", 0.6, 0.5),
        "Now somebody else has 60 % of the frames. A model that keeps what most frames agree on cannot know that the "
        "majority is the intruder: the last curve below shows how much each model takes.",
    ),
)


def step_of(edit: Edit) -> Step | None:
    """The step of the story that an edit belongs to, None for the user's own."""
    return next((step for step in STEPS if step.edit == edit), None)


def edit_in_words(edit: Edit, length: int) -> str:
    """What was done to a video, which now has ``length`` frames, as one sentence."""
    start, count = cover_place(length, edit)
    changed: list[str] = [] if edit.order == "filmed" else [edit.order]
    if edit.length != 1:
        changed.append(f"{'cut' if edit.length < 1 else 'lengthened'} to {100 * edit.length:.0f} %")
    text = f"{length} frames, {' and '.join(changed) or 'as filmed'}"
    if not count:
        return f"{text}; nothing is covered."
    return f"{text}; {COVER_TITLES[edit.cover or NO_COVER].lower()}: frames {start} to {start + count - 1} are covered."


def why_in_words(clip: EditedClip, outcomes: Sequence[Outcome]) -> str:
    """How much of what counts for the first two models lies where the cover is, or on the last tenth without one."""
    where = clip.covered if clip.count else slice(len(clip) - max(1, round(len(clip) / 10)), len(clip))
    size = 100 * (where.stop - where.start) / len(clip)
    told = [
        f"{100 * shares(one.importance)[where].sum():.0f} % of {model_title(one.model)}'s {MEASURE_OF[one.measure]}"
        for one in outcomes[:2]
        if one.importance is not None
    ]
    which = "covered" if clip.count else "last"
    return f"The {which} {size:.0f} % of the frames have {' and '.join(told)}." if told else ""


def shares_in_words(outcomes: Sequence[Outcome]) -> str:
    """When each model turns, on average and at the place of the cover where it turns first."""
    return " ".join(_turn(one, one.fooled) for one in outcomes if one.fooled is not None)


def _turn(one: Outcome, sweep: ShareSweep) -> str:
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


def sweep_in_words(outcomes: Sequence[Outcome]) -> str:
    """The alternative text of the sweep of a pair."""
    curves = {one.model: one.sweep.distances / one.after.threshold for one in outcomes if one.sweep is not None}
    return "Distance / threshold of this pair over the position of the cover, lowest and highest: " + "; ".join(
        f"{model_title(model)} {curve.min():.2f} and {curve.max():.2f}" for model, curve in curves.items()
    )

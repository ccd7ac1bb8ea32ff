"""The words of the pages: one name for each model, each answer and each importance."""

from reid_core.evaluation import Comparison, OwnCalibration, Verdict

MODELS = {
    "utrcnn": "UTRCNN",
    "bptt": "BPTT",
    "rcnn": "RCNN",
    "mean": "Mean",
}

WHAT_IT_KEEPS = {
    "utrcnn": "reads the frames in order and looks back at those that matter",
    "bptt": "reads the frames in order and keeps the state after the last one",
    "rcnn": "reads the frames in order and averages the states of all",
    "mean": "averages the frames, without any order",
}

ICONS: dict[Verdict, str] = {
    "same": ":material/person:",
    "different": ":material/group:",
    "uncertain": ":material/help:",
}

ANSWERS: dict[Verdict, str] = {
    "same": "The same person",
    "different": "Different persons",
    "uncertain": "Too close to call",
}

MEASURES = {
    "left_out": "leaving it out",
    "gradient": "gradient",
    "attention": "attention of the last step",
    "visits": "attention, walked back",
}

LEAD = """
*Re-identification* compares how people look and walk, not their faces: a network turns each video of a person into
128 numbers, and two videos of one person should land close together. Pick a pair, or bring your own two videos.
"""

BIAS = """
A recurrent network reads a video frame by frame. If it keeps only what it knows **after the last frame**, the last
frames count most. When somebody steps in front at the end, it has seen the wrong person.

A network without this bias gives every frame the same chance, wherever it stands. The paper behind this app (UTRCNN)
lets the network **look back** at the frames that matter.

The chart shows one and the same person twice: once as filmed, once with somebody else in front during the last 40 %
of the second video.
"""

RESPONSIBLE = """
* Use footage of people who agreed to it, and keep to the law where you are. Never use it to identify or follow
  strangers.
* A verdict is a guess with an error rate. It is no evidence and must never be the reason for a decision about a person.
* Videos stay in the memory of the computer that runs this app and go with your browser session. Nothing is stored or
  sent on.
"""

FORMULA = r"""
1. **Find the person.** Ten frames a second are read, people are detected and followed, and the person is cut out.
2. **Describe each frame.** A small convolutional network, the same for both videos, makes 128 features of each frame.
3. **Read them in order.** The head of the model makes one embedding $f$ of all frames. Only the heads differ in kind.
4. **Compare.** The distance of the two embeddings is held against the threshold $\theta$, where both kinds of error are
   equally frequent among known pairs:

$$d = \lVert f_a - f_b \rVert_2, \qquad P(\text{same} \mid d) = \frac{1}{1 + e^{(d - \theta) / s}}$$

$s$ is fitted to the same known pairs. Below 75 % in either direction the answer is "too close to call".
Each model has a scale of distance of its own; compare their probabilities.
"""


OWN_PAIRS = """
The threshold that ships was found on synthetic people. Where your cameras and people are others, let it be found on
pairs of your own videos: list them in a table, a pair a line,

```
video_a,video_b,same
monday/3.mp4,friday/9.mp4,same
monday/3.mp4,friday/2.mp4,different
```

run `python -m reid_core calibrate my-pairs.csv`, and upload the file that it writes. Twenty pairs of each kind are a
good start. Add `--checkpoint bptt` for another model.
"""


def model_title(name: str) -> str:
    """What a page calls a checkpoint."""
    return MODELS.get(name, name)


def explained(result: Comparison) -> str:
    """The verdict with its numbers, as two sentences."""
    side = "below" if result.distance < result.threshold else "above"
    tail = {
        "same": "so the model takes them for **one person**.",
        "different": "so the model takes them for **two persons**.",
        "uncertain": "but so near to it that the model **cannot tell**.",
    }[result.verdict]
    return (
        f"The two persons are **{result.distance:.2f}** apart. That is {side} the threshold of "
        f"{result.threshold:.2f}, {tail} Of 100 pairs at this distance, half of all pairs being one person, "
        f"about **{100 * result.probability_same:.0f}** would be the same person."
    )


def calibration_in_words(own: OwnCalibration) -> str:
    """What an own calibration rests on and what it does there, as the end of a sentence."""
    return (
        f"is calibrated on {own.calibration.source}: {own.same} of one person, {own.different} of two ({own.created}). "
        f"On these very pairs {own.far:.0%} of two persons pass for one and {own.frr:.0%} of one person for two."
    )


def changed_answers(before: tuple[Comparison, ...], after: tuple[Comparison, ...]) -> str:
    """Which models answer otherwise after something was done to a pair, as one sentence."""
    changed = [model_title(b.checkpoint) for b, a in zip(before, after, strict=True) if a.verdict != b.verdict]
    if not changed:
        return "Here no model changes its answer; only how sure they are moves."
    kept = [model_title(b.checkpoint) for b, a in zip(before, after, strict=True) if a.verdict == b.verdict]
    stays = f" {_listed(kept)} {'stays' if len(kept) == 1 else 'stay'} with the first answer." if kept else ""
    return f"**{_listed(changed)}** {'changes its' if len(changed) == 1 else 'change their'} answer.{stays}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

"""The words of the page Verify."""

from reid_core.evaluation import OwnCalibration

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

run `reid calibrate my-pairs.csv`, and upload the file that it writes. Twenty pairs of each kind are a
good start. Add `--checkpoint bptt` for another model.
"""


def calibration_in_words(own: OwnCalibration) -> str:
    """What an own calibration rests on and what it does there, as the end of a sentence."""
    return (
        f"is calibrated on {own.calibration.source}: {own.same} of one person, {own.different} of two ({own.created}). "
        f"On these very pairs {own.far:.0%} of two persons pass for one and {own.frr:.0%} of one person for two."
    )

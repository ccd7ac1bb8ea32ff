"""The words of the page Verify."""

from collections import Counter
from collections.abc import Sequence

from reid_core.evaluation import ANSWERS, FEW_TOLD, FEWEST_PAIRS, Comparison, OwnCalibration
from reid_core.model import Verdict

ENCODER_SHARED = (
    "The models differ in how they read the frames and share what they see of each: they often err together."
)
FORMULA = r"""
1. **Find the person.** Ten frames a second are read, people are detected and followed, and the person is cut out.
2. **Describe each frame.** A convolutional network, the same for both videos, makes 128 features of each frame.
3. **Read them in order.** The head of the model makes one embedding $f$ of all frames. Only the heads differ in kind.
4. **Compare.** The distance of the two embeddings is held against those to other people, the *cohort*: what cameras,
   light and crops do to all distances falls out. Each side is held against people as the other camera saw them:

$$d = \lVert f_a - f_b \rVert_2, \qquad
z = \frac{1}{3}\left(\frac{d - m_a}{s_a} + \frac{d - m_b}{s_b} + \frac{d - m_c}{s_c}\right)$$

   $m$ and $s$ are mean and deviation of the distances to the cohort, and $m_c$ and $s_c$ those among its own people.
   Before that what one camera makes of everybody, and the other does not, is taken off. Who is seen together with the
   chosen person is somebody else for certain and makes the best cohort, from two people a video on. With fewer it is
   one of real people of other cameras, with whom errors were found three times as frequent; they are counted so, $z$ is
   the mean of the first two terms, and nothing is taken off.
5. **Answer.** Among pairs whose truth is known, how many of two persons come this close, and how many of one person are
   this far apart? *The same person* and *different persons* are only said where no more than the share you allow would
   make that answer wrong; all between is too close to call. The chance of one person, if half of all pairs are, is

$$P(\text{same} \mid z) = \frac{1}{1 + e^{(z - \theta) / s}}$$

   where $\theta$ is where both kinds of error are equally frequent, and $s$ is fitted to the same known pairs.

Each model has a scale of distance of its own; compare their probabilities.
"""


OWN_PAIRS = """
What ships was measured on synthetic people and checked on real ones. Where your cameras and people are others, let it
be found on pairs of your own videos: list them in a table, a pair a line,

```
video_a,video_b,same
monday/3.mp4,friday/9.mp4,same
monday/3.mp4,friday/2.mp4,different
```

run `reid calibrate my-pairs.csv`, and upload the file that it writes. Twenty pairs of each kind are a
good start. Add `--checkpoint bptt` for another model.
"""

WITHOUT_LABELS = """
Or without labels: pieces of one track are taken for one person, people who are seen at one moment for two. That asks
for scenes in which several people walk for some seconds, of which the first thirty are looked at: hand them in, or name
a folder of them. Without any the two videos above are taken. `reid calibrate --videos FOLDER` does the same. All such
pairs are of one camera each: of two cameras hand the people in above instead, since one whom both saw is farther from
himself.
"""

COHORT = """
A verdict is surest where it is known how far apart *other* people are in these two cameras. Hand in further videos of
either, with people who are none of those compared; two to ten of each camera are enough. They take the place of those
seen beside the chosen ones.
"""


JUMPS = "A dotted line: from there on somebody else seems to be followed. Choose the person to split the track there."
SAME_FRAMES = "Both sides show the same frames of one file: what is compared with itself is always the same person."
AT_ONE_TIME = (
    "Both are seen at one moment of one file: if their tracks are right they are two persons, whatever the models say."
)

LABELLED = "those labelled on this page"  # follows "20 pairs of"

LABELLING = (
    "Say it of some pairs, and let every model find its threshold on them: what you say stands in the link, the "
    "calibration too, and can be taken along. Twenty pairs of each kind are a good start. Nothing is trained."
)
TOO_MANY = "These are more pairs than a link can hold: they are kept until the browser session or the app ends."


def labels_in_words(same: int, different: int) -> str:
    """How many pairs were labelled and what is still needed, as sentences."""
    told = f"Labelled so far: **{same}** of one person, **{different}** of two."
    missing = max(FEWEST_PAIRS - same - different, int(not same) + int(not different))
    if not missing:
        return told
    kinds = "" if same and different else ", of both kinds"
    return f"{told} It takes {FEWEST_PAIRS} pairs or more{kinds}."


def agreement(results: Sequence[Comparison]) -> tuple[str, Verdict]:
    """What most models say, and how many, as a headline; uncertain where no answer has more than half of them."""
    counts = Counter(result.verdict for result in results).most_common()
    (verdict, most), of = counts[0], len(results)
    if most == of:
        return f"{ANSWERS[verdict]}, {f'say all {of} models' if of > 1 else 'says the model'}", verdict
    if 2 * most > of:
        return f"{ANSWERS[verdict]}, say {most} of {of} models", verdict
    told = ", ".join(f"{count} {'says' if count == 1 else 'say'} {ANSWERS[one].lower()}" for one, count in counts)
    return f"The models disagree: of {of}, {told}", "uncertain"


def truth_in_words(truth: Verdict, results: Sequence[Comparison]) -> str:
    """What two people of a bundled example are, and how many models say so."""
    right = sum(result.verdict == truth for result in results)
    return f"Known of this example: **{ANSWERS[truth].lower()}**. {right or 'None'} of {len(results)} models say so."


def choice_in_words(title: str, count: int, choice: object) -> str:
    """Who is in a video and who of them is compared, above its player."""
    who = f"**{title}: {count} people**" if count > 1 else f"**{title}: one person**"
    if not isinstance(choice, int):
        return f"{who}. Click a person in the picture or a line of the list."
    return f"{who}, person {choice + 1} is compared." if count > 1 else f"{who}."


def shown_in_words(title: str, count: int, choice: object) -> str:
    """Who of a video is shown."""
    return f"{title}, person {choice + 1}" if isinstance(choice, int) and count > 1 else title


def asked(titles: Sequence[str]) -> str:
    """What is to be done for a verdict, while in these videos nobody is chosen yet."""
    return f"Choose a person in {' and in '.join(titles)} for a verdict."


def pair_in_words(result: Comparison) -> str:
    """What a model says of two people, in short: it stands beside the table of all of them."""
    sure = f"{100 * result.probability_same:.0f} % the same person"
    return f"{result.answer.lower()} ({sure}, distance {result.distance:.3f}, threshold {result.threshold:.3f})."


def matrix_in_words(a: str, b: str, model: str, doubted: bool) -> str:
    """What the table of everybody shows.

    Args: a, b: titles of the videos. doubted: whether of the footage of some of them nothing is known.
    """
    even = "It is 50 where nothing is known of such footage. " if doubted else ""
    return (
        f"How sure {model} is, in %, that two are one person: those of {a} in rows, of {b} in columns. "
        f"{even}Click a cell for the verdict; in short it stands below at once."
    )


def sources_in_words(uploads: Sequence[str], folder: str) -> str:
    """Which videos, for the name of their calibration. Args: folder: its name, empty for none."""
    several = f"{len(uploads)} uploaded videos" if len(uploads) > 1 else "".join(uploads)
    return " and ".join(part for part in (several, folder) if part)


def looking_in_words(stage: str, done: int, of: int | None) -> str:
    """How far a calibration without labels is."""
    told = {"compare": "Comparing people who are seen together, pair", "cut": "Following everybody's looks, person"}
    return f"{told.get(stage, stage)} {done} of {of}"


def calibration_in_words(own: OwnCalibration) -> str:
    """What an own calibration rests on and what it does there, as the end of a sentence."""
    cohort = f", {own.cohort}" if own.cohort else ""
    return (
        f"is calibrated on {own.calibration.source}: {own.same} of one person, {own.different} of two ({own.created})"
        f"{cohort}. On these very pairs {own.far:.0%} of two persons pass for one and {own.frr:.0%} of one for two."
        + (f" {FEW_TOLD}" if own.calibration.few else "")
    )


def cohort_in_words(name: str, found: int | str | None) -> str:
    """What a video gave. Args: found: how many people, or why it cannot be used."""
    if isinstance(found, str):
        return f":material/error: {found}"
    return name if found is None else f"{name}: {found} {'person' if found == 1 else 'people'}"

"""The words of the page Runs."""

from collections.abc import Sequence

LEAD = """
A *run* is a trained model with its test: who was looked for, who was found, and how surely. Select runs to compare
them. Only runs that were tested alike (same data, protocol and gallery) are ranked together.
"""

NO_RUNS = """
There are no runs yet. Train one, and it appears here while it goes on:
`reid train --data data/people --dataset synthetic --out runs/mine`
"""

VIEWS = {
    "ranks": "Matching rates",
    "verification": "Verification",
    "bias": "Position bias",
    "real": "Real people",
    "training": "Training",
    "settings": "Settings",
    "gallery": "Ranked gallery",
}

CURVES = {"roc": "ROC", "log": "ROC, few errors", "det": "DET"}

CHANCE = """
Each run minus the chosen one, in percentage points, the largest difference first. To see how much of that is luck,
splits and probes are drawn anew 2000 times, the same ones for both runs (a paired bootstrap); 95 % of the differences
lie in the interval. An interval without 0 is more than the luck of who was looked for. The luck of a training is not in
it: another seed gives another run. Each row is by itself: of twenty true ties, one will look like more than chance.
"""

COVERS = {
    "person": "another person's frames",
    "suitcase": "a suitcase",
    "pole": "a pole",
    "blank": "blank frames",
    "blur": "blur",
}

BIAS = """
Does it matter *where* in a clip something went wrong? 40 % of every probe are hidden at nine positions, from its
start to its end. A model that gives every frame the same chance has a flat curve. **Position bias** is the best minus
the worst of the nine, in points; nine noisy numbers are never quite equal, so hold it against the controls.
"""

CONTROLS = """
*Uniform attention*: the same weights, but every frame is attended to alike. *Untrained weights*: the same network
before training. What they share with a run, its training has not learned. *Reversed* and *shuffled* frames tell whether
their order is used at all.
"""

IMPORTANCE = """
How much a frame counts: by *leaving it out* (how far the embedding moves), by its *gradient*, and how much *attention*
the last step or reading pays to it. The dotted lines are a third each. *Centre*: 0 % is the first frame, 100 % the
last. *Entropy*: 1 when all frames count the same, 0 when one counts alone. *On the covered*: how much of the attention
goes to 40 % of the frames when they are another person's; 40 % would be their even share. *Attention agrees*: rank
correlation of attention with what a frame really does to the embedding, mean and median over the clips; attention by
itself is no explanation. *Ten most / random*: how many times as far the embedding moves without the ten frames that
count most as without ten random ones, median over the clips. *Clips*: how many were measured; runs that were measured
earlier have 20, and not all of the numbers.
"""

REAL = """
What the checkpoints that ship make of people whom a camera filmed, beside their rank 1 on rendered ones. They learned
from rendered people alone; a colour histogram has learned nothing. Shares of pairs are at the threshold that ships.
"""

REAL_FIGURES = {
    "rank_1": "Rank 1, %",
    "auc": "AUC, %",
    "eer": "Equal error, %",
    "far": "FAR, %",
    "frr": "FRR, %",
    "close": "Too close to call, %",
    "ece": "Calibration error, %",
}

NO_REAL = """
Nothing was measured on real people yet. Do so with
`python -m benchmarks.real_people FOLDER --out assets/real_people/mine.json`
"""


def outdated_in_words(models: Sequence[str]) -> str:
    """That checkpoints were measured before they were trained anew."""
    return (
        f"{', '.join(models)} {'has' if len(models) == 1 else 'have'} other weights now than when this was measured; "
        "benchmarks.real_people measures anew."
    )

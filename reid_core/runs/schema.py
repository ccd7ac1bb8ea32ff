"""Runs: what was trained, how, and what came out, as folders of plain files that are complete or absent.

``docs/runs.md`` says what is in each file; here are the columns. A run that was tested on nothing has the tables
without rows. A reader passes over columns that it does not know, so a new one leaves the schema as it is. Histories
from before ``part`` was stored get it from the schedule, summaries from before ``mean_average_precision`` have it in
``mean_reciprocal_rank``.
"""

from dataclasses import dataclass
from typing import Any

SCHEMA = 1
RUN_COLUMNS = {
    "history": "split epoch epochs part loss verification identification contrastive frames seconds held_out_rank_1",
    "cmc": "split rank share",
    "summary": "split probes gallery rank_1 rank_5 rank_10 rank_20 mean_reciprocal_rank "
    "mean_average_precision auc equal_error_rate threshold far frr",
    "roc": "split threshold far frr",
    "histograms": "split left right same different",
    "nearest": "split probe rank gallery distance right",
}
LATER = (  # columns that runs of this schema may lack
    *("part", "held_out_rank_1", "mean_average_precision"),
    *("median_agreement", "deletion", "covered"),
)
TEXT_COLUMNS = {"history": ("part",), "nearest": ("probe", "gallery")}
IDENTITY_COLUMNS = "split part pid tracklet digest"
BIAS_COLUMNS = ("split", "control", "cover", "position", "rank_1")
PROFILE_COLUMNS = "measure entropy centre first middle last agreement median_agreement deletion covered clips"
IMPORTANCE_COLUMNS = f"{PROFILE_COLUMNS} checkpoint"
STRIPS = "strips.zip"
PARTIAL = ".partial"  # ends the folder of a training that has not finished
LEARNING_CURVES = ("loss", "verification", "identification", "contrastive")
HELD_OUT = "held_out_rank_1"  # a curve of the trainings that were looked at, in the epochs after which they were


class RunError(ValueError):
    """A run folder that cannot be read."""


@dataclass(frozen=True)
class RunInfo:
    """What was trained on what, and how; enough to repeat it.

    dataset, protocol, fingerprint: of the data that it was tested on. trained_on: the data set that it was trained on.
    head, variant, recipe, preset: words; network, loss, schedule: their values. test_variants: crops and mirror images
    of which embeddings (2) or, with ``--tta``, distances (16) are averaged. versions: of packages, when it was made.
    created: ISO time. origin: where the splits are from, empty in early runs.
    """

    name: str
    dataset: str
    protocol: str
    fingerprint: str
    trained_on: str
    head: str
    variant: str
    recipe: str
    preset: str
    seed: int
    splits: tuple[int, ...]
    test_variants: int
    command: str
    created: str
    versions: dict[str, str]
    network: dict[str, Any]
    loss: dict[str, Any]
    schedule: list[dict[str, Any]]
    schema: int = SCHEMA
    notes: str = ""
    origin: str = ""

"""Why a network says what it says: importance of frames, what attention is worth, position bias.

Called, ``reid_core.explain(video, checkpoint, crop)``, it tells how much each frame of a video counts.
"""

import sys
from pathlib import Path
from types import ModuleType

import reid_core
from reid_core.evaluation import frame_features
from reid_core.explain import colours
from reid_core.explain.colours import MODEL_WORDS, colour_of, model_title
from reid_core.explain.controls import with_rule
from reid_core.explain.cover_sweep import PLACES, SHARES, CoverSweep, crossing, sweep_cover, sweep_left_out
from reid_core.explain.deletion import Deletion, delete
from reid_core.explain.edit import LONGER, NOT_COVERED, ORDERS, Edit, Longer, Order, arranged, cover_place, edited
from reid_core.explain.edited_pair import (
    EditedClip,
    Outcome,
    edit_frames,
    frame_table,
    outcome_table,
    sweep_table,
)
from reid_core.explain.features import embed_many
from reid_core.explain.importance import (
    MEASURE_WORDS,
    Hop,
    Importance,
    all_measures,
    attention_of,
    hops,
    importance,
    importance_by,
    main_measure,
    visits,
    walks,
)
from reid_core.explain.picture import COVERED, middles, png, strip_picture, strip_video, tallest_share
from reid_core.explain.position_bias import COVERED_SHARE, position_bias
from reid_core.explain.report import attention_table, importance_table, step_names, steps_that_attend, summary
from reid_core.explain.run_bias import Measurement, run_bias
from reid_core.explain.summary import Profile, profile, profiles, shares, shortest_stretch
from reid_core.model import Checkpoint
from reid_core.video import Crop

__all__ = [
    "COVERED",
    "COVERED_SHARE",
    "LONGER",
    "MEASURE_WORDS",
    "MODEL_WORDS",
    "NOT_COVERED",
    "ORDERS",
    "PLACES",
    "SHARES",
    "CoverSweep",
    "Deletion",
    "Edit",
    "EditedClip",
    "Hop",
    "Importance",
    "Longer",
    "Measurement",
    "Order",
    "Outcome",
    "Profile",
    "all_measures",
    "arranged",
    "attention_of",
    "attention_table",
    "colour_of",
    "colours",
    "cover_place",
    "crossing",
    "delete",
    "edit_frames",
    "edited",
    "embed_many",
    "frame_features",
    "frame_table",
    "hops",
    "importance",
    "importance_by",
    "importance_table",
    "main_measure",
    "middles",
    "model_title",
    "outcome_table",
    "png",
    "position_bias",
    "profile",
    "profiles",
    "run_bias",
    "shares",
    "shortest_stretch",
    "step_names",
    "steps_that_attend",
    "strip_picture",
    "strip_video",
    "summary",
    "sweep_cover",
    "sweep_left_out",
    "sweep_table",
    "tallest_share",
    "visits",
    "walks",
    "with_rule",
]


class _Explain(ModuleType):
    """Once imported, this folder stands where the function ``reid_core.explain`` stood, and is that call, too."""

    def __call__(
        self, video: str | Path, checkpoint: str | Path | Checkpoint = "utrcnn", crop: Crop = "auto"
    ) -> Importance:
        return reid_core._explain(video, checkpoint, crop)


sys.modules[__name__].__class__ = _Explain

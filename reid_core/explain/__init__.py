"""Why a network says what it says: importance of frames, what attention is worth, position bias."""

import sys
from types import ModuleType

import reid_core
from reid_core.explain.controls import uniform_attention, untrained, with_rule
from reid_core.explain.deletion import Deletion, delete
from reid_core.explain.edit import LONGER, LONGEST, ORDERS, Edit, Longer, Order, arranged, cover_place, edited
from reid_core.explain.edited_pair import (
    EditedClip,
    Outcome,
    edit_frames,
    frame_table,
    outcome_table,
    sweep_edited,
    sweep_table,
)
from reid_core.explain.features import embed_many, embed_views, frame_features
from reid_core.explain.importance import (
    MEASURES,
    Hop,
    Importance,
    all_measures,
    attention_of,
    gradient_norms,
    hops,
    importance,
    importance_by,
    leave_one_out,
    visits,
)
from reid_core.explain.network_bias import importance_profiles, network_bias
from reid_core.explain.picture import png, strip_picture, strip_video, tallest_shares
from reid_core.explain.position_bias import (
    COVERED_SHARE,
    POSITIONS,
    Gallery,
    PairSweep,
    cover_starts,
    covered_features,
    position_bias,
    rank_1,
    replaced_features,
    reversed_clip,
    shuffled_clip,
    splice,
    sweep_pair,
    sweep_rank_1,
)
from reid_core.explain.report import attention_table, importance_table, step_names, summary
from reid_core.explain.run_bias import Measurement, run_bias
from reid_core.explain.summary import Profile, agreement, profile, profiles, shares

__all__ = [
    "COVERED_SHARE",
    "LONGER",
    "LONGEST",
    "MEASURES",
    "ORDERS",
    "POSITIONS",
    "Deletion",
    "Edit",
    "EditedClip",
    "Gallery",
    "Hop",
    "Importance",
    "Longer",
    "Measurement",
    "Order",
    "Outcome",
    "PairSweep",
    "Profile",
    "agreement",
    "all_measures",
    "arranged",
    "attention_of",
    "attention_table",
    "cover_place",
    "cover_starts",
    "covered_features",
    "delete",
    "edit_frames",
    "edited",
    "embed_many",
    "embed_views",
    "frame_features",
    "frame_table",
    "gradient_norms",
    "hops",
    "importance",
    "importance_by",
    "importance_profiles",
    "importance_table",
    "leave_one_out",
    "network_bias",
    "outcome_table",
    "png",
    "position_bias",
    "profile",
    "profiles",
    "rank_1",
    "replaced_features",
    "reversed_clip",
    "run_bias",
    "shares",
    "shuffled_clip",
    "splice",
    "step_names",
    "strip_picture",
    "strip_video",
    "summary",
    "sweep_edited",
    "sweep_pair",
    "sweep_rank_1",
    "sweep_table",
    "tallest_shares",
    "uniform_attention",
    "untrained",
    "visits",
    "with_rule",
]


class _Explain(ModuleType):
    """Once imported, this folder stands where the function ``reid_core.explain`` stood, and is that call, too."""

    __call__ = staticmethod(reid_core._explain)


sys.modules[__name__].__class__ = _Explain

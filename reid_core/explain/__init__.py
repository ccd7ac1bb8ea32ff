"""Why a network says what it says: importance of frames, what attention is worth, position bias."""

from reid_core.explain.controls import uniform_attention, untrained, with_rule
from reid_core.explain.deletion import Deletion, delete
from reid_core.explain.features import embed_many, embed_views, frame_features
from reid_core.explain.importance import (
    Hop,
    Importance,
    all_measures,
    attention_of,
    gradient_norms,
    hops,
    importance,
    leave_one_out,
    visits,
)
from reid_core.explain.network_bias import BIAS_COLUMNS, importance_profiles, network_bias
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
from reid_core.explain.report import attention_table, importance_table, summary
from reid_core.explain.summary import Profile, agreement, profile, shares

__all__ = [
    "BIAS_COLUMNS",
    "COVERED_SHARE",
    "POSITIONS",
    "Deletion",
    "Gallery",
    "Hop",
    "Importance",
    "PairSweep",
    "Profile",
    "agreement",
    "all_measures",
    "attention_of",
    "attention_table",
    "cover_starts",
    "covered_features",
    "delete",
    "embed_many",
    "embed_views",
    "frame_features",
    "gradient_norms",
    "hops",
    "importance",
    "importance_profiles",
    "importance_table",
    "leave_one_out",
    "network_bias",
    "png",
    "position_bias",
    "profile",
    "rank_1",
    "replaced_features",
    "reversed_clip",
    "shares",
    "shuffled_clip",
    "splice",
    "strip_picture",
    "strip_video",
    "summary",
    "sweep_pair",
    "sweep_rank_1",
    "tallest_shares",
    "uniform_attention",
    "untrained",
    "visits",
    "with_rule",
]

"""What the page on attention shows, computed once in a session: features of a clip, importances of its frames."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from reid_core.evaluation import ANSWERS
from reid_core.explain import Deletion, Importance, delete, embed_many, importance, with_rule
from reid_core.model import Calibration, Head, HeadOutput
from reid_core.model.heads.utrcnn import BacktrackingConfig
from ui.clips import Clip, features_of, held
from ui.footage import remembered
from ui.loaders import checkpoint
from ui.words import model_title

DRAW_SEED = 0
WITHOUT = {
    "nothing": "With all frames",
    "most": "Without the most",
    "least": "Without the least",
    "random": "Without random ones",
}


@dataclass(frozen=True)
class Reach:
    """k_top and k_att of the models that attend a few memories; None: as trained."""

    k_top: int | None = None
    k_att: int | None = None


@dataclass(frozen=True)
class Explained:
    """A clip with the importances of its frames by model, and what it was compared with."""

    clip: Clip
    partner: Clip | None
    rule: Reach
    found: dict[str, Importance]


def explained(clip: Clip, partner: Clip | None, names: Sequence[str], rule: Reach) -> Explained:
    """The importances of a clip's frames for each model, with progress where they are computed for the first time.

    Raises: ValueError for a clip of a single frame.
    """
    place, found = st.empty(), {}
    for number, name in enumerate(names):
        place.progress(number / len(names), f"{model_title(name)}: how much each of {len(clip)} frames counts")
        found[name] = _importance(name, clip, partner, rule)
    place.empty()
    return Explained(clip, partner, rule, found)


def attention_of(name: str) -> BacktrackingConfig | None:
    """How a model looks back by attention; None if it does not."""
    config = checkpoint(name).network.config.head
    return config if isinstance(config, BacktrackingConfig) else None


def few_attended(name: str) -> BacktrackingConfig | None:
    """The same, only of a model that attends a few memories at a time, ``k_top``."""
    config = attention_of(name)
    return config if config is not None and config.cell.normalise == "topk" else None


def deletion_table(shown: Explained, k: int) -> pd.DataFrame:
    """What becomes of the embedding and the verdict without the k most, least and random frames: a row a model."""
    return pd.DataFrame([_deletion_row(name, shown, k) for name in shown.found])


def _deletion_row(name: str, shown: Explained, k: int) -> dict[str, object]:
    found, head = shown.found[name], _ruled(name, shown.rule)
    measure = next(iter(found.measures))
    partner = None if shown.partner is None else _output(name, shown.partner, shown.rule)
    rng = np.random.default_rng(DRAW_SEED)
    parts = delete(head, features_of(name, shown.clip), found.measures[measure], k, rng, partner)
    row: dict[str, object] = {"Model": model_title(name), "Ranked by": measure}
    row |= {f"{which} {k}": parts[which].moved for which in ("most", "least", "random")}
    if partner is not None and shown.partner is not None:
        scale, _ = held(name, shown.clip, shown.partner, (_output(name, shown.clip, shown.rule), partner))
        row |= {WITHOUT[which]: _verdict(scale, part) for which, part in parts.items()}
    return row


def _verdict(scale: Calibration, part: Deletion) -> str:
    assert part.distance is not None
    return f"{ANSWERS[scale.verdict(part.distance)].lower()} ({part.distance:.2f})"


def _importance(name: str, clip: Clip, partner: Clip | None, rule: Reach) -> Importance:
    key = (clip.key, None if partner is None else partner.key, rule if few_attended(name) else None)

    def compute() -> Importance:
        other = None if partner is None else _output(name, partner, rule)
        return importance(_ruled(name, rule), features_of(name, clip), other)

    of = [one.footage.source for one in (clip, partner) if one is not None]
    return remembered(f"importance {name}", key, compute, of=of)


def _output(name: str, clip: Clip, rule: Reach) -> HeadOutput:
    return embed_many(_ruled(name, rule), features_of(name, clip)[None])


def _ruled(name: str, rule: Reach) -> Head:
    head = checkpoint(name).network.head
    return with_rule(head, rule.k_top, rule.k_att) if few_attended(name) and rule != Reach() else head

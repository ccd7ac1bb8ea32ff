"""The words of the pages: one name for each model, each answer and each importance."""

import re
from collections.abc import Sequence

from reid_core.evaluation import Comparison
from reid_core.explain import MEASURE_WORDS as MEASURES
from reid_core.explain import MODEL_WORDS as MODELS
from reid_core.explain import model_title
from reid_core.model import Verdict

WHAT_IT_KEEPS = {
    "utrcnn": "reads the frames, then reads them three times more and keeps those that agree with most",
    "bptt": "reads the frames in order and keeps the state after the last one",
    "sab": "reads the frames in order and looks back at a few states before each",
    "rcnn": "reads the frames in order and averages the states of all",
    "mean": "averages the frames, without any order",
}

ICONS: dict[Verdict, str] = {
    "same": ":material/person:",
    "different": ":material/group:",
    "uncertain": ":material/help:",
}


__all__ = ["ICONS", "MEASURES", "MODELS", "WHAT_IT_KEEPS", "changed_answers", "model_title", "plain"]


def changed_answers(before: Sequence[Comparison], after: Sequence[Comparison]) -> str:
    """Which models answer otherwise after something was done to a pair, as one sentence."""
    changed = [model_title(b.checkpoint) for b, a in zip(before, after, strict=True) if a.verdict != b.verdict]
    if not changed:
        return "Here no model changes its answer; only how sure they are moves."
    kept = [model_title(b.checkpoint) for b, a in zip(before, after, strict=True) if a.verdict == b.verdict]
    stays = f" {_listed(kept)} {'stays' if len(kept) == 1 else 'stay'} with the first answer." if kept else ""
    return f"**{_listed(changed)}** {'changes its' if len(changed) == 1 else 'change their'} answer.{stays}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#+|~$:!])", r"\\\1", text)

"""What a user says of whole people of an index, as decisions on their tracklets."""

from itertools import pairwise

import pandas as pd

from reid_core.search.store import Decision, Index


def merge(index: Index, found: pd.DataFrame, a: int, b: int) -> None:
    """The people of two tracklets are one. Args: found: as ``identities`` tells them.

    Raises: ValueError: they are one already.
    """
    one, other = _tracklets(found, a), _tracklets(found, b)
    if a in other:
        raise ValueError(f"tracklets {a} and {b} must be of two people to be put together, they are one already")
    numbers = [*one, *other]
    apart = [d for d in index.decisions() if d.kind == "different" and d.a in numbers and d.b in numbers]
    said = {(min(a, number), max(a, number)) for number in numbers if number != a}
    said |= {(min(d.a, d.b), max(d.a, d.b)) for d in apart}
    index.decide(*(Decision("same", *pair) for pair in sorted(said)))


def split(index: Index, found: pd.DataFrame, number: int) -> None:
    """A tracklet is not the person that it was put to; whom it was said to join stay together.

    Raises: ValueError: it is alone.
    """
    others = [other for other in _tracklets(found, number) if other != number]
    if not others:
        raise ValueError(f"tracklet {number} must be put together with others to be split from them, it is alone")
    same = {frozenset((d.a, d.b)) for d in index.decisions() if d.kind == "same"}
    joined = pairwise(other for other in others if frozenset((number, other)) in same)
    index.decide(*(Decision("same", *pair) for pair in joined), *(Decision("different", number, o) for o in others))


def rename(index: Index, found: pd.DataFrame, number: int, name: str) -> None:
    """The person of a tracklet is called so, or ("") has no name any more."""
    own = _tracklets(found, number)
    for decision in index.decisions():
        if decision.kind == "name" and decision.a in own:
            index.undecide(decision.a)
    if name:
        index.decide(Decision("name", number, name=name))


def _tracklets(found: pd.DataFrame, number: int) -> list[int]:
    """Of the person of a tracklet, by number. Raises: ValueError: there is none of this number."""
    identity = found.identity[found.tracklet == number]
    if identity.empty:
        raise ValueError(f"tracklet must be one of {len(found)} of the index, got {number}")
    return [int(other) for other in sorted(found.tracklet[found.identity == identity.iloc[0]])]

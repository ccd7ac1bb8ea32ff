"""Find a person in hours of footage: an index of tracklets, and what is asked of it."""

from .build import STRIP_FRAMES, Source, Step, build, digest_of, sources
from .clock import changes, clock, span
from .decide import merge, rename, split
from .export import as_csv, as_json, as_motchallenge, who_was_where
from .find import Answer, Hit, Query, find, query_of, refined, seen, stored
from .identities import decided_pairs, identities, together
from .store import Decision, Index, IndexedTracklet, IndexedVideo, create, delete, is_index, open_index

__all__ = [
    "STRIP_FRAMES",
    "Answer",
    "Decision",
    "Hit",
    "Index",
    "IndexedTracklet",
    "IndexedVideo",
    "Query",
    "Source",
    "Step",
    "as_csv",
    "as_json",
    "as_motchallenge",
    "build",
    "changes",
    "clock",
    "create",
    "decided_pairs",
    "delete",
    "digest_of",
    "find",
    "identities",
    "is_index",
    "merge",
    "open_index",
    "query_of",
    "refined",
    "rename",
    "seen",
    "sources",
    "span",
    "split",
    "stored",
    "together",
    "who_was_where",
]

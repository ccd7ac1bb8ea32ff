"""Find a person in hours of footage: an index of tracklets, and what is asked of it."""

from .build import Source, Step, build, digest_of, sources
from .find import Answer, Hit, Query, find, query_of, refined, seen, stored
from .store import Index, IndexedTracklet, IndexedVideo, create, delete, is_index, open_index

__all__ = [
    "Answer",
    "Hit",
    "Index",
    "IndexedTracklet",
    "IndexedVideo",
    "Query",
    "Source",
    "Step",
    "build",
    "create",
    "delete",
    "digest_of",
    "find",
    "is_index",
    "open_index",
    "query_of",
    "refined",
    "seen",
    "sources",
    "stored",
]

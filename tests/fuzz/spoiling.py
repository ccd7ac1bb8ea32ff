"""Ways to spoil a file, as Hypothesis draws and shrinks them; what was found once is an example beside its test."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

from hypothesis import strategies as st

Kind = Literal["put", "drop", "twice", "swap", "cut"]
TELLING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


class Edit(NamedTuple):
    """One change of a file, at a share of its length.

    put: bytes over those that are there. drop, twice: so many bytes as ``content`` has. swap: with what follows them.
    cut: all from there on.
    """

    kind: Kind
    at: float
    content: bytes


contents = st.one_of(
    st.binary(min_size=1, max_size=16),
    st.builds(
        lambda number, order: number.to_bytes(4, order), st.sampled_from(TELLING), st.sampled_from(("big", "little"))
    ),
    st.integers(1, 400).map(bytes),
)
edits = st.lists(st.builds(Edit, st.sampled_from(get_args(Kind)), st.floats(0, 1), contents), min_size=1, max_size=6)


def spoilt(content: bytes, changes: Sequence[Edit]) -> bytes:
    """A file after some changes."""
    for kind, share, new in changes:
        at, size = round(share * len(content)), len(new)
        before, part, rest = content[:at], content[at : at + size], content[at + size :]
        content = {
            "put": before + new + rest,
            "drop": before + rest,
            "twice": before + part + part + rest,
            "swap": before + rest[:size] + part + rest[size:],
            "cut": before,
        }[kind]
    return content


def is_sentence(text: str) -> bool:
    """One line that says something."""
    return len(text) > 15 and "\n" not in text and "Traceback" not in text

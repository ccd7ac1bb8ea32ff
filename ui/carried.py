"""What no widget holds, in the link: values, packed, that are there again after the server was restarted."""

import base64
import json
import zlib
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import streamlit as st

MOST_BYTES = 200_000  # that a link may unpack to
MOST_TEXT = 6_000  # letters: some proxies take addresses of no more than 8 kB


def taken(key: str) -> list[Any]:
    """What the link says under a key, told once; nothing where it cannot be read, or was said by this session."""
    text = st.query_params.get(key, "")
    if not text or st.session_state.get(_said(key)) == text:
        return []
    st.session_state[_said(key)] = text
    with suppress(ValueError, zlib.error):
        found = json.loads(zlib.decompressobj().decompress(base64.urlsafe_b64decode(text), MOST_BYTES))
        return found if isinstance(found, list) else []
    return []


def carry(key: str, values: list[Any]) -> bool:
    """Let the link say plain values, and nothing where there are none. Returns: whether they fit into it."""
    text = _packed(values) if values else ""
    fits = len(text) <= MOST_TEXT
    if text and fits:
        st.session_state[_said(key)] = text
        if st.query_params.get(key) != text:
            st.query_params[key] = text
    else:
        st.query_params.pop(key, None)
    return fits


def left_out(kept: str, keys: Iterable[str]) -> dict[str, str]:
    """What a link that says nothing of some keys is to say: as the last one that said anything of them in this session.

    Args: kept: where that is, in the session.
    """
    said = {key: st.query_params[key] for key in keys if key in st.query_params}
    if said:
        st.session_state[kept] = said
        return {}
    kept_words: dict[str, str] = st.session_state.get(kept, {})
    return kept_words


def _packed(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(values, separators=(",", ":")).encode(), 9)).decode()


def _said(key: str) -> str:
    return f"{key} of the link"

"""What on its own machine the app may touch for whoever asks."""

import os
from pathlib import Path

import streamlit as st

SETTING = "REID_FOLDERS"  # an environment variable: the folder below which the page may read videos and write indexes
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")


def may_name(place: str) -> bool:
    """Whether who asks may name a folder: it is below that of the setting, or without one his own machine's."""
    root = os.environ.get(SETTING)
    if root:
        return Path(place).resolve().is_relative_to(Path(root).resolve())
    forwarded = any(name in st.context.headers for name in FORWARDED)  # by a proxy that runs here
    return st.context.ip_address is None and not forwarded

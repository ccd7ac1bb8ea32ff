"""What on its own machine the app may touch for whoever asks."""

import os
from pathlib import Path

import streamlit as st

SETTING = "REID_FOLDERS"  # an environment variable: the folder below which the page may read videos and write indexes
FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")


def named(place: str) -> Path:
    """What somebody typed, as a path. Raises: ValueError: it is not his to name, or the system cannot look there."""
    if not may_name(place):
        raise ValueError(f"{place} must be below {os.environ.get(SETTING)}")
    try:
        Path(place).exists()
    except OSError as error:
        raise ValueError(f"{place} must be a place that can be looked at, got: {error.strerror}") from error
    return Path(place)


def may_name(place: str) -> bool:
    """Whether who asks may name a folder: it is below that of the setting, or without one his own machine's."""
    root = os.environ.get(SETTING)
    if root:
        return Path(place).resolve().is_relative_to(Path(root).resolve())
    forwarded = any(name in st.context.headers for name in FORWARDED)  # by a proxy that runs here
    return st.context.ip_address is None and not forwarded

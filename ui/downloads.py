"""What a page offers to download: one button, and figures as a page of their own."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st


def offer(label: str, content: object, name: str, mime: str) -> None:
    st.download_button(label, content, name, mime, icon=":material/download:", on_click="ignore")  # type: ignore[arg-type]


def standalone(figures: Sequence[go.Figure], title: str) -> str:
    """The figures as one page of HTML that needs nothing else."""
    parts = [figure.to_html(full_html=False, include_plotlyjs=not number) for number, figure in enumerate(figures)]
    head = f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n<h1>{title}</h1>'
    return "\n".join([head, *parts, "</html>"])

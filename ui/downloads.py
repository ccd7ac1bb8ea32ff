"""What a page offers to download: one button, and figures as a page of their own."""

from collections.abc import Sequence

import plotly.graph_objects as go
import plotly.io as pio
import streamlit as st

# Streamlit's template holds colours that only its pages replace; the weights of a map are dark on white paper
PAPER = go.layout.Template(pio.templates["plotly_white"])
PAPER.data.heatmap = [go.layout.template.data.Heatmap(colorscale="Cividis", reversescale=True)]
WIDTH_PX = 1100


def offer(label: str, content: object, name: str, mime: str) -> None:
    st.download_button(label, content, name, mime, icon=":material/download:", on_click="ignore")  # type: ignore[arg-type]


def standalone(figures: Sequence[go.Figure], title: str) -> str:
    """The figures as one page of HTML that needs nothing else, with room for what is written beside the axes."""
    parts = [
        _on_paper(figure).to_html(full_html=False, include_plotlyjs=not number, config={"displaylogo": False})
        for number, figure in enumerate(figures)
    ]
    head = f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>\n<h1>{title}</h1>'
    style = f"<style>body {{ font-family: sans-serif; max-width: {WIDTH_PX}px; margin: 1rem auto }}</style>"
    return "\n".join([head, style, *parts, "</html>"])


def _on_paper(figure: go.Figure) -> go.Figure:
    copy = go.Figure(figure).update_layout(template=PAPER, width=WIDTH_PX)
    return copy.update_yaxes(automargin=True).update_xaxes(automargin=True)

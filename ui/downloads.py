"""What a page offers to download: one button, and figures as a page of their own."""

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go
import plotly.io as pio
import streamlit as st

# Streamlit's template holds colours that only its pages replace; the weights of a map are dark on white paper
PAPER = go.layout.Template(pio.templates["plotly_white"])
PAPER.data.heatmap = [go.layout.template.data.Heatmap(colorscale="Cividis", reversescale=True)]
WIDTH_PX = 1100
DRAWN = {"displaylogo": False, "responsive": True}
NOTHING_ELSE = """<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data: blob:;
style-src 'unsafe-inline'; script-src 'unsafe-inline'; font-src data:">"""  # a browser refuses what a page might fetch


def offer(label: str, content: object, name: str, mime: str) -> None:
    st.download_button(label, content, name, mime, icon=":material/download:", on_click="ignore")  # type: ignore[arg-type]


def standalone(figures: Sequence[go.Figure], title: str, above: str = "", below: str = "") -> str:
    """The figures as one page of HTML that needs nothing else, with room for what is written beside the axes.

    Args: title: text. above, below: HTML round the figures.
    """
    parts = [
        _on_paper(figure).to_html(full_html=False, include_plotlyjs=not number, config=DRAWN)
        for number, figure in enumerate(figures)
    ]
    head = f'<!doctype html>\n<html lang="en"><meta charset="utf-8">{NOTHING_ELSE}<title>{escape(title)}</title>'
    body = f"font-family: sans-serif; max-width: {WIDTH_PX}px; margin: 1rem auto; padding: 0 1rem"
    style = f"<style>body {{ {body} }}</style>"
    return "\n".join([head, style, f"<h1>{escape(title)}</h1>", above, *parts, below, "</html>"])


def _on_paper(figure: go.Figure) -> go.Figure:
    copy = go.Figure(figure).update_layout(template=PAPER, width=None, autosize=True)
    return copy.update_yaxes(automargin=True).update_xaxes(automargin=True)

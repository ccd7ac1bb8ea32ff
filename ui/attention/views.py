"""The parts of the page on attention: what is asked, the linked views, the test of the explanation, downloads."""

from collections.abc import Sequence
from functools import partial

import plotly.graph_objects as go
import streamlit as st

from reid_core.explain import (
    all_measures,
    attention_table,
    hops,
    importance_table,
    png,
    strip_picture,
    strip_video,
)
from ui.attention.charts import attention_map, importance_rows, lag_curves
from ui.attention.data import Explained, Reach, attention_of, deletion_table
from ui.attention.words import (
    DELETION,
    NOT_EXPLANATION,
    cell_in_words,
    columns_in_words,
    rule_in_words,
    summary_in_words,
    summary_table,
)
from ui.clips import Clip
from ui.downloads import offer, standalone
from ui.loaders import checkpoint_names
from ui.pickers import linked_choice, linked_slider
from ui.pictures import frame_uri
from ui.style import CHART
from ui.words import MEASURES, model_title

FIRST_EXAMPLE = "covered"
MODELS_AT_FIRST = 2
ARCS = 12
FRAME_PX = 112
MOST_TOP, MOST_APART, MOST_DROPPED = 20, 10, 40


def start_with_the_story() -> None:
    """Begin with the pair whose end is covered, unless another one was chosen before."""
    st.session_state.setdefault("example", FIRST_EXAMPLE)


def pick_models() -> list[str]:
    """The models that are stacked, in the order that they ship; in the URL."""
    known = checkpoint_names()
    linked = [name for name in st.query_params.get("models", "").split(",") if name in known]
    if linked:
        st.session_state["models"] = linked
    elif not st.session_state.get("models"):
        st.session_state["models"] = known[:MODELS_AT_FIRST]

    def follow() -> None:
        st.query_params["models"] = ",".join(st.session_state["models"])

    chosen = st.pills(
        "Models",
        known,
        selection_mode="multi",
        format_func=model_title,
        key="models",
        on_change=follow,
        persist_state="session",
    )
    return [name for name in known if name in chosen]


def pick_rule(names: Sequence[str]) -> Reach:
    """k_top and k_att for the models with attention; as trained where there is none."""
    attentive = [config for name in names if (config := attention_of(name))]
    if not attentive:
        return Reach()
    config = attentive[0]
    with st.expander("Let it look back at more or fewer memories"):
        top, apart = st.columns(2, gap="large")
        with top:
            most = max(MOST_TOP, config.k_top)
            k_top = linked_slider("k_top: memories looked at, at most", 1, most, "k_top", config.k_top)
        with apart:
            most = max(MOST_APART, config.k_att)
            k_att = linked_slider("k_att: steps from one memory to the next", 1, most, "k_att", config.k_att)
        st.caption(rule_in_words(config))
    return Reach() if (k_top, k_att) == (config.k_top, config.k_att) else Reach(k_top, k_att)


@st.fragment
def linked_views(shown: Explained) -> None:
    """Bars, frames and the map of attention, with one frame and one step that looks back; both are in the URL."""
    clip, last = shown.clip, int(shown.clip.places[-1])
    looked_at, looks_back = st.columns(2, gap="large")
    with looked_at:
        frame = linked_slider("Frame", 0, last, "frame")
    with looks_back:
        step = linked_slider("Step that looks back", 0, last, "step", last)
    st.plotly_chart(
        rows_figure(shown, clip.at(frame)),
        key="rows",
        config=CHART,
        on_select=partial(_follow, "rows", clip),
        selection_mode="points",
        alt="; ".join(summary_in_words(name, one).replace("**", "") for name, one in shown.found.items()),
    )
    attentive = [name for name, one in shown.found.items() if one.attention is not None]
    if attentive:
        _attention(shown, attentive, frame, step)
    else:
        _frames(clip, (frame,))


def _attention(shown: Explained, attentive: Sequence[str], frame: int, step: int) -> None:
    name = attentive[0]
    if len(attentive) > 1:
        name = linked_choice("Attention of", {one: model_title(one) for one in attentive}, "attention")
    clip, attention = shown.clip, shown.found[name].attention
    assert attention is not None
    column, row = clip.at(frame), clip.at(step)
    words = cell_in_words(attention, clip.places, column, row)
    map_column, text = st.columns([3, 2], gap="large", vertical_alignment="center")
    with map_column:
        st.plotly_chart(
            attention_map(attention, clip.places, column, row),
            key="map",
            config=CHART,
            on_select=partial(_follow, "map", clip),
            selection_mode="points",
            alt=f"Attention of {model_title(name)}, a map of steps and frames. {words.replace('**', '')}",
        )
    with text:
        _frames(clip, (step, frame), ("looks back", "is looked at"))
        st.markdown(words)
        if config := attention_of(name):
            st.caption(columns_in_words(config))


def _frames(clip: Clip, frames: Sequence[int], roles: Sequence[str] = ("",)) -> None:
    with st.container(horizontal=True, gap="small"):
        for frame, role in zip(frames, roles, strict=True):
            at = clip.at(frame)
            words = f"frame {clip.places[at]}, {clip.times_s[at]:.1f} s {role}".strip()
            st.image(frame_uri(clip.frames[at]), caption=words, width=FRAME_PX, alt=f"{clip.subject.name}, {words}")


def _follow(chart: str, clip: Clip) -> None:
    points = st.session_state[chart]["selection"]["points"]
    if points:
        st.session_state["frame"] = int(clip.places[round(points[0]["x"])])
        if chart == "map":
            st.session_state["step"] = int(clip.places[round(points[0]["y"])])


def show_summary(shown: Explained) -> None:
    """Where importance lies, in words and in numbers, and what attention is worth."""
    for name, one in shown.found.items():
        st.markdown(summary_in_words(name, one))
    st.info(NOT_EXPLANATION, icon=":material/balance:")
    thirds = ("First third", "Middle third", "Last third")
    columns = {third: st.column_config.NumberColumn(f"{third}, %", format="%.0f") for third in thirds}
    number = st.column_config.NumberColumn
    columns["Entropy"] = number(format="%.2f", help="1: all frames count the same; 0: only one")
    columns["Centre"] = number("Centre of mass, %", format="%.0f", help="0: the first frame, 100: the last")
    columns["Attention agrees"] = number(format="%.2f", help="Spearman's rank correlation, from -1 to 1")
    alt = "Thirds, entropy, centre of mass and agreement of every importance"
    st.dataframe(summary_table(shown.found), hide_index=True, alt=alt, column_config=columns)


@st.fragment
def show_deletion(shown: Explained) -> None:
    """Leave out the k frames that count most, least, and random ones."""
    most = min(MOST_DROPPED, len(shown.clip) - 1)
    k = linked_slider("Frames left out, k", 1, most, "k", min(5, most))
    table = deletion_table(shown, k).replace({"Ranked by": MEASURES})
    moves = {
        f"{which} {k}": st.column_config.NumberColumn(f"Moved without the {which} {k}", format="%.2f")
        for which in ("most", "least", "random")
    }
    st.dataframe(table, hide_index=True, column_config=moves, alt=f"What leaving out {k} frames does to each model")
    st.caption(DELETION)


def show_lags(shown: Explained) -> None:
    """The gradient over the lag."""
    st.plotly_chart(
        lag_curves(shown.found),
        config=CHART,
        alt="How much of the gradient is left for frames farther from the last one, on a log scale, for each model",
    )


def show_downloads(shown: Explained) -> None:
    """Numbers as CSV, figures as HTML that stands alone, the strip with its bars as PNG and MP4."""
    clip, stem = shown.clip, shown.clip.subject.name.rsplit(".", 1)[0]
    numbers = importance_table(shown.found, clip.places, clip.times_s)
    with st.container(horizontal=True):
        offer("Numbers (CSV)", numbers.to_csv(index=False), f"{stem}-importance.csv", "text/csv")
        for name, one in shown.found.items():
            if one.attention is not None:
                content = attention_table(one.attention, clip.places).to_csv()
                offer(f"Attention of {model_title(name)} (CSV)", content, f"{stem}-attention-{name}.csv", "text/csv")
        offer("Figures (HTML)", partial(_html, shown), f"{stem}.html", "text/html")
        offer("Strip (PNG)", partial(_png, shown), f"{stem}.png", "image/png")
        offer("Strip (MP4)", partial(_mp4, shown), f"{stem}-strip.mp4", "video/mp4")


def rows_figure(shown: Explained, current: int) -> go.Figure:
    """The stacked models of what is shown."""
    attention = next((one.attention for one in shown.found.values() if one.attention is not None), None)
    arcs = () if attention is None else hops(attention, ARCS)
    return importance_rows(shown.found, shown.clip.frames, shown.clip.places, current, arcs)


def _html(shown: Explained) -> str:
    last = len(shown.clip) - 1
    maps = [
        attention_map(one.attention, shown.clip.places, last, last)
        for one in shown.found.values()
        if one.attention is not None
    ]
    figures = [rows_figure(shown, last), *maps, lag_curves(shown.found)]
    return standalone(figures, f"Which frames count in {shown.clip.subject.name}?")


def _png(shown: Explained) -> bytes:
    return png(strip_picture(shown.clip.frames, all_measures(shown.found)))


def _mp4(shown: Explained) -> bytes:
    return strip_video(shown.clip.frames, all_measures(shown.found), shown.clip.times_s)

"""The parts of the page on attention: what is asked, the linked views, the test of the explanation, downloads."""

from collections.abc import Callable, Sequence
from functools import partial

import plotly.graph_objects as go
import streamlit as st

from reid_core.explain import (
    all_measures,
    attention_table,
    hops,
    importance_table,
    main_measure,
    png,
    steps_that_attend,
    strip_picture,
    strip_video,
)
from ui.announcer import ANNOUNCED
from ui.attention.charts import attention_map, first_rows, importance_rows, lag_curves
from ui.attention.data import Explained, Reach, attention_of, deletion_table, explained, few_attended
from ui.attention.player import player
from ui.attention.report import attention_report
from ui.attention.words import (
    DELETION,
    NOT_EXPLANATION,
    WHAT_IS_SHOWN,
    cell_in_words,
    columns_in_words,
    first_in_words,
    first_sentence,
    rule_in_words,
    summary_in_words,
    summary_table,
)
from ui.calibrations import calibrated
from ui.clips import Clip
from ui.downloads import offer
from ui.glossary import GLOSSARY
from ui.loaders import checkpoint_names
from ui.pickers import linked_choice, linked_slider
from ui.pictures import frame_uri
from ui.provenance import link_here
from ui.report import Report, zipped
from ui.style import CHART
from ui.words import MEASURES, model_title

FIRST_EXAMPLE = "covered"
CHARTS = ("first", "rows", "map")  # with a column for each frame
MODELS_AT_FIRST = 2
ARCS = 12
FRAME_PX = 112
MOST_TOP, MOST_APART, MOST_DROPPED = 20, 10, 40
FIRST_DROPPED = 5


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
    """k_top and k_att for the models that look back at a few memories; as trained where there is none."""
    attentive = [config for name in names if (config := few_attended(name))]
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
def explanation(clip: Clip, partner: Clip | None, names: Sequence[str]) -> None:
    """The first picture and its sentence, a player, and for those who ask all that was measured.

    One frame, one step that looks back and whether all is shown are in the URL.
    """
    first, below = st.container(), st.container()
    more = bool(st.session_state.get("more", st.query_params.get("more") == "true"))
    with below:
        if more:
            _asks_for_more()
        rule = pick_rule(names) if more else Reach()
    try:
        shown = explained(clip, partner, names, rule)
    except ValueError as error:
        st.error(str(error))
        return
    with first:
        frame = _first_picture(shown, more)
    with below:
        if more:
            _all_measures(shown, frame)
            _everything_else(shown)
        elif _asks_for_more():  # not asked sooner, it would be pushed away; here it was on before the page was left
            st.rerun()


def _asks_for_more() -> bool:
    label = "For researchers: every measure, the map of attention, paths through memory, entropy, gradients, downloads"
    words = "  \n".join(f"**{word}**: {GLOSSARY[word]}" for word in ("alpha", "gradient", "embedding"))
    return st.toggle(label, key="more", bind="query-params", persist_state="session", help=words)


def _first_picture(shown: Explained, more: bool) -> int:
    """Returns: the linked frame. Args: more: whether the map of attention is shown, too."""
    clip = shown.clip
    with st.container(key=ANNOUNCED):
        st.markdown(f"## {first_sentence(shown.found, clip.places)}")
    large, picture = st.columns([1, 4], gap="medium", vertical_alignment="center")
    _begin_with_the_strongest(shown)
    frame = linked_slider("Frame", 0, int(clip.places[-1]), "frame")
    with large:
        player(clip, shown.found, frame, CHARTS, shaded=more)
    with picture:
        st.plotly_chart(
            first_rows(shown.found, clip.frames, clip.places, clip.at(frame), clip.covered),
            key="first",
            config=CHART,
            on_select=partial(_follow, "first", clip),
            selection_mode="points",
            alt=first_in_words(shown.found),
        )
    return frame


def _begin_with_the_strongest(shown: Explained) -> None:
    """Link the frame that counts most for the first model when a clip is opened, unless the link names one."""
    key = shown.clip.key, next(iter(shown.found))
    if st.session_state.get("frame of") == key:
        return
    if "frame of" in st.session_state:
        st.query_params.pop("frame", None)  # it was that of another clip
    if "frame" not in st.query_params:
        st.session_state["frame"] = int(shown.clip.places[_strongest(shown)])
    st.session_state["frame of"] = key


def _strongest(shown: Explained) -> int:
    """The frame of the clip that counts most for the first model."""
    return int(main_measure(next(iter(shown.found.values())))[1].argmax())


def _all_measures(shown: Explained, frame: int) -> None:
    clip = shown.clip
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
        _attention(shown, attentive, frame)
    with st.expander("What is shown"):
        st.markdown(WHAT_IS_SHOWN)


def _everything_else(shown: Explained) -> None:
    st.header("In words and numbers", anchor=False)
    show_summary(shown)
    st.header("Is it true? Leave frames out", anchor=False)
    show_deletion(shown)
    st.header("Vanishing gradients", anchor=False)
    show_lags(shown)
    show_downloads(shown)


def _attention(shown: Explained, attentive: Sequence[str], frame: int) -> None:
    name = attentive[0]
    if len(attentive) > 1:
        name = linked_choice("Attention of", {one: model_title(one) for one in attentive}, "attention")
    clip, whole = shown.clip, shown.found[name].attention
    assert whole is not None
    attention, names = steps_that_attend(whole, clip.places)
    row = _pick_step(names, clip)
    column = clip.at(frame)
    words = cell_in_words(attention, names, clip.places, column, row)
    map_column, text = st.columns([3, 2], gap="large", vertical_alignment="center")
    key = f"map on {st.context.theme.type}"  # another chart: Streamlit gives no new shades to one that it has drawn
    with map_column.container(key="map"):
        st.plotly_chart(
            attention_map(attention, names, clip.places, column, row),
            key=key,
            config=CHART,
            on_select=partial(_follow, key, clip),
            selection_mode="points",
            alt=f"Attention of {model_title(name)}, a map of steps and frames. {words.replace('**', '')}",
        )
    with text:
        step = names[row]
        if isinstance(step, str):
            _frames(clip, (frame,), ("is looked at",))
        else:
            _frames(clip, (step, frame), ("looks back", "is looked at"))
        st.markdown(words)
        if config := attention_of(name):
            st.caption(columns_in_words(config))


def _pick_step(names: Sequence[int | str], clip: Clip) -> int:
    """Which of the steps that attend is looked at: a reading, or a step by its frame, readings after the last."""
    frames = [name for name in names if not isinstance(name, str)]
    if not frames:
        return linked_slider("Reading", 1, len(names), "reading", len(names)) - 1
    last, readings = int(clip.places[-1]), len(names) - len(frames)
    step = linked_slider("Step that looks back", 0, last + readings, "step", last + readings)
    return clip.at(step) if step <= last else len(frames) + step - last - 1


def _frames(clip: Clip, frames: Sequence[int], roles: Sequence[str] = ("",)) -> None:
    with st.container(horizontal=True, gap="small"):
        for frame, role in zip(frames, roles, strict=True):
            at = clip.at(frame)
            words = f"frame {clip.places[at]}, {clip.times_s[at]:.1f} s {role}".strip()
            st.image(frame_uri(clip.frames[at]), caption=words, width=FRAME_PX, alt=f"{clip.subject.name}, {words}")


def _follow(chart: str, clip: Clip) -> None:
    points = st.session_state[chart]["selection"]["points"]
    if not points:
        return
    st.session_state["frame"] = int(clip.places[round(points[0]["x"])])
    row = round(points[0]["y"]) if chart.startswith("map") else None
    if row is not None and "reading" in st.session_state:
        st.session_state["reading"] = row + 1
    elif row is not None:
        last = len(clip) - 1
        st.session_state["step"] = int(clip.places[min(row, last)]) + max(row - last, 0)


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
    st.dataframe(summary_table(shown.found), hide_index=True, alt=alt, column_config=columns, placeholder="")


@st.fragment
def show_deletion(shown: Explained) -> None:
    """Leave out the k frames that count most, least, and random ones."""
    most = min(MOST_DROPPED, len(shown.clip) - 1)
    k = linked_slider("Frames left out, k", 1, most, "k", min(FIRST_DROPPED, most))
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
        lag_curves(shown.found, shown.clip.covered),
        config=CHART,
        alt="How much of the gradient is left for frames farther from the last one, on a log scale, for each model",
    )


def show_downloads(shown: Explained) -> None:
    """Numbers as CSV, all of it as a report, the strip with its bars as PNG and MP4."""
    clip, stem = shown.clip, shown.clip.subject.name.rsplit(".", 1)[0]
    numbers = importance_table(shown.found, clip.places, clip.times_s)
    with st.container(horizontal=True):
        offer("Numbers (CSV)", numbers.to_csv(index=False), f"{stem}-importance.csv", "text/csv")
        for name, one in shown.found.items():
            if one.attention is not None:
                content = attention_table(one.attention, clip.places).to_csv()
                offer(f"Attention of {model_title(name)} (CSV)", content, f"{stem}-attention-{name}.csv", "text/csv")
        report = _report(shown)
        offer("Report (zip, opens offline)", lambda: zipped(report()), f"{stem}.zip", "application/zip")
        offer("Strip (PNG)", partial(_png, shown), f"{stem}.png", "image/png")
        offer("Strip (MP4)", partial(_mp4, shown), f"{stem}-strip.mp4", "video/mp4")


def rows_figure(shown: Explained, current: int) -> go.Figure:
    """The stacked models of what is shown."""
    found = [one.attention for one in shown.found.values() if "visits" in one.measures]
    arcs = () if not found or found[0] is None else hops(found[0], ARCS)
    return importance_rows(shown.found, shown.clip.frames, shown.clip.places, current, arcs, shown.clip.covered)


def _report(shown: Explained) -> Callable[[], Report]:
    """What is to be written; all that only this session knows is asked for now."""
    left_out = deletion_table(shown, min(FIRST_DROPPED, len(shown.clip) - 1))
    link = link_here("attention", [clip.footage for clip in (shown.clip, shown.partner) if clip is not None])
    checkpoints = [calibrated(name) for name in shown.found]
    return lambda: attention_report(shown, _figures(shown), left_out, checkpoints, link)


def _figures(shown: Explained) -> list[go.Figure]:
    clip, strongest = shown.clip, _strongest(shown)
    parts = [steps_that_attend(one.attention, clip.places) for one in shown.found.values() if one.attention is not None]
    maps = [attention_map(alpha, names, clip.places, strongest, len(names) - 1) for alpha, names in parts]
    first = first_rows(shown.found, clip.frames, clip.places, strongest, clip.covered)
    return [first, rows_figure(shown, strongest), *maps, lag_curves(shown.found, shown.clip.covered)]


def _png(shown: Explained) -> bytes:
    clip = shown.clip
    return png(strip_picture(clip.frames, all_measures(shown.found), clip.places, clip.covered))


def _mp4(shown: Explained) -> bytes:
    clip = shown.clip
    return strip_video(clip.frames, all_measures(shown.found), clip.places, clip.times_s, clip.covered)

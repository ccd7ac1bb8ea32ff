"""Which data set is trained on: those below the folder of data sets, or another folder."""

import os
from pathlib import Path

import streamlit as st

from reid_core.data import DATASETS
from ui.allowed import named
from ui.jobs import ask
from ui.library import ROOT, short_path
from ui.pickers import linked_select
from ui.train.words import LARGE, SMALL, SYNTHWALK, TINY

FOLDER = "REID_DATA"  # an environment variable: the folder of data sets, instead of data/
OTHER = "other"
MARKS = {  # what lies in the folder of a data set, first come first told
    "synthetic": "synthetic.json",
    "ilids-vid": "i-LIDS-VID",
    "prid2011": "prid_2011",
    "mars": "bbox_train",
    "folder": "cam*",
}
MADE = {  # folders of rendered people: what is said of each, and the options that make it
    "tiny": (TINY, ("--persons", "12", "--seed", "1", "--min-length", "12", "--max-length", "24")),
    "small": (SMALL, ("--persons", "60", "--seed", "1", "--max-length", "40")),
    "synthwalk": (SYNTHWALK, ("--benchmark", "synthwalk")),
    "people": (LARGE, ("--persons", "1000", "--seed", "1", "--max-length", "40")),
}


def data_root() -> Path:
    """The folder of data sets."""
    return Path(os.environ.get(FOLDER) or ROOT / "data")


def kind_of(folder: Path) -> str | None:
    """As which data set a folder can be read, by what lies in it."""
    return next((kind for kind, mark in MARKS.items() if any(folder.glob(mark))), None)


def known_data() -> dict[str, str]:
    """The data sets that are there: folder and kind."""
    folders = sorted(data_root().iterdir()) if data_root().is_dir() else []
    kinds = {short_path(folder): kind_of(folder) for folder in folders if folder.is_dir()}
    return {folder: kind for folder, kind in kinds.items() if kind is not None}


def offer_to_make() -> None:
    """Buttons that let rendered people be made, those that are not there yet."""
    known = known_data()
    with st.popover("Make a data set", icon=":material/groups:"):
        for name, (told, _) in MADE.items():
            if short_path(data_root() / name) not in known:
                st.markdown(told)
                st.button(f"Make {name}", key=f"make {name}", on_click=make, args=(name,))


def make(name: str) -> None:
    """Let one of ``MADE`` be rendered, and choose it as soon as it is there; a stopped one goes on."""
    folder = short_path(data_root() / name)
    ask(f"data set {name}", ("synthesize", "--out", folder, *MADE[name][1]))
    st.query_params["data"] = folder


def pick_data() -> tuple[str, str] | None:
    """Folder and kind of a data set, or None where none is named yet."""
    known = known_data()
    titles = {folder: f"{folder} ({kind})" for folder, kind in known.items()} | {OTHER: "Another folder"}
    chosen = linked_select("Data set", titles, "data")
    if chosen != OTHER:
        return chosen, known[chosen]
    folder, kind = st.columns([3, 1])
    place = folder.text_input(
        "Folder of the data set", key="data folder", bind="query-params", persist_state="session"
    ).strip()
    with kind:
        read_as = linked_select("Read as", {name: name for name in reversed(DATASETS)}, "kind")
    try:
        return (str(named(place)), read_as) if place else None
    except ValueError as error:
        st.error(str(error))
        return None

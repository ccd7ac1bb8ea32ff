"""Synthetic walking people: identities, gait, clothes, cameras, streets, a plain and a wide world; all from a seed."""

from reid_core.data.synthetic.cover import COVERS, cover
from reid_core.data.synthetic.crowd import citizen
from reid_core.data.synthetic.people import Person, differences, person
from reid_core.data.synthetic.street import render_scene
from reid_core.data.synthetic.tracklet import camera, hidden_shares, render_tracklet
from reid_core.data.synthetic.wide import render_wide
from reid_core.data.synthetic.write import World, dataset_hidden_shares, tracklet_length, write_dataset

__all__ = [
    "COVERS",
    "Person",
    "World",
    "camera",
    "citizen",
    "cover",
    "dataset_hidden_shares",
    "differences",
    "hidden_shares",
    "person",
    "render_scene",
    "render_tracklet",
    "render_wide",
    "tracklet_length",
    "write_dataset",
]

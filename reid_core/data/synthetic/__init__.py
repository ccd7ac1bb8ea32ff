"""Synthetic walking people: identities, gait, clothes, two cameras, streets; all drawn from a seed."""

from reid_core.data.synthetic.camera import Camera
from reid_core.data.synthetic.people import Person, differences, person
from reid_core.data.synthetic.scene import COVERS, camera, cover, render_tracklet
from reid_core.data.synthetic.write import tracklet_length, write_dataset

__all__ = ["COVERS", "Camera", "Person", "camera", "cover", "differences", "person", "render_tracklet", "tracklet_length", "write_dataset"]

"""iLIDS-VID (Wang et al., ECCV 2014): 300 persons in an airport, two cameras, 23 to 192 frames each.

i-LIDS-VID/sequences/cam{1,2}/personNNN/cam1_personNNN_FFFFF.png
"""

from pathlib import Path

from reid_core.data.cameras import both_cameras, camera_tracklets, first_folder
from reid_core.data.types import Dataset

SOURCE = "https://xiatian-zhu.github.io/downloads_qmul_iLIDS-VID_ReID_dataset.html"
PERSONS = 300
LENGTHS = (23, 192)


def load(root: Path, cameras: int = 2) -> Dataset:
    """Find the tracklets of everybody whom both cameras saw, or two of more that rendered people may have.

    Args: root: folder ``i-LIDS-VID`` or the one that holds it. cameras: how many there are.
    Returns: pids are the numbers in the folders' names (they have gaps); protocol ``paper``: random halves.
    Raises: ValueError: no such layout below root.
    """
    sequences = first_folder(
        root, ("i-LIDS-VID/sequences", "sequences", "."), ("cam1", "cam2"), "i-LIDS-VID/sequences/cam1 and cam2", SOURCE
    )
    problems: list[str] = []
    tracklets = [
        tracklet
        for camera in range(1, cameras + 1)
        for tracklet in camera_tracklets(sequences / f"cam{camera}", camera, problems)
    ]
    base = sequences.parent if sequences.name == "sequences" else sequences
    return Dataset("ilids-vid", "paper", base, both_cameras(tracklets, problems), tuple(problems))

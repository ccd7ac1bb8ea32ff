"""PRID 2011 (Hirzer et al., SCIA 2011): two street cameras, 385 and 749 persons, the first 200 in both.

prid_2011/multi_shot/cam_{a,b}/person_NNNN/FFFF.png
"""

from pathlib import Path

from reid_core.data.cameras import both_cameras, camera_tracklets, first_folder
from reid_core.data.types import Dataset

SOURCE = "https://www.tugraz.at/institute/icg/research/team-bischof/lrs/downloads/PRID11/"
LENGTHS = (5, 675)
SHORT = frozenset((6, 19, 31, 52, 57, 62, 71, 94, 106, 120, 136, 138, 139, 142, 145, 158, 159, 166, 183, 190, 199, 200))
"""Persons with too short a tracklet, whom the common protocol (Wang et al., ECCV 2014) leaves out."""

PIDS = {"paper": tuple(range(1, 201)), "common": tuple(pid for pid in range(1, 201) if pid not in SHORT)}
"""Who takes part: all 200 of both cameras, or 178 of them. Results of the two cannot be compared."""


def load(root: Path, protocol: str = "paper") -> Dataset:
    """Find both tracklets of each of the protocol's persons.

    Args: root: folder ``prid_2011`` or the one that holds it. protocol: ``paper`` or ``common``.
    Returns: pids are the numbers in the folders' names.
    Raises: ValueError: no such layout below root, or no such protocol.
    """
    if protocol not in PIDS:
        raise ValueError(f"protocol must be one of {', '.join(PIDS)} for prid2011, got {protocol!r}")
    multi_shot = first_folder(
        root,
        ("prid_2011/multi_shot", "multi_shot", "."),
        ("cam_a", "cam_b"),
        "prid_2011/multi_shot/cam_a and cam_b",
        SOURCE,
    )
    problems: list[str] = []
    tracklets = [
        tracklet
        for camera, name in ((1, "cam_a"), (2, "cam_b"))
        for tracklet in camera_tracklets(multi_shot / name, camera, problems, PIDS[protocol])
    ]
    found = {tracklet.pid for tracklet in tracklets}
    problems += [f"person_{pid:04d} is in neither camera" for pid in PIDS[protocol] if pid not in found]
    base = multi_shot.parent if multi_shot.name == "multi_shot" else multi_shot
    return Dataset("prid2011", protocol, base, both_cameras(tracklets, problems), tuple(problems))

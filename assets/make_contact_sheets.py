"""Contact sheets of synthetic people, rendered from seeds: ``python -m assets.make_contact_sheets``.

people     every sixth person, the middle frames of both cameras side by side
tracklets  six persons, ten frames of each of the two tracklets
alike      siblings: persons who differ in one or two things, both cameras of each
wide       persons of the wide world, a frame of each of six recordings, by six of its cameras
"""

from collections.abc import Iterable
from itertools import combinations, islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic import Person, World, differences, person, render_tracklet, tracklet_length
from reid_core.data.synthwalk import MAX_LENGTH, MIN_LENGTH, PERSONS, SEED, VARIETY

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
QUALITY = 80
PAPER, INK = (245, 245, 245), (60, 60, 60)
MARGIN, TITLE = 3, 16
EVERY = 6
SHOWN, FRAMES = (3, 20, 77, 140, 211, 289), 10
FAMILIES = 12
WIDE, WIDE_SEED, WIDE_PERSONS = World("wide", cameras=34, views=6), 7, range(301, 333)

Frames = NDArray[np.uint8]


def main() -> None:
    """Write the sheets."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    crowd = [person(SEED, pid) for pid in range(1, PERSONS + 1)]
    people = (_titled(_pair(one), str(one.pid)) for one in crowd[::EVERY])
    _write("synthwalk-people", _grid(people, 10))
    _write("synthwalk-tracklets", _grid((_tracklets(crowd[pid - 1]) for pid in SHOWN), 1))
    _write("synthwalk-alike", _grid((_alike(a, b) for a, b in islice(_siblings(crowd), FAMILIES)), 4))
    _write("wide-people", _grid((_framed(_recordings(pid)) for pid in WIDE_PERSONS), 4))


def _siblings(crowd: list[Person]) -> Iterable[tuple[Person, Person]]:
    """Pairs who are alike, nobody twice."""
    shown: set[int] = set()
    for a, b in combinations(crowd, 2):
        if not {a.pid, b.pid} & shown and len(differences(a, b)) <= 2:
            shown |= {a.pid, b.pid}
            yield a, b


def _tracklet(who: Person, camera: int) -> Frames:
    """As it is in the data set, frame for frame."""
    length = tracklet_length(SEED, who.pid, camera, MIN_LENGTH, MAX_LENGTH)
    return render_tracklet(who, camera, length, SEED, variety=VARIETY)


def _pair(who: Person) -> Frames:
    middles = (frames[len(frames) // 2] for frames in (_tracklet(who, camera) for camera in (1, 2)))
    return np.hstack(list(middles))


def _tracklets(who: Person) -> Frames:
    """Some frames of both tracklets in one row, camera 1 first."""
    rows = (_tracklet(who, camera) for camera in (1, 2))
    shown = [np.hstack(frames[np.linspace(0, len(frames) - 1, FRAMES).round().astype(int)]) for frames in rows]
    return _titled(np.hstack([_framed(row) for row in shown]), f"{who.pid}: camera 1, camera 2")


def _alike(a: Person, b: Person) -> Frames:
    names = ", ".join(name.replace("_", " ") for name in differences(a, b))
    return _titled(np.hstack([_framed(_pair(a)), _framed(_pair(b))]), f"{a.pid}, {b.pid}: {names}")


def _recordings(pid: int) -> Frames:
    """The third frame of each recording of a person in the wide world."""
    return np.hstack([WIDE.record(WIDE_SEED, pid, camera, 4)[2] for camera in WIDE.seen_by(WIDE_SEED, pid)])


def _titled(picture: Frames, title: str) -> Frames:
    picture = cv2.copyMakeBorder(_framed(picture), TITLE, 0, 0, 0, cv2.BORDER_CONSTANT, value=PAPER)
    return cv2.putText(picture, title, (MARGIN, TITLE - 3), cv2.FONT_HERSHEY_SIMPLEX, 0.4, INK, 1, cv2.LINE_AA)


def _framed(picture: Frames) -> Frames:
    return cv2.copyMakeBorder(picture, *4 * [MARGIN], cv2.BORDER_CONSTANT, value=PAPER)


def _grid(pictures: Iterable[Frames], columns: int) -> Frames:
    """Pictures of one size in rows."""
    all_of_them = list(pictures)
    rows = [all_of_them[start : start + columns] for start in range(0, len(all_of_them), columns)]
    return np.vstack([np.hstack(row) for row in rows if len(row) == columns])


def _write(name: str, sheet: Frames) -> None:
    path = FOLDER / f"{name}.jpg"
    cv2.imwrite(str(path), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


if __name__ == "__main__":
    main()

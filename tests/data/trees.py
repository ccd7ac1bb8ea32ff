"""Small data sets in the published layouts."""

from pathlib import Path

import cv2
import numpy as np
from scipy.io import savemat

from reid_core.data import PreparedTracklet


def picture(number: int) -> np.ndarray:
    """A textured 128 x 64 RGB image; its top left corner tells its number."""
    coarse = np.random.default_rng(number).integers(0, 256, (16, 8, 3), dtype=np.uint8)
    image = cv2.resize(coarse, (64, 128))
    image[:4, :4] = number % 256
    return image


def write_images(folder: Path, names: list[str]) -> None:
    """Images whose corner tells the last number of their name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        digits = "".join(c if c.isdigit() else " " for c in Path(name).stem).split()[-1]
        cv2.imwrite(str(folder / name), cv2.cvtColor(picture(int(digits)), cv2.COLOR_RGB2BGR))


def write_ilids(root: Path, persons: list[int], cameras: tuple[int, ...] = (1, 2), frames: int = 3) -> Path:
    """``i-LIDS-VID/sequences/cam1/person001/cam1_person001_00001.png``; returns the folder ``sequences``."""
    for camera in cameras:
        for person in persons:
            stem = f"cam{camera}_person{person:03d}"
            folder = root / "i-LIDS-VID" / "sequences" / f"cam{camera}" / f"person{person:03d}"
            write_images(folder, [f"{stem}_{number:05d}.png" for number in range(1, frames + 1)])
    return root / "i-LIDS-VID" / "sequences"


def write_prid(root: Path, persons: dict[str, list[int]], frames: int = 2) -> Path:
    """``prid_2011/multi_shot/cam_a/person_0001/0001.png``; returns the folder ``multi_shot``."""
    for camera, numbers in persons.items():
        for person in numbers:
            folder = root / "prid_2011" / "multi_shot" / camera / f"person_{person:04d}"
            write_images(folder, [f"{number:04d}.png" for number in range(1, frames + 1)])
    return root / "prid_2011" / "multi_shot"


def write_mars(root: Path, train: list[str], test: list[str], probes: list[str], frames: int = 2) -> None:
    """``bbox_test/0002/0002C1T0001F001.jpg`` and ``info``, all of tracklets such as ``0002C1T0001``."""
    lines: list[str] = []
    rows = []
    for part, tracklets in (("bbox_train", train), ("bbox_test", test)):
        for name in tracklets:
            images = [f"{name}F{number:03d}.jpg" for number in range(1, frames + 1)]
            write_images(root / part / name[:4], images)
            if part == "bbox_test":
                pid = int(name[:4].replace("00-1", "-1"))
                rows.append((len(lines) + 1, len(lines) + frames, pid, int(name[5])))
                lines += images
    (root / "info").mkdir()
    (root / "info" / "test_name.txt").write_text("\n".join(lines) + "\n")
    savemat(root / "info" / "tracks_test_info.mat", {"track_test_info": np.array(rows)})
    savemat(root / "info" / "query_IDX.mat", {"query_IDX": np.array([[test.index(name) + 1 for name in probes]])})


def numbered_tracklet(pid: int, camera: int, length: int, name: str = "") -> PreparedTracklet:
    """A tracklet of 2 x 2 pixels that tell where a clip is from: R is pid, G camera, B frame; flow is the frame."""
    frame = np.arange(length)[:, None, None, None]
    colour = np.zeros((length, 2, 2, 3), np.uint8) + np.array([pid, camera, 0], np.uint8)
    colour[..., 2:] = frame
    flow = np.zeros((length, 2, 2, 2), np.float16) + frame.astype(np.float16)
    return PreparedTracklet(pid, camera, name or f"cam{camera}/{pid}", colour, flow)

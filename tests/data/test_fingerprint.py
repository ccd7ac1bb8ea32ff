"""The fingerprint of frames: a worked example, what changes it and what does not."""

import hashlib
from pathlib import Path

import cv2
import numpy as np

from reid_core.data import load
from reid_core.data.fingerprint import Look, digest, fingerprint, look
from tests.data.trees import write_ilids


def print_of(root: Path) -> str:
    return fingerprint({files.name: look(files) for files in load("folder", root).tracklets})


def test_the_fingerprint_is_that_of_the_lines_sorted_by_name() -> None:
    frames = np.arange(2 * 128 * 64 * 3, dtype=np.uint8).reshape(2, 128, 64, 3)
    ours = hashlib.sha256(frames.tobytes()).hexdigest()
    assert digest(frames) == ours == digest(np.asfortranarray(frames))
    expected = hashlib.sha256(f"cam1/a 2 {ours}\ncam2/a 3 x\n".encode()).hexdigest()
    assert fingerprint({"cam2/a": Look(3, "x", ()), "cam1/a": Look(2, ours, ())}) == expected


def test_it_is_of_pixels_and_not_of_files(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, [1, 2])
    before = print_of(sequences)
    path = sequences / "cam1" / "person001" / "cam1_person001_00002.png"
    size = path.stat().st_size
    cv2.imwrite(str(path), cv2.imread(str(path)), [cv2.IMWRITE_PNG_COMPRESSION, 0])
    assert path.stat().st_size != size
    assert print_of(sequences) == before


def test_one_pixel_one_order_or_one_frame_makes_another(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, [1, 2])
    found = {print_of(sequences)}
    first, second, third = sorted((sequences / "cam1" / "person001").iterdir())
    kept = first.read_bytes()
    image = cv2.imread(str(first))
    image[60, 30, 1] ^= 1
    cv2.imwrite(str(first), image)
    found.add(print_of(sequences))
    first.write_bytes(second.read_bytes())
    second.write_bytes(kept)
    found.add(print_of(sequences))
    third.unlink()
    found.add(print_of(sequences))
    assert len(found) == 4


def test_a_damaged_frame_is_named(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, [1, 2])
    (sequences / "cam1" / "person001" / "cam1_person001_00002.png").write_bytes(b"")
    seen = look(load("folder", sequences).tracklets[0])
    assert (seen.frames, seen.problems) == (2, ("cam1/person001: cam1_person001_00002.png cannot be read",))

"""The fingerprint of frames: a worked example, what changes it and what does not."""

import hashlib
from pathlib import Path

import cv2
import numpy as np

from reid_core.data import load
from reid_core.data.fingerprint import Look, digest, fingerprint, look, mean_colours
from tests.data.trees import write_ilids


def print_of(root: Path) -> str:
    return fingerprint({files.name: look(files) for files in load("folder", root).tracklets})


def test_the_fingerprint_is_that_of_the_lines_sorted_by_name() -> None:
    frames = np.arange(2 * 128 * 64 * 3, dtype=np.uint8).reshape(2, 128, 64, 3)
    ours = hashlib.sha256(frames.tobytes()).hexdigest()
    assert digest(frames) == ours == digest(np.asfortranarray(frames))
    expected = hashlib.sha256(f"cam1/a 2 {ours}\ncam2/a 3 x\n".encode()).hexdigest()
    assert fingerprint({"cam2/a": Look(3, "x", (), b""), "cam1/a": Look(2, ours, (), b"")}) == expected


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


def test_mean_colours_are_those_of_quarters_of_the_frames_and_cells_of_the_picture() -> None:
    frames = np.zeros((8, 128, 64, 3), np.uint8)
    frames[2:4, 32:64, 32:] = (10, 20, 30)
    frames[3, 32:64, 32:] += 1  # half of a level on average: 10.5 becomes the even 10, 20.5 20, 30.5 30
    frames[7, 96:, :32] = 200
    seen = mean_colours(frames)
    expected = np.zeros((4, 4, 2, 3), np.uint8)
    expected[1, 1, 1] = (10, 20, 30)
    expected[3, 3, 0] = 100
    np.testing.assert_array_equal(seen, expected)
    for count in (1, 2, 3, 5):
        np.testing.assert_array_equal(mean_colours(np.full((count, 128, 64, 3), 7, np.uint8)), np.full((4, 4, 2, 3), 7))
    assert not mean_colours(frames[:0]).size


def test_a_damaged_frame_is_named(tmp_path: Path) -> None:
    sequences = write_ilids(tmp_path, [1, 2])
    (sequences / "cam1" / "person001" / "cam1_person001_00002.png").write_bytes(b"")
    seen = look(load("folder", sequences).tracklets[0])
    assert (seen.frames, seen.problems) == (2, ("cam1/person001: cam1_person001_00002.png cannot be read",))

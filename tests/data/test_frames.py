from pathlib import Path

import cv2
import numpy as np

from reid_core.data import TrackletFiles, read_frames
from reid_core.data.frames import frame_number, load_frames, numbered_images
from tests.data.trees import picture, write_images


def tracklet(folder: Path) -> TrackletFiles:
    return TrackletFiles(1, 1, "cam1/person001", numbered_images(folder)[0])


def test_the_number_of_a_frame_is_the_last_in_its_name() -> None:
    assert frame_number(Path("a9/cam1_person001_00317.png")) == 317
    assert frame_number(Path("0065C1T0002F016.jpg")) == 16
    assert frame_number(Path("0007.png")) == 7
    assert frame_number(Path("a9/frame.png")) is None


def test_frames_are_read_in_the_order_of_their_numbers_not_of_their_names(tmp_path: Path) -> None:
    write_images(tmp_path, ["frame10.png", "frame9.png", "frame100.png", "frame2.png"])
    frames = read_frames(tracklet(tmp_path))
    assert frames[:, 0, 0, 0].tolist() == [2, 9, 10, 100]
    assert frames.dtype == np.uint8
    assert frames.shape == (4, 128, 64, 3)


def test_colours_come_as_red_green_blue(tmp_path: Path) -> None:
    image = np.zeros((128, 64, 3), np.uint8)
    image[..., 2] = 250  # OpenCV writes blue, green, red
    cv2.imwrite(str(tmp_path / "1.png"), image)
    assert (read_frames(tracklet(tmp_path)) == [250, 0, 0]).all()


def test_images_of_other_sizes_are_brought_to_128_x_64(tmp_path: Path) -> None:
    large = np.kron(picture(1), np.ones((2, 2, 1), np.uint8))
    cv2.imwrite(str(tmp_path / "1.png"), cv2.cvtColor(large, cv2.COLOR_RGB2BGR))
    cv2.imwrite(str(tmp_path / "2.png"), cv2.cvtColor(picture(1)[::2, ::2], cv2.COLOR_RGB2BGR))
    frames = read_frames(tracklet(tmp_path))
    assert (frames[0] == picture(1)).all()
    assert np.abs(frames[1].astype(int) - picture(1)).mean() < 15


def test_strays_are_set_apart_from_numbered_images(tmp_path: Path) -> None:
    write_images(tmp_path, ["3.png", "1.jpg"])
    (tmp_path / "Thumbs.db").write_text("x")
    (tmp_path / "cover.png").write_text("x")
    (tmp_path / "4.png").mkdir()
    images, strays = numbered_images(tmp_path)
    assert [path.name for path in images] == ["1.jpg", "3.png"]
    assert [path.name for path in strays] == ["4.png", "Thumbs.db", "cover.png"]


def test_damaged_images_are_named_and_the_others_read(tmp_path: Path) -> None:
    write_images(tmp_path, ["1.png", "2.png", "3.jpg", "4.png", "5.png", "6.png"])
    for name in ("2.png", "3.jpg"):
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content[: len(content) // 2])
    (tmp_path / "4.png").write_bytes(b"")
    (tmp_path / "5.png").write_text("hello")
    files = tracklet(tmp_path)
    (tmp_path / "6.png").unlink()
    frames, problems = load_frames(files)
    assert frames[:, 0, 0, 0].tolist() == [1]
    assert problems == tuple(
        f"cam1/person001: {name} cannot be read" for name in ("2.png", "3.jpg", "4.png", "5.png", "6.png")
    )


def test_a_tracklet_without_a_readable_image_has_no_frames(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_text("hello")
    frames, problems = load_frames(tracklet(tmp_path))
    assert frames.shape == (0, 128, 64, 3)
    assert len(problems) == 1

"""Pictures inside the page are the pictures."""

import base64

import cv2
import numpy as np

from ui.pictures import file_uri, frame_uri

FRAME = np.broadcast_to(np.array([50, 60, 200], np.uint8), (128, 64, 3)).copy()


def test_a_frame_travels_inside_the_page_with_its_colours():
    kind, content = frame_uri(FRAME).split(",")
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(content), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert kind == "data:image/jpeg;base64"
    assert np.abs(picture.astype(int) - FRAME.astype(int)).max() <= 6


def test_a_file_travels_byte_by_byte(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"anything")
    assert base64.b64decode(file_uri(tmp_path / "a.jpg").split(",")[1]) == b"anything"

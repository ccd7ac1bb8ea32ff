"""Pictures of the ranked gallery."""

import numpy as np

from ui.runs.gallery import EDGE_PX, picture


def test_the_right_person_has_a_frame_and_a_wrong_one_has_none():
    frames = np.full((3, 64, 32, 3), 7, np.uint8)
    assert picture(frames, False).shape == (64, 96, 3)
    right = picture(frames, True)
    assert right.shape == (64 + 2 * EDGE_PX, 96 + 2 * EDGE_PX, 3)
    assert (right[0, 0] != 7).all() and (right[EDGE_PX, EDGE_PX] == 7).all()

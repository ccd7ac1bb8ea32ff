"""Pictures that travel inside the page: nothing has to be fetched, nothing is gone when a run is interrupted."""

import base64
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray


def frame_uri(frame: NDArray[np.uint8]) -> str:
    """A frame, uint8 (H, W, 3) RGB, as the address of a JPEG that holds it."""
    _, jpeg = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    return jpeg_uri(jpeg.tobytes())


def file_uri(path: Path) -> str:
    """A JPEG file as the address that holds it."""
    return jpeg_uri(path.read_bytes())


def jpeg_uri(jpeg: bytes) -> str:
    """A JPEG as the address that holds it."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()

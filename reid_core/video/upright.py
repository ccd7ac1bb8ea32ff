"""How a stored frame is shown: turned, mirrored and with the shape of its pixels, in a size that is asked for."""

import io
import math
from contextlib import suppress
from typing import Any, NamedTuple, cast

import cv2
import numpy as np
from av.sidedata.sidedata import SideData, SideDataContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorTrc, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

EXIF_ORIENTATION = 0x0112
UPRIGHT = 1
# EXIF's numbers: whether rows and columns change places, and then whether rows and whether columns are read backwards.
TURNS = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}
ASPECTS = (0.25, 4.0)  # width by height of a pixel; what lies outside is damage and no shape
SAME_SHAPE = 0.02  # of a side: a frame that comes so near to filling the whole fills it
UNKNOWN = 2  # as the standards of colour number what is not told
HDR = {16: "PQ", 18: "HLG"}  # transfer characteristics, as H.273 numbers them


class Shown(NamedTuple):
    """A frame as it is stored, and how to show it.

    orientation: as EXIF numbers it, 1 to 8. aspect: width by height of a pixel. stretches: whether it may lose its
    shape among others of another one, as people cut out by a detector do. scaler: converts it; what it works out for
    one HDR picture, in seconds, it keeps for the next.
    """

    stored: VideoFrame
    orientation: int = UPRIGHT
    aspect: float = 1.0
    stretches: bool = False
    scaler: VideoReformatter | None = None

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, upright and with square pixels; neither is smaller than stored."""
        across, down = self.stored.width * max(1.0, self.aspect), self.stored.height / min(1.0, self.aspect)
        return (down, across) if TURNS[self.orientation][0] else (across, down)


def aspect_of(stream: VideoStream) -> float:
    """Width by height of a stream's pixels; 1 where it does not tell or cannot be."""
    aspect = float(stream.sample_aspect_ratio or 1)
    return aspect if ASPECTS[0] <= aspect <= ASPECTS[1] else 1.0


def orientation_of(frame: VideoFrame) -> int:
    """What a display matrix does to a frame, as EXIF numbers it: the nearest of the eight.

    Rows of the matrix, 3 x 3: (a, b, u), (c, d, v), (x, y, w); a point (p, q) is shown at (a p + c q, b p + d q).
    """
    try:
        # frame.side_data would hold the frame that holds it: a hundred frames wait for Python's collector then.
        stored = cast(SideData | None, cast(Any, SideDataContainer)(frame).get("DISPLAYMATRIX"))
    except ValueError:  # PyAV does not know another kind that this frame has
        return {0: 1, 1: 8, 2: 3, 3: 6}[round(frame.rotation / 90) % 4]
    if stored is None:
        return UPRIGHT
    a, b, _, c, d, *_ = np.frombuffer(bytes(stored), np.int32).tolist()
    swaps = abs(b) + abs(c) > abs(a) + abs(d)
    turn = (swaps, b < 0, c < 0) if swaps else (swaps, d < 0, a < 0)
    return next(number for number, known in TURNS.items() if known == turn)


def exif_orientation(content: bytes) -> int:
    """As the file of a picture has it, 1 to 8; 1 where it has none."""
    with suppress(Exception), Image.open(io.BytesIO(content)) as picture:  # whatever the header of any format may hold
        number = int(picture.getexif().get(EXIF_ORIENTATION, UPRIGHT))
        return number if number in TURNS else UPRIGHT
    return UPRIGHT


def fitting(shown: Shown, max_side: int) -> tuple[int, int]:
    """Width and height of an upright frame, scaled down until its longer side fits."""
    scale = min(1.0, max_side / max(shown.size))
    width, height = (max(1, round(side * scale)) for side in shown.size)
    return width, height


def upright(shown: Shown, width: int, height: int) -> NDArray[np.uint8]:
    """Pixels of a frame, uint8 (height, width, 3) RGB; on black where it has another shape and must keep its own.

    Raises: OSError: damage has left a frame that nothing can convert.
    """
    inner = (width, height) if shown.stretches else _within(shown.size, width, height)
    swaps, rows_back, columns_back = TURNS[shown.orientation]
    across, down = inner[::-1] if swaps else inner
    pixels = _converted(shown, across, down)
    pixels = pixels.swapaxes(0, 1) if swaps else pixels
    return _framed(pixels[:: -1 if rows_back else 1, :: -1 if columns_back else 1], width, height)


def enlarged(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Upright pixels in a larger frame, on black where the shape is another."""
    inner = _within((pixels.shape[1], pixels.shape[0]), width, height)
    return _framed(np.asarray(cv2.resize(pixels, inner, interpolation=cv2.INTER_LINEAR), np.uint8), width, height)


def _converted(shown: Shown, width: int, height: int) -> NDArray[np.uint8]:
    """Pixels of a stored frame; of HDR (BT.2100) as BT.709 shows it, up to white, 203 cd/m2 (BT.2408)."""
    frame, scaler = shown.stored, shown.scaler or VideoReformatter()
    kernel = "AREA" if frame.width > width else "BILINEAR"
    for told in (True, False):
        if not told:  # colours that damage describes as no standard does
            frame.colorspace = frame.color_trc = frame.color_primaries = UNKNOWN
        usual = {"dst_color_trc": ColorTrc.BT709, "dst_color_primaries": ColorPrimaries.BT709}
        colours = usual if frame.color_trc in HDR else {}
        try:
            rgb = scaler.reformat(frame, width, height, "rgb24", interpolation=kernel, threads=1, **colours)
            return cast(NDArray[np.uint8], rgb.to_ndarray())
        except (OSError, ValueError) as error:
            reason = error
    raise OSError(f"a frame cannot be converted ({reason})") from reason


def _within(size: tuple[float, float], width: int, height: int) -> tuple[int, int]:
    """The largest width and height of that shape in a frame; all of it where next to nothing would be left over."""
    scale = min(width / size[0], height / size[1])
    across, down = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    fills = math.isclose(across, width, rel_tol=SAME_SHAPE) and math.isclose(down, height, rel_tol=SAME_SHAPE)
    return (width, height) if fills else (across, down)


def _framed(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    down, across = pixels.shape[:2]
    if (across, down) == (width, height):
        return pixels
    frame = np.zeros((height, width, 3), np.uint8)
    top, left = (height - down) // 2, (width - across) // 2
    frame[top : top + down, left : left + across] = pixels
    return frame

"""The user's own videos, as short as they come."""

from streamlit.testing.v1 import AppTest

from reid_core.video import decode, whole_frame
from ui.loaders import examples
from ui.runs.gallery import as_video


def upload(page: AppTest, **lengths: int) -> AppTest:
    """Choose one's own videos, and for each side (a, b) upload one person in so many frames."""
    page.query_params["example"] = "own"
    page.run()
    frames = whole_frame(decode(examples()["same"].a)).frames
    for side, length in lengths.items():
        content = as_video(frames[-length:])
        page.file_uploader(key=f"upload_{side}").set_value((f"{side}.zip", content, "application/zip"))
    return page.run()

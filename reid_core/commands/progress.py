"""Progress bars on stderr for the core's progress callbacks."""

import os
import sys
from typing import Self

from tqdm import tqdm

from reid_core.progress import BARS

SELDOM_S = 1.0  # between bars that are kept in a file


class Bars:
    """A progress callback (stage, done, total) that shows one bar a stage.

    It shows none where stderr is no terminal, unless ``BARS`` is set.
    """

    def __init__(self, title: str = "") -> None:
        self.title, self.stage = title, ""
        self.bar: tqdm[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if stage != self.stage or self.bar is None:
            self.close()
            self.stage = stage
            description = f"{self.title} {stage}".strip()
            before = done - 1  # of a stopped run that goes on; they took no time now
            asked = {"disable": False, "mininterval": SELDOM_S} if BARS in os.environ else {"disable": None}
            self.bar = tqdm(desc=description, total=total, file=sys.stderr, leave=False, initial=before, **asked)
        self.bar.update(done - self.bar.n)

    def note(self, text: str) -> None:
        """What stands behind the bar."""
        if self.bar is not None:
            self.bar.set_postfix_str(text, refresh=False)

    def tell(self, text: str) -> None:
        """A line above the bar; none where there are no bars."""
        if BARS in os.environ or sys.stderr.isatty():
            tqdm.write(text, file=sys.stderr)

    def close(self) -> None:
        """Remove the bar that is shown."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None

"""Progress bars on stderr for the core's progress callbacks."""

import sys

from tqdm import tqdm


class Bars:
    """A progress callback (stage, done, total) that shows one bar a stage, and none where stderr is no terminal."""

    def __init__(self, title: str = "") -> None:
        self.title, self.stage = title, ""
        self.bar: tqdm[None] | None = None

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if stage != self.stage or self.bar is None:
            self.close()
            self.stage = stage
            description = f"{self.title} {stage}".strip()
            before = done - 1  # of a stopped run that goes on; they took no time now
            self.bar = tqdm(desc=description, total=total, file=sys.stderr, disable=None, leave=False, initial=before)
        self.bar.update(done - self.bar.n)

    def note(self, text: str) -> None:
        """What stands behind the bar."""
        if self.bar is not None:
            self.bar.set_postfix_str(text, refresh=False)

    def close(self) -> None:
        """Remove the bar that is shown."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None

"""How long work tells how far it is."""

from collections.abc import Callable

BARS = "REID_BARS"
"""An environment variable: bars are drawn though stderr is no terminal, since somebody looks at what is written."""

Progress = Callable[[str, int, int | None], None]
"""Called with the stage, what is done of it, and all there is to do (None: unknown); it may raise to stop the work."""

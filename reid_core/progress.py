"""How long work tells how far it is."""

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Called with the stage, what is done of it, and all there is to do (None: unknown); it may raise to stop the work."""

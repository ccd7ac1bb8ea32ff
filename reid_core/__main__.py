"""The command line: ``python -m reid_core COMMAND``. Exit 0 when done, 2 on bad input or usage with one sentence."""

import contextlib
import io
import sys
from itertools import dropwhile, takewhile

import tyro

from reid_core.commands import Command

PROGRAM = "python -m reid_core"
FRAME_OF_A_MESSAGE = "╭╮╰╯│─"


def main(arguments: list[str] | None = None) -> int:
    """Parse, run, and turn what goes wrong into one line on stderr. Returns: the exit status."""
    try:
        command = _parsed(sys.argv[1:] if arguments is None else arguments)
        command.run()
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    return 0


def _parsed(arguments: list[str]) -> Command:
    """The command that was asked for. Raises: ValueError, one sentence, on bad usage; SystemExit after --help."""
    message = io.StringIO()
    try:
        with contextlib.redirect_stderr(message):
            return tyro.cli(Command, prog=PROGRAM, args=arguments, config=(tyro.conf.FlagCreatePairsOff,))
    except SystemExit as stop:
        if not stop.code:
            raise
        raise ValueError(_one_sentence(message.getvalue())) from None


def _one_sentence(box: str) -> str:
    """Title and first paragraph of the parser's boxed message on one line; a rule ends a paragraph."""
    title, *rest = (line.strip(FRAME_OF_A_MESSAGE + " ") for line in box.splitlines())
    body = " ".join(takewhile(_has_words, dropwhile(lambda line: not _has_words(line), rest))).rstrip(".")
    sentence = body if body.startswith(title) else f"{title}: {body}"
    return f"{sentence}; see {PROGRAM} --help"


def _has_words(line: str) -> bool:
    return bool(line.strip("-"))


if __name__ == "__main__":
    sys.exit(main())

"""The command line: ``python -m reid_core COMMAND``. Exit 0 when done, 2 on bad input or usage with one sentence."""

import contextlib
import io
import sys

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
    """The words of the parser's boxed message, up to its rule, on one line."""
    lines = [line.strip(FRAME_OF_A_MESSAGE + " ") for line in box.splitlines()]
    kept: list[str] = []
    for number, line in enumerate(lines):
        if number and not line:
            break
        kept.append(line)
    return "; ".join(line.rstrip(":") for line in kept if line) + f"; see {PROGRAM} --help"


if __name__ == "__main__":
    sys.exit(main())

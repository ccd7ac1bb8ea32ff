"""The command line: ``reid COMMAND``, or ``python -m reid_core COMMAND``.

Exit 0 when done, 2 on bad input or usage with one sentence. A command's options are read by tyro, from its dataclass;
the list of commands is written here, without importing anything that takes a while.
"""

import contextlib
import io
import re
import signal
import sys
from itertools import dropwhile, takewhile
from typing import Any

from reid_core.commands import COMMANDS, load_command

PROGRAM = "reid"
FRAME_OF_A_MESSAGE = "╭╮╰╯│─"


def main(arguments: list[str] | None = None) -> int:
    """Parse, run, and turn what goes wrong into one line on stderr. Returns: the exit status."""
    if arguments is None:  # asked to end, by a cluster or the app, a command stops as it does with Ctrl-C
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    name, *words = (sys.argv[1:] if arguments is None else arguments) or [""]
    try:
        if name in ("--help", "-h"):
            print(_overview())
            return 0
        if name not in COMMANDS:
            known = ", ".join(COMMANDS)
            raise ValueError(f"command must be one of {known}, got {name or 'none'}; see {PROGRAM} --help")
        parsed(name, words).run()
    except (ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(f"error: {name} needs the package {error.name}: pip install 'reid_core[train]'", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    return 0


def _overview() -> str:
    """All commands, a line each."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {line}" for name, (_, _, line) in COMMANDS.items()]
    head = f"usage: {PROGRAM} COMMAND [OPTIONS]\n\nVideo person re-identification without temporal bias.\n\ncommands:"
    return "\n".join([head, *lines, f"\n{PROGRAM} COMMAND --help tells what a command takes, with examples."])


def parsed(name: str, words: list[str]) -> Any:
    """The command that was asked for. Raises: ValueError, one sentence, on bad usage; SystemExit after --help."""
    import tyro

    program, message = f"{PROGRAM} {name}", io.StringIO()
    command, config = load_command(name), (tyro.conf.SuppressFixed,)
    try:
        with contextlib.redirect_stderr(message):
            if not hasattr(command, "with_options"):
                return tyro.cli(command, prog=program, args=words, config=config)
            found, unknown = tyro.cli(command, prog=program, args=words, config=config, return_unknown_args=True)
            return found.with_options(unknown)
    except SystemExit as stop:
        if not stop.code:
            if hasattr(command, "options_help"):
                print(command.options_help())
            raise
        raise ValueError(f"{_one_sentence(message.getvalue())}; see {program} --help") from None


def _one_sentence(box: str) -> str:
    """Title and first paragraph of the parser's boxed message on one line; a rule ends a paragraph."""
    title, *rest = (line.strip(FRAME_OF_A_MESSAGE + " ") for line in box.splitlines())
    body = " ".join(takewhile(_has_words, dropwhile(lambda line: not _has_words(line), rest))).rstrip(".")
    sentence = body if body.startswith(title) else f"{title}: {body}"
    return re.sub(r"^Value error: Error parsing \w+: ", "", sentence)  # what a group of options itself refuses


def _has_words(line: str) -> bool:
    return bool(line.strip("-"))


if __name__ == "__main__":
    sys.exit(main())

"""The own options of a head on the command line, whatever heads there are."""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, cast, get_type_hints

import tyro

from reid_core.model import HEADS, head_class, head_options

PROGRAM = "reid train"


def parsed_options(name: str, words: Sequence[str]) -> dict[str, Any]:
    """What is said of the options of the head of that name, in words that ``train`` did not know.

    Raises: ValueError: there is no such head, or it has no such option; SystemExit: as the parser, for a bad value.
    """
    options = head_options(name)
    values, unknown = tyro.cli(_parser(name), args=words, return_unknown_args=True, config=(tyro.conf.SuppressFixed,))
    if unknown:
        known = ", ".join(f"--{option.replace('_', '-')}" for option in options) or "none"
        lacking = f"neither train nor head {name} has an option {unknown[0]}"
        raise ValueError(f"{lacking}; the head's options: {known}")
    return {option: getattr(values, option) for option in options}


def heads_help() -> str:
    """The own options of each head, in words."""
    pages = []
    for name in HEADS:
        page = io.StringIO()
        with contextlib.redirect_stdout(page), contextlib.suppress(SystemExit):
            tyro.cli(_parser(name), prog=f"{PROGRAM} --head {name}", args=["--help"], config=(tyro.conf.SuppressFixed,))
        pages.append(page.getvalue())
    return "\n".join(pages)


def _parser(name: str) -> Any:
    """The configuration of a head, as a class that checks nothing and whose own options alone can be given."""
    config, own = head_class(name), head_options(name)
    hints, fixed = get_type_hints(config), cast(Any, tyro.conf.Fixed)
    others = {field.name: fixed[hints[field.name]] for field in fields(config) if field.name not in own}
    content = {"__annotations__": others, "__doc__": config.__doc__, "__post_init__": lambda self: None}
    return dataclass(frozen=True)(type(config.__name__, (config,), content))

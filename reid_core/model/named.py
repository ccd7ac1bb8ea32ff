"""Configurations by name, from a table of the files that hold them."""

from collections.abc import Mapping
from dataclasses import fields
from pkgutil import resolve_name
from typing import Any


def config_class(kind: str, table: Mapping[str, str], name: str) -> Any:
    """The configuration class of that name.

    Args: kind: of thing, "head" or "encoder", in whose folder the files lie. table: "file:class" by name.
    Raises: ValueError: there is none, with the names that there are.
    """
    if name not in table:
        raise ValueError(f"there is no {kind} {name!r}; there are: {', '.join(table)}")
    return resolve_name(f"reid_core.model.{kind}s.{table[name]}")


def configured(kind: str, table: Mapping[str, str], name: str, options: Mapping[str, Any]) -> Any:
    """The configuration of that name. Raises: ValueError: there is no such name, no such option, or a bad value."""
    config = config_class(kind, table, name)
    known = [field.name for field in fields(config)]
    for option in options:
        if option not in known:
            raise ValueError(f"{kind} {name!r} has no option {option!r}; it has: {', '.join(known)}")
    return config(**options)


def check_least(config: Any, least: int, *names: str) -> None:
    """Raises: ValueError: one of these fields of a configuration is no whole number, or less than ``least``."""
    for name in names:
        value = getattr(config, name)
        if type(value) is not int or value < least:
            raise ValueError(
                f"{type(config).__name__}.{name} is {value!r}; it must be a whole number of at least {least}"
            )


def check_choice(config: Any, name: str, allowed: tuple[Any, ...]) -> None:
    """Raises: ValueError: a field of a configuration is none of what is allowed."""
    if getattr(config, name) not in allowed:
        raise ValueError(f"{type(config).__name__}.{name} is {getattr(config, name)!r}; it must be one of {allowed}")


def check_dropout(config: Any) -> None:
    """Raises: ValueError: a configuration's dropout is no share below 1."""
    value = config.dropout
    if not isinstance(value, int | float) or not 0 <= value < 1:
        raise ValueError(f"{type(config).__name__}.dropout is {value!r}; it must be at least 0 and below 1")

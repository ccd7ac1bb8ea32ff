"""How the configuration of a network is written in checkpoints and runs, today and in version 1.

Version 4 is version 3 with distances held against a cohort by camera.
Version 3 is version 2 with a cohort, and what is known of distances held against one, in a checkpoint.
Version 2 names encoder and head, and writes their own options: {"input": ..., "encoder": {"name": ...}, "head": ...}.
Version 1 had one set of options for all encoders, and one for all heads.
"""

from dataclasses import asdict, fields
from typing import Any

from reid_core.data.preprocessing import InputConfig
from reid_core.model.encoders import encoder_config
from reid_core.model.heads import HEADS, head_class, head_config
from reid_core.model.network import NetworkConfig

FORMAT_VERSION = 4
ENCODERS_OF_VERSION_1 = {
    "channels": 5,
    "height": 56,
    "width": 40,
    "maps": (16, 32, 32),
    "kernel": 5,
    "padding": 4,
    "features": 128,
    "dropout": 0.6,
    "activation": "tanh",
    "pooling": "flatten",
    "streams": (),
}
HEADS_OF_VERSION_1 = {
    "name": "utrcnn",
    "features": 128,
    "hidden": 128,
    "variant": "sab",
    "score": None,
    "normalise": None,
    "combine": None,
    "k_top": 5,
    "k_att": 1,
    "k_trunc": None,
    "dropout": 0.6,
    "pair": True,
    "colour_weight": 0.5,
    "unit_length": False,
    "start": "orthogonal",
}


def config_to_dict(config: NetworkConfig) -> dict[str, Any]:
    """The configuration in version 2, for JSON."""
    parts = {name: getattr(config, name) for name in ("encoder", "head")}
    named = {name: {"name": part.name, **asdict(part)} for name, part in parts.items()}
    return {"input": asdict(config.input), **named}


def config_from_dict(content: dict[str, Any]) -> NetworkConfig:
    """The configuration that was written, in either version.

    Raises: ValueError: no such option, or a bad value. TypeError, KeyError, AttributeError: something else was written.
    """
    content = in_version_2(content)
    parts = {key: {k: _tuples(v) for k, v in content[key].items()} for key in ("input", "encoder", "head")}
    encoder, head = encoder_config(**parts["encoder"]), head_config(**parts["head"])
    return NetworkConfig(InputConfig(**parts["input"]), encoder, head)


def in_version_2(content: dict[str, Any]) -> dict[str, Any]:
    """A configuration in version 2, without the options of other encoders and heads, which version 1 wrote as well."""
    encoder, head = content.get("encoder", {}), content.get("head", {})
    if "name" in encoder:
        return content
    parts = {}
    if "encoder" in content:
        parts["encoder"] = _encoder_in_version_2(encoder)
    if "head" in content:
        parts["head"] = _head_in_version_2(head)
    return content | parts


def in_version_1(config: NetworkConfig, start: str = "orthogonal") -> dict[str, Any]:
    """The configuration as version 1 would write it, one for all time: what is hashed to tell networks apart.

    An option of a head that is newer than version 1 is written only where it says something.

    Args: start: what is written for a head that has none; version 1 wrote the recipe's.
    """
    known = HEADS_OF_VERSION_1.keys()
    said = {key: value for key, value in asdict(config.head).items() if key in known or value is not None}
    pooling = {"paper": "flatten", "two-stream": "flatten"}.get(config.encoder.name, config.encoder.name)
    return {
        "input": asdict(config.input),
        "encoder": {**ENCODERS_OF_VERSION_1, "pooling": pooling, **asdict(config.encoder)},
        "head": {**HEADS_OF_VERSION_1, "start": start, "name": config.head.name, **said},
    }


def _encoder_in_version_2(encoder: dict[str, Any]) -> dict[str, Any]:
    streams, pooling = encoder.get("streams"), encoder.get("pooling", "flatten")
    own = {key: value for key, value in encoder.items() if key not in ("streams", "pooling")}
    if streams and pooling != "flatten":
        raise ValueError(f"EncoderConfig.pooling is {pooling!r} with streams {streams}; no encoder has both")
    if streams:
        return {"name": "two-stream", **own, "streams": streams}
    return {"name": "paper" if pooling == "flatten" else pooling, **own}


def _head_in_version_2(head: dict[str, Any]) -> dict[str, Any]:
    name = head.get("name", HEADS_OF_VERSION_1["name"])
    if name not in HEADS:
        return head
    others = HEADS_OF_VERSION_1.keys() - {field.name for field in fields(head_class(name))}
    return {"name": name, **{key: value for key, value in head.items() if key not in others}}


def _tuples(value: Any) -> Any:
    """JSON knows lists only; the configurations hold tuples."""
    return tuple(value) if isinstance(value, list) else value

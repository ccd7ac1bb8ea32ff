"""From single frames to their features: a file an encoder, with all that is particular to it.

A new encoder is a file and a line of ``ENCODERS``.
"""

from dataclasses import fields
from typing import Any

from reid_core.data.preprocessing import InputConfig
from reid_core.model.encoders.encoder import EncoderConfig
from reid_core.model.named import config_class, configured

ENCODERS = {
    "mobile": "mobile:MobileConfig",
    "paper": "paper:PaperConfig",
    "pyramid": "pyramid:PyramidConfig",
    "two-stream": "two_stream:TwoStreamConfig",
}


def encoder_config(name: str, **options: Any) -> EncoderConfig:
    """The configuration of the encoder of that name. Raises: ValueError: no such encoder or option, a bad value."""
    config: EncoderConfig = configured("encoder", ENCODERS, name, options)
    return config


def encoder_seeing(name: str, seen: InputConfig, **wishes: Any) -> EncoderConfig:
    """The configuration of that encoder for that input, with those of the wishes that are options of it.

    Raises: ValueError: there is no such encoder, or it needs another input.
    """
    encoder: type[EncoderConfig] = config_class("encoder", ENCODERS, name)
    known = {field.name for field in fields(encoder)}
    return encoder.seeing(seen, **{key: value for key, value in wishes.items() if key in known})


__all__ = ["ENCODERS", "EncoderConfig", "encoder_config", "encoder_seeing"]

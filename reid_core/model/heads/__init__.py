"""From the features of a clip's frames to its embedding (paper 3.2): a file a head, with all that is particular to it.

A new head is a file and a line of ``HEADS``.
"""

from dataclasses import fields
from typing import Any

from reid_core.model.heads.head import FROM_RECIPE, AttendingHead, Head, HeadConfig
from reid_core.model.named import config_class, configured

HEADS = {
    "utrcnn": "utrcnn:BacktrackingConfig",
    "bptt": "recurrent:BpttConfig",
    "rcnn": "recurrent:RcnnConfig",
    "mean": "mean:MeanConfig",
    "brcnn": "recurrent:BrcnnConfig",
    "astpn": "astpn:AttentivePoolingConfig",
    "tsc": "tsc:TwoStreamConfig",
    "last-k": "last_k:LastKConfig",
    "median": "median:MedianConfig",
    "attention-pooling": "attention_pooling:AttentionPoolingConfig",
}


def head_config(name: str, **options: Any) -> HeadConfig:
    """The configuration of the head of that name. Raises: ValueError: no such head, no such option, a bad value."""
    config: HeadConfig = configured("head", HEADS, name, options)
    return config


def head_class(name: str) -> type[HeadConfig]:
    """The class of that head's configuration. Raises: ValueError: there is no such head."""
    config: type[HeadConfig] = config_class("head", HEADS, name)
    return config


def head_options(name: str) -> tuple[str, ...]:
    """The options of a head that are its user's to say, and not a recipe's."""
    return tuple(field.name for field in fields(head_class(name)) if field.name not in (*FROM_RECIPE, "features"))


__all__ = [
    "FROM_RECIPE",
    "HEADS",
    "AttendingHead",
    "Head",
    "HeadConfig",
    "head_class",
    "head_config",
    "head_options",
]

"""What is trained and tested, whatever the data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Annotated, Any, Literal

from tyro.conf import Fixed, arg

from reid_core.model import (
    HEADS,
    KnownFeatures,
    NetworkConfig,
    ReIdNetwork,
    config_to_dict,
    load_checkpoint,
    load_trunk,
)
from reid_core.model.heads.recurrent import Start
from reid_core.model.named import check_choice
from reid_core.training.fit import seeded_network
from reid_core.training.losses import LossConfig
from reid_core.training.presets import PRESETS, RECIPES, Recipe, Schedule


@dataclass(frozen=True)
class Experiment:
    """What is trained and tested, whatever the data; in Python: ``Experiment(head="bptt", options={"hidden": 64})``."""

    head: Annotated[str, arg(metavar=f"{{{','.join(HEADS)}}}")] = "utrcnn"
    """What makes an embedding of the frames' features; the options of each are listed below."""
    options: Fixed[Mapping[str, Any]] = field(default_factory=dict)
    """The head's own."""
    head_dropout: float | None = None
    """Of the features that enter the head, instead of the recipe's."""
    start: Start | None = None
    """First weights of the head's recurrence, instead of the recipe's."""
    preset: Literal["paper", "fast", "long", "whole", "styles"] = "fast"
    """Sampler and schedule."""
    recipe: Literal["paper", "small", "robust"] | None = None
    """Input, encoder and losses: the paper's; small, on synthetic pictures alone; or robust, which begins with weights
    of real pictures. By default paper with the preset paper, else robust."""
    channels: tuple[str, ...] | None = None
    """What the network sees, of yuv, flow, colour and rgb, instead of the recipe's."""
    epochs: int | None = None
    """Of each stage, instead of the preset's."""
    clip_length: int | None = None
    """Frames of a training clip, instead of the preset's."""
    split: tuple[int, ...] = (0,)
    """Which of the splits of the identities."""
    everyone: bool = False
    """Train on all identities and test on none: for checkpoints that are tested on other data."""
    calibration_share: float | None = None
    """Of the training identities, held out for the threshold; by default 0.1, and none with the preset paper."""
    init: str | None = None
    """A checkpoint whose encoder's weights are the start; one that saw whom this training tests is refused."""
    keep_encoder: bool = False
    """Leave the encoder of init as it is, and train the head alone."""
    fixed: tuple[str, ...] = ()
    """Weights of the head that stay as they start, such as W_h or beta."""
    seed: int = 0
    """Of the weights, the sampling and the dropout."""

    def __post_init__(self) -> None:
        if not self.split or min(self.split) < 0 or len(set(self.split)) < len(self.split):
            raise ValueError(f"split must be one or more different numbers from 0, got {self.split}")
        if self.calibration_share is not None and not 0 <= self.calibration_share < 1:
            raise ValueError(f"calibration_share must be at least 0 and below 1, got {self.calibration_share}")
        for name, least in (("seed", 0), ("epochs", 1), ("clip_length", 1)):
            asked = getattr(self, name)
            if (type(asked) is not int or asked < least) and (asked is not None or name == "seed"):
                raise ValueError(f"{name} must be {least} or more, got {asked!r}")
        if self.keep_encoder and not self.init:
            raise ValueError("init must name a checkpoint when keep_encoder is set, it is empty")
        check_choice(self, "preset", tuple(PRESETS))
        check_choice(self, "recipe", (None, *RECIPES))
        _ = self.network

    @property
    def schedule(self) -> Schedule:
        """The preset's stages, with epochs and clip length as asked for, without those that would train nothing.

        That is the encoder's with ``keep_encoder``, and the head's where it has no weights.
        """
        recipe = self.resolved_recipe
        idle = {"encoder"} if self.keep_encoder else set()
        idle |= set() if self.network.head.learns else {"head"}
        stages = [stage for stage in PRESETS[self.preset] if stage.part not in idle]
        return tuple(
            replace(
                stage,
                epochs=stage.epochs if self.epochs is None else self.epochs,
                clip_length=self.clip_length if self.clip_length and stage.clip_length > 1 else stage.clip_length,
                trunk_rate=recipe.trunk_rate,
                varied=recipe.varied,
            )
            for stage in stages
        )

    @property
    def recipe_name(self) -> str:
        """That was asked for, or that goes with the preset."""
        return self.recipe or ("paper" if self.preset == "paper" else "robust")

    @property
    def resolved_recipe(self) -> Recipe:
        """The recipe, with the channels that were asked for."""
        recipe = RECIPES[self.recipe_name]
        if self.channels is None:
            return recipe
        return replace(recipe, input=replace(recipe.input, channels=self.channels))

    @cached_property
    def network(self) -> NetworkConfig:
        """Everything about the network: what was asked for, and where nothing was, what the recipe says."""
        said = {"dropout": self.head_dropout, "start": self.start}
        given = {option: value for option, value in said.items() if value is not None}
        return self.resolved_recipe.network(self.head, **{**self.options, **given})

    @property
    def loss(self) -> LossConfig:
        """The recipe's losses, with the margin of the head."""
        return self.resolved_recipe.loss_of(self.network.head)

    @property
    def held_out_share(self) -> float:
        """Of the training identities, for calibration."""
        if self.calibration_share is not None:
            return self.calibration_share
        return 0.0 if self.preset == "paper" else 0.1

    def fresh_network(self, known: KnownFeatures | None = None) -> ReIdNetwork:
        """The network before its training, with the first weights that ``seed`` and ``init``, or a trunk, give.

        Args: known: for the features of an encoder to keep.
        Raises: ValueError when ``init`` has another input or encoder.
        """
        network = seeded_network(self.network, self.seed)
        if self.init:
            start = load_checkpoint(self.init).network
            self._check_start(start.config)
            network.encoder.load_state_dict(start.encoder.state_dict())
        elif self.network.encoder.trunk:
            load_trunk(network.encoder)
        if self.keep_encoder:
            network.freeze_encoder(known)
        for name in self.fixed:
            self._fix(network, name)
        return network

    def _fix(self, network: ReIdNetwork, name: str) -> None:
        """Raises: ValueError when the head has no weights of that name."""
        weights = [(key.split("."), value) for key, value in network.named_parameters() if key.startswith("head.")]
        found = [value for parts, value in weights if name in parts[1:]]
        if not found:
            there = sorted({part for parts, _ in weights for part in parts[1:]} - {"cell", "weight", "bias"})
            raise ValueError(f"fixed must name weights of the head, of {', '.join(there) or 'none'}, got {name!r}")
        for value in found:
            value.requires_grad_(False)

    def _check_start(self, start: NetworkConfig) -> None:
        """Raises: ValueError when the encoder of ``init`` would see or do something else here, but for its dropout."""
        there, here = config_to_dict(start), config_to_dict(self.network)
        for part in ("input", "encoder"):
            for name in there[part] | here[part]:
                found, expected = (config[part].get(name) for config in (there, here))
                if found != expected and name != "dropout":
                    raise ValueError(
                        f"init must have the encoder of this training, whose {part}.{name} is {expected!r}; "
                        f"{self.init} has {found!r}"
                    )

"""Presets of sampler and schedule, and recipes of input, encoder and losses."""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from reid_core.data import InputConfig
from reid_core.model import FROM_RECIPE, HeadConfig, NetworkConfig, encoder_seeing, head_class, head_config
from reid_core.model.encoders.paper import Activation
from reid_core.model.heads.recurrent import Start
from reid_core.training.losses import LossConfig

Part = Literal["all", "encoder", "head"]


@dataclass(frozen=True)
class Stage:
    """How a stretch of training goes: what learns, what a step sees, how it changes the weights.

    Args: part: ``all``: the network end to end; ``encoder``: the frame encoder under the mean of a clip's features,
        whatever the head; ``head``: the head on the features of the encoder as it is, which are computed once for each
        of ``views`` crops and mirror images of a tracklet. identities, clips: a step takes ``clips`` clips of each of
        ``identities`` persons; identities=1 is the paper's one pair a step, alternating same and different.
        clip_length: T, frames. dampening: of the momentum; 0.9 is Torch7's default, on which the published numbers
        rest. interrupted, interrupted_least: shares of a clip's features that a ``head`` stage replaces by another
        person's, at most and at least, see ``interrupt``; spoilt: at most by those of worthless frames, see ``spoil``;
        stretches: in how many pieces, see ``Gaps``. clip_value, clip_norm: bounds on the gradient (0: none).
        warm_up, cool_down: shares of the stage in which the rate rises linearly to learning_rate and falls to 0 along a
        cosine. trunk_rate: the share of the rate at which a part of the encoder learns that has weights of other
        pictures already. varied: whether clips are recoloured and reframed besides. styles: share of the steps in which
        the pictures that an encoder sees exchange their styles, where it can, see ``with_mixed_styles``.
    """

    part: Part
    epochs: int
    identities: int
    clips: int
    clip_length: int
    optimiser: Literal["sgd", "adamw"]
    learning_rate: float
    views: int = 2
    momentum: float = 0.9
    dampening: float = 0.0
    weight_decay: float = 0.0
    clip_value: float = 0.0
    clip_norm: float = 0.0
    interrupted: float = 0.0
    interrupted_least: float = 0.0
    spoilt: float = 0.0
    stretches: int = 1
    warm_up: float = 0.0
    cool_down: float = 0.0
    trunk_rate: float = 1.0
    varied: bool = False
    styles: float = 0.0

    def __post_init__(self) -> None:
        for name in ("epochs", "identities", "clips", "clip_length", "views", "stretches"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, got {getattr(self, name)}")
        for name in ("learning_rate", "trunk_rate"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        for name, most in (("spoilt", 1), ("styles", 1), ("interrupted", 1), ("interrupted_least", self.interrupted)):
            if not 0 <= getattr(self, name) <= most:
                raise ValueError(f"{name} must be a share of 0 to {most}, got {getattr(self, name)}")
        if self.clips < 2:
            raise ValueError(f"clips must be 2 or more, a pair, got {self.clips}")
        if not (self.warm_up >= 0 and self.cool_down >= 0 and self.warm_up + self.cool_down <= 1):
            raise ValueError(f"warm_up and cool_down must be shares, got {self.warm_up} and {self.cool_down}")


Schedule = tuple[Stage, ...]

ENCODER = Stage(
    part="encoder",
    epochs=100,
    identities=24,
    clips=4,
    clip_length=1,
    optimiser="adamw",
    learning_rate=1e-3,
    weight_decay=1e-4,
    clip_norm=5.0,
    warm_up=0.05,
    cool_down=0.6,
)

HEAD = Stage(  # 30 steps where an epoch is one, with up to 200 persons to train on; more steps make a head biased
    part="head",
    epochs=30,
    identities=200,
    clips=2,
    clip_length=48,
    optimiser="adamw",
    learning_rate=1e-4,
    weight_decay=1e-4,
    clip_norm=1.0,
    interrupted=0.5,
    warm_up=0.05,
    cool_down=0.6,
)

LONG = replace(HEAD, epochs=150, identities=64, learning_rate=6e-4, interrupted_least=0.2, spoilt=0.25, stretches=4)

WHOLE = replace(
    HEAD, part="all", epochs=2, identities=8, clip_length=16, learning_rate=3e-5, interrupted=0, warm_up=0, cool_down=1
)

PRESETS: dict[str, Schedule] = {
    "paper": (
        Stage(
            part="all",
            epochs=1000,
            identities=1,
            clips=2,
            clip_length=16,
            optimiser="sgd",
            learning_rate=1e-3,
            dampening=0.9,
            clip_value=5.0,
        ),
    ),
    "fast": (ENCODER, HEAD),
    # for heads that many steps do not make biased: 300 or more, several intruders, and frames that show nobody
    "long": (ENCODER, LONG),
    # for an encoder that goes on with --init, or whose cameras differ in more than its training shows
    "styles": (replace(ENCODER, styles=0.5), HEAD),
    # for a trained encoder, which --init names: the head as in long, and then both together
    "whole": (LONG, WHOLE),
}


@dataclass(frozen=True)
class Recipe:
    """What goes in, how a frame is encoded, and what is minimised; the same for all heads that are compared."""

    input: InputConfig = field(default_factory=InputConfig)
    encoder: str = "paper"
    activation: Activation = "tanh"
    dropout: float = 0.6
    unit_length: bool = False
    start: Start = "orthogonal"
    trunk_rate: float = 1.0
    varied: bool = False
    loss: LossConfig = field(default_factory=LossConfig)

    def head(self, name: str, **options: Any) -> HeadConfig:
        """A head's configuration: the options, and where they say nothing, what the recipe says of heads.

        Raises: ValueError: there is no such head, it has no such option, or a bad value.
        """
        has = {field.name for field in fields(head_class(name))}
        said = {option: getattr(self, option) for option in FROM_RECIPE if option in has}
        return head_config(name, **said | options)

    def network(self, name: str, **options: Any) -> NetworkConfig:
        """The network's configuration with the head of that name and the encoder that suits it.

        Args: options: as of ``head``. Raises: ValueError: as ``head``, or the encoder needs another input.
        """
        head = self.head(name, **options)
        encoder = encoder_seeing(
            head.encoder or self.encoder,
            self.input,
            features=head.features // len(head.stream_weights),
            dropout=self.dropout,
            activation=self.activation,
        )
        return NetworkConfig(self.input, encoder, replace(head, features=encoder.feature_count))

    def loss_of(self, head: HeadConfig) -> LossConfig:
        """The losses with this head, which may have a margin of its own."""
        return self.loss if head.margin is None else replace(self.loss, margin=head.margin)


SMALL = Recipe(
    input=InputConfig(channels=("yuv", "colour")),
    activation="relu",
    dropout=0.0,
    unit_length=True,
    start="average",
    loss=LossConfig(verification=0.0, identification=0.0, contrastive=1.0),
)

RECIPES = {
    "paper": Recipe(),
    "small": SMALL,
    "robust": replace(
        SMALL,
        input=InputConfig(128, 64, 128, 64, channels=("rgb",)),
        encoder="mobile",
        trunk_rate=0.3,
        varied=True,
    ),
}

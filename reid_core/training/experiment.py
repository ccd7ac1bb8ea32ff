"""What is trained and tested, whatever the data."""

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from reid_core.model import HeadConfig, KnownFeatures, ReIdNetwork, head_config, load_checkpoint
from reid_core.training.fit import seeded_network
from reid_core.training.presets import PRESETS, RECIPES, Recipe, Schedule


@dataclass(frozen=True)
class Experiment:
    """What is trained and tested, whatever the data.

    Args: split: which of the ten splits of the identities. everyone: train on all identities and test on none, for
        checkpoints that are tested on other data. calibration_share: of the training identities, held out for the
        threshold; by default 0.1, and none with the preset paper. epochs: of each stage, instead of the preset's.
        clip_length: of the stages that see clips and not single frames, instead of the preset's. channels: what the
        network sees, instead of the recipe's.
        init: a checkpoint whose encoder's weights are the start; keep_encoder: and stay as they are.
    """

    head: HeadConfig = field(default_factory=partial(head_config, "utrcnn"))
    recipe: Literal["paper", "robust"] = "robust"
    preset: Literal["paper", "fast"] = "fast"
    epochs: int | None = None
    clip_length: int | None = None
    channels: tuple[str, ...] | None = None
    split: tuple[int, ...] = (0,)
    everyone: bool = False
    calibration_share: float | None = None
    init: str | None = None
    keep_encoder: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.split or min(self.split) < 0 or len(set(self.split)) < len(self.split):
            raise ValueError(f"split must be one or more different numbers from 0, got {self.split}")
        if self.calibration_share is not None and not 0 <= self.calibration_share < 1:
            raise ValueError(f"calibration_share must be at least 0 and below 1, got {self.calibration_share}")
        if self.seed < 0:
            raise ValueError(f"seed must be 0 or more, got {self.seed}")
        for name in ("epochs", "clip_length"):
            if (asked := getattr(self, name)) is not None and asked < 1:
                raise ValueError(f"{name} must be 1 or more, got {asked}")
        if self.keep_encoder and not self.init:
            raise ValueError("init must name a checkpoint when keep_encoder is set, it is empty")

    @property
    def schedule(self) -> Schedule:
        """The preset's stages, with epochs and clip length as asked for, without those that would train nothing.

        That is the encoder's with ``keep_encoder``, and the head's where it has no weights.
        """
        idle = {"encoder"} if self.keep_encoder else set()
        idle |= set() if self.head.learns else {"head"}
        stages = [stage for stage in PRESETS[self.preset] if stage.part not in idle]
        return tuple(
            replace(
                stage,
                epochs=stage.epochs if self.epochs is None else self.epochs,
                clip_length=self.clip_length if self.clip_length and stage.clip_length > 1 else stage.clip_length,
            )
            for stage in stages
        )

    @property
    def rules(self) -> Recipe:
        """The recipe, with the channels that were asked for."""
        recipe = RECIPES[self.recipe]
        return replace(recipe, input=replace(recipe.input, channels=self.channels or recipe.input.channels))

    @property
    def held_out_share(self) -> float:
        """Of the training identities, for calibration."""
        if self.calibration_share is not None:
            return self.calibration_share
        return 0.1 if self.preset == "fast" else 0.0

    def fresh_network(self, known: KnownFeatures | None = None) -> ReIdNetwork:
        """The network before its training, with the first weights that ``seed`` and ``init`` give.

        Args: known: for the features of an encoder to keep. Raises: ValueError when ``init`` has another encoder.
        """
        network = seeded_network(self.rules.network(self.head), self.seed)
        if self.init:
            start = load_checkpoint(self.init).network.encoder.state_dict()
            try:
                network.encoder.load_state_dict(start)
            except RuntimeError as error:
                raise ValueError(f"init must have the encoder of this training, {self.init} has another") from error
        if self.keep_encoder:
            network.freeze_encoder(known)
        return network

"""Which data set a command reads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import OmitArgPrefixes, arg

from reid_core.data import DATASETS, Dataset, load

PROTOCOLS = {
    name: " or ".join(f"{protocol} ({persons} persons)" for protocol, persons in source.protocols.items())
    for name, source in DATASETS.items()
    if len(source.protocols) > 1
}
Name = Annotated[str, arg(help=f"{', '.join(DATASETS)}.")]
Protocol = Annotated[str | None, arg(help=" ".join(f"{name}: {known}." for name, known in PROTOCOLS.items()))]


@dataclass(frozen=True)
class Published:
    """A data set by its name, with the protocol it is used by; where it lies is the command's to say."""

    dataset: Name = "ilids-vid"
    protocol: Protocol = None

    def load(self, folder: Path) -> Dataset:
        """What lies in a folder, as this data set."""
        return load(self.dataset, folder, self.protocol)


Kind = OmitArgPrefixes[Published]

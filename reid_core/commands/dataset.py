"""Which data set a command reads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import OmitArgPrefixes, arg

from reid_core.data import Dataset, load

Name = Annotated[str, arg(help="ilids-vid, prid2011, mars, folder or synthetic.")]
Protocol = Annotated[str | None, arg(help="prid2011: paper (200 persons) or common (178). mars: official or cameras.")]


@dataclass(frozen=True)
class Published:
    """A data set by its name, with the protocol it is used by; where it lies is the command's to say."""

    dataset: Name = "ilids-vid"
    protocol: Protocol = None

    def load(self, folder: Path) -> Dataset:
        """What lies in a folder, as this data set."""
        return load(self.dataset, folder, self.protocol)


Kind = OmitArgPrefixes[Published]

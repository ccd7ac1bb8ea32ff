"""The data sets by name: what they are, loading them, splitting them."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from reid_core.data import folder, ilids_vid, mars, prid2011
from reid_core.data.packed import is_packed, unpacked
from reid_core.data.prepared import cache_places, writable
from reid_core.data.splits import SPLIT_SEED, Split, half_splits, official_splits, read_splits, write_splits
from reid_core.data.types import Dataset

OFFICIAL_FOLDER = "train-test people splits"
OFFICIAL_FILE = "train_test_splits_ilidsvid.mat"


@dataclass(frozen=True)
class Source:
    """A data set as published: how it is loaded, what it should hold, where to get it.

    Args: protocols: number of persons of each, the first being the default; None where any number will do.
        lengths: shortest and longest tracklet, where published.
    """

    load: Callable[[Path, str], Dataset]
    protocols: dict[str, int | None]
    lengths: tuple[int, int] | None
    where: str


SYNTHETIC_CARD = "synthetic.json"
STORED_SPLITS = "splits.json"


def _synthetic(root: Path) -> Dataset:
    """Rendered people in iLIDS-VID's layout; their name says so, whatever they are loaded as.

    Raises: ValueError: no card of the renderer in root.
    """
    try:
        card = json.loads((root / SYNTHETIC_CARD).read_text())
        name = f"synthetic people (version {card['version']}, seed {card['seed']}, {card['persons']} persons)"
    except (OSError, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"root {root} must hold a complete {SYNTHETIC_CARD}; make one with synthesize") from error
    cameras = card.get("cameras", 2)  # earlier cards do not tell
    return replace(ilids_vid.load(root, cameras), name=name, protocol="synthetic")


def _ilids_vid(root: Path) -> Dataset:
    return _synthetic(root) if (root / SYNTHETIC_CARD).exists() else ilids_vid.load(root)


DATASETS = {
    "ilids-vid": Source(
        lambda root, _: _ilids_vid(root), {"paper": ilids_vid.PERSONS}, ilids_vid.LENGTHS, ilids_vid.SOURCE
    ),
    "prid2011": Source(
        prid2011.load, {name: len(pids) for name, pids in prid2011.PIDS.items()}, prid2011.LENGTHS, prid2011.SOURCE
    ),
    "mars": Source(mars.load, dict.fromkeys(mars.PROTOCOLS, mars.PERSONS), None, mars.SOURCE),
    "synthetic": Source(lambda root, _: _synthetic(root), {"synthetic": None}, None, "synthesize --out ROOT"),
    "folder": Source(lambda root, _: folder.load(root), {"paper": None}, None, "your own folder ROOT/cam*/PERSON"),
}


@dataclass(frozen=True)
class Splits:
    """Splits and a few words on where they are from."""

    origin: str
    splits: tuple[Split, ...]

    def test(self, number: int) -> tuple[int, ...]:
        """Who is tested in a split; where there is but one, as in MARS, in any. Raises: ValueError: no such split."""
        if number >= len(self.splits) > 1:
            raise ValueError(f"split must be below {len(self.splits)}, got {number}")
        return self.splits[number if len(self.splits) > 1 else 0].test


def load(name: str, root: Path, protocol: str | None = None) -> Dataset:
    """Find the tracklets of a data set.

    Args: name: one of `DATASETS`. protocol: one that the data set knows, by default its first.
    Raises: ValueError: another name or protocol, or a root without the layout; the sentence says where to get the data.
    """
    if name not in DATASETS:
        raise ValueError(f"dataset must be one of {', '.join(DATASETS)}, got {name!r}")
    known = DATASETS[name].protocols
    protocol = protocol or next(iter(known))
    if protocol not in known:
        raise ValueError(f"protocol must be one of {', '.join(known)} for {name}, got {protocol!r}")
    if not root.is_dir():
        raise ValueError(f"root {root} is not a folder; {name} is at {DATASETS[name].where}")
    return unpacked(root, name, protocol) if is_packed(root) else DATASETS[name].load(root, protocol)


def packed_with(dataset: Dataset) -> list[Path]:
    """The small files beside a data set's frames that go with it into a pack: its splits and its card."""
    own = [dataset.root.parent / name for name in (SYNTHETIC_CARD, STORED_SPLITS)]
    official = _official_file(dataset)
    return [path for path in own if dataset.protocol == "synthetic" and path.is_file()] + (
        [official] if official else []
    )


def splits_of(dataset: Dataset, seed: int = SPLIT_SEED, cache: Path | None = None) -> Splits:
    """The official splits where the data set has them, else ten seeded halves, stored at their first use.

    Stored, since a seed gives the same halves only as long as the random generator stays as it is. Official are MARS's
    one split, and iLIDS-VID's ten if their file lies in the data set's folder or, as published, beside it. Synthetic
    people may come with splits of their own in ``splits.json`` beside their card, as SynthWalk does.

    Args: cache: folder for the stored ones, as in `prepare`.
    Raises: ValueError: a file of splits that cannot be read, or that is about other persons.
    """
    if given := given_splits(dataset):
        return given
    digest = hashlib.sha256(json.dumps(dataset.pids).encode()).hexdigest()[:12]
    name = f"splits-{dataset.protocol}-seed{seed}-{digest}.json"
    places = cache_places(dataset, cache)
    stored = next((place / name for place in places if (place / name).exists()), None)
    if stored is None:
        stored = writable(places) / name
        write_splits(stored, half_splits(dataset.pids, seed))
    missing = f"; the official ones need all {ilids_vid.PERSONS} persons" if _official_file(dataset) else ""
    return Splits(f"random halves, seed {seed}{missing}", read_splits(stored))


def given_splits(dataset: Dataset) -> Splits | None:
    """The splits that come with a data set, or None. Raises: as ``splits_of``."""
    if dataset.name == "mars":
        return Splits("official", (Split(*mars.official_pids(dataset)),))
    official = _official_file(dataset)
    if official and len(dataset.pids) == ilids_vid.PERSONS:
        return Splits("official", official_splits(official, dataset.pids))
    own = own_splits(dataset)
    return Splits("stored with the data", own) if own else None


def own_splits(dataset: Dataset) -> tuple[Split, ...]:
    """The splits that synthetic people come with, or none. Raises: ValueError: about other persons, or unreadable."""
    path = dataset.root.parent / STORED_SPLITS
    if dataset.protocol != "synthetic" or not path.is_file():
        return ()
    splits = read_splits(path)
    if not splits or any(sorted(split.train + split.test) != list(dataset.pids) for split in splits):
        raise ValueError(f"splits {path} must part the {len(dataset.pids)} persons found, they are about others")
    return splits


def _official_file(dataset: Dataset) -> Path | None:
    if dataset.name != "ilids-vid":
        return None
    folders = [base / inner for base in (dataset.root, dataset.root.parent) for inner in (".", OFFICIAL_FOLDER)]
    return next((path / OFFICIAL_FILE for path in folders if (path / OFFICIAL_FILE).is_file()), None)

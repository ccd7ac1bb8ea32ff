"""What a data set on disk holds, against what was published."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from reid_core.data.cameras import both_cameras
from reid_core.data.datasets import DATASETS, Source, given_splits, load, own_splits
from reid_core.data.fingerprint import Look, fingerprint, look_at_all
from reid_core.data.splits import FEWEST_TO_PART, Split, too_few_to_part
from reid_core.data.synthwalk import NAME, claimed, identified, splits_told
from reid_core.data.types import Dataset, TrackletFiles, identities
from reid_core.progress import Progress

FEWEST_PERSONS = 4
"""Halves need two persons each: with one there is nobody to be confused with."""


@dataclass(frozen=True)
class Report:
    """Sentences on what was found, and whether it can be trained and tested on."""

    dataset: str
    root: Path
    usable: bool
    lines: tuple[str, ...]


def check(
    name: str,
    root: Path,
    protocol: str | None = None,
    progress: Progress | None = None,
    tell: Callable[[str], None] | None = None,
) -> Report:
    """Read every frame of a data set and compare persons, tracklets and lengths with what was published.

    Args: progress: called with "read", tracklets done, tracklets in all; it may raise to stop the work. tell: called
        with each problem as soon as it is found; the report has them, too.
    Returns: a report; if the data set cannot be loaded, the reason is its line.
    """
    try:
        dataset = load(name, root, protocol)
        splits = own_splits(dataset)
    except ValueError as error:
        return Report(name, root, False, (str(error),))
    if tell is not None:
        for problem in dataset.problems:
            tell(problem)
    looks = look_at_all(dataset.tracklets, progress, tell)
    lengths = {name: seen.frames for name, seen in looks.items()}
    problems = [problem for seen in looks.values() for problem in seen.problems]
    lost: list[str] = []
    tracklets = both_cameras([files for files in dataset.tracklets if lengths[files.name]], lost)
    persons = len(identities(tracklets))
    source = _published(DATASETS[name], dataset)
    identity, spoilt = _identity(dataset, looks, splits)
    few, unparted = _halves(dataset.only(tracklets), persons)
    lines = [
        f"{dataset.name} in {dataset.root}, protocol {dataset.protocol}",
        *_comparison(source, dataset.protocol, tracklets, lengths),
        *_problems([*dataset.problems, *problems, *lost]),
        *few,
        *identity,
        *_verdict(source, dataset.protocol, persons),
        *spoilt,
        *unparted,
    ]
    return Report(name, root, persons >= FEWEST_PERSONS and not spoilt and not unparted, tuple(lines))


def _published(source: Source, dataset: Dataset) -> Source:
    """What to expect: of synthetic people in a published layout, nothing."""
    return (
        source
        if dataset.protocol in source.protocols
        else replace(source, protocols={dataset.protocol: None}, lengths=None)
    )


def _identity(dataset: Dataset, looks: dict[str, Look], splits: tuple[Split, ...]) -> tuple[list[str], list[str]]:
    """Of synthetic people: fingerprint and whether they are the benchmark; why not to use what is not but says so."""
    if dataset.protocol != "synthetic":
        return [], []
    found = identified(looks)
    told = f"{found.sentence}; {splits_told(splits)}" if found.same else found.sentence
    spoilt = not found.same and claimed(dataset.root.parent)
    reason = f"cannot be used: its card says that it is {NAME}; remove the folder and render it again"
    return [f"fingerprint of the frames: {fingerprint(looks)}", told], [reason] if spoilt else []


def _comparison(
    source: Source, protocol: str, tracklets: tuple[TrackletFiles, ...], lengths: dict[str, int]
) -> list[str]:
    expected = source.protocols[protocol]
    persons = len(identities(tracklets))
    pairs = 2 * expected if expected and source.lengths else None
    own = [lengths[files.name] for files in tracklets]
    low, high = source.lengths or (1, max(own, default=1))
    return [
        _against("persons in two cameras", str(persons), expected),
        _against("tracklets", str(len(tracklets)), pairs),
        _against("frames a tracklet", _span(own), _span(source.lengths or ())),
        *(
            f"{files.name} has {lengths[files.name]} frames, not {low} to {high}"
            for files in tracklets
            if not low <= lengths[files.name] <= high
        ),
    ]


def _against(what: str, found: str, expected: int | str | None) -> str:
    return f"{what}: {found} found" + (f", {expected} expected" if expected else "")


def _span(lengths: Iterable[int]) -> str:
    known = list(lengths)
    return f"{min(known)} to {max(known)}" if known else ""


def _problems(problems: list[str]) -> list[str]:
    return [f"problems: {len(problems)}", *(f"  {problem}" for problem in problems)]


def _verdict(source: Source, protocol: str, persons: int) -> list[str]:
    lines = []
    if persons < (source.protocols[protocol] or 0):
        lines.append(f"the whole data set is at {source.where}")
    if persons < FEWEST_PERSONS:
        lines.append(f"cannot be used: {FEWEST_PERSONS} persons in two cameras are needed, got {persons}")
    return lines


def _halves(found: Dataset, persons: int) -> tuple[list[str], list[str]]:
    """What training says of those who can be read: where they are few; why not to use those whom no split parts."""
    if persons < FEWEST_PERSONS:
        return [], []
    try:
        given = given_splits(found)
    except ValueError as error:
        return [], [f"cannot be used: {error}"]
    fewest = min(len(split.train) for split in given.splits) if given else persons // 2
    return [too_few_to_part(fewest)] if fewest < FEWEST_TO_PART else [], []

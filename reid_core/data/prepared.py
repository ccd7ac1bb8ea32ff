"""A data set's frames resized and its flow computed, once; the result lies beside the data.

    ROOT/.reid_core/SETTINGS-DATA/index.jsonl   a line a tracklet: pid, camera, name, frames, problems
                                  colour.bin    uint8 (frames, height, width, 3), tracklet after tracklet
                                  flow.bin      float16 (frames, height, width, 2)

For networks that see no flow, ``SETTINGS-DATA-colour`` is enough, whose flow.bin is empty.

SETTINGS and DATA are fingerprints of what the result depends on, so a change of either makes another folder. It is
written as ``SETTINGS-DATA.partial``, a tracklet's frames before its line, and renamed when complete: a killed run
leaves no half result and the next one goes on after the last whole line.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
from filelock import FileLock

from reid_core.data.cameras import both_cameras
from reid_core.data.frames import has_a_frame, load_frames
from reid_core.data.preprocessing import MAX_FLOW_PX, InputConfig, Measured, measure
from reid_core.data.threads import in_threads
from reid_core.data.types import Dataset, Prepared, PreparedTracklet, TrackletFiles
from reid_core.progress import Progress

CACHE_VERSION = 1
CACHE_FOLDER = ".reid_core"


@dataclass(frozen=True)
class _Entry:
    """A line of the index."""

    pid: int
    camera: int
    name: str
    frames: int
    problems: tuple[str, ...]


def prepare(
    dataset: Dataset,
    config: InputConfig,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Prepared:
    """Measure every tracklet, or find it measured; its arrays are mapped from the files and not read before use.

    Args: config: its height and width matter, and whether it sees flow. cache: folder for results, by default
        ``.reid_core`` beside the data or, where that cannot be written, in the user's cache folder. progress: called
        with "flow", tracklets done, tracklets in all; it may raise to stop the work.
    Returns: tracklets with one frame or more; problems: the data set's, and every frame that could not be read.
    Raises: ValueError: the cache cannot be written.
    """
    fingerprint, names = _names(dataset, config)
    places = cache_places(dataset, cache)
    folder = _found(places, names) or _compute(dataset, config, writable(places) / names[-1], progress)
    return _open(dataset, config, folder, fingerprint)


def is_prepared(dataset: Dataset, config: InputConfig) -> bool:
    """Whether ``prepare`` would find every tracklet measured."""
    return _found(cache_places(dataset, None), _names(dataset, config)[1]) is not None


def readable(dataset: Dataset, config: InputConfig) -> Dataset:
    """The part that ``prepare`` would keep, which is who is split: as prepared, else a frame of each tracklet is tried.

    Raises: ValueError: as ``prepare``.
    """
    if is_prepared(dataset, config):
        return dataset.only(prepare(dataset, config).tracklets)
    there = in_threads(has_a_frame, dataset.tracklets)
    found = [files for files, has in zip(dataset.tracklets, there, strict=True) if has]
    if not found:
        raise ValueError(f"dataset {dataset.name} in {dataset.root} has no frame that can be read")
    return dataset.only(both_cameras(found, []))


def _names(dataset: Dataset, config: InputConfig) -> tuple[str, list[str]]:
    """The fingerprint of data and settings, and the folders that would do, the one to be made last."""
    fingerprint = f"{_settings_fingerprint(config)}-{_data_fingerprint(dataset)}"
    return fingerprint, [fingerprint] if config.sees_flow else [fingerprint, f"{fingerprint}-colour"]


def _found(places: Sequence[Path], names: Sequence[str]) -> Path | None:
    return next((place / name for place in places for name in names if (place / name).is_dir()), None)


def _compute(dataset: Dataset, config: InputConfig, folder: Path, progress: Progress | None) -> Path:
    unfinished = folder.with_name(f"{folder.name}.partial")
    try:
        with FileLock(f"{folder}.lock"):  # the processes of one training all come here; one works, the others wait
            if not folder.is_dir():
                unfinished.mkdir(exist_ok=True)
                _fill(dataset.tracklets, config, unfinished, progress)
                unfinished.rename(folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ValueError(
            f"cache {folder} cannot be written ({reason}); it needs room and the right to write"
        ) from error
    return folder


def _fill(tracklets: Sequence[TrackletFiles], config: InputConfig, folder: Path, progress: Progress | None) -> None:
    done = _resume(folder, config)
    with (
        (folder / "index.jsonl").open("a") as index,
        (folder / "colour.bin").open("ab") as colour,
        (folder / "flow.bin").open("ab") as flow,
    ):
        todo = tracklets[done:]
        for number, (measured, problems) in enumerate(in_threads(partial(_measured, config=config), todo)):
            if measured:
                colour.write(measured.colour.tobytes())
                flow.write(measured.flow.tobytes())
            colour.flush()
            flow.flush()
            files = todo[number]
            entry = _Entry(files.pid, files.camera, files.name, len(measured) if measured else 0, problems)
            index.write(json.dumps(asdict(entry)) + "\n")
            index.flush()
            if progress:
                progress("flow", done + number + 1, len(tracklets))


def _measured(files: TrackletFiles, config: InputConfig) -> tuple[Measured | None, tuple[str, ...]]:
    frames, problems = load_frames(files)
    return measure(frames, config) if len(frames) else None, problems


def _resume(folder: Path, config: InputConfig) -> int:
    """Cut the files of a stopped run back to its last whole tracklet; the number of tracklets kept."""
    index = folder / "index.jsonl"
    index.touch()
    lines = index.read_text().split("\n")[:-1]  # what follows the last line end is half a line, or nothing
    index.write_text("".join(f"{line}\n" for line in lines))
    frames = sum(entry.frames for entry in _entries(index))
    pixels = frames * config.height * config.width
    for name, size in (("colour.bin", 3 * pixels), ("flow.bin", 4 * pixels * config.sees_flow)):
        with (folder / name).open("ab") as file:
            if file.tell() < size:
                raise ValueError(f"cache {folder} is damaged: {name} is too short; remove the folder")
            file.truncate(size)
    return len(lines)


def _open(dataset: Dataset, config: InputConfig, folder: Path, fingerprint: str) -> Prepared:
    try:
        tracklets, damaged = _mapped(dataset, config, folder)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"cache {folder} is damaged ({error}); remove the folder and it is made again") from error
    if not tracklets:
        raise ValueError(f"dataset {dataset.name} in {dataset.root} has no frame that can be read")
    problems = [*dataset.problems, *damaged]
    kept = both_cameras(tracklets, problems)  # once more: of a damaged tracklet nothing may be left
    return Prepared(dataset.name, dataset.protocol, fingerprint, kept, tuple(problems))


def _mapped(dataset: Dataset, config: InputConfig, folder: Path) -> tuple[tuple[PreparedTracklet, ...], list[str]]:
    """The tracklets with a frame or more, and what was wrong with any."""
    entries = _entries(folder / "index.jsonl")
    ends = np.cumsum([entry.frames for entry in entries]).tolist()
    damaged = [problem for entry in entries for problem in entry.problems]
    if not ends or not ends[-1]:
        return (), damaged
    shape = (ends[-1], config.height, config.width)
    colour = np.memmap(folder / "colour.bin", np.uint8, "r", shape=(*shape, 3))
    flow = np.empty((*shape, 0), np.float16)
    if (folder / "flow.bin").stat().st_size:
        flow = np.memmap(folder / "flow.bin", np.float16, "r", shape=(*shape, 2))
    tracklets = tuple(
        PreparedTracklet(
            entry.pid,
            entry.camera,
            entry.name,
            colour[end - entry.frames : end],
            flow[end - entry.frames : end],
            files.is_probe,
            files.in_gallery,
        )
        for files, entry, end in zip(dataset.tracklets, entries, ends, strict=True)
        if entry.frames
    )
    return tracklets, damaged


def _entries(index: Path) -> list[_Entry]:
    rows = [json.loads(line) for line in index.read_text().splitlines()]
    return [_Entry(row["pid"], row["camera"], row["name"], row["frames"], tuple(row["problems"])) for row in rows]


def _settings_fingerprint(config: InputConfig) -> str:
    return _digest([CACHE_VERSION, config.height, config.width, MAX_FLOW_PX])


def _data_fingerprint(dataset: Dataset) -> str:
    """Of names and sizes: reading all images to look for a change would cost as much as the work it saves."""
    return _digest(
        [
            (files.pid, files.camera, files.name, [(path.name, size) for path, size in _sized(files)])
            for files in dataset.tracklets
        ]
    )


def _sized(files: TrackletFiles) -> Iterator[tuple[Path, int]]:
    return zip(files.paths, files.sizes, strict=False)  # a trial takes the first files of a packed tracklet


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]


def cache_places(dataset: Dataset, cache: Path | None) -> list[Path]:
    """Folders that may hold what was computed from a data set: the one named, else beside the data or the user's."""
    if cache:
        return [cache]
    places = [dataset.root / CACHE_FOLDER]
    with suppress(RuntimeError):  # a user without a home folder has none to fall back on
        places.append(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reid_core")
    return places


def writable(places: Sequence[Path]) -> Path:
    """The first of the places where a file can be made. Raises: ValueError: in none of them."""
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True)
            TemporaryFile(dir=place).close()  # of a name of its own: threads and machines ask at the same time
        except OSError:
            continue
        return place
    raise ValueError(f"cache must be a folder that can be written, got {', '.join(map(str, places))}")

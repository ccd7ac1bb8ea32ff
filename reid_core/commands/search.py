"""Commands on indexes: make or add to one, search in some, forget one."""

import functools
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from tyro.conf import Positional

from reid_core.commands.progress import Bars
from reid_core.commands.subject import CheckpointName, CropText
from reid_core.evaluation import ANSWERS
from reid_core.files import check_file, written
from reid_core.model import DEFAULT_ALLOWED, Checkpoint, load_checkpoint
from reid_core.search import (
    Answer,
    Hit,
    Index,
    IndexedVideo,
    Step,
    as_csv,
    as_json,
    as_motchallenge,
    build,
    changes,
    create,
    delete,
    find,
    identities,
    is_index,
    open_index,
    query_of,
    sources,
    span,
    who_was_where,
)
from reid_core.search.find import TOP
from reid_core.video import RATE, PersonDetector, parse_crop

SHIPPED = "utrcnn"


@dataclass(frozen=True)
class MakeIndex:
    """Make an index of the people in videos, or add to it; what is in it already is passed over.

    Stopped or killed, the same command goes on behind the last segment that was finished. An index holds small pictures
    of the people, no whole frames; reid forget deletes it.

    For example:
      reid index gate.mp4 --out monday --camera gate
      reid index footage --out monday
      reid search person.jpg monday
    """

    videos: Positional[tuple[Path, ...]]
    """Videos of any length, or folders of them."""
    out: str
    """The index: a folder, or an address such as s3://bucket/index."""
    camera: str | None = None
    """Name of the camera; by default the folder that a video is in below one that is given, else the video's own."""
    checkpoint: str | None = None
    """Name of a checkpoint that ships, or a path; by default the index's own, of a new one utrcnn."""
    rate: float = RATE
    """Frames a second that are looked at."""

    def run(self) -> None:
        """Index video after video; tell what was found, and which could not be used."""
        if not self.videos:
            raise ValueError("videos must name at least one file or folder, got none")
        found = sources(self.videos, self.camera)
        index, checkpoint = self._index()
        used = 0
        bars = _Told(len(found))
        try:
            for step in build(index, found, checkpoint, PersonDetector(), self.rate):
                bars(step)
                used += step.state in ("known", "finished")
        finally:
            bars.close()
        if not used:
            raise ValueError(bars.problem)
        print(f"index {index.place}: {len(index.videos())} videos, {sum(index.cameras().values())} tracklets")

    def _index(self) -> tuple[Index, Checkpoint]:
        if is_index(self.out):
            index = open_index(self.out)
            checkpoint = load_checkpoint(self.checkpoint or index.about["named"])
            index.check(checkpoint)
            return index, checkpoint
        named = self.checkpoint or SHIPPED
        checkpoint = load_checkpoint(named)
        return create(self.out, checkpoint, str(Path(named).resolve()) if Path(named).is_file() else named), checkpoint


class _Told:
    """Progress on stderr, and a line for every video that is done."""

    def __init__(self, videos: int) -> None:
        self.videos, self.problem = videos, ""
        self._bars: Bars | None = None

    def __call__(self, step: Step) -> None:
        name = f"{step.source.path.name} ({step.video + 1} of {self.videos})"
        if step.state == "indexing":
            self._bars = self._bars or Bars(name)
            left = "" if step.left_s is None else f", {step.left_s:.0f} s left"
            self._bars("index", round(step.done_s), round(step.whole_s) or None)
            self._bars.note(f"{step.looks} frames, {step.people} people{left}")
            return
        self.close()
        if step.state == "unusable":
            self.problem = step.problem
            print(f"warning: {step.problem}", file=sys.stderr)
        elif step.state != "reading":
            told = (
                "is in the index already"
                if step.state == "known"
                else f"camera {step.source.camera}, {step.people} tracklets"
            )
            print(f"{name}: {told}")

    def close(self) -> None:
        if self._bars is not None:
            self._bars.close()
            self._bars = None


@dataclass(frozen=True)
class Search:
    """Where is this person? Look through one index or more.

    For example:
      reid search person.jpg monday
      reid search person.mp4 monday tuesday --top 5 --json
      reid search monday:17 monday tuesday
    """

    query: Positional[str]
    """A video, a picture, or INDEX:TRACKLET."""
    indexes: Positional[tuple[str, ...]]
    """Folders or addresses of indexes."""
    top: int = TOP
    """Hits to tell at most."""
    camera: str | None = None
    """Camera of the indexes that took the query, if one did; its people make distances comparable."""
    crop: CropText = "auto"
    allowed: float = DEFAULT_ALLOWED
    """Share of searches for somebody who is not there that may come upon somebody within the threshold."""
    checkpoint: CheckpointName | None = None
    """Name of a checkpoint that ships, or a path; by default that of the first index."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> None:
        """Print the hits, best first, those beyond the threshold apart."""
        indexes = [open_index(place) for place in self.indexes]
        if not indexes:
            raise ValueError("indexes must name at least one, got none")
        checkpoint = load_checkpoint(self.checkpoint or indexes[0].about["named"])
        for index in indexes:
            index.check(checkpoint)
        query = query_of(self.query, checkpoint, parse_crop(self.crop), self.camera, functools.cache(PersonDetector))
        answer = find(query, indexes, checkpoint, self.top, self.allowed)
        print(json.dumps(answer.to_dict()) if self.json else _told(answer))


@dataclass(frozen=True)
class Identities:
    """Who was where when: put the tracklets of an index together by person.

    For example:
      reid identities monday
      reid identities monday --out who.csv
      reid identities monday --out gate.txt --video gate.mp4 --frames-per-second 25
    """

    index: Positional[str]
    """Folder or address of the index."""
    out: Path | None = None
    """File to write: .csv, .json, or .txt, the boxes of one video in the form of MOTChallenge. By default a table is
    printed."""
    video: str | None = None
    """Name of the video for .txt, or the first digits of its digest; by default the only one."""
    frames_per_second: float | None = None
    """Of the video, by which its frames are counted in .txt; by default as many as were looked at."""

    def run(self) -> None:
        """Put together, print or write."""
        if self.out is not None and self.out.suffix not in (".csv", ".json", ".txt"):
            raise ValueError(f"out must end in .csv, .json or .txt, got {self.out}")
        if self.out is not None:
            check_file(self.out)
        index = open_index(self.index)
        found = identities(index, load_checkpoint(index.about["named"]))
        rows = who_was_where(index, found)
        if self.out is None:
            print(rows.to_string(index=False))
            return
        with written(self.out) as place:
            place.write_text(self._content(index, found, rows), encoding="utf-8")
        print(f"{found.identity.nunique()} people, {len(rows)} tracklets in {self.out}")

    def _content(self, index: Index, found: pd.DataFrame, rows: pd.DataFrame) -> str:
        assert self.out is not None
        if self.out.suffix != ".txt":
            return as_csv(rows) if self.out.suffix == ".csv" else as_json(rows)
        videos = _named(index, self.video) if self.video else index.videos()
        if len(videos) != 1:
            raise ValueError(f"video must name one of {', '.join(one.video for one in videos)}, got none")
        return as_motchallenge(index, found, videos[0].digest, self.frames_per_second or videos[0].rate)


@dataclass(frozen=True)
class Forget:
    """Delete an index with all that is in it, or remove videos from it.

    For example:
      reid forget monday
      reid forget monday --video gate.mp4
    """

    index: Positional[str]
    """Folder or address of the index."""
    video: tuple[str, ...] = ()
    """Names of videos, or the first digits of their digests; by default the whole index is deleted."""

    def run(self) -> None:
        """Delete or remove."""
        index = open_index(self.index)
        if not self.video:
            delete(self.index)
            print(f"index {self.index} is deleted")
            return
        for name in self.video:
            for one in _named(index, name):
                with index.writing():
                    index.remove(one.digest)
                print(f"{one.video} of camera {one.camera} is removed")


def _named(index: Index, name: str) -> tuple[IndexedVideo, ...]:
    """The videos of a name, or of a digest that begins so. Raises: ValueError: there is none."""
    videos = index.videos()
    found = tuple(one for one in videos if one.video == name or (len(name) >= 8 and one.digest.startswith(name)))
    if not found:
        known = ", ".join(one.video for one in videos) or "none"
        raise ValueError(f"video must be one of index {index.place}, got {name}; there are: {known}")
    return found


def _told(answer: Answer) -> str:
    """The hits in words."""
    lines = [_line(hit) for hit in answer.within]
    if answer.nobody:
        lines = [f"Nobody within the threshold of {answer.threshold:.3f}, among {answer.searched} tracklets."]
    if answer.unsure:
        told = "; ".join(answer.unsure)
        lines.append(f"{ANSWERS['uncertain'].lower()}, since nothing is known of such footage ({told}):")
        lines += [_line(hit) for hit in answer.unclear]
    if answer.beyond:
        lines += [f"beyond the threshold of {answer.threshold:.3f}:", *(_line(hit) for hit in answer.beyond)]
    lines.append(
        f"checkpoint {answer.checkpoint}, {answer.held_against}; of 100 searches for somebody who is not there "
        f"{100 * answer.allowed:.0f} come upon somebody within the threshold"
    )
    return "\n".join([*lines, *(f"warning: {warning}" for warning in answer.warnings)])


def _line(hit: Hit) -> str:
    times, place = span(hit.start_s, hit.end_s), f"{hit.index}:{hit.tracklet}"
    line = f"  {hit.distance:.3f}  {hit.probability_same:4.0%}  {hit.camera:12} {times:18}  {hit.video}  {place}"
    return "; ".join([line, *changes(hit.jumps_s)])

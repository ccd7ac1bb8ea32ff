"""Commands that explain: which frames count in a video, and what a run's position bias is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
from tyro.conf import Positional

from reid_core.commands.dataset import Kind, Published
from reid_core.commands.progress import Bars
from reid_core.commands.subject import CropText
from reid_core.data import measure
from reid_core.evaluation import chosen_frames
from reid_core.explain import (
    NOT_COVERED,
    Importance,
    Measurement,
    all_measures,
    attention_table,
    frame_features,
    importance,
    importance_table,
    png,
    position_bias,
    run_bias,
    strip_picture,
    strip_video,
    summary,
)
from reid_core.files import check_file, check_place, written
from reid_core.model import KnownFeatures, find_checkpoint, load_checkpoint
from reid_core.runs import BIAS_TABLE, read_run, write_bias
from reid_core.video import Subject, find_subject, parse_crop


@dataclass(frozen=True)
class Explain:
    """Which frames of a video count: attention, gradient and leaving frames out, as tables, a picture and a video.

    Writes importance.csv, attention_MODEL.csv for models with attention (a row a step that attends, readings last),
    summary.json, strip.png and strip.mp4 (attention, where there is any, is the border of the frame).

    For example:
      reid explain walker.mp4 --out why
      reid explain walker.mp4 --out why --checkpoint utrcnn bptt rcnn mean --crop full --covered 27 44
    """

    video: Positional[Path]
    """Video of a person, or of a scene."""
    out: Path
    """Folder to write."""
    checkpoint: tuple[str, ...] = ("utrcnn", "bptt")
    """Names of checkpoints that ship, or paths."""
    crop: CropText = "auto"
    covered: tuple[int, int] | None = None
    """First and last frame of the person that are known to be covered; picture and video tell them apart."""

    def run(self) -> None:
        """Write the folder."""
        if self.out.is_file():
            raise ValueError(f"out must be a folder, {self.out} is a file")
        check_place(self.out)
        networks = {name: load_checkpoint(path).network for name, path in told_apart(self.checkpoint).items()}
        with Bars(self.video.name) as bars:
            subject = find_subject(self.video, self.video.name, parse_crop(self.crop), progress=bars)
        covered = _stretch(self.covered, len(subject.tracklet))
        measured = cache(partial(measure, subject.tracklet.frames))
        found = {
            name: importance(network.head, frame_features(network, measured(network.config.input)))
            for name, network in networks.items()
        }
        _write(self.out, subject, found, covered)
        for warning in subject.told:
            print(f"warning: {warning}")
        print(f"{', '.join(found)} on {len(subject.tracklet)} frames in {self.out}")


@dataclass(frozen=True)
class Bias:
    """Does it matter where in a clip somebody steps in front? Rank-1 of a run's test identities over the position.

    Covers 40 % of every probe at nine positions with another person's frames, a suitcase and blank frames; also
    reverses and shuffles the frames, replaces attention by a uniform one, and repeats all with untrained weights.
    Writes bias.csv and importance.csv (over all probes: where importance lies, how well attention agrees with it, what
    leaving out its frames does, and attention on covered ones) into the run's folder.

    For example:
      reid bias runs/utrcnn --data ~/data --dataset ilids-vid
      reid bias assets/runs/shipped-bptt --checkpoint bptt --data data/synthwalk --dataset synthetic
    """

    runs: Positional[tuple[Path, ...]]
    """Run folders."""
    data: Path
    """Folder of the data set that they were tested on."""
    data_set: Kind = field(default_factory=Published)
    checkpoint: str | None = None
    """Name or path of the run's weights, one for all of its splits, where the run does not keep them."""
    things: tuple[str, ...] = ("suitcase", "blank")
    """Covers besides another person's frames: suitcase, pole, blank or blur."""
    seed: int = 0
    """Of the shuffling and the untrained weights."""

    def run(self) -> None:
        """Compute, store and print."""
        runs = [read_run(folder) for folder in self.runs]
        for run in runs:
            check_file(run.folder / BIAS_TABLE)
        dataset = self.data_set.load(self.data)
        how = Measurement(self.things, self.seed, KnownFeatures())
        for run in runs:
            with Bars(f"{run.info.name}:") as bars:
                bias, profiles = run_bias(run, dataset, how, self.checkpoint, bars)
            write_bias(run.folder, bias, profiles)
            print(told(run.info.name, bias, profiles))


def told_apart(checkpoints: Sequence[str]) -> dict[str, Path]:
    """Checkpoints by the shortest ends of their paths that differ: a/split_0 and b/split_0 are a-split_0 and b-split_0.

    Raises: CheckpointError: there is no such checkpoint. ValueError: one is named twice.
    """
    files = [find_checkpoint(name) for name in checkpoints]
    parts = [file.resolve().with_suffix("").parts[1:] for file in files]
    names = [ends[-1] for ends in parts]
    for depth in range(2, max(map(len, parts), default=0) + 1):
        alike = {name for name in names if names.count(name) > 1}
        names = ["-".join(ends[-depth:]) if name in alike else name for name, ends in zip(names, parts, strict=True)]
    if len(set(names)) < len(names):
        raise ValueError(f"checkpoint must name each file once, got {', '.join(checkpoints)}")
    return dict(zip(names, files, strict=True))


def told(name: str, bias: pd.DataFrame, profiles: pd.DataFrame) -> str:
    """The curves and what they come to, in words; means over the splits."""
    count = bias["split"].nunique()
    lines = [f"{name}: rank-1 of covered probes, from the start of the clip to its end (splits: {count})"]
    means = bias.groupby(["control", "cover", "position"], dropna=False, sort=False)["rank_1"].mean().reset_index()
    for (control, cover), rows in means.groupby(["control", "cover"], sort=False):
        values = rows["rank_1"].to_numpy(np.float64)
        numbers = " ".join(f"{value:.3f}" for value in values)
        tail = f"   position bias {position_bias(values):.3f}" if len(values) > 1 else ""
        lines.append(f"  {control:9} {cover:9} {numbers}{tail}")
    lines += [
        f"  {kind}: {_profile_told(rows.drop(columns=['measure', 'checkpoint']))}"
        for kind, rows in profiles.groupby("measure", sort=False)
    ]
    return "\n".join(lines)


def _profile_told(rows: pd.DataFrame) -> str:
    """Of one measure; means over the checkpoints."""
    row = rows.mean()
    thirds = " ".join(f"{row[third]:.3f}" for third in ("first", "middle", "last"))
    parts = {
        "entropy": f"entropy {row['entropy']:.2f}",
        "centre": f"centre {row['centre']:.3f}",
        "covered": f"on the covered frames {row['covered']:.3f}",
        "agreement": f"agreement of attention with it {row['agreement']:.2f} (median {row['median_agreement']:.2f})",
        "deletion": f"without the ten most it moves {row['deletion']:.2f} times as far as without ten random ones",
    }
    told = ", ".join(words for name, words in parts.items() if not np.isnan(row[name]))
    return f"thirds {thirds}, {told} ({rows['clips'].sum()} clips)"


def _stretch(frames: tuple[int, int] | None, length: int) -> slice:
    """Where in the clip the first and the last of these frames are; NOT_COVERED without any."""
    if frames is None:
        return NOT_COVERED
    first, last = frames
    if not 0 <= first <= last < length:
        raise ValueError(f"covered must be a first and a last frame from 0 to {length - 1}, got {first} and {last}")
    start, stop = np.searchsorted(chosen_frames(length, "spread"), [first, last + 1])
    return slice(int(start), int(stop)) if start < stop else NOT_COVERED


def _write(folder: Path, subject: Subject, found: Mapping[str, Importance], covered: slice) -> None:
    shown = chosen_frames(len(subject.tracklet), "spread")
    frames, times_s = subject.tracklet.frames[shown], subject.tracklet.times_s[shown]
    tables = {"importance": importance_table(found, shown, times_s).set_index("frame")}
    attends = {name: one.attention for name, one in found.items() if one.attention is not None}
    tables |= {f"attention_{name}": attention_table(attention, shown) for name, attention in attends.items()}
    values = {name: summary(one) for name, one in found.items()}
    files = {f"{name}.csv": table.to_csv(float_format="%.6g").encode() for name, table in tables.items()}
    files["summary.json"] = f"{json.dumps(values, indent=1)}\n".encode()
    files["strip.png"] = png(strip_picture(frames, all_measures(found), shown, covered))
    files["strip.mp4"] = strip_video(frames, all_measures(found), shown, times_s, covered)
    for name, content in files.items():
        with written(folder / name) as place:
            place.write_bytes(content)

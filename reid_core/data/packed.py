"""A data set's files in one table instead of a file each, for storage that is shared: few files, long reads.

    ROOT/pack.json       what it is: kind, name and protocol of the data set, what was wrong with it
    ROOT/frames/         a LanceDB table, a row a tracklet: who, by which camera, names, sizes and contents of its files
    ROOT/...             what lay beside the frames: splits, the card of rendered people

The contents are the files' own bytes, so fingerprint, frames and splits are those of the folders.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from reid_core.data.types import Dataset, Packed, TrackletFiles
from reid_core.files import check_place, written
from reid_core.lance import connected
from reid_core.progress import Progress

CARD, FOLDER, TABLE = "pack.json", "frames", "tracklets"
VERSION = 1
COLUMNS = ["pid", "camera", "name", "is_probe", "in_gallery", "names", "sizes"]  # all but the contents


def pack(dataset: Dataset, kind: str, out: Path, beside: Sequence[Path] = (), progress: Progress | None = None) -> None:
    """Write a data set as ``out``, which is complete or absent.

    Args: kind: by which name it was loaded. beside: small files to take along. progress: called with ("pack", tracklets
        done, in all).
    Raises: ValueError: ``out`` is there, or it is packed already. OSError: a file cannot be read.
    """
    if out.exists():
        raise ValueError(f"out must be a new folder, {out} is there")
    if any(files.packed for files in dataset.tracklets):
        raise ValueError(f"data must be a data set of folders, {dataset.root.parent} is packed already")
    check_place(out)
    about = {"version": VERSION, "kind": kind, "name": dataset.name, "protocol": dataset.protocol}
    with written(out) as place:
        place.mkdir()
        for path in beside:
            shutil.copy(path, place / path.name)
        _write_table(place / FOLDER, dataset.tracklets, progress)
        (place / CARD).write_text(json.dumps(about | {"problems": dataset.problems}, indent=1) + "\n")


def is_packed(root: Path) -> bool:
    """Whether a folder is one of these."""
    return (root / CARD).is_file()


def unpacked(root: Path, kind: str, protocol: str) -> Dataset:
    """The data set of a pack; its root is the folder of the table.

    Raises: ValueError: it was packed as another one, by a later version, or it is damaged.
    """
    try:
        about = json.loads((root / CARD).read_text())
        if about["version"] > VERSION:
            raise ValueError(f"root {root} is a pack of version {about['version']}; this package reads up to {VERSION}")
        if (about["kind"], about["protocol"]) != (kind, protocol):
            raise ValueError(
                f"root {root} was packed as {about['kind']}, protocol {about['protocol']}; got {kind}, {protocol}"
            )
        rows = _table(root / FOLDER).search().select(COLUMNS).to_arrow().to_pylist()
        tracklets = tuple(_files(row, number, root / FOLDER) for number, row in enumerate(rows))
        return Dataset(about["name"], about["protocol"], root / FOLDER, tracklets, tuple(about["problems"]))
    except (OSError, KeyError, TypeError) as error:
        raise ValueError(f"root {root} must hold a complete pack, it is damaged: {error}") from error


def contents(packed: Packed) -> list[bytes]:
    """The files of a tracklet, in order."""
    found = _table(packed.place).take_offsets([packed.row]).select(["contents"]).to_arrow()
    return [content.as_buffer().to_pybytes() for content in found["contents"][0]]


def _files(row: dict[str, Any], number: int, place: Path) -> TrackletFiles:
    packed = Packed(place, number, tuple(row["sizes"]))
    paths = tuple(place / name for name in row["names"])
    who = (row["pid"], row["camera"], row["name"])
    return TrackletFiles(*who, paths, row["is_probe"], row["in_gallery"], packed)


def _write_table(place: Path, tracklets: Sequence[TrackletFiles], progress: Progress | None) -> None:
    """A tracklet at a time, so that no more than some are held."""
    import pyarrow as pa

    texts, numbers = pa.list_(pa.string()), pa.list_(pa.int64())
    schema = pa.schema(
        [
            ("pid", pa.int64()),
            ("camera", pa.int64()),
            ("name", pa.string()),
            ("is_probe", pa.bool_()),
            ("in_gallery", pa.bool_()),
            ("names", texts),
            ("sizes", numbers),
            ("contents", pa.list_(pa.large_binary())),
        ]
    )

    def batches() -> Iterator[Any]:
        for done, files in enumerate(tracklets, 1):
            read = [path.read_bytes() for path in files.paths]
            row = {name: getattr(files, name) for name in ("pid", "camera", "name", "is_probe", "in_gallery")}
            row |= {"names": [path.name for path in files.paths], "sizes": list(map(len, read)), "contents": read}
            yield pa.RecordBatch.from_pylist([row], schema)
            if progress:
                progress("pack", done, len(tracklets))

    connected(place).create_table(TABLE, batches(), schema=schema)


@cache
def _table(place: Path) -> Any:
    return connected(place).open_table(TABLE)

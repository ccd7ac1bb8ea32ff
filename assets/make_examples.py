"""Make the bundled examples again: ``python -m assets.make_examples [FOOTAGE]``.

All but one pair follow from one seed, which no training uses, so nobody there was seen by a network that ships. The
real people are cut from FOOTAGE, a video that NOTICE names; without it their clips stay as they are.
"""

import hashlib
import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from reid_core.data.synthetic import camera, cover, person, render_scene, render_tracklet

FOLDER = Path(__file__).resolve().parent / "examples"
SEED = 777001
INTRUDER_SEED = SEED + 1  # somebody whom utrcnn leaves out, as in 49 of 56 trials; see the model card
SECONDS = 4.5
COVERED_SHARE = 0.4
CROP_SIZE = (128, 256)
SCENE_FPS = 10
POSTER_SIZE = (240, 160)
POSTER_CROPS = 3

FOOTAGE_DIGEST = "a5964aa259099a482a8b360ffc2c57b5a30f84d5919236a4dad01f8e929ac07c"
REAL_SIZE = (640, 360)
REAL_STARTS_S = {"real1.mp4": 24.0, "real2.mp4": 56.0}

# nothing that differs by chance: each walker below is told in full by a colour or two
DRESS = {
    "height": 1.74,
    "girth": 1.0,
    "hair": "short",
    "hair_colour": (38, 28, 22),
    "skin": (224, 178, 150),
    "headwear": "none",
    "headwear_colour": (64, 60, 62),
    "top": "jacket",
    "sleeves": "long",
    "length": 0.1,
    "inner_colour": None,
    "collar": "collar",
    "scarf": None,
    "pattern": "plain",
    "lower": "trousers",
    "lower_colour": (34, 34, 38),
    "shoes": (40, 36, 36),
    "boots": False,
    "backpack": None,
    "shoulder_bag": None,
    "hand_bag": None,
    "papers": False,
}

Frames = NDArray[np.uint8]


@dataclass(frozen=True)
class Example:
    """One bundled pair: files in this folder, what the truth is, and the words that go with it.

    covered: which share of b, its end, is covered.
    """

    key: str
    title: str
    story: str
    truth: str
    a: str
    b: str
    covered: float = 0.0


PLAIN = replace(person(SEED, 1), **DRESS)

WALKERS = {
    "student": replace(PLAIN, pid=9001, top_colour=(96, 56, 40), lower_colour=(52, 84, 140), backpack=(190, 180, 165)),
    "docker": replace(PLAIN, pid=9002, top_colour=(34, 66, 140), lower_colour=(36, 36, 42), headwear="beanie"),
    "tourist": replace(
        PLAIN, pid=9003, top_colour=(58, 122, 200), lower_colour=(84, 104, 146), headwear="hat", skin=(122, 82, 60)
    ),
    "yellow": replace(PLAIN, pid=9004, top_colour=(226, 178, 40), lower_colour=(44, 52, 92), hair="bob"),
    "white": replace(PLAIN, pid=9005, top="coat", length=0.5, top_colour=(224, 228, 224), shoulder_bag=(40, 44, 90)),
    "red": replace(PLAIN, pid=9006, top_colour=(140, 28, 48), lower_colour=(30, 36, 74), shoulder_bag=(28, 118, 84)),
    "skirt": replace(PLAIN, pid=9007, top_colour=(140, 138, 96), lower="long skirt", lower_colour=(88, 62, 40)),
}

EXAMPLES = (
    Example(
        "real",
        "Two real people",
        "Two people in black, seen from behind by the same camera. The people of all other pairs are rendered.",
        "different",
        "real1.mp4",
        "real2.mp4",
    ),
    Example(
        "same",
        "Same person",
        "One walker, filmed by two cameras with other colours, another angle and another background.",
        "same",
        "walker-camera1.mp4",
        "walker-camera2.mp4",
    ),
    Example(
        "different",
        "Two people in blue",
        "Two people with blue jackets and something on the head: alike at first sight, but not the same.",
        "different",
        "blue1-camera1.mp4",
        "blue2-camera2.mp4",
    ),
    Example(
        "covered",
        "Same person, end covered",
        "The first pair again, but in the last 40 % of the second video somebody else stands in front.",
        "same",
        "walker-camera1.mp4",
        "walker-camera2-covered.mp4",
        COVERED_SHARE,
    ),
    Example(
        "street",
        "Street with several people",
        "Two street scenes. Choose who is to be compared; two of the walkers pass both cameras.",
        "choose",
        "street-camera1.mp4",
        "street-camera2.mp4",
    ),
)


def main(footage: Path | None) -> None:
    """Write videos, posters and their list. Args: footage: from which the real people are cut."""
    FOLDER.mkdir(exist_ok=True)
    videos = {**_walkers(), **_streets(), **(_real(footage) if footage else {})}
    for name, (frames, rate) in videos.items():
        _write_video(FOLDER / name, frames, rate)
    for example in EXAMPLES:
        if example.a not in videos:
            continue
        poster = np.hstack([_poster(videos[name][0]) for name in (example.a, example.b)])
        cv2.imwrite(str(FOLDER / f"{example.key}.jpg"), poster[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    text = json.dumps([asdict(example) for example in EXAMPLES], indent=2)
    (FOLDER / "examples.json").write_text(text + "\n")


def _real(footage: Path) -> dict[str, tuple[Frames, int]]:
    """Parts of the footage, as large as a scene needs to be. Raises: ValueError: it is another file."""
    digest = hashlib.sha256(footage.read_bytes()).hexdigest()
    if digest != FOOTAGE_DIGEST:
        raise ValueError(f"footage must have sha256 {FOOTAGE_DIGEST}, {footage} has {digest}")
    with av.open(str(footage)) as file:
        stream = file.streams.video[0]
        frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in file.decode(stream)]
        rate = round(stream.average_rate or SCENE_FPS)
    return {
        name: (
            np.stack(
                [cv2.resize(x, REAL_SIZE, interpolation=cv2.INTER_AREA) for t, x in frames if 0 <= t - start < SECONDS]
            ),
            rate,
        )
        for name, start in REAL_STARTS_S.items()
    }


def _walkers() -> dict[str, tuple[Frames, int]]:
    """Person crops, as a tracker cuts them out."""
    walker, rate = _walk("student", 2)
    covered = cover(walker, len(walker) - round(COVERED_SHARE * len(walker)), len(walker), "person", INTRUDER_SEED)
    return {
        "walker-camera1.mp4": _walk("student", 1),
        "walker-camera2.mp4": (walker, rate),
        "walker-camera2-covered.mp4": (covered, rate),
        "blue1-camera1.mp4": _walk("docker", 1),
        "blue2-camera2.mp4": _walk("tourist", 2),
    }


def _walk(name: str, camera_index: int) -> tuple[Frames, int]:
    rate = round(camera(SEED, camera_index).frames_per_second)
    return render_tracklet(WALKERS[name], camera_index, round(SECONDS * rate), SEED, occlude=False), rate


def _streets() -> dict[str, tuple[Frames, int]]:
    """Whole pictures; of three walkers each, two pass both cameras."""
    crowds = {1: ("yellow", "white", "red"), 2: ("red", "skirt", "yellow")}
    return {f"street-camera{index}.mp4": (_street(index, names), SCENE_FPS) for index, names in crowds.items()}


def _street(camera_index: int, names: tuple[str, ...]) -> Frames:
    crowd = [WALKERS[name] for name in names]
    scene = render_scene(SEED, crowd, seconds=SECONDS, fps=SCENE_FPS, camera_index=camera_index)
    return np.stack([frame.image for frame in scene])


def _write_video(path: Path, frames: Frames, rate: int) -> None:
    """H.264 that browsers play; crops are enlarged so that its half-size colour planes lose nothing."""
    crop = frames.shape[1] > frames.shape[2]
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate, options={"crf": "20" if crop else "27", "preset": "slow"})
        stream.width, stream.height = CROP_SIZE if crop else (frames.shape[2], frames.shape[1])
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        for frame in frames:
            image = cv2.resize(frame, (stream.width, stream.height), interpolation=cv2.INTER_CUBIC)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        file.mux(stream.encode())


def _poster(frames: Frames) -> Frames:
    """Some crops of a tracklet in a row, or the middle of a scene, between light edges."""
    width, height = POSTER_SIZE
    if frames.shape[1] > frames.shape[2]:
        shown = np.hstack(frames[np.linspace(0, len(frames) - 1, POSTER_CROPS).round().astype(int)])
    else:
        wide = frames.shape[1] * width // height
        shown = frames[len(frames) // 2][:, (frames.shape[2] - wide) // 2 :][:, :wide]
    poster = cv2.resize(shown, POSTER_SIZE, interpolation=cv2.INTER_AREA if len(shown) > height else cv2.INTER_CUBIC)
    return cv2.copyMakeBorder(poster, 0, 0, 2, 2, cv2.BORDER_CONSTANT, value=(245, 245, 245))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)

"""Synthetic people: repeatable, told apart, in iLIDS-VID's folders, covered where asked, boxed where they walk."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_core.data import InputConfig, identity_batches, load, prepare
from reid_core.data.synthetic import (
    COVERS,
    World,
    camera,
    citizen,
    cover,
    dataset_hidden_shares,
    differences,
    hidden_shares,
    person,
    render_scene,
    render_tracklet,
    render_wide,
    tracklet_length,
    write_dataset,
)
from reid_core.data.synthetic.backdrop import facade
from reid_core.data.synthetic.camera import draw_camera, expose, mix
from reid_core.data.synthetic.mesh import build_tube
from reid_core.data.synthetic.skeleton import FOOT_L, FOOT_R, SHIN_L, THIGH_L, Gait, joints, pose

SEED = 11


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("synthetic")
    write_dataset(out, persons=2, seed=SEED, min_length=3, max_length=6)
    return out


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.png"))}


# ------------------------------------------------------------------ who walks


def test_the_same_seed_and_number_are_the_same_person():
    assert person(SEED, 5) == person(SEED, 5)
    assert person(SEED, 5) != person(SEED + 1, 5)


def test_siblings_differ_from_an_earlier_person_in_one_or_two_fields():
    crowd = [person(SEED, pid) for pid in range(1, 101)]
    closest = [min(len(differences(a, b)) for b in crowd[: a.pid - 1]) for a in crowd[1:]]
    siblings = [count for count in closest if count <= 2]
    assert 0.15 < len(siblings) / len(crowd) < 0.45
    assert set(siblings) == {1, 2}


def test_no_two_persons_are_the_same():
    crowd = [replace(person(SEED, pid), pid=1) for pid in range(1, 301)]
    assert len(set(crowd)) == 300


def test_most_clothes_are_dark_or_grey():
    colours = np.array([person(SEED, pid).top_colour for pid in range(1, 301)])
    dull = np.ptp(colours, axis=1) < 45
    assert 0.55 < dull.mean() < 0.9


@pytest.mark.parametrize(("seed", "pid"), [(-1, 1), (0, 0)])
def test_a_seed_or_number_out_of_range_is_refused(seed: int, pid: int):
    with pytest.raises(ValueError, match="seed >= 0 and pid >= 1"):
        person(seed, pid)


def test_an_unknown_garment_is_refused_by_name():
    with pytest.raises(ValueError, match=r"Person.lower is 'kilt'"):
        replace(person(SEED, 1), lower="kilt")


# ------------------------------------------------------------------ how they walk


def test_standing_still_leaves_the_bones_where_they_rest():
    rest = joints(1.8)
    _, origin = pose(np.zeros(1), Gait(step=0.0, swing=0.0, lean=0.0), rest)
    assert rest[:, 2].max() == pytest.approx(0.86 * 1.8)
    np.testing.assert_allclose(origin[0, :3], rest[:3], atol=0.03)


def test_bones_keep_their_length_while_walking():
    rest = joints(1.7)
    _, origin = pose(np.linspace(0, 1, 20), Gait(), rest)
    thigh = np.linalg.norm(origin[:, SHIN_L] - origin[:, THIGH_L], axis=1)
    np.testing.assert_allclose(thigh, np.linalg.norm(rest[SHIN_L] - rest[THIGH_L]), rtol=1e-5)


def test_the_feet_take_turns_and_half_a_cycle_swaps_them():
    _, origin = pose(np.array([0.0, 0.5]), Gait(), joints(1.7))
    assert origin[0, FOOT_L, 0] > origin[0, FOOT_R, 0] + 0.3
    assert origin[1, FOOT_R, 0] > origin[1, FOOT_L, 0] + 0.3


def test_quads_of_a_tube_face_outwards():
    tube = build_tube([(0.0, 0, 0, 1, 1), (1.0, 0, 0, 1, 1)], 3, 8)
    corners = tube.vertices[tube.quads]
    normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    assert (np.sum(normals[:, :2] * tube.where[:, :2], axis=1) > 0).all()
    np.testing.assert_allclose(tube.angle, np.arctan2(tube.where[:, 1], tube.where[:, 0]), atol=1e-6)


# ------------------------------------------------------------------ one recording


def test_a_tracklet_is_repeatable_and_of_the_network_s_shape():
    first = render_tracklet(person(SEED, 1), 1, 5, SEED)
    assert first.shape == (5, 128, 64, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, render_tracklet(person(SEED, 1), 1, 5, SEED))


def test_persons_cameras_and_seeds_give_different_pictures():
    base = render_tracklet(person(SEED, 1), 1, 3, SEED).astype(int)
    for other in (
        render_tracklet(person(SEED, 2), 1, 3, SEED),
        render_tracklet(person(SEED, 1), 2, 3, SEED),
        render_tracklet(person(SEED, 1), 1, 3, SEED + 1),
    ):
        assert np.abs(base - other).mean() > 8


def test_the_walker_moves_from_frame_to_frame():
    frames = render_tracklet(person(SEED, 1), 1, 6, SEED, occlude=False).astype(int)
    assert np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3)).min() > 2


def test_without_occluders_only_what_passes_in_front_changes():
    pids = range(1, 9)
    bare, full = ([render_tracklet(person(SEED, p), 1, 8, SEED, occlude=o) for p in pids] for o in (False, True))
    changed = [np.abs(a.astype(int) - b).max() > 60 for a, b in zip(bare, full, strict=True)]
    assert 1 <= sum(changed) < len(changed)


def test_a_hidden_share_is_how_much_of_the_walker_changes_when_nothing_passes_in_front():
    seen, told = [], []
    for pid in range(1, 13):
        bare, full = (render_tracklet(person(SEED, pid), 1, 8, SEED, occlude=o).astype(int) for o in (False, True))
        seen += (np.abs(bare - full).max(axis=3) > 60).mean(axis=(1, 2)).tolist()
        told += hidden_shares(person(SEED, pid), 1, 8, SEED).tolist()
    changed, hidden = np.array(seen), np.array(told)
    assert (hidden > 0.7).any() and changed[hidden > 0.7].min() > 0.1
    assert (hidden == 0).any() and changed[changed < 0.001].size and hidden[changed < 0.001].max() < 0.02
    assert hidden.min() >= 0 and hidden.max() <= 1


def test_the_hidden_shares_of_a_data_set_have_its_names_and_lengths(dataset: Path):
    shares = dataset_hidden_shares(dataset)
    frames = {f"{path.parent.name}/{path.name}": len(list(path.iterdir())) for path in dataset.glob("*/*/cam*/*")}
    assert {name: len(values) for name, values in shares.items()} == frames
    with pytest.raises(ValueError, match=r"synthetic\.json"):
        dataset_hidden_shares(dataset / "i-LIDS-VID")


def test_nothing_is_hidden_where_nothing_may_pass_in_front(tmp_path: Path):
    write_dataset(tmp_path, persons=6, seed=SEED, min_length=3, max_length=6, world=World(occlude=False))
    assert not np.concatenate(list(dataset_hidden_shares(tmp_path).values())).any()


def test_a_bad_length_or_variety_is_refused():
    with pytest.raises(ValueError, match="length 0"):
        render_tracklet(person(SEED, 1), 1, 0, SEED)
    with pytest.raises(ValueError, match="variety 2"):
        render_tracklet(person(SEED, 1), 1, 4, SEED, variety=2)


# ------------------------------------------------------------------ cameras


def test_two_cameras_of_a_data_set_differ_and_mixing_reaches_both():
    a, b = camera(SEED, 1), camera(SEED, 2)
    assert a != b
    assert mix(a, b, 0.0) == a
    assert mix(a, b, 1.0) == b
    assert mix(a, b, 0.5).gamma == pytest.approx((a.gamma + b.gamma) / 2)


def test_a_neutral_camera_changes_next_to_nothing():
    drawn = draw_camera(np.random.default_rng(0))
    neutral = replace(
        drawn, red=1.0, blue=1.0, exposure=1.0, gamma=1.0, saturation=1.0, black=0.0, blur=0.0, sharpening=0.0
    )
    neutral = replace(neutral, noise=0.01, pixels=1000.0, quality=100.0)
    ramp = np.linspace(0, 200, 64).astype(np.uint8)
    frames = np.broadcast_to(ramp[None, None, :, None], (2, 128, 64, 3)).copy()
    assert np.abs(expose(frames, neutral, np.random.default_rng(0)).astype(int) - frames).max() <= 3


def test_red_light_makes_a_grey_picture_red_and_leaves_the_channels_in_order():
    lens = replace(draw_camera(np.random.default_rng(0)), red=1.5, blue=1.0, exposure=1.0, saturation=1.0)
    shot = expose(np.full((1, 128, 64, 3), 90, np.uint8), lens, np.random.default_rng(0)).mean(axis=(0, 1, 2))
    assert shot[0] > shot[1] + 20
    assert abs(shot[1] - shot[2]) < 6


def test_an_impossible_camera_is_refused_by_field():
    with pytest.raises(ValueError, match=r"Camera.quality is 0"):
        replace(camera(SEED, 1), quality=0)


# ------------------------------------------------------------------ covering


@pytest.mark.parametrize("kind", COVERS)
def test_cover_changes_the_named_frames_and_no_others(kind: str):
    frames = render_tracklet(person(SEED, 1), 1, 8, SEED, occlude=False)
    covered = cover(frames, 5, 8, kind, seed=3)
    changed = (covered != frames).mean(axis=(1, 2, 3))
    assert (changed[:5] == 0).all()
    assert (changed[5:] > (0.05 if kind == "pole" else 0.3)).all()
    assert covered.shape == frames.shape
    assert covered.dtype == np.uint8


def test_covering_nothing_changes_nothing_and_the_input_is_kept():
    frames = render_tracklet(person(SEED, 1), 1, 4, SEED)
    before = frames.copy()
    np.testing.assert_array_equal(cover(frames, 2, 2), frames)
    cover(frames, 0, 4, "blank")
    np.testing.assert_array_equal(frames, before)


def test_a_cover_outside_the_clip_or_of_an_unknown_kind_is_refused():
    frames = np.zeros((4, 128, 64, 3), np.uint8)
    with pytest.raises(ValueError, match="got 2 and 5"):
        cover(frames, 2, 5)
    with pytest.raises(ValueError, match="'fog'"):
        cover(frames, 0, 1, "fog")


# ------------------------------------------------------------------ on disk


def test_a_data_set_has_the_folders_and_names_of_ilids_vid(dataset: Path):
    sequences = dataset / "i-LIDS-VID" / "sequences"
    assert sorted(folder.name for folder in sequences.iterdir()) == ["cam1", "cam2"]
    for index in (1, 2):
        for pid in (1, 2):
            folder = sequences / f"cam{index}" / f"person{pid:03d}"
            count = tracklet_length(SEED, pid, index, 3, 6)
            expected = [f"cam{index}_person{pid:03d}_{number:05d}.png" for number in range(1, count + 1)]
            assert sorted(path.name for path in folder.iterdir()) == expected


def test_pictures_on_disk_are_the_rendered_frames(dataset: Path):
    path = dataset / "i-LIDS-VID" / "sequences" / "cam2" / "person001" / "cam2_person001_00002.png"
    stored = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    frames = render_tracklet(person(SEED, 1), 2, tracklet_length(SEED, 1, 2, 3, 6), SEED)
    np.testing.assert_array_equal(stored, frames[1])


def test_the_card_tells_seed_persons_and_lengths(dataset: Path):
    card = json.loads((dataset / "synthetic.json").read_text())
    assert (card["seed"], card["persons"]) == (SEED, 2)
    assert card["lengths"]["cam1"] == [tracklet_length(SEED, pid, 1, 3, 6) for pid in (1, 2)]


def test_a_person_does_not_depend_on_how_many_are_written(dataset: Path, tmp_path: Path):
    write_dataset(tmp_path, persons=1, seed=SEED, min_length=3, max_length=6)
    alone = bytes_of(tmp_path)
    assert len(alone) >= 6
    assert alone.items() <= bytes_of(dataset).items()


def test_a_killed_run_goes_on_where_it_stopped(dataset: Path, tmp_path: Path):
    complete = bytes_of(dataset)
    copy = tmp_path / "copy"
    shutil.copytree(dataset, copy)
    sequences = copy / "i-LIDS-VID" / "sequences"
    shutil.rmtree(sequences / "cam1" / "person002")
    left_over = sequences / "cam1" / ".person002.0.part"
    left_over.mkdir()
    (left_over / "cam1_person002_00099.png").write_bytes(b"half")
    kept = sequences / "cam2" / "person001" / "cam2_person001_00001.png"
    stamp = kept.stat().st_mtime_ns
    write_dataset(copy, persons=2, seed=SEED, min_length=3, max_length=6)
    assert bytes_of(copy) == complete
    assert kept.stat().st_mtime_ns == stamp
    assert not left_over.exists()


def test_a_stopped_run_leaves_no_half_folder(tmp_path: Path):
    def stop(stage: str, done: int, total: int | None) -> None:
        assert (stage, total) == ("synthesize", 4)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(tmp_path, persons=2, seed=SEED, min_length=3, max_length=6, progress=stop)
    folders = {folder.name for folder in (tmp_path / "i-LIDS-VID" / "sequences").rglob("*") if folder.is_dir()}
    assert folders == {"cam1", "cam2", "person001"}


def test_another_data_set_in_the_same_folder_is_refused(dataset: Path):
    with pytest.raises(ValueError, match="choose another folder"):
        write_dataset(dataset, persons=2, seed=SEED + 1, min_length=3, max_length=6)
    with pytest.raises(ValueError, match="persons is 0"):
        write_dataset(dataset, persons=0, seed=SEED)
    with pytest.raises(ValueError, match="occlude True, not False"):
        write_dataset(dataset, persons=2, seed=SEED, min_length=3, max_length=6, world=World(occlude=False))


def test_without_occlusion_nothing_passes_in_front(tmp_path: Path):
    write_dataset(tmp_path, persons=1, seed=SEED, min_length=3, max_length=6, world=World(occlude=False))
    paths = sorted((tmp_path / "i-LIDS-VID" / "sequences" / "cam1" / "person001").iterdir())
    frames = np.stack([cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in paths])
    assert (frames == render_tracklet(person(SEED, 1), 1, len(paths), SEED, occlude=False)).all()


def test_lengths_are_spread_as_in_ilids_vid():
    lengths = np.array([tracklet_length(SEED, pid, index) for pid in range(1, 301) for index in (1, 2)])
    assert lengths.min() >= 23
    assert lengths.max() <= 192
    assert lengths.mean() == pytest.approx(73, abs=4)
    assert np.median(lengths) < lengths.mean()


# ------------------------------------------------------------------ a street


def test_a_scene_has_its_size_number_and_walkers_in_their_boxes():
    scene = list(render_scene(SEED, 2, width=320, height=180, seconds=2, fps=5))
    images = np.stack([frame.image for frame in scene]).astype(int)
    assert images.shape == (10, 180, 320, 3)
    street = np.median(images, axis=0)
    inside = outside = 0
    for frame, image in zip(scene, images, strict=True):
        away = np.abs(image - street).max(axis=2) > 60
        mask = np.zeros(away.shape, bool)
        for left, top, right, bottom in frame.boxes.round().astype(int):
            mask[max(0, top - 3) : bottom + 6, max(0, left - 3) : right + 4] = True
        inside, outside = inside + away[mask].sum(), outside + (away & ~mask).sum() * (len(frame.boxes) == 2)
    assert inside > 2000
    assert outside < 0.02 * inside


def test_each_walker_passes_and_is_named():
    scene = list(render_scene(SEED, [person(SEED, 7), person(SEED, 9)], width=320, height=180, seconds=6, fps=2))
    assert {pid for frame in scene for pid in frame.pids.tolist()} == {7, 9}
    for frame in scene:
        assert frame.boxes.shape == (len(frame.pids), 4)
        assert frame.boxes.dtype == np.float32
        assert (frame.boxes >= 0).all()
        assert (frame.boxes[:, 2:] <= (320, 180)).all()


def test_the_same_scene_comes_twice_and_another_camera_sees_it_otherwise():
    first, again, other = (
        next(render_scene(SEED, 1, width=160, height=90, seconds=1, fps=2, camera_index=index)).image
        for index in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first.astype(int) - other).mean() > 5


def test_the_last_house_of_a_row_may_be_as_narrow_as_it_comes():
    assert all(facade(np.random.default_rng(seed), 24, 24).shape == (24, 24, 3) for seed in range(60))


def test_an_empty_scene_is_refused():
    with pytest.raises(ValueError, match="expected persons"):
        next(render_scene(SEED, []))


# ------------------------------------------------------------------ more cameras, another world


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("many")
    write_dataset(out, persons=6, seed=SEED, min_length=2, max_length=4, world=World("wide", cameras=9, views=3))
    return out


def test_each_person_is_seen_by_as_many_cameras_as_asked_and_not_by_the_same(many: Path):
    seen = [World("wide", 9, 3).seen_by(SEED, pid) for pid in range(1, 7)]
    assert all(len(set(cameras)) == 3 and cameras == tuple(sorted(cameras)) for cameras in seen)
    assert len(set(seen)) > 3
    folders = {(folder.parent.name, folder.name) for folder in many.glob("i-LIDS-VID/sequences/cam*/*")}
    assert folders == {(f"cam{c}", f"person{pid:03d}") for pid, cameras in enumerate(seen, 1) for c in cameras}


def test_all_recordings_of_many_cameras_are_loaded_by_name_or_as_a_folder_and_make_batches(many: Path):
    known, found = load("synthetic", many), load("folder", many / "i-LIDS-VID" / "sequences")
    names = {tracklet.name for tracklet in known.tracklets}
    assert len(names) == 18
    assert names == {tracklet.name for tracklet in found.tracklets}
    assert (known.problems, found.problems) == ((), ())
    prepared = prepare(known, InputConfig(), many / "cache")
    (picks,) = identity_batches(prepared.tracklets, identities=6, clips=3, clip_length=2, seed=1, epoch=0)
    assert all(len(set(picks.camera[row : row + 3].tolist())) == 3 for row in range(0, 18, 3))


def test_the_frames_of_the_wide_world_are_those_rendered(many: Path):
    (first, *_) = World("wide", 9, 3).seen_by(SEED, 2)
    folder = many / "i-LIDS-VID" / "sequences" / f"cam{first}" / "person002"
    frames = np.stack([cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in sorted(folder.iterdir())])
    np.testing.assert_array_equal(frames, render_wide(citizen(SEED, 2), first, len(frames), SEED))


def test_what_is_hidden_is_known_of_the_wide_world_too(many: Path):
    shares = dataset_hidden_shares(many)
    folders = many.glob("i-LIDS-VID/sequences/cam*/*")
    expected = {f"{folder.parent.name}/{folder.name}": len(list(folder.iterdir())) for folder in folders}
    assert {name: len(values) for name, values in shares.items()} == expected
    assert 0 < max(values.max() for values in shares.values()) <= 1
    assert sum(values.max() > 0 for values in shares.values()) < 0.5 * len(shares)


def test_the_card_of_plain_people_in_two_cameras_is_as_it_was_before_there_was_a_choice(dataset: Path, many: Path):
    names = ["version", "seed", "min_length", "max_length", "variety", "occlude", "persons", "lengths"]
    assert list(json.loads((dataset / "synthetic.json").read_text())) == names
    card = json.loads((many / "synthetic.json").read_text())
    assert (card["world"], card["cameras"], card["views"]) == ("wide", 9, 3)
    with pytest.raises(ValueError, match="world plain, not wide"):
        write_dataset(dataset, persons=2, seed=SEED, min_length=3, max_length=6, world=World("wide"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"world": "flat"}, "world must be one of plain, wide, got 'flat'"),
        ({"views": 3}, "got 3 views and 2 cameras"),
        ({"cameras": 5, "views": 1}, "got 1 views and 5 cameras"),
    ],
)
def test_a_world_that_cannot_be_is_refused(wrong: dict[str, object], message: str):
    with pytest.raises(ValueError, match=message):
        World(**wrong)

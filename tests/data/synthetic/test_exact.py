"""Arithmetic that is the same everywhere: against the C library, fractions and OpenCV, and in other processors."""

import math
import os
import subprocess
import sys
from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy._core import _multiarray_umath as umath

from reid_core.data.synthetic import exact

X = np.random.default_rng(0).uniform(-30, 30, 2000)


@pytest.mark.parametrize("name", ["exp", "sin", "cos", "tanh"])
def test_a_function_is_the_c_library_s_to_the_last_digits(name: str) -> None:
    expected = [getattr(math, name)(x) for x in X]
    np.testing.assert_allclose(getattr(exact, name)(X), expected, rtol=1e-15, atol=3e-16)


def test_logarithms_and_powers_are_the_c_library_s_to_the_last_digits() -> None:
    positive = np.abs(X) / 10
    np.testing.assert_allclose(exact.log(positive), [math.log(x) for x in positive], rtol=1e-15, atol=3e-16)
    np.testing.assert_allclose(exact.power(positive, 0.45), [x**0.45 for x in positive], rtol=2e-15)
    assert exact.power(0, 0.7) == 0
    assert exact.exp(0) == exact.cos(0) == 1
    assert exact.sin(0) == exact.log(1) == 0


def test_a_product_rounds_once_a_step() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((5, 4, 3)).astype(np.float32), rng.standard_normal((5, 3, 2)).astype(np.float32)
    expected = np.empty((5, 4, 2), np.float32)
    for at in np.ndindex(expected.shape):
        total = np.float32(0)
        for k in range(3):
            total = np.float32(
                float(
                    Fraction(float(a[at[0], at[1], k])) * Fraction(float(b[at[0], k, at[2]])) + Fraction(float(total))
                )
            )
        expected[at] = total
    np.testing.assert_array_equal(exact.product(a, b), expected)
    np.testing.assert_allclose(exact.against(a, b[0, :, 0]), a @ b[0, :, 0], atol=1e-6)


def test_pictures_are_enlarged_and_sharpened_as_opencv_does_but_for_roundings() -> None:
    rng = np.random.default_rng(2)
    small = rng.standard_normal((7, 10), np.float32)
    np.testing.assert_allclose(exact.enlarge(small, 60, 90), cv2.resize(small, (90, 60)), atol=1e-5)
    image = cv2.GaussianBlur(rng.integers(0, 256, (90, 45, 3), np.uint8), (0, 0), 1)
    kernel = np.array([[0, -0.2, 0], [-0.2, 1.8, -0.2], [0, -0.2, 0]], np.float32)
    away = np.abs(exact.sharpen(image, 0.8).astype(int) - cv2.filter2D(image, -1, kernel))
    assert away.max() <= 1 and (away > 0).mean() < 1e-3


# ------------------------------------------------------------------ other processors

RENDER = """
from dataclasses import replace
import numpy as np
from reid_core.data.fingerprint import digest
from reid_core.data.synthetic import person, render_tracklet, tracklet_length
from reid_core.data.synthetic.backdrop import backdrop
from reid_core.data.synthetic.camera import draw_camera, expose

for camera, pid in ((1, 4), (1, 175), (2, 43)):
    frames = render_tracklet(person(2018, pid), camera, tracklet_length(2018, pid, camera), 2018)
    print(camera, pid, digest(frames))
rng = np.random.default_rng(0)
print([draw_camera(rng) for _ in range(20)])
lens = replace(draw_camera(rng), blur=0.8, sharpening=1.2, pixels=150, quality=90)
print(digest(expose(rng.integers(0, 256, (60, 128, 64, 3), np.uint8), lens, rng)))
print(digest(np.stack([backdrop(rng) for _ in range(20)])))
"""
DISPATCHED = [name for name in umath.__cpu_dispatch__ if umath.__cpu_features__[name]]
PROCESSORS = {
    "this one": {},
    "AVX2": {
        "NPY_DISABLE_CPU_FEATURES": " ".join(DISPATCHED[1:]),
        "OPENBLAS_CORETYPE": "Haswell",
        "OPENCV_CPU_DISABLE": "AVX512-SKX",
        "OPENCV_IPP": "avx2",
    },
    "SSE4": {
        "NPY_DISABLE_CPU_FEATURES": " ".join(DISPATCHED),
        "OPENBLAS_CORETYPE": "Nehalem",
        "OPENCV_CPU_DISABLE": "AVX512-SKX,AVX2,FP16,AVX",
        "OPENCV_IPP": "sse42",
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2_Usable,-FMA_Usable,-AVX2,-FMA,-AVX512F",
    },
    "the oldest": {
        "NPY_DISABLE_CPU_FEATURES": " ".join(DISPATCHED),
        "OPENBLAS_CORETYPE": "Prescott",
        "OPENCV_CPU_DISABLE": "AVX512-SKX,AVX2,FP16,AVX,SSE4.2,SSE4.1",
        "OPENCV_IPP": "disabled",
        "JSIMD_FORCENONE": "1",
    },
}


def rendered(processor: str) -> str:
    """Digests of three tracklets of SynthWalk, and of what they seldom show, as if by another processor."""
    done = subprocess.run(
        [sys.executable, "-c", RENDER],
        env=os.environ | PROCESSORS[processor],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count("\n") == 6
    return done.stdout


@pytest.fixture(scope="module")
def here() -> str:
    return rendered("this one")


@pytest.mark.parametrize("processor", list(PROCESSORS)[1:])
def test_frames_are_the_same_on_every_processor(here: str, processor: str) -> None:
    assert rendered(processor) == here

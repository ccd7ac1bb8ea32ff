"""Shared by the tests of what is computed without a gradient."""

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture
def no_gradient() -> Iterator[None]:
    with torch.no_grad():
        yield

"""What holds for every test: the order of the files, and that a page leaves no trace in the process."""

import gc
import multiprocessing
import sys
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
WHOLE = {HERE, HERE / "e2e", HERE / "pages"}  # tests of the whole, which take long, not of one room


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: each is one process's alone, and the last ones to be handed out must be short."""
    items.sort(key=lambda item: (item.path.parent not in WHOLE, -item.path.stat().st_size, str(item.path)))


def pytest_collection_finish() -> None:
    """What was imported and collected is nothing that the garbage collector need look at again and again."""
    gc.freeze()


def pytest_unconfigure() -> None:
    """Bindings complain of what is left at the end."""
    gc.unfreeze()


@pytest.fixture(autouse=True)
def the_main_module_stays() -> Iterator[None]:
    """A page that a test opens becomes the main module, which every new process of a later test would run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def processes() -> ForkServerContext:
    """Makes processes that have imported everything and done nothing yet; of one server, which loads once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.killing", "tests.search.street", "tests.training.trainings"])
    return context

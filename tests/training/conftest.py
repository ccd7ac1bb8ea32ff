import multiprocessing

import pytest


@pytest.fixture(scope="module")
def processes() -> multiprocessing.context.ForkServerContext:
    """Makes processes that have imported everything and done nothing yet."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.training.trainings"])
    return context

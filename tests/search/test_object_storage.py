"""The same tables on object storage, here a server of S3 in this process."""

from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer

from reid_core.search import Decision, Source, build, create, delete, find, is_index, open_index, stored
from tests.search.street import Seer, Walk, checkpoint, street


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an index that is not there yet, in a store that the environment names."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    settings = {
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "something",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT": address,
        "AWS_ALLOW_HTTP": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    urlopen(Request(f"{address}/footage", method="PUT")).close()
    yield "s3://footage/monday"
    server.stop()


def test_an_index_on_object_storage_is_made_searched_added_to_and_deleted(bucket: str, tmp_path: Path) -> None:
    north = street(tmp_path / "north.mkv", [Walk(0, 0, 20)], 22)
    south = street(tmp_path / "south.mkv", [Walk(2, 0, 20), Walk(0, 25, 45)], 47)
    assert not is_index(bucket)
    list(build(create(bucket, checkpoint(), "tiny"), [Source(north, "north")], checkpoint(), Seer()))
    index = open_index(bucket)
    steps = list(build(index, [Source(north, "north"), Source(south, "south")], checkpoint(), Seer()))
    assert [step.state for step in steps if step.video == 0] == ["reading", "known"]
    hit = find(stored(index, 1), [index], checkpoint()).hits[0]
    assert (hit.camera, hit.start_s) == ("south", 5.0)
    index.decide(Decision("same", 1, hit.tracklet))
    index.remove(index.videos()[0].digest)
    assert index.cameras() == {"south": 2} and index.decisions() == ()
    delete(bucket)
    assert not is_index(bucket)

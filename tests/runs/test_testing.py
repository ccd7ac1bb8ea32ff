"""On which data a run is tested again."""

from pathlib import Path

import pytest

from reid_core.data import Dataset, Prepared
from reid_core.runs import other_tests, own_tests, read_run, testing
from tests.run_folders import people, write


@pytest.mark.parametrize("same", [True, False])
def test_another_rendering_of_a_run_s_data_is_its_own(tmp_path: Path, monkeypatch, same: bool) -> None:  # type: ignore[no-untyped-def]
    run = read_run(write(tmp_path, "one"))
    prepared = Prepared("synthetic people", "synthetic", "rounded-otherwise", tuple(people(12)))
    dataset = Dataset(prepared.name, prepared.protocol, tmp_path / "data", ())
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(testing, "same_data", lambda *words: asked.append(words) or same)
    monkeypatch.setattr(testing, "splits_of", lambda _: None)
    monkeypatch.setattr(testing, "pids_tested", lambda *_: {0: (1,)})
    if same:
        assert own_tests(run, dataset, prepared).pids == {0: (1,)}
        with pytest.raises(ValueError, match="other than that of run one"):
            other_tests(run, dataset, prepared, halves=False)
    else:
        assert other_tests(run, dataset, prepared, halves=False).pids == dict.fromkeys((0, 1), prepared.pids)
        with pytest.raises(ValueError, match="that of run one"):
            own_tests(run, dataset, prepared)
    assert asked == [(prepared, dataset, run.info.dataset, run.info.fingerprint)] * 2

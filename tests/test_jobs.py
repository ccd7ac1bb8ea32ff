"""Jobs are small scripts here, run by a queue's own process or by a thread in its stead."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from reid_core import jobs as runner
from reid_core.jobs import again, clear, go_on, jobs, pause, said_by, stop, submit, wake, work_off

COUNT = "import sys, time\nfor k in range(2000): print(k, flush=True); time.sleep(0.02)"
SAY = "print('begun'); print('made it')"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose jobs are scripts, and nobody works them off unasked."""
    monkeypatch.setattr(runner, "COMMAND", (sys.executable, "-c"))
    monkeypatch.setattr(runner, "wake", lambda root: None)
    return tmp_path


@pytest.fixture
def working(root: Path) -> Iterator[Callable[[], Thread]]:
    """Begin to work the queue off in a thread; what runs at the end is stopped."""
    threads = []

    def begin() -> Thread:
        threads.append(Thread(target=work_off, args=(root,), daemon=True))
        threads[-1].start()
        return threads[-1]

    yield begin
    for job in jobs(root):
        stop(root, job.key)
    for thread in threads:
        thread.join()


def states(root: Path) -> list[str]:
    return [job.state for job in jobs(root)]


def counts(root: Path) -> bool:
    """Whether the first job runs and has said a number."""
    return states(root)[0] == "running" and jobs(root)[0].said.isdigit()


def until(true: Callable[[], object]) -> None:
    while not true():
        time.sleep(0.01)


def test_a_folder_that_nothing_was_asked_of_has_no_jobs_and_stays_as_it_is(tmp_path: Path) -> None:
    wake(tmp_path)
    assert jobs(tmp_path) == () and not list(tmp_path.iterdir())


def test_jobs_run_one_after_the_other_in_the_order_in_which_they_were_asked_for(root: Path) -> None:
    for number in range(3):
        submit(root, f"job {number}", [f"open({str(root / 'order')!r}, 'a').write('{number}'); {SAY}"])
    assert states(root) == ["waiting"] * 3
    work_off(root)
    assert [(job.name, job.state, job.said) for job in jobs(root)] == [
        (f"job {k}", "done", "made it") for k in range(3)
    ]
    assert (root / "order").read_text() == "012"


def test_only_one_runs_however_many_work_the_queue_off(root: Path, working: Callable[[], Thread]) -> None:
    for name in "ab":
        submit(root, name, [COUNT])
    working(), working()
    until(lambda: states(root)[0] == "running")
    time.sleep(0.2)
    assert states(root) == ["running", "waiting"]


def test_a_paused_job_says_nothing_until_it_goes_on(root: Path, working: Callable[[], Thread]) -> None:
    submit(root, "count", [COUNT])
    working()
    until(lambda: counts(root))
    pause(root, jobs(root)[0].key)
    assert states(root) == ["paused"]
    time.sleep(0.1)
    said = jobs(root)[0].said
    time.sleep(0.2)
    assert jobs(root)[0].said == said
    go_on(root, jobs(root)[0].key)
    assert states(root) == ["running"]
    until(lambda: jobs(root)[0].said != said)


@pytest.mark.parametrize("paused", [False, True])
def test_a_stopped_job_can_be_asked_for_again(root: Path, working: Callable[[], Thread], paused: bool) -> None:
    """A command takes the signal for Ctrl-C and says so; this one does not and is told of all the same."""
    submit(root, "count", [COUNT])
    thread = working()
    until(lambda: counts(root))
    key = jobs(root)[0].key
    if paused:
        pause(root, key)
    stop(root, key)
    thread.join()
    assert [(job.state, job.said) for job in jobs(root)] == [("stopped", "stopped")]
    again(root, key)
    assert [(job.state, job.said) for job in jobs(root)] == [("waiting", "")]


def test_one_that_is_stopped_as_it_is_begun_is_stopped_all_the_same(
    root: Path, working: Callable[[], Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken from the queue, and its process is not there yet."""
    begun, popen = Event(), runner.subprocess.Popen

    def late(*words: object, **how: object) -> object:
        begun.set()
        time.sleep(0.3)
        return popen(*words, **how)

    monkeypatch.setattr(runner.subprocess, "Popen", late)
    submit(root, "short", ["import time; time.sleep(3)"])
    thread = working()
    begun.wait()
    stop(root, jobs(root)[0].key)
    thread.join()
    assert states(root) == ["stopped"]


def test_one_that_waits_is_not_begun_while_it_is_stopped(
    root: Path, working: Callable[[], Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    get, threads = runner.LiteQueue.get, []

    def slowly(queue: object, key: str) -> object:
        asked = get(queue, key)
        if not threads:
            threads.append(working())
            time.sleep(0.5)
        return asked

    submit(root, "say", [SAY])
    monkeypatch.setattr(runner.LiteQueue, "get", slowly)
    stop(root, jobs(root)[0].key)
    threads[0].join()
    assert [(job.state, job.said) for job in jobs(root)] == [("stopped", "")]


def test_one_that_waits_leaves_the_queue_when_it_is_stopped(root: Path) -> None:
    submit(root, "say", [SAY])
    stop(root, jobs(root)[0].key)
    work_off(root)
    assert [(job.state, job.said) for job in jobs(root)] == [("stopped", "")]


def test_a_killed_job_is_told_of_and_the_next_one_runs(root: Path) -> None:
    submit(root, "killed", ["import os; print('begun', flush=True); os.kill(os.getpid(), 9)"])
    submit(root, "next", [SAY])
    work_off(root)
    first, second = jobs(root)
    assert first.state == "failed" and first.said.startswith("error: it was killed (SIGKILL)")
    assert second.state == "done"


def test_what_a_job_that_failed_said_last_is_told(root: Path) -> None:
    submit(root, "wrong", ["import sys; sys.exit('error: out must be new')"])
    work_off(root)
    assert [(job.state, job.said) for job in jobs(root)] == [("failed", "error: out must be new")]


def test_of_a_bar_what_it_showed_last_is_told(root: Path) -> None:
    submit(root, "bar", ["print('1 of 2\\r2 of 2\\r', end='')"])
    work_off(root)
    assert jobs(root)[0].said == "2 of 2"


def test_a_job_draws_its_bars_and_of_each_line_what_was_drawn_last_is_kept(root: Path) -> None:
    script = "from reid_core.commands.progress import Bars\nwith Bars"
    script = f"{script}() as b:\n b('read', 1, 2)\n b.tell('odd')\nprint('made it')"
    submit(root, "bars", [script])
    work_off(root)
    said = said_by(root, jobs(root)[0].key)
    assert "odd" in said and said[-1] == "made it" and not any("\r" in line for line in said)
    submit(root, "bar", ["print('a\\rb\\r  \\r\\n\\nc\\rd\\r', end='')"])
    work_off(root)
    assert said_by(root, jobs(root)[1].key) == ("b", "d") and said_by(root, "none") == ()


def test_a_disk_that_cannot_be_written_is_told_in_a_sentence(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    submit(root, "say", [SAY])

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(runner.LiteQueue, "put", full)
    with pytest.raises(OSError, match=r"the queue in .* must be written, it cannot: database or disk is full"):
        submit(root, "more", [SAY])
    assert [(job.name, job.state) for job in jobs(root)] == [("say", "waiting")]


def test_when_the_machine_went_down_the_job_is_told_of_and_what_waits_runs(root: Path) -> None:
    """As it is left then: taken from the queue, and nobody holds the lock."""
    for name in ("lost", "next"):
        submit(root, name, [SAY])
    with runner._queue(root) as queue:
        queue.pop()
    assert [(job.state, job.said) for job in jobs(root)] == [("failed", runner.UNSEEN), ("waiting", "")]
    work_off(root)
    assert [(job.state, job.said) for job in jobs(root)] == [("failed", runner.UNSEEN), ("done", "made it")]


def test_what_has_ended_is_cleared_away_and_what_waits_stays(root: Path) -> None:
    submit(root, "first", [SAY])
    work_off(root)
    submit(root, "second", [SAY])
    clear(root)
    assert [job.name for job in jobs(root)] == ["second"]
    assert not list((root / runner.FOLDER).glob("*.log"))


def test_one_job_that_has_ended_is_cleared_away_alone(root: Path) -> None:
    submit(root, "first", [SAY])
    submit(root, "second", [SAY])
    work_off(root)
    clear(root, jobs(root)[0].key)
    assert [(job.name, job.said) for job in jobs(root)] == [("second", "made it")]
    assert len(list((root / runner.FOLDER).glob("*-*.log"))) == 1


def test_killed_from_outside_the_queue_s_process_leaves_a_job_that_is_seen_and_stopped_and_no_second_one(
    root: Path,
) -> None:
    submit(root, "count", [COUNT])
    submit(root, "say", [SAY])
    script = "import sys; from pathlib import Path; from reid_core import jobs; jobs.COMMAND = (sys.executable, '-c'); "
    command = [sys.executable, "-c", f"{script} jobs.work_off(Path(sys.argv[1]))", str(root)]
    with subprocess.Popen(command) as worker:
        until(lambda: counts(root))
        worker.kill()
    other = Thread(target=work_off, args=(root,), daemon=True)
    other.start()
    said = jobs(root)[0].said
    until(lambda: jobs(root)[0].said != said)
    assert states(root) == ["running", "waiting"]
    stop(root, jobs(root)[0].key)
    other.join()
    assert [(job.state, job.said) for job in jobs(root)] == [("failed", runner.UNSEEN), ("done", "made it")]


def test_the_command_is_that_of_the_command_line_and_its_error_is_told(tmp_path: Path) -> None:
    """In a real process of the queue, which ends by itself."""
    submit(tmp_path, "wrong", ["fly"])
    until(lambda: states(tmp_path) == ["failed"])
    assert jobs(tmp_path)[0].said.startswith("error: command must be one of")

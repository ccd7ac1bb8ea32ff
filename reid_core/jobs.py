"""Commands as processes of their own, one at a time: they outlive the page and the app, and are found again.

Below a folder of runs lies ``.jobs``: ``queue.db``, the queue with all that was ever asked for; ``lock``, held for as
long as anything runs, by what runs as well; and of every job ``KEY.log``, what it said, and ``KEY.pid``, its process.
A process works the queue off and ends: ``python -m reid_core.jobs ROOT``.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from litequeue import LiteQueue, Message, MessageStatus

from reid_core.progress import BARS

if os.name == "posix":
    import fcntl

FOLDER = ".jobs"
COMMAND = (sys.executable, "-m", "reid_core")
BEGINS_S = 10.0  # at most, from when a job is taken from the queue until its process is there
State = Literal["waiting", "running", "paused", "stopped", "failed", "done"]
UNSEEN = "error: it ended without a word: the machine went down, or its process was ended from outside"


@dataclass(frozen=True)
class Job:
    """A command that was asked for. name: what it makes. words: of the command. said: its last line so far."""

    key: str
    name: str
    words: tuple[str, ...]
    state: State
    said: str


def submit(root: Path, name: str, words: Sequence[str], where: Path = Path()) -> None:
    """Put a command at the end of the queue below a folder, and see that it is worked off.

    Args: words: after ``reid``. where: the folder that it is run in.
    Raises: OSError: nothing can be written in root, or this is Windows, where a job could not inherit the lock.
    """
    if os.name != "posix":
        raise OSError(f"jobs are queued on Linux and macOS only; here begin it yourself: reid {' '.join(words)}")
    _place(root).mkdir(parents=True, exist_ok=True)
    with _queue(root) as queue:
        queue.put(json.dumps({"name": name, "words": list(words), "where": str(where.resolve())}))
    wake(root)


def jobs(root: Path) -> tuple[Job, ...]:
    """All that was asked for and not cleared away, in that order."""
    if not _place(root).is_dir():
        return ()
    busy = _is_busy(root)
    with _queue(root) as queue:
        return tuple(_job(root, message, busy) for message in _messages(queue))


def said_by(root: Path, key: str) -> tuple[str, ...]:
    """What a job said so far, line by line; of a progress bar what it showed last."""
    return _lines(_beside(root, key, "log"))


def wake(root: Path) -> None:
    """See that somebody works the queue off: it waits when the machine has been down."""
    if _is_busy(root) or all(job.state != "waiting" for job in jobs(root)):
        return
    with (_place(root) / "worker.log").open("w") as log:
        command = [sys.executable, "-m", "reid_core.jobs", str(root)]
        subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)


def pause(root: Path, key: str) -> None:
    """Hold a running job where it is: it keeps its memory, and the next in the queue wait."""
    if os.name == "posix" and _signalled(root, key, signal.SIGSTOP):
        _beside(root, key, "paused").touch()


def go_on(root: Path, key: str) -> None:
    """End a pause."""
    _beside(root, key, "paused").unlink(missing_ok=True)
    if os.name == "posix":
        _signalled(root, key, signal.SIGCONT)


def stop(root: Path, key: str) -> None:
    """End a job as Ctrl-C would, so that it can be resumed; one that waits leaves the queue."""
    with _queue(root) as queue:
        with queue.transaction("IMMEDIATE"):  # in which nobody takes it from the queue
            asked = queue.get(key)
            if asked is not None and asked.status == MessageStatus.READY:
                queue.mark_failed(key)
                return
        latest = time.monotonic() + BEGINS_S
        while not _signalled(root, key, signal.SIGTERM):
            asked = queue.get(key)
            begins = asked is not None and asked.status == MessageStatus.LOCKED and _is_busy(root)
            if not begins or time.monotonic() > latest:
                return
            time.sleep(0.01)
    go_on(root, key)


def again(root: Path, key: str) -> None:
    """Put a job that has ended back into the queue, in its place: it must be a command that goes on where it was."""
    _beside(root, key, "log").unlink(missing_ok=True)
    with _queue(root) as queue:
        queue.retry(key)
    wake(root)


def clear(root: Path, key: str | None = None) -> None:
    """Forget what has ended, all of it or one job; what it made stays."""
    with _queue(root) as queue:
        ended = [m.message_id for m in _messages(queue) if m.status in (MessageStatus.DONE, MessageStatus.FAILED)]
        forgotten = [one for one in ended if key in (None, one)]
        queue.conn.executemany(f"DELETE FROM {queue.table} WHERE message_id = ?", [(one,) for one in forgotten])
    for one in forgotten:
        for path in _place(root).glob(f"{one}.*"):
            path.unlink(missing_ok=True)


def work_off(root: Path) -> None:
    """Run what waits, one after the other, until nothing does; another process that does so is waited for."""
    while True:
        with (_place(root) / "lock").open("w") as lock, _queue(root) as queue:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for message in list(queue.list_locked(0)):  # of a process that is gone, and its job with it
                _ended(root, message.message_id, _if_unseen(_last_words(_beside(root, message.message_id, "log"))))
                queue.mark_failed(message.message_id)
            while (message := queue.pop()) is not None:
                ended = _run(root, message, lock.fileno())
                (queue.done if ended == 0 else queue.mark_failed)(message.message_id)
        with _queue(root) as queue:
            if queue.empty():  # asked now that nobody is taken for busy any more
                return


def _run(root: Path, message: Message, lock: int) -> int:
    """Returns: the exit status. The job holds the lock too: killed from outside we leave nobody to start another."""
    key, asked = message.message_id, json.loads(message.data)
    command = [*COMMAND, *asked["words"]]
    with _beside(root, key, "log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=asked["where"],
            env=os.environ | {BARS: "1"},
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            pass_fds=(lock,),
            start_new_session=True,
        )
        _beside(root, key, "pid").write_text(str(process.pid))
        status = process.wait()
    _ended(root, key, _killed(status) if status < 0 else "")
    return status


def _killed(status: int) -> str:
    """What a process that a signal ended would have said. Args: status: minus the signal's number."""
    if status == -signal.SIGTERM:  # before it could take it for Ctrl-C
        return "stopped"
    return f"error: it was killed ({signal.Signals(-status).name}), by somebody or for want of memory"


def _ended(root: Path, key: str, said: str) -> None:
    """Clear up after a job. Args: said: instead of it."""
    if said:
        with suppress(OSError), _beside(root, key, "log").open("a") as log:  # the disk may be full
            log.write(f"\n{said}\n")
    for kind in ("pid", "paused"):
        _beside(root, key, kind).unlink(missing_ok=True)


def _job(root: Path, message: Message, busy: bool) -> Job:
    asked, key = json.loads(message.data), message.message_id
    said = _last_words(_beside(root, key, "log"))
    states: dict[int, State] = {MessageStatus.READY: "waiting", MessageStatus.DONE: "done"}
    if message.status == MessageStatus.LOCKED:
        if busy:
            begun = _last_words(_beside(root, key, "pid"))
            going_on: State = "paused" if _beside(root, key, "paused").exists() else "running"
            states[MessageStatus.LOCKED] = going_on if begun else "waiting"
        else:
            said = _if_unseen(said)
    state = states.get(message.status, "stopped" if said in ("", "stopped") else "failed")
    return Job(key, asked["name"], tuple(asked["words"]), state, said)


def _if_unseen(said: str) -> str:
    """How a job ended whose end nobody saw. Args: said: its last line."""
    return said if said == "stopped" or said.startswith("error: ") else UNSEEN


def _last_words(log: Path) -> str:
    """The last line that was written; of an error that was told its sentence."""
    return next(reversed(_lines(log)), "")


def _lines(log: Path) -> tuple[str, ...]:
    """All lines that say something; a bar is drawn over and over in one of them."""
    try:
        text = log.read_bytes().decode(errors="replace")
    except OSError:
        return ()
    lines = ([part.strip() for part in line.split("\r") if part.strip()] for line in text.split("\n"))
    return tuple(parts[-1] for parts in lines if parts)


def _signalled(root: Path, key: str, number: signal.Signals) -> bool:
    """Tell a running job and its processes. Returns: whether there was one."""
    with suppress(OSError, ValueError):  # it has just ended
        if os.name == "posix" and _is_busy(root):
            os.killpg(int(_beside(root, key, "pid").read_text()), number)
            return True
    return False


def _is_busy(root: Path) -> bool:
    """Whether the lock is held."""
    try:
        with (_place(root) / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


@contextmanager
def _queue(root: Path) -> Iterator[LiteQueue]:
    """Raises: OSError, one sentence: the disk is full, or it may not be written."""
    try:
        with closing(LiteQueue(_place(root) / "queue.db")) as queue:
            yield queue
    except sqlite3.OperationalError as error:
        raise OSError(f"the queue in {_place(root)} must be written, it cannot: {error}") from error


def _messages(queue: LiteQueue) -> list[Message]:
    rows = queue.conn.execute(f"SELECT * FROM {queue.table} ORDER BY message_id")
    return [Message(**row) for row in rows]


def _place(root: Path) -> Path:
    return root / FOLDER


def _beside(root: Path, key: str, kind: str) -> Path:
    return _place(root) / f"{key}.{kind}"


if __name__ == "__main__":
    work_off(Path(sys.argv[1]))

"""Nothing that only POSIX has stands unguarded in the app and the package: they are for macOS and Windows, too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path for folder in ("reid_core", "ui", "pages") for path in (ROOT / folder).rglob("*.py"))
MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
ATTRIBUTES = {
    *(
        "os.fork",
        "os.forkpty",
        "os.getuid",
        "os.geteuid",
        "os.getgid",
        "os.getpgid",
        "os.killpg",
        "os.setsid",
        "os.nice",
    ),
    *("os.mkfifo", "os.chown", "os.uname", "os.statvfs", "os.getloadavg", "os.sysconf", "os.WNOHANG"),
    *("os.sched_getaffinity", "os.sched_setaffinity", "os.wait", "os.posix_fadvise", "os.O_DIRECTORY"),
    *("signal.SIGKILL", "signal.SIGHUP", "signal.SIGUSR1", "signal.SIGUSR2", "signal.SIGALRM", "signal.SIGCHLD"),
    *("signal.SIGSTOP", "signal.SIGCONT", "signal.SIGPIPE", "signal.alarm", "signal.setitimer", "time.tzset"),
}
PLACES = ("/dev/", "/proc/", "/sys/", "/tmp/", "/etc/")


def posix_only(source: str) -> list[str]:
    """What a module uses that Windows has not, but under a condition on ``os.name`` or ``sys.platform``."""
    return list(_found(ast.parse(source)))


def _found(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.If | ast.IfExp) and {"os.name", "sys.platform"} & set(
        map(ast.unparse, ast.walk(node.test))
    ):
        return
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names if alias.name in MODULES)
        case ast.ImportFrom(module=str(module), names=names):
            yield from (name for name in (module, *(f"{module}.{alias.name}" for alias in names)) if _is_posix(name))
        case ast.Attribute(value=ast.Name(id=module), attr=name) if f"{module}.{name}" in ATTRIBUTES:
            yield f"{module}.{name}"
        case ast.Constant(value=str(text)) if text.startswith(PLACES):
            yield text
        case ast.Call(func=called, args=[ast.Constant(value=None), *_]) if ast.unparse(called).endswith("CDLL"):
            yield ast.unparse(node)
        case ast.Call(func=called, args=[_, ast.Constant(value=0)]) if ast.unparse(called) == "os.kill":
            yield ast.unparse(node)  # on Windows 0 is Ctrl-C
    for child in ast.iter_child_nodes(node):
        yield from _found(child)


def _is_posix(name: str) -> bool:
    return name in MODULES | ATTRIBUTES


def test_no_file_uses_what_only_posix_has() -> None:
    assert len(FILES) > 200
    used = {str(path.relative_to(ROOT)): posix_only(path.read_text()) for path in [ROOT / "app.py", *FILES]}
    assert {path: found for path, found in used.items() if found} == {}


@pytest.mark.parametrize(
    "line",
    [
        "import fcntl",
        "from os import fork",
        "os.fork()",
        "signal.SIGKILL",
        "open('/dev/shm/x')",
        "ctypes.CDLL(None)",
        "os.kill(pid, 0)",
        "def f():\n    os.waitpid(pid, os.WNOHANG)",
    ],
)
def test_what_only_posix_has_is_noticed_unless_it_is_asked_for_first(line: str) -> None:
    assert len(posix_only(line)) == 1
    guarded = line.replace("\n", "\n    ")
    assert posix_only(f"if os.name == 'posix':\n    {guarded}") == []
    assert len(posix_only(f"if name == 'posix':\n    {guarded}")) == 1

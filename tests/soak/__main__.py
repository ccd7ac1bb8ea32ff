"""What is too long for every day: ``make soak`` kills commands at random moments and loads an app for minutes.

    python -m tests.soak kills --moments 20
    python -m tests.soak kills --moments 20 --of index
    python -m tests.soak sessions --minutes 10 --sessions 10

Each prints a line a finding and a summary, and exits with 1 if anything was wrong.
"""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from tempfile import TemporaryDirectory


def main() -> int:
    """Run one of them."""
    parser = ArgumentParser("soak", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("kills", "sessions"))
    parser.add_argument("--moments", type=int, default=20, help="at which each command is killed")
    parser.add_argument("--of", nargs="*", default=(), metavar="COMMAND", help="which are killed, by default all")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--minutes", type=float, default=10.0, help="for which sessions ask")
    parser.add_argument("--sessions", type=int, default=10, help="at one time")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        if given.what == "kills":
            from tests.soak import kills  # here, since the other one loads the app

            wrong = kills.run(Path(folder), given.moments, given.seed, given.of)
        else:
            from tests.soak import sessions

            wrong = sessions.run(Path(folder), given.minutes, given.sessions)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

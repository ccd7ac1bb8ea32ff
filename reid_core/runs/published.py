"""The rates that the paper prints, for reference; they were never measured by this package."""

from dataclasses import dataclass

import pandas as pd

from reid_core.runs.listing import Task


@dataclass(frozen=True)
class Published:
    """A row of the paper's tables: a method and its rates in percent at rank 1, 5, 10 and 20; sd: at rank 1."""

    method: str
    rates: tuple[float, float, float, float]
    sd: float = float("nan")


PUBLISHED = {
    Task("ilids-vid", "paper", 150): (  # Table 1
        Published("UTRCNN", (62.7, 86, 93.6, 98), 0.37),
        Published("RCNN", (58, 84, 91, 96)),
        Published("BRCNN", (55.3, 85, 91.7, 95.1)),
        Published("ASTPN", (62, 86, 94, 98)),
        Published("TSC", (60, 86, 93, 97)),
        Published("TAPR", (55, 87.5, 93.8, 97.2)),
    ),
    Task("prid2011", "paper", 100): (  # Table 2
        Published("UTRCNN", (73, 92.7, 95, 98), 0.41),
        Published("RCNN", (70, 90, 95, 97)),
        Published("BRCNN", (72.8, 92, 95.1, 97.6)),
        Published("ASTPN", (77, 95, 99, 99)),
        Published("TSC", (78, 94, 97, 99)),
        Published("TAPR", (68.6, 94.6, 97.3, 98.9)),
    ),
}


def published_for(task: Task) -> pd.DataFrame:
    """What the paper prints for exactly this data set, protocol and size of gallery; no rows for any other.

    Returns: a table run, rank_1, rank_5, rank_10, rank_20, rank_1_sd; shares from 0 to 1.
    """
    columns = ["run", "rank_1", "rank_5", "rank_10", "rank_20", "rank_1_sd"]
    rows = [
        (f"{row.method} (published)", *(rate / 100 for rate in row.rates), row.sd / 100)
        for row in PUBLISHED.get(task, ())
    ]
    return pd.DataFrame(rows, columns=columns)

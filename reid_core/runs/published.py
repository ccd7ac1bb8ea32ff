"""Rates that others print, for reference; they were never measured by this package."""

from dataclasses import dataclass

import pandas as pd

from reid_core.data import mars
from reid_core.runs.listing import RATES, Task

NOT_PRINTED = float("nan")
PAPER = "the paper's Table {}"
COLUMNS = ["run", *RATES, "rank_1_sd", "mean_average_precision", "year", "source"]


@dataclass(frozen=True)
class Published:
    """A method and its rates in percent at rank 1, 5, 10 and 20; sd: at rank 1; average_precision: its mean.

    source: where it is printed, and for a protocol that code alone tells, the code. year: where it is known.
    """

    method: str
    rates: tuple[float, float, float, float]
    source: str
    sd: float = NOT_PRINTED
    average_precision: float = NOT_PRINTED
    year: int | None = None


def _today(
    method: str, year: int, rates: tuple[float, float, float, float], average_precision: float, source: str
) -> Published:
    return Published(method, rates, source, average_precision=average_precision, year=year)


def _rank_1(rate: float) -> tuple[float, float, float, float]:
    return rate, NOT_PRINTED, NOT_PRINTED, NOT_PRINTED


PUBLISHED = {
    Task("ilids-vid", "paper", 150): (
        Published("UTRCNN", (62.7, 86, 93.6, 98), PAPER.format(1), 0.37),
        Published("RCNN", (58, 84, 91, 96), PAPER.format(1), year=2016),
        Published("BRCNN", (55.3, 85, 91.7, 95.1), PAPER.format(1)),
        Published("ASTPN", (62, 86, 94, 98), PAPER.format(1), year=2017),
        Published("TSC", (60, 86, 93, 97), PAPER.format(1), year=2017),
        Published("TAPR", (55, 87.5, 93.8, 97.2), PAPER.format(1), year=2016),
    ),
    Task("prid2011", "paper", 100): (
        Published("UTRCNN", (73, 92.7, 95, 98), PAPER.format(2), 0.41),
        Published("RCNN", (70, 90, 95, 97), PAPER.format(2), year=2016),
        Published("BRCNN", (72.8, 92, 95.1, 97.6), PAPER.format(2)),
        Published("ASTPN", (77, 95, 99, 99), PAPER.format(2), year=2017),
        Published("TSC", (78, 94, 97, 99), PAPER.format(2), year=2017),
        Published("TAPR", (68.6, 94.6, 97.3, 98.9), PAPER.format(2), year=2016),
    ),
    Task("mars", "official", mars.GALLERY + mars.PROBES): (  # their code joins the probes to the gallery
        _today("PSTA", 2021, _rank_1(91.5), 85.8, "paperswithcode.com; github.com/wanderer1230/APSNet (Test.py)"),
        _today("SANet", 2021, _rank_1(91.2), 86.0, "github.com/baist/SINet (README.md, main.py)"),
        _today("SINet", 2022, _rank_1(91.0), 86.2, "github.com/baist/SINet (README.md, main.py)"),
        _today("TF-CLIP", 2024, (93.0, 97.9, 98.5, 99.0), 89.4, "github.com/AsuradaYuci/TF-CLIP (logs, metrics.py)"),
    ),
    Task("mars", "probes-out", mars.GALLERY): (  # and theirs ranks what is not a probe alone
        _today("Gao, Nevatia", 2018, (83.3, 93.8, 96.0, 97.4), 76.7, "github.com/jiyanggao/Video-Person-ReID"),
        _today("KeyRe-ID", 2025, _rank_1(97.32), 91.73, "arxiv.org/abs/2507.07393 (abstract)"),
        _today("KeyRe-ID, 3 seeds", 2026, _rank_1(91.0), 88.0, "github.com/JinSeong0115/KeyRe-ID (README.md, dev)"),
    ),
}


def published_for(task: Task) -> pd.DataFrame:
    """What is printed for exactly this data set, protocol and size of gallery; no rows for any other.

    Returns: a table of ``COLUMNS``; shares from 0 to 1, NaN where nothing is printed.
    """
    rows = [
        (
            f"{row.method} (published)",
            *(rate / 100 for rate in row.rates),
            row.sd / 100,
            row.average_precision / 100,
            row.year,
            row.source,
        )
        for row in PUBLISHED.get(task, ())
    ]
    return pd.DataFrame(rows, columns=COLUMNS)

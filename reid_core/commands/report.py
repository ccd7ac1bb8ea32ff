"""The command on reports."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tyro.conf import Positional

from reid_core.runs import check_new


@dataclass(frozen=True)
class Report:
    """Write runs as a folder that opens without the app and without a network: figures, tables, provenance.

    Of two folders or more, runs and reports of runs, it says whether each two differ by more than chance. Two reports
    of a verdict, of an attention or of a search are set beside each other.

    For example:
      reid report runs/utrcnn runs/bptt --out reports/both
      reid report reports/monday reports/friday --out reports/compared
    """

    runs: Positional[tuple[Path, ...]]
    """Run folders, and reports that were written before, by this command or by the app, whose zip is to be unpacked."""
    out: Path
    """Folder to write: index.html, report.json, figures.json, and CSV, of runs in a folder each that is a run again."""

    def run(self) -> None:
        """Write the folder."""
        check_new(self.out)
        try:
            reports = import_module("ui.runs.report"), import_module("ui.report")  # by name: the package draws nothing
        except ModuleNotFoundError as error:
            raise ValueError(f"report needs the app beside the package, its charts draw: {error}") from error
        report = reports[0].report_of(self.runs)
        reports[1].write_report(report, self.out)
        print(f"{report.title} in {self.out / 'index.html'}")

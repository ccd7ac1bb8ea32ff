"""TAPR, the last row of the paper's tables (Gao et al., ICIP 2016): one walking cycle, hand-made features, a metric.

Nothing here is a network: superpixels of the feet tell the walking cycle, its eight parts are described by histograms,
and XQDA learns which differences between two cameras count. ``docs/tables.md`` says what the source leaves open.
"""

from reid_core.tapr.cycle import Cycle, best_cycle
from reid_core.tapr.descriptor import describe
from reid_core.tapr.run import tapr_run
from reid_core.tapr.superpixels import trajectories
from reid_core.tapr.xqda import learned_projection

__all__ = ["Cycle", "best_cycle", "describe", "learned_projection", "tapr_run", "trajectories"]

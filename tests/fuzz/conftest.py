"""How long to look for trouble: a moment in ``make test``, always at the same places; hours in ``make soak``."""

import os

from hypothesis import HealthCheck, Phase, settings

ALWAYS = {"deadline": None, "suppress_health_check": list(HealthCheck)}

QUICK = (Phase.explicit, Phase.generate)  # what is found is not made smaller

settings.register_profile("fast", max_examples=12, derandomize=True, database=None, phases=QUICK, **ALWAYS)
settings.register_profile("soak", max_examples=int(os.environ.get("FUZZ_EXAMPLES", "2000")), print_blob=True, **ALWAYS)
settings.load_profile(os.environ.get("FUZZ", "fast"))

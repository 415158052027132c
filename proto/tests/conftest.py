"""Lets the tests find the module beside them; pytest's importlib mode adds no folder."""

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).resolve().parent))

# Messages of the whole contract are big examples; how long one takes is not what is promised. They
# are many at each run and others at the next, so few of each will do.
settings.register_profile(
    "contract",
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("contract")

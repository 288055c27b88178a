"""What answers HTTP in a house under torture: the real application, by a clock that jumps."""

import os

from hoppo.api import ceb
from hoppo.api.wsgi import application
from hoppo.engine import inbox
from hoppo.torture.clock import JumpingClock

SEED_VARIABLE, BOUND_VARIABLE = "HOPPO_TORTURE_SEED", "HOPPO_TORTURE_BOUND"

if seed := os.environ.get(SEED_VARIABLE):
    ceb.clock = JumpingClock(int(seed))
if bound := os.environ.get(BOUND_VARIABLE):
    inbox.MOST_WAITING = int(bound)

__all__ = ["application"]

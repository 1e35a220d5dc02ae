"""The fault drill: a release killed at every step, and hit by every fault, and looked at all the while.

    drill = Drill(parts, folder)
    for case in CASES:
        for step in drill.steps(case):
            assert not drill.run(case, step).broken

``parts`` are the real client and the real journal; ``wholeship drill`` is this with a table, a scratch
registry of one's own, and a command to replay what failed.
"""

from wholeship.testing.drill.campaign import Choice, Report, Tally, campaign, replay
from wholeship.testing.drill.engine import Case, Drill, End, Run, Strikes

__all__ = ["Case", "Choice", "Drill", "End", "Report", "Run", "Strikes", "Tally", "campaign", "replay"]

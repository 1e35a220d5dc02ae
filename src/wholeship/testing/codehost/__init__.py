"""A code host in memory: what GitHub does with statuses, comments, pull requests and runs, for tests.

Its answers have the shape of GitHub's published OpenAPI description (a test holds them to it); what that
leaves out is done by hand: limits of length and number, refusals, rate limits, pages.
"""

from wholeship.testing.codehost.embedded import EmbeddedCodeHost, JobState, PullState, RunState
from wholeship.testing.codehost.server import serve

__all__ = ["EmbeddedCodeHost", "JobState", "PullState", "RunState", "serve"]

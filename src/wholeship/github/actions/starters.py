"""Actions that start something elsewhere, which may push: a workflow, a pipeline, a build in a cloud."""

from __future__ import annotations

from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import Done, Opaque


def started(call: Call) -> Done:
    """What it starts runs with credentials of its own; nobody can tell from here what that pushes."""
    return Done((Opaque(f"what {call.action} starts elsewhere", quiet=True),), known=False)


_NAMES = """
    peter-evans/repository-dispatch convictional/trigger-workflow-and-wait benc-uk/workflow-dispatch
    the-actions-org/workflow-dispatch lasith-kg/dispatch-workflow codex-/return-dispatch
    aurelien-baudet/workflow-dispatch actions-cool/dispatch digital-blueprint/gitlab-pipeline-trigger-action
    aws-actions/aws-codebuild-run-build
    buildkite/trigger-pipeline-action cloudposse/actions/github/repository-dispatch
"""
ACTIONS = dict.fromkeys(_NAMES.split(), started)

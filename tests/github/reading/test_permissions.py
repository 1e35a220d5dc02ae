"""What the token of a job may do."""

from __future__ import annotations

from wholeship.core.place import Place
from wholeship.github import source
from wholeship.github.model.workflow import read_model
from wholeship.github.reading.permissions import allowed_permissions, asks_too_much
from wholeship.pipeline.run import Job


def test_a_job_replaces_and_a_caller_caps() -> None:
    """A job's own permissions are not added to the workflow's; the caller's are a ceiling."""
    whole, own = {"contents": "read"}, {"packages": "write"}
    assert allowed_permissions(None, whole, None) == whole
    assert allowed_permissions(None, whole, own) == own
    assert allowed_permissions(None, None, None) is None
    assert allowed_permissions({"packages": "read"}, whole, own) == {"packages": "read"}
    assert allowed_permissions({"contents": "write"}, None, None) == {"contents": "write"}
    assert allowed_permissions({}, whole, own) == {"packages": "none"}


def test_asking_for_more_is_refused_before_the_run() -> None:
    """Each scope that the called workflow or one of its jobs wants beyond the grant is named."""
    callee = read_model(
        source.read_source(
            "on: workflow_call\npermissions: {contents: read}\n"
            "jobs: {a: {runs-on: x, permissions: {packages: write}, steps: [{run: a}]}}",
            "called.yml",
        )
    )
    job = Job("call", "call", Place("f.yml", 3, 1), permissions={"contents": "read", "packages": "read"})
    found = [problem.message for problem in asks_too_much(job, callee)]
    assert found == ["the job call grants packages: read, and called.yml asks for write"]
    assert not list(asks_too_much(Job("call", "call", Place("f.yml")), callee))

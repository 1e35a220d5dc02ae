"""What a builder's output says about steps and failures."""

from __future__ import annotations

import pytest

from wholeship.adapters.builders.trouble import Steps, advice

BUILDAH = """\
[1/2] STEP 1/2: FROM scratch AS base
[1/2] STEP 2/2: COPY busybox /bin/busybox
STEP 3/7: RUN python3 -m compileall
Error: building at STEP "RUN python3 -m compileall": while running runtime: exit status 1
"""
BUILDKIT = """\
#4 [internal] load metadata for localhost/base:1
#5 [base 1/2] FROM localhost/base:1
#6 [linux/arm64 app 2/4] RUN make
#7 [worker 3/4] RUN make worker
#7 0.312 working
#6 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2
#7 [worker 3/4] RUN make worker
"""


def test_buildah_is_at_the_step_it_said_last() -> None:
    """Of buildah's and podman's output the last step is the one that failed; every step is told on."""
    told: list[str] = []
    steps = Steps(told.append)
    for line in BUILDAH.splitlines():
        steps(line)
    assert told == [
        "step 1/2: FROM scratch AS base",
        "step 2/2: COPY busybox /bin/busybox",
        "step 3/7: RUN python3 -m compileall",
    ]
    assert steps.last == told[-1]


def test_buildkit_says_which_of_several_failed() -> None:
    """BuildKit runs steps at a time: the one with the error is named, not the one that began last."""
    told: list[str] = []
    steps = Steps(told.append)
    for line in BUILDKIT.splitlines():
        steps(line)
    assert told == ["step 1/2: FROM localhost/base:1", "step 2/4: RUN make", "step 3/4: RUN make worker"]
    assert steps.last == "step 2/4: RUN make"


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("write /x: no space left on device", "the disk is full"),
        ("exec /bin/sh: exec format error", "register emulation"),
        ('no image found in manifest list for architecture "arm64"', "lacks that platform"),
        ("image platform (linux/amd64) does not match the expected platform", "lacks that platform"),
        ('pinging container registry localhost: Get "https://localhost/v2/"', "neither on this machine"),
        ('failed to do request: Head "http://localhost/v2/x"', "neither on this machine"),
        ("pull access denied for acme/base, repository does not exist", "neither on this machine"),
        ("unauthorized: authentication required", "log in"),
        ("make: *** [all] Error 2", ""),
    ],
)
def test_known_failures_come_with_advice(words: str, wanted: str) -> None:
    """What is known about a failure is said; about an unknown one, nothing is made up."""
    found = advice(("something before", words))
    assert wanted in found
    assert bool(found) == bool(wanted)


@pytest.mark.parametrize(
    "words",
    [
        "push access denied, repository does not exist: authorization failed: no basic auth credentials",
        "unauthorized: authentication required",
        "denied: requested access to the resource is denied",
    ],
)
def test_a_push_that_is_refused_is_not_about_a_base_image(words: str) -> None:
    """The builder's own login is named: it may be another than the one that wholeship found."""
    assert "log in with that program too" in advice((words,), push=True)
    assert "base image" not in advice((words,), push=True)

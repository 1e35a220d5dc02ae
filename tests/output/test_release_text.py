"""The release commands' answers: whole screens, Markdown and JSON, kept beside the test."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import golden
from tests.release.test_schema import fits
from wholeship.app.schema import schema_of
from wholeship.core.digest import Digest
from wholeship.output.encoding import encode_json
from wholeship.output.ink import Ink
from wholeship.output.release_json import (
    CandidateJson,
    FoundJson,
    GateJson,
    ImageJson,
    PlanJson,
    PlannedForecastJson,
    ReceiptJson,
    ReleaseJson,
    RepairJson,
    SeenJson,
    StatusJson,
    TagJson,
    WithdrawJson,
)
from wholeship.output.release_text import (
    plan_markdown,
    plan_text,
    release_markdown,
    release_text,
    repair_text,
    status_text,
    withdraw_text,
)

GOLDEN = Path(__file__).parent / "golden"
TAG = "20260528-182833-000042"
BEFORE = "20260527-090000-000041"
COMMIT = "5f3a9c1e7b2d4860a1b2c3d4e5f60718293a4b5c"
BOTH = ["linux/amd64", "linux/arm64"]
NAMES = ("embeddings", "worker", "app")


def digest(name: str) -> str:
    return str(Digest.of(name.encode()))


def receipt(gate: str, seconds: float, reused: str, *images: str) -> ReceiptJson:
    digests = {name: digest(name) for name in images}
    return ReceiptJson(
        gate, True, digests, "linux/amd64", seconds, "2026-05-28T18:30:00Z", "docker", 0, reused
    )


def change(value: Any, **more: Any) -> Any:
    return msgspec.structs.replace(value, **more)


PLAN = PlanJson(
    release=digest("plan"),
    tag=TAG,
    scenario="release",
    commit=COMMIT,
    dirty=False,
    branch="main",
    release_version="v1.4.2",
    source="https://github.com/acme/shop",
    images=[
        ImageJson(
            name,
            f"ghcr.io/acme/{name}",
            BOTH,
            ".",
            f"docker/{name}/Dockerfile",
            None,
            name == "app",
            "to be built: context changed since " + BEFORE
            if name != "worker"
            else f"unchanged since {BEFORE}",
        )
        for name in NAMES
    ],
    watched="app",
    order=list(NAMES),
    gates=[
        GateJson("self-check", "worker", ["self-check"], None, ["worker"], "none", 120.0),
        GateJson("boots", None, [], "scripts/smoke", ["app", "worker"], "none", 5400.0),
    ],
    ungated=["embeddings"],
    aliases=["1.4.2", "latest"],
    builder="buildx",
    resumes=False,
    forecast=PlannedForecastJson(421.0, 6_200_000_000, BEFORE),
    sources={"tag": "wholeship.yaml", "scenario": "GITHUB_EVENT_NAME", "builder": "--builder"},
    remarks=["the controller follows another tag"],
)
SMALL = change(
    PLAN,
    dirty=True,
    branch="",
    commit="",
    gates=[],
    ungated=[],
    aliases=[],
    resumes=True,
    forecast=PlannedForecastJson(None, None, ""),
    sources={},
    remarks=[],
    builder="auto",
    scenario="manual",
)
RELEASE = ReleaseJson(
    stage="release",
    release=digest("plan"),
    tag=TAG,
    scenario="release",
    commit=COMMIT,
    dirty=False,
    outcome="verified",
    exit_code=0,
    reasons=[],
    advice="",
    images=[
        CandidateJson(
            name,
            f"ghcr.io/acme/{name}",
            digest(name),
            41_800_000 * (n + 1),
            BOTH,
            "buildx",
            61.5 * (n + 1),
            4.2,
            BEFORE if name == "worker" else "",
        )
        for n, name in enumerate(NAMES)
    ],
    receipts=[
        receipt("self-check", 0.8, BEFORE, "worker"),
        receipt("boots", 75.0, "", "app", "worker"),
    ],
    seen=[SeenJson(n, f"ghcr.io/acme/{n}", TAG, digest(n), digest(n), True) for n in NAMES],
    aliases={"1.4.2": "moved", "latest": f"left to {TAG}, which came out meanwhile"},
    already=False,
    window_seconds=0.0934,
    seconds={"build": 184.5, "gate": 75.2, "promote": 1.25, "verify": 0.3},
)  # fmt: skip
HELD = change(
    RELEASE,
    outcome="held",
    exit_code=1,
    reasons=["boots: exit code 1"],
    receipts=[RELEASE.receipts[0], change(RELEASE.receipts[1], passed=False, exit_code=1)],
    aliases={},
    seen=[],
    window_seconds=0.0,
    seconds={"build": 184.5, "gate": 75.2},
    last_words={"boots": ["app is up", "worker: ModuleNotFoundError: No module named 'core'"]},
    logs={"boots": f".wholeship/releases/{TAG}/logs/gate-boots.log"},
)
REFUSED = change(
    RELEASE,
    outcome="refused",
    exit_code=1,
    reasons=[f"the tag is already bound to something else: ghcr.io/acme/app:{TAG} (0123456789ab)"],
    advice="a bound tag is never moved; release under a new tag",
    images=[],
    receipts=[],
    aliases={},
    seconds={},
    window_seconds=0.0,
)
DRIFTED = change(
    RELEASE,
    outcome="drifted",
    exit_code=6,
    reasons=[f"ghcr.io/acme/worker:{TAG} is not there"],
    aliases={},
    seconds={},
)
AGAIN = change(RELEASE, already=True, aliases={}, window_seconds=0.0, receipts=[], seconds={"promote": 0.2})


def tag(name: str, answer: str, state: str | None, *, by_record: bool = True, missing: str = "") -> TagJson:
    images = [
        FoundJson(n, f"ghcr.io/acme/{n}", None if n == missing else digest(n), n != missing, BOTH, COMMIT, "")
        for n in ("app", "worker", "embeddings")
    ]
    remarks = [f"{missing} has no {name}"] if missing else []
    return TagJson(name, answer, state, by_record, images, remarks)


WHOLE, HALF = (
    tag(BEFORE, "whole", "published"),
    tag(TAG, "half", "broken-visible", by_record=False, missing="worker"),
)
OVERVIEW = StatusJson(None, WHOLE, [HALF], TAG, 50, 20, ["only the newest 20 of 50 tags were looked at"])
ASKED = StatusJson(tag(TAG, "whole", "published"), None, [], "", 0, 1, [])
NOTHING = StatusJson(None, None, [], "", 0, 0, [])
UNKNOWN = StatusJson(
    change(tag(TAG, "unknown", "unknown", by_record=False),
           images=[FoundJson("app", "ghcr.io/acme/app", None, False, [], "", "no answer within 30 s")]),
    None, [], "", 0, 1, [],
)  # fmt: skip
MENDED = RepairJson(TAG, "broken-visible", True, [f"wrote worker:{TAG}"], "", [], 0)
PERSON = RepairJson(
    TAG, "mixed", False, [], "worker points elsewhere", ["Stop the controller.", "", "Ask."], 6
)
OWN = "still names what was withdrawn: the name is that release's own"
BACK = WithdrawJson(
    TAG, BEFORE, "20260528-190000-000043", "verified", {}, [], 0, aliases={"latest": "moved", "1.4.2": OWN}
)
LATE = change(BACK, aliases={"latest": "failed: no answer"}, exit_code=3)
NOT_BACK = change(BACK, outcome="refused", aliases={}, reasons=[f"{TAG} is newer"], exit_code=1)
DELETED = WithdrawJson(TAG, "", "", "deleted", {f"app:{TAG}": True, f"worker:{TAG}": False}, [], 1)
STUCK = change(DELETED, deleted={f"app:{TAG}": False})
LEFT = change(DELETED, deleted={f"app:{TAG}": True}, exit_code=0, aliases={"latest": f"{OWN[:30]}: it stays"})

SCREENS: dict[str, tuple[Callable[[Any, Ink], str], Any]] = {
    "plan": (plan_text, PLAN),
    "plan-small": (plan_text, SMALL),
    "release": (release_text, RELEASE),
    "release-again": (release_text, AGAIN),
    "held": (release_text, HELD),
    "refused": (release_text, REFUSED),
    "drifted": (release_text, DRIFTED),
    "status": (status_text, OVERVIEW),
    "status-tag": (status_text, ASKED),
    "status-nothing": (status_text, NOTHING),
    "status-unknown": (status_text, UNKNOWN),
    "mended": (repair_text, MENDED),
    "person": (repair_text, PERSON),
    "withdrawn": (withdraw_text, BACK),
    "deleted": (withdraw_text, DELETED),
    "not-deleted": (withdraw_text, STUCK),
    "not-withdrawn": (withdraw_text, NOT_BACK),
    "withdrawn-late": (withdraw_text, LATE),
    "deleted-aliases": (withdraw_text, LEFT),
    "status-half": (status_text, change(ASKED, asked=HALF)),
}


@pytest.mark.parametrize("name", SCREENS)
def test_whole_screens(name: str) -> None:
    """What a person sees, word for word; colours add nothing but colour."""
    write, answer = SCREENS[name]
    plain = write(answer, Ink())
    golden.check(GOLDEN / f"{name}.txt", plain)
    coloured = write(answer, Ink(True))
    assert coloured != plain or name in ("withdrawn", "withdrawn-late", "deleted-aliases", "status-nothing")
    assert re.sub(r"\x1b\[[0-9]+m", "", coloured) == plain


@pytest.mark.parametrize(
    ("name", "write", "answer"),
    [
        ("plan", plan_markdown, PLAN),
        ("release", release_markdown, RELEASE),
        ("held", release_markdown, HELD),
        ("refused", release_markdown, REFUSED),
    ],
)
def test_whole_summaries(name: str, write: Callable[[Any], str], answer: Any) -> None:
    """What a step summary shows, a table and a timeline."""
    golden.check(GOLDEN / f"{name}.md", write(answer))


@pytest.mark.parametrize(
    ("name", "answer"),
    [("plan", PLAN), ("release", RELEASE), ("status", OVERVIEW), ("repair", PERSON), ("withdraw", BACK)],
)
def test_json_fits_its_schema(name: str, answer: Any) -> None:
    """Whole JSON answers, each with its command and version, and valid by the published schema."""
    text = encode_json(answer) + "\n"
    golden.check(GOLDEN / f"{name}.json", text)
    document = json.loads(text)
    assert (document["command"], document["version"]) == (name, 1)
    schema = schema_of(name)
    assert fits(document, schema, schema)
    assert not fits({**document, "version": 2}, schema, schema)


HOSTILE = st.text("\x1b[31m|`\u202e\u2028\r\n\t<>*_#ab ", max_size=12)


@given(HOSTILE, HOSTILE)
def test_text_from_outside_cannot_steer(text: str, other: str) -> None:
    """Whatever registries, git and the file say, no screen holds a control character."""
    plan = change(PLAN, branch=text, release_version=other, remarks=[text],
                  gates=[GateJson("g", "app", [text, other], None, ["app"], "none", 1.0)])  # fmt: skip
    held = change(HELD, reasons=[text], advice=other, last_words={"boots": [text]}, aliases={"latest": other})
    broken = change(WHOLE, remarks=[text], images=[change(WHOLE.images[0], revision=text, problem=other)])
    screens = [
        plan_text(plan, Ink()),
        release_text(held, Ink()),
        status_text(change(ASKED, asked=broken), Ink()),
        plan_markdown(plan),
        release_markdown(held),
    ]
    for screen in screens:
        assert not [c for c in screen if not c.isprintable() and c not in "\n\t"]
    assert len(release_markdown(held).splitlines()) == len(
        release_markdown(change(held, reasons=["x"])).splitlines()
    )

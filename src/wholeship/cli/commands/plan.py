"""`wholeship plan`: what a release would do; nothing is touched, unless it is saved for CI jobs."""

from __future__ import annotations

import argparse
import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.app import options
from wholeship.app import page as wiring_page

if TYPE_CHECKING:
    from wholeship.app.world import Stand
    from wholeship.output.page.parts import Page
    from wholeship.output.release_json import PlanJson
    from wholeship.release.plan import Plan
    from wholeship.release.record import Record


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.common(parser)
    options.origin(parser)
    options.making(parser)
    parser.add_argument(
        "--save",
        action="store_true",
        help="take the tag and record the plan, for build, gate and promote jobs",
    )
    wiring_page.flag(parser)


def run(args: argparse.Namespace) -> int:
    """Print the plan."""
    from wholeship.app.world import plan_of, stand
    from wholeship.core.errors import ExitCode

    wiring_page.check(args)
    with stand(args) as here:
        plan, record = plan_of(here, take=False)
        remarks, refused = _asked(here, plan)
        if args.save and not refused:
            plan, record = plan_of(here, take=True)
            if not _saved(here, plan):
                return ExitCode.NO
        answer = describe(here, plan, record, remarks, refused)
        _print(args, answer)
    return wiring_page.write(args, lambda: _page(answer), ExitCode.NO if refused else ExitCode.YES)


def _page(plan: PlanJson) -> Page:
    from wholeship.output.page.releases import plan_page

    return plan_page(plan)


def describe(
    here: Stand, plan: Plan, record: Record | None, remarks: tuple[str, ...] = (), refused: str = ""
) -> PlanJson:
    """The plan, and what else can be said before it is carried out."""
    from wholeship.app.world import records_here, reuse_of
    from wholeship.output.release_json import plan_json
    from wholeship.release.forecast import forecast

    done = set(record.candidates) if record else set()
    why = {image.name: "built by an earlier try" for image in plan.images if image.name in done}
    choices = reuse_of(here, plan, [image for image in plan.images if image.name not in done])
    why |= {name: choice.why for name, choice in choices.items()}
    done |= {name for name, choice in choices.items() if choice.candidate is not None}
    width = here.config.parallel or len(os.sched_getaffinity(0))
    return plan_json(
        plan,
        builder=here.config.builder,
        why=why,
        forecast=forecast(plan, records_here(here), width, done=done),
        sources=here.config.sources,
        remarks=remarks,
        resumes=record is not None,
        refused=refused,
    )


def _asked(here: Stand, plan: Plan) -> tuple[tuple[str, ...], str]:
    """What there is to remark, and why the release would be refused, empty when it would not."""
    from wholeship.app.outlooks import followed, strays
    from wholeship.core.errors import RegistryError
    from wholeship.release.electable import unelectable
    from wholeship.release.plan import left_out
    from wholeship.release.stages.build import absent
    from wholeship.release.stages.gate import unready

    said = []
    if plan.dirty:
        said.append("the work tree has uncommitted changes: the images are marked with it")
    if not plan.commit:
        said.append("no commit: the images will not say what they were made from")
    said += [*absent(plan.images, here.config.root), *unready(plan, here.config.root)]
    said += left_out(here.config, plan)
    said += _emulated(here, plan)
    exposed = _exposed(here, plan)
    if exposed:
        said.append(f"{here.state.root.name} is in the build context of {exposed}: add it to .dockerignore")
    found = followed(here)
    if found is None or found.elector is None:
        return (*said, "no gitops.policy: whether a controller would take this tag is not checked"), ""
    elector = found.elector
    said += [f"{one.place}: {one.message}" for one in found.concerns]
    try:
        visible = here.glance().tags(plan.commit_image.repository)
    except RegistryError as error:
        visible = ()
        said.append(f"only the tag's form was checked, not what is out already: {error.message}")
    said += strays(found.watch, visible) if found.watch else []
    # A tag that is out already is judged by what is there, not by what came after it.
    refused = None if plan.tag in visible else unelectable(plan, elector, visible)
    if refused is not None:
        said.append(f"this release would be refused: {refused.reason}")
    return tuple(said), refused.reason if refused else ""


def _emulated(here: Stand, plan: Plan) -> tuple[str, ...]:
    """Platforms that are foreign to this machine and have no native node: what they cost is said before."""
    from wholeship.core.platform import Platform

    native = {str(Platform.here()), *here.config.raw.builder.nodes}
    wanted = {str(platform) for image in plan.images for platform in image.platforms}
    foreign = ", ".join(sorted(wanted - native))
    if not foreign:
        return ()
    cost = f"{foreign} would be emulated on this machine, which takes several times as long"
    instead = "native: builder.nodes, or a job for each platform (wholeship export github)"
    return (f"{cost}; {instead}",)


def _exposed(here: Stand, plan: Plan) -> str:
    """The images whose build would see the journals and logs that releases leave."""
    from wholeship.adapters.context import shows_state

    root = here.config.root
    seeing = [
        image.name
        for image in plan.images
        if shows_state(root / image.context, root / image.dockerfile, here.state.root)
    ]
    return ", ".join(seeing)


def _saved(here: Stand, plan: Plan) -> bool:
    import sys

    from wholeship.release.ship import begin
    from wholeship.release.stages.results import Refused

    with here.working_on(plan.tag):
        record = begin(here.ends(plan.tag), plan)
    if isinstance(record, Refused):
        print(f"{record.reason}\n  help: {record.advice}", file=sys.stderr)
        return False
    outputs = {"tag": str(plan.tag)}
    outputs |= {f"legs-{image.name}": json.dumps(_legs(here, plan, image.name)) for image in plan.images}
    write_outputs(outputs)
    return True


def _legs(here: Stand, plan: Plan, image: str) -> list[dict[str, object]]:
    """One entry for each platform, for a job matrix: where it is native, and whether it is emulated."""
    from wholeship.github.export import NATIVE

    runners = {**NATIVE, **here.config.raw.export.runners}
    fallback = runners.get("linux/amd64", NATIVE["linux/amd64"])
    return [
        {
            "platform": str(platform),
            "architecture": platform.architecture,
            "runner": runners.get(str(platform), fallback),
            "emulated": str(platform) not in runners,
        }
        for platform in plan.image(image).platforms
    ]


def write_outputs(values: dict[str, str]) -> None:
    """Step outputs of GitHub Actions, where there are any (GitHub docs, "Workflow commands")."""
    target = os.environ.get("GITHUB_OUTPUT")
    if not target:
        return
    # A random end mark: no value can close its own block and write another output.
    mark = f"end-{secrets.token_hex(16)}"
    text = "".join(f"{name}<<{mark}\n{value}\n{mark}\n" for name, value in values.items())
    with Path(target).open("a", encoding="utf-8") as file:
        file.write(text)


def _print(args: argparse.Namespace, plan: PlanJson) -> None:
    import sys

    from wholeship.output.ink import Ink
    from wholeship.output.release_json import encode
    from wholeship.output.release_text import plan_markdown, plan_text
    from wholeship.output.terminal import wants_colour

    if args.format == "json":
        sys.stdout.write(encode(plan) + "\n")
    elif args.format == "markdown":
        sys.stdout.write(plan_markdown(plan))
    else:
        sys.stdout.write(plan_text(plan, Ink(wants_colour(sys.stdout))))

"""Shapes of what stands around a release: other runs, deletions, mirrors, parts, versions in files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.oracle.generate import (
    CHECKOUT,
    Drawing,
    Job,
    Step,
    Tagging,
    condition_of_job,
    dump,
    job_of,
    leniency,
    login,
    published,
    tagging_of,
)
from tests.oracle.scripts import HOST, masked, simple
from tests.oracle.shapes import ordered, runs_on
from tests.oracle.world import SHA, Event

PUBLISH = ".github/workflows/publish.yml"
MIRROR = "m.example/shop"


def _in_line(drawing: Drawing, jobs: dict[str, Job], conditions: tuple[str, ...] = ()) -> dict[str, Job]:
    """*jobs* one after the other, or nearly; each under one of *conditions*, or as people say it."""
    before: list[str] = []
    done: dict[str, Job] = {}
    usual = drawing.pick(*conditions) if conditions else ""
    for name, job in jobs.items():
        if before:
            needs = job.get("needs") or []
            job["needs"] = [*([needs] if isinstance(needs, str) else needs), *before]
        said = usual if drawing.chance(0.8) or not conditions else drawing.pick(*conditions)
        if said:
            bare = said.removeprefix("${{ ").removesuffix(" }}")
            always = f"${{{{ !failure() && !cancelled() && {bare} }}}}"
            job["if"] = always if before and drawing.chance(0.2) else said
        elif not conditions:
            condition_of_job(drawing, job, before)
        leniency(drawing, job)
        done[name] = ordered(job)
        before = [name] if drawing.chance(0.85) else before
    return done


def _completed(drawing: Drawing, images: list[str]) -> None:
    """One workflow tests, or pushes some images; another starts when it is completed, and pushes the rest."""
    drawing.name, drawing.then = "release", PUBLISH
    drawing.on = drawing.pick("push", {"push": {"branches": ["main"]}})
    drawing.events = (Event(), Event("push", "refs/heads/topic")) if drawing.on == "push" else (Event(),)
    drawing.release = False
    first = drawing.pick(0, 0, 0, 1, len(images) - 1)
    tagging = tagging_of(drawing, jobs=False)
    if first:
        drawing.jobs["siblings"] = ordered(job_of(drawing, images[:first], tagging, []))
    else:
        check = drawing.pick("pytest", "go test ./...", "docker build -t app app", "exit 0")
        drawing.jobs["checks"] = runs_on(steps=[CHECKOUT, {"run": check}])
    upstream = "github.event.workflow_run"
    conditions = (
        f"{upstream}.conclusion == 'success'",
        f"${{{{ {upstream}.conclusion == 'success' }}}}",
        f"{upstream}.conclusion == 'success' && {upstream}.head_branch == 'main'",
        f"{upstream}.event == 'push' && {upstream}.conclusion == 'success'",
        f"{upstream}.conclusion != 'failure'",
        f"{upstream}.head_branch == 'main'",
        "",
    )
    head = f"${{{{ {upstream}.head_sha }}}}"
    then = Tagging(head, head) if drawing.chance(0.7) else Tagging("$GITHUB_RUN_NUMBER")
    if drawing.chance(0.2):
        then = Tagging(f"${{{{ {upstream}.run_number }}}}", f"${{{{ {upstream}.run_number }}}}")
    rest = images[first:]
    if drawing.chance(0.25):
        jobs = {"publish": job_of(drawing, rest, then, [])}
    else:
        jobs = {f"push-{name}": job_of(drawing, [name], then, []) for name in rest}
    branches = drawing.pick({}, {"branches": ["main"]})
    started = {"workflow_run": {"workflows": ["release"], "types": ["completed"], **branches}}
    document = {"name": "publish", "on": started, "permissions": {"packages": "write"}}
    drawing.files[PUBLISH] = dump(document | {"jobs": _in_line(drawing, jobs, conditions)})


def _deletion(drawing: Drawing, reference: str) -> str:
    return drawing.pick(
        f"crane delete {reference}",
        f"skopeo delete docker://{reference}",
        f"regctl tag delete {reference}",
        f"regctl tag rm {reference}",
        f"oras manifest delete --force {reference}",
    )


def _deleted(drawing: Drawing, images: list[str]) -> None:
    """Tags are deleted: what failed is taken back, candidates go, a tag is made free, or an image is gone."""
    tagging = tagging_of(drawing, jobs=False)
    form = drawing.pick("undo", "undo", "undo", "candidates", "before", "after", "job")
    drawing.kinds.append(form)
    names = [f"{HOST}/{name}:{tagging.shell}" for name in images]
    job = job_of(drawing, [], tagging, [])
    push: list[Step] = [{"run": masked(drawing, simple(drawing, tagging.shell)(name))} for name in images]
    one = drawing.pick(0, -1, -1)
    asked = drawing.pick("failure()", "${{ failure() || cancelled() }}", "always()", "${{ !success() }}")
    gone: Step = {"if": asked, "run": _deletion(drawing, names[one])}
    if form == "undo":
        every = [_deletion(drawing, name) for name in reversed(names)] if drawing.chance(0.4) else []
        push.append({**gone, "run": "\n".join(every)} if every else gone)
    elif form == "candidates":
        old = f"{HOST}/{images[one]}:cand-${{{{ github.run_id }}}}"
        push.append({"run": masked(drawing, _deletion(drawing, old)), **drawing.pick({}, {"if": "always()"})})
    elif form == "before":
        push.insert(drawing.pick(0, 0, 1), {"run": f"{_deletion(drawing, names[one])} || true"})
    elif form == "after":
        del gone["if"]
        push.append(gone)
    job["steps"] += push
    drawing.jobs["release"] = ordered(job)
    if form == "job" and not tagging.steps and "env" not in job and not drawing.top_env:
        clean = runs_on(needs=["release"], steps=[login(), {"run": gone["run"]}])
        clean["if"] = drawing.pick("failure()", "always()", "${{ needs.release.result == 'failure' }}")
        drawing.jobs["clean"] = ordered(clean)


def _mirrored(drawing: Drawing, images: list[str]) -> None:
    """Every image goes out in two registries: image by image, or registry by registry."""
    drawing.mirror = MIRROR
    tagging = tagging_of(drawing, jobs=False)
    job = job_of(drawing, [], tagging, [])
    second = login()
    second["with"] = {**second["with"], "registry": "m.example"}
    job["steps"].append(second)
    push = simple(drawing, tagging.shell)
    copy = drawing.pick(
        "skopeo copy --all docker://%s docker://%s", "crane copy %s %s", "regctl image copy %s %s"
    )
    form = drawing.pick("image", "image", "registry", "tags")
    lines: list[str] = []
    for name in images:
        here, there = (f"{host}/{name}:{tagging.shell}" for host in (HOST, MIRROR))
        if form == "tags":
            lines.append(masked(drawing, f"docker buildx build --push -t {here} -t {there} {name}"))
        else:
            lines += [masked(drawing, push(name)), masked(drawing, copy % (here, there))]
    if form == "registry":
        lines = [*lines[::2], *lines[1::2]]
    if drawing.chance(0.5):
        job["steps"].append({"run": "\n".join(lines)})
    else:
        job["steps"] += [{"run": line} for line in lines]
    drawing.jobs["release"] = ordered(job)


def _by_architecture(drawing: Drawing, images: list[str]) -> None:
    """Each architecture is pushed under a tag of its own; then lists of them get the release's tag."""
    drawing.aliases.append(".*-(amd64|arm64)")
    tagging = tagging_of(drawing, jobs=False)
    builds: list[str] = []
    together = drawing.chance(0.4)
    for name in [""] if together else images:
        leg = name or "${{ matrix.image }}"
        part = f"{tagging.shell}-${{{{ matrix.arch }}}}"
        job = job_of(drawing, [], tagging, [])
        build = (
            f"docker buildx build --push --platform linux/${{{{ matrix.arch }}}} -t {HOST}/{leg}:{part} {leg}"
        )
        plain = f"docker build -t {HOST}/{leg}:{part} {leg}\ndocker push {HOST}/{leg}:{part}"
        job["steps"].append({"run": drawing.pick(masked(drawing, build), plain)})
        matrix: dict[str, Any] = {"arch": ["amd64", "arm64"]}
        if together:
            matrix["image"] = list(images)
        job["strategy"] = {"fail-fast": drawing.pick(True, False), "matrix": matrix}
        leniency(drawing, job)
        drawing.jobs[f"build-{name}" if name else "build"] = ordered(job)
        builds.append(f"build-{name}" if name else "build")
    apart, before = drawing.chance(0.5), list[str]()
    one = job_of(drawing, [], tagging, builds)
    for name in images:
        target = f"{HOST}/{name}:{tagging.shell}"
        parts = " ".join(f"{target}-{arch}" for arch in ("amd64", "arm64"))
        lines = drawing.pick(
            f"docker manifest create {target} {parts}\ndocker manifest push {target}",
            f"docker manifest create --amend {target} {parts} && docker manifest push --purge {target}",
            f"docker buildx imagetools create -t {target} {parts}",
            f"docker buildx imagetools create --tag {target} {parts}",
        )
        step: Step = {"run": masked(drawing, lines) if "\n" not in lines else lines}
        if apart:
            job = job_of(drawing, [], tagging, [*builds, *before])
            job["steps"].append(step)
            condition_of_job(drawing, job, builds)
            drawing.jobs[f"join-{name}"] = ordered(job)
            before = [f"join-{name}"] if drawing.chance(0.8) else before
        else:
            one["steps"].append(step)
    if not apart:
        condition_of_job(drawing, one, builds)
        drawing.jobs["join"] = ordered(one)


def _published_release(drawing: Drawing, images: list[str]) -> None:
    """A release that a person publishes starts it; what is pushed may hang on its being a preview."""
    drawing.on = {"release": {"types": drawing.pick(["published"], ["published", "edited"], ["released"])}}
    drawing.release = True
    drawing.events = tuple(
        Event(
            "release",
            "refs/tags/v1.2.3",
            payload={
                "release": {"tag_name": "v1.2.3", "prerelease": early, "draft": False},
                "action": "published",
            },
        )
        for early in (False, True)
    )
    tags = (
        "${{ github.event.release.tag_name }}",
        "${{ github.ref_name }}",
        "${{ github.event.release.tag_name }}",
    )
    usual = drawing.pick(*tags)
    jobs: dict[str, Job] = {}
    for name in images:
        tag = usual if drawing.chance(0.7) else drawing.pick(*tags)
        tagging = drawing.pick(
            Tagging(tag, tag),
            Tagging("$GITHUB_REF_NAME"),
            Tagging("$TAG", "${{ env.TAG }}", env={"TAG": tag}),
        )
        top = dict(drawing.top_env)
        jobs[f"push-{name}"] = job_of(drawing, [name], tagging, [])
        if drawing.top_env != top:
            jobs[f"push-{name}"]["env"], drawing.top_env = tagging.env, top
    asked = (
        "!github.event.release.prerelease",
        "github.event.release.prerelease == false",
        "${{ !github.event.release.prerelease }}",
        "${{ github.event.release.prerelease != true }}",
        "github.event_name == 'release'",
    )
    drawing.jobs |= _in_line(drawing, jobs, asked if drawing.chance(0.6) else ())


def _pulls(drawing: Drawing, images: list[str]) -> None:
    """Pull requests build what pushes publish: said at the step, at the job, or by an input of the action."""
    drawing.on = {"push": {"branches": ["main"]}, "pull_request": {}}
    drawing.release = False
    head = {"ref": "topic", "sha": SHA}
    pull = {"number": 7, "action": "opened", "pull_request": {"number": 7, "head": head, "merged": False}}
    drawing.events = (Event(), Event("pull_request", "refs/pull/7/merge", payload=pull))
    tagging = tagging_of(drawing, jobs=False)
    asked = (
        "github.event_name != 'pull_request'",
        "github.event_name == 'push'",
        "${{ github.event_name != 'pull_request' }}",
        "github.ref == 'refs/heads/main'",
        "github.head_ref == ''",
        "!github.event.pull_request",
    )
    usual, where = drawing.pick(*asked), drawing.pick("job", "step", "shell")
    jobs: dict[str, Job] = {}
    for name in images:
        said = usual if drawing.chance(0.85) else drawing.pick(*asked)
        job = job_of(drawing, [], tagging, [])
        steps = published(drawing, [name], tagging)
        if where == "step":
            steps = [
                {"if": said, **{key: value for key, value in step.items() if key != "if"}} for step in steps
            ]
        elif where == "shell":
            test = drawing.pick('[ "$GITHUB_EVENT_NAME" = pull_request ] &&', 'test -n "$GITHUB_HEAD_REF" &&')
            steps = [{"run": f"{test} exit 0\n{simple(drawing, tagging.shell)(name)}"}]
        job["steps"] += steps
        if where == "job":
            job["if"] = said
        jobs[f"push-{name}"] = job
    for name, job in _in_line(drawing, {key: {**job} for key, job in jobs.items()}).items():
        if where == "job":  # a condition of its own counts
            job["if"] = jobs[name]["if"]
        drawing.jobs[name] = job


def _forked(drawing: Drawing, images: list[str]) -> None:
    """Only the repository itself publishes, not its forks: each job says so in its words, or forgets to."""
    drawing.events = tuple(
        replace(event, repository=name) for event in drawing.events for name in ("acme/shop", "mona/shop")
    )
    tagging = tagging_of(drawing, jobs=False)
    asked = (
        "github.repository == 'acme/shop'",
        "github.repository_owner == 'acme'",
        "${{ github.repository == 'acme/shop' }}",
        "startsWith(github.repository, 'acme/')",
    )
    usual = drawing.pick(*asked)
    jobs: dict[str, Job] = {}
    for name in images:
        job = job_of(drawing, [name], tagging, [])
        said = usual if drawing.chance(0.9) else drawing.pick(*asked, "")
        if said:
            job["if"] = said
        leniency(drawing, job)
        jobs[f"push-{name}"] = job
    before: list[str] = []
    for name, job in jobs.items():
        if before:
            needs = job.get("needs") or []
            job["needs"] = [*([needs] if isinstance(needs, str) else needs), *before]
        drawing.jobs[name] = ordered(job)
        before = [name] if drawing.chance(0.85) else before


_MANIFESTS = {
    "pyproject.toml": (
        '[project]\nname = "shop"\nversion = "1.4.0"\n',
        """$(sed -n 's/^version = "\\(.*\\)"/\\1/p' pyproject.toml)""",
        """$(grep '^version' pyproject.toml | cut -d'"' -f2)""",
    ),
    "Chart.yaml": (
        "name: shop\nversion: 1.4.0\nappVersion: 1.4.0\n",
        "$(grep '^version:' Chart.yaml | awk '{print $2}')",
        "$(awk '/^version:/ {print $2}' Chart.yaml)",
    ),
    "Cargo.toml": (
        '[package]\nname = "shop"\nversion = "1.4.0"\n',
        "$(awk -F'\"' '/^version/ {print $2; exit}' Cargo.toml)",
        "$(grep -m1 '^version' Cargo.toml | tr -d '\" ' | cut -d= -f2)",
    ),
    "gradle.properties": (
        "version=1.4.0\n",
        "$(cut -d= -f2 gradle.properties)",
        "$(. ./gradle.properties; echo $version)",
    ),
    "version.env": ("VERSION=1.4.0\n", "$(. ./version.env && echo $VERSION)", "$(sed 's/.*=//' version.env)"),
}


def _version_in_a_file(drawing: Drawing, images: list[str]) -> None:
    """The version is taken out of a file that people keep, with the commit behind it or without."""
    file = drawing.pick(*_MANIFESTS)
    body, *ways = _MANIFESTS[file]
    drawing.files[file] = body
    behind = drawing.pick("", "-$GITHUB_SHA", "-${GITHUB_SHA::7}", "-$GITHUB_RUN_NUMBER")
    usual = drawing.pick(*ways)
    steps: list[Step] = []
    for name in images:
        said = usual if drawing.chance(0.8) else drawing.pick(*ways)
        lines = f"version={said}\n{masked(drawing, simple(drawing, f'$version{behind}')(name))}"
        steps.append({"run": lines, **drawing.pick({}, {}, {"shell": "bash"})})
    if drawing.chance(0.4):
        value = "${{ steps.v.outputs.version }}"
        first = {"id": "v", "run": f'echo "version={usual}{behind}" >> "$GITHUB_OUTPUT"'}
        steps = [first, *({"run": masked(drawing, simple(drawing, value)(name))} for name in images)]
    job = job_of(drawing, [], Tagging("x"), [])
    job["steps"] += steps
    drawing.jobs["release"] = ordered(job)


def _tags_and_images(drawing: Drawing, images: list[str]) -> None:
    """Several tags of several images, in two loops, by image or by tag."""
    tags = drawing.pick(
        ("$GITHUB_SHA", "latest"), ("$GITHUB_SHA", "${GITHUB_SHA::7}"), ("latest", "$GITHUB_RUN_NUMBER")
    )
    words, listed = " ".join(images), " ".join(tags)
    push = masked(drawing, "docker push " + HOST + "/$i:$t")
    inner, outer = drawing.pick(
        (f"for t in {listed}", f"for i in {words}"), (f"for i in {words}", f"for t in {listed}")
    )
    form = drawing.pick("loops", "array", "function", "all")
    body = f"{outer}; do\n  {inner}; do\n    {push}\n  done\ndone"
    if form == "array":
        body = body.replace(f"in {listed}", 'in "${tags[@]}"')
        body = f"tags=({listed})\n{body}"
    elif form == "function":
        end = drawing.pick("", " || return 1")
        body = f"push() {{\n  for t in {listed}; do\n    docker push {HOST}/$1:$t{end}\n  done\n}}\n"
        body += "\n".join(masked(drawing, f"push {name}") for name in images)
    elif form == "all":
        flags = [" ".join(f"-t {HOST}/{name}:{tag}" for tag in tags) for name in images]
        lines = [
            f"docker buildx build --push {flag} {name}" for flag, name in zip(flags, images, strict=True)
        ]
        body = "\n".join(masked(drawing, line) for line in lines)
    job = job_of(drawing, [], Tagging("x"), [])
    job["steps"].append({"run": body})
    drawing.jobs["release"] = ordered(job)


def _signed(drawing: Drawing, images: list[str]) -> None:
    """Between the pushes images are looked at, signed and noted, by programs that may fail."""
    tagging = tagging_of(drawing)
    jobs: dict[str, Job] = {}
    one = drawing.chance(0.5)
    for name in images:
        ref = f"{HOST}/{name}:{tagging.shell}"
        between = drawing.pick(
            f"cosign sign --yes {ref}",
            f"trivy image --exit-code 1 {ref}",
            f"docker buildx imagetools inspect {ref}",
            f"cosign verify --key k.pub {ref} > /dev/null",
            "gh release create v1 --generate-notes",
            "helm package charts/shop",
        )
        steps: list[Step] = [{"run": masked(drawing, simple(drawing, tagging.shell)(name))}]
        steps.append({"run": masked(drawing, between)})
        if drawing.chance(0.2):
            steps[-1]["if"] = drawing.pick("always()", "success()", "github.ref == 'refs/heads/main'")
        if drawing.chance(0.15):
            steps[-1]["continue-on-error"] = True
        key = "release" if one else f"push-{name}"
        if key not in jobs:
            jobs[key] = job_of(drawing, [], tagging, [])
        jobs[key]["steps"] += steps
    drawing.jobs |= _in_line(drawing, jobs)


RELEASES: list[Callable[[Drawing, list[str]], None]] = [
    _completed,
    _completed,
    _deleted,
    _mirrored,
    _by_architecture,
    _published_release,
    _pulls,
    _forked,
    _version_in_a_file,
    _tags_and_images,
    _signed,
]

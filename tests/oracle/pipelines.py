"""Shapes of whole pipelines: flags by a plan, versions by an action, scans before a push, approvals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.generate import (
    CALLED,
    CHECKOUT,
    Drawing,
    Job,
    Step,
    Tagging,
    dump,
    job_of,
    leniency,
    published,
    replaced,
    tagging_of,
)
from tests.oracle.scripts import HOST, masked
from tests.oracle.shapes import download, ordered, runs_on, siblings_of, upload
from tests.oracle.world import Event

CALM = (
    "${{ !failure() && !cancelled() }}",
    "always() && !cancelled()",
    "${{ always() && !failure() && !cancelled() }}",
    "always()",
    "",
)
"""How people say that a job runs whatever was skipped; the second and the fourth say more than that."""


def _waiting(drawing: Drawing, job: Job, before: list[str], *more: str) -> None:
    """*job* waits for *before*; perhaps with a condition of *more* or of those that people take."""
    needs = job.get("needs") or []
    job["needs"] = list(dict.fromkeys([*([needs] if isinstance(needs, str) else needs), *before]))
    said = drawing.pick(*CALM, *more)
    if said:
        job["if"] = said
    else:
        job.pop("if", None)


def _flags_by_plan(drawing: Drawing, images: list[str]) -> None:
    """A plan sets a flag for each part by what was pushed; each part asks for its flag, the last for all."""
    drawing.on = {"push": {"branches": ["main"], "tags": ["v*"]}, "workflow_dispatch": {}}
    refs = ("refs/heads/main", "refs/tags/v1.2.3", "refs/tags/v1.2.3-rc.1", "refs/tags/vnext")
    drawing.events = (*(Event("push", ref) for ref in refs), Event("workflow_dispatch", "refs/heads/topic"))
    tests = (
        '[[ "$TAG" == *-rc* ]]',
        '[[ "$TAG" =~ ^v[0-9]+\\.[0-9]+\\.[0-9]+$ ]]',
        '[[ "$GITHUB_REF" == refs/tags/* ]]',
        '[ "$GITHUB_EVENT_NAME" = push ]',
        '[[ "$GITHUB_EVENT_NAME" == workflow_dispatch ]] && [[ "$RC" != true ]]',
    )
    usual, lines = drawing.pick(*tests), ['TAG="${GITHUB_REF_NAME}"', "RC=false"]
    lines += ['if [[ "$TAG" == *-rc* ]]; then', "  RC=true", "fi"]
    for name in images:
        test = usual if drawing.chance(0.8) else drawing.pick(*tests)
        start, other = drawing.pick(("false", "true"), ("false", "true"), ("true", "false"))
        lines += [f"P_{name}={start}", f"if {test}; then", f"  P_{name}={other}", "fi"]
    said = "\n".join(f'  echo "{name}=$P_{name}"' for name in images)
    lines += [f'{{\n{said}\n}} >> "$GITHUB_OUTPUT"']
    drawing.jobs["plan"] = runs_on(
        outputs={name: f"${{{{ steps.p.outputs.{name} }}}}" for name in images},
        steps=[CHECKOUT, {"id": "p", "run": "\n".join(lines)}],
    )
    tagging = tagging_of(drawing, jobs=False)
    names: list[str] = []
    for name in images:
        job = job_of(drawing, [name], tagging, ["plan"])
        own = f"needs.plan.outputs.{name} == 'true'"
        if name == images[-1]:
            _waiting(drawing, job, ["plan", *names])
            fine = " && ".join(f"needs.{other}.result == 'success'" for other in names)
            calm = " && ".join(f"needs.{other}.result != 'failure'" for other in names)
            job["if"] = drawing.pick(
                own,
                f"${{{{ !cancelled() && {own} && {fine} }}}}",
                f"${{{{ !failure() && !cancelled() && {own} }}}}",
                f"always() && {own} && {calm}",
            )
        else:
            job["if"] = own
        drawing.jobs[f"push-{name}"] = ordered(job)
        names.append(f"push-{name}")


def _versioned_by_action(drawing: Drawing, images: list[str]) -> None:
    """An action says whether there is a release, and its version; what is pushed hangs on that."""
    drawing.on = {"push": {"branches": ["main"]}}
    drawing.events = tuple(Event(changed=parts) for parts in (("release",), ()))
    action, flag, version = drawing.pick(
        ("googleapis/release-please-action@v4", "release_created", "tag_name"),
        ("googleapis/release-please-action@v4", "release_created", "version"),
        ("cycjimmy/semantic-release-action@v4", "new_release_published", "new_release_version"),
        ("changesets/action@v1", "published", ""),
    )
    made = runs_on(
        outputs={"new": f"${{{{ steps.r.outputs.{flag} }}}}"}, steps=[CHECKOUT, {"id": "r", "uses": action}]
    )
    drawing.jobs["version"] = made
    tag = "${{ github.sha }}"
    if version and drawing.chance(0.7):
        made["outputs"]["tag"] = f"${{{{ steps.r.outputs.{version} }}}}"
        tag = "${{ needs.version.outputs.tag }}"
    asked = [
        "needs.version.outputs.new == 'true'",
        "${{ needs.version.outputs.new == 'true' }}",
        "needs.version.outputs.new",
        "needs.version.outputs.new != ''",
    ]
    usual, before = drawing.pick(*asked), list[str]()
    for name in images:
        job = job_of(drawing, [name], Tagging(tag, tag), ["version"])
        said = usual if drawing.chance(0.85) else drawing.pick(*asked, "")
        if before:
            _waiting(drawing, job, before, said, said)
        if said and ("if" not in job or drawing.chance(0.5)):
            bare = said.removeprefix("${{ ").removesuffix(" }}")
            job["if"] = f"${{{{ !cancelled() && {bare} }}}}" if before and drawing.chance(0.3) else said
        leniency(drawing, job)
        drawing.jobs[f"push-{name}"] = ordered(job)
        before = [f"push-{name}"] if drawing.chance(0.85) else before


def _tolerated_legs(drawing: Drawing, images: list[str]) -> None:
    """Legs that may fail, by a word of the matrix; a gate asks for the whole matrix, then comes the last."""
    tagging = tagging_of(drawing, jobs=False)
    job = replaced(job_of(drawing, ["IMAGE"], tagging, []), "IMAGE", "${{ matrix.image }}")
    experimental: list[dict[str, Any]] = [
        {"image": name, "experimental": drawing.chance(0.3)} for name in images[:-1]
    ]
    if drawing.chance(0.4):
        matrix: dict[str, Any] = {"include": experimental}
    else:
        matrix = {"image": images[:-1], "experimental": [False]}
        matrix["include"] = [leg for leg in experimental if leg["experimental"]]
        if drawing.chance(0.5):  # a leg of its own, or a word more for the one that is there
            del matrix["experimental"]
        matrix = {key: value for key, value in matrix.items() if value}
    job["continue-on-error"] = drawing.pick(
        "${{ matrix.experimental }}", "${{ matrix.experimental == true }}", "${{ matrix.optional || false }}"
    )
    job["strategy"] = {"fail-fast": drawing.pick(False, False, True), "matrix": matrix}
    if drawing.chance(0.3):
        job["strategy"]["max-parallel"] = 1
    drawing.jobs["images"] = ordered(job)
    after = "images"
    if drawing.chance(0.5):
        gate = runs_on(steps=[drawing.pick({"run": "echo all pushed"}, {"run": "pytest"})])
        _waiting(drawing, gate, ["images"], "needs.images.result == 'success'")
        drawing.jobs["gate"] = ordered(gate)
        after = "gate"
    final = job_of(drawing, images[-1:], tagging, [after])
    _waiting(drawing, final, [after], f"always() && needs.{after}.result == 'success'")
    drawing.jobs["followed"] = ordered(final)


def _called_by_legs(drawing: Drawing, images: list[str]) -> None:
    """A called workflow that tests, builds and pushes in jobs of its own, called by the legs of a matrix."""
    inner = Tagging("${{ inputs.tag }}", "${{ inputs.tag }}")
    push = replaced(job_of(drawing, ["IMAGE"], inner, ["test"]), "IMAGE", "${{ inputs.image }}")
    test = runs_on(steps=[CHECKOUT, {"run": drawing.pick("pytest", "go test ./...", "exit 0")}])
    if drawing.chance(0.3):
        test["if"] = drawing.pick("${{ !inputs.quick }}", "inputs.quick != true")
    _waiting(drawing, push, ["test"], "needs.test.result == 'success'")
    inputs = {
        "image": {"type": "string", "required": True},
        "tag": {"type": "string", "required": True},
        "quick": {"type": "boolean", "default": drawing.chance(0.3)},
    }
    jobs = {"test": ordered(test), "push": ordered(push)}
    drawing.files[CALLED] = dump({"on": {"workflow_call": {"inputs": inputs}}, "jobs": jobs})
    tag = drawing.pick("${{ github.sha }}", "${{ github.ref_name }}-${{ github.run_number }}")
    every = drawing.chance(0.15)
    legs = images if every else images[:-1]
    given: dict[str, Any] = {"image": "${{ matrix.image }}", "tag": tag}
    if drawing.chance(0.4):
        given["quick"] = drawing.pick(
            True, "${{ matrix.quick || false }}", "${{ github.event_name == 'push' }}"
        )
    matrix: dict[str, Any] = {"image": legs}
    if drawing.chance(0.3):
        matrix["include"] = [{"image": legs[0], "quick": True}]
    drawing.jobs["images"] = {
        "strategy": {"fail-fast": drawing.pick(False, False, True), "matrix": matrix},
        "uses": f"./{CALLED}",
        "with": given,
        "secrets": "inherit",
    }
    if not every:
        call: Job = {"uses": f"./{CALLED}", "with": {"image": images[-1], "tag": tag}, "secrets": "inherit"}
        _waiting(drawing, call, ["images"], "${{ !cancelled() && needs.images.result == 'success' }}")
        drawing.jobs["followed"] = call


def _several_tags(drawing: Drawing, images: list[str]) -> None:
    """metadata-action makes several tags; they are pushed by an action, by a loop, or one by one."""
    rules = drawing.pick(
        "type=sha,format=long\ntype=raw,value=latest,enable=${{ github.ref == 'refs/heads/main' }}",
        "type=raw,value=${{ github.sha }}\ntype=raw,value=latest",
        "type=sha\ntype=raw,value=${{ github.run_number }}",
        "type=ref,event=branch,enable=false\ntype=sha",
    )
    one = drawing.chance(0.5)
    job = job_of(drawing, [], Tagging("x"), [])
    jobs: dict[str, Job] = {}
    for name in images:
        own = f"m-{name}"
        given = {"images": f"{HOST}/{name}", "tags": rules, "flavor": "latest=false"}
        tags = f"${{{{ steps.{own}.outputs.tags }}}}"
        build: dict[str, Any] = {"context": name, "tags": tags, "platforms": "linux/amd64,linux/arm64"}
        steps: list[Step] = [{"id": own, "uses": "docker/metadata-action@v5", "with": given}]
        form = drawing.pick("push", "outputs", "loop", "build")
        if form == "push":
            build["push"] = drawing.pick(True, "${{ github.event_name != 'pull_request' }}")
            steps.append({"uses": "docker/build-push-action@v6", "with": build})
        elif form == "outputs":
            build["outputs"] = drawing.pick("type=image,push=true", "type=registry")
            steps.append({"uses": "docker/build-push-action@v6", "with": build})
        elif form == "loop":
            steps.append({"uses": "docker/build-push-action@v6", "with": {**build, "load": True}})
            steps.append({"run": drawing.pick("pytest", f"trivy image {HOST}/{name}:scan", "exit 0")})
            loop = f'while read -r t; do\n  {masked(drawing, "docker push $t")}\ndone <<< "$TAGS"'
            steps.append({"env": {"TAGS": tags}, "run": loop})
        else:
            words = 'docker buildx build --push $(printf -- "-t %s " $TAGS) ' + name
            steps.append({"env": {"TAGS": tags}, "run": words})
        if drawing.chance(0.15):
            steps[-1]["if"] = drawing.pick("always()", "${{ !cancelled() }}", "success()")
        if one:
            job["steps"] += steps
        else:
            jobs[f"push-{name}"] = {**job, "steps": [*job["steps"], *steps]}
    if one:
        drawing.jobs["release"] = ordered(job)
    before: list[str] = []
    for key, each in jobs.items():
        if before:
            _waiting(drawing, each, before)
        drawing.jobs[key] = ordered(each)
        before = [key] if drawing.chance(0.85) else before


def _composed(drawing: Drawing, images: list[str]) -> None:
    """Compose with the tag in its ``.env`` file, all at once or one service after the other."""
    services = {
        name: {"image": f"{HOST}/{name}:${{TAG:-dev}}", "build": {"context": name}} for name in images
    }
    drawing.files["compose.yaml"] = dump({"services": services})
    value = drawing.pick("${{ github.sha }}", "$GITHUB_SHA", "${{ github.run_number }}")
    steps: list[Step] = [
        drawing.pick(
            {"run": f'echo "TAG={value}" > .env'},
            {"run": f"cat > .env <<EOF\nTAG={value}\nEOF"},
            {"run": f"printf 'TAG=%s\\n' \"{value}\" >> .env"},
            {"run": f'echo "TAG={value}" >> "$GITHUB_ENV"'},
        )
    ]
    words = " ".join(images)
    command = drawing.pick("docker compose push", "docker-compose push", "docker compose build --push")
    steps.append({"run": drawing.pick("docker compose build", "docker compose build --pull", "true")})
    form = drawing.pick("loop", "steps", "lines", "pairs")
    if form == "loop":
        steps.append({"run": f"for s in {words}; do\n  {masked(drawing, f'{command} $s')}\ndone"})
    elif form == "steps":
        steps += [{"run": masked(drawing, f"{command} {name}")} for name in images]
    elif form == "lines":
        end = drawing.pick("", " || exit 1", " || true")
        steps.append({"run": "\n".join(f"{command} {name}{end}" for name in images)})
    else:
        steps += [{"run": f"{command} {' '.join(images[:-1])}"}, {"run": f"{command} {images[-1]}"}]
    job = job_of(drawing, [], Tagging("x"), [])
    job["steps"] += steps
    drawing.jobs["release"] = ordered(job)


def _approved(drawing: Drawing, images: list[str]) -> None:
    """Tests, siblings, a job in an environment that waits for a person, the followed image, a deployment."""
    tagging = tagging_of(drawing)
    quiet = runs_on(steps=[CHECKOUT, {"run": drawing.pick("pytest", "go test ./...")}])
    drawing.jobs["test"] = quiet
    names: list[str] = []
    for name in images[:-1]:
        job = job_of(drawing, [name], tagging, ["test"])
        leniency(drawing, job)
        drawing.jobs[f"push-{name}"] = ordered(job)
        names.append(f"push-{name}")
    approve = runs_on(steps=[{"run": "echo approved"}], environment="production")
    _waiting(drawing, approve, names)
    drawing.jobs["approve"] = ordered(approve)
    final = job_of(drawing, images[-1:], tagging, ["approve"])
    more = names if drawing.chance(0.4) else []
    _waiting(drawing, final, ["approve", *more], "always() && needs.approve.result == 'success'")
    if drawing.chance(0.4):
        final["environment"] = {"name": "production", "url": "https://shop.example"}
    if drawing.chance(0.3):
        final["concurrency"] = {"group": "release-${{ github.sha }}", "cancel-in-progress": False}
    drawing.jobs["followed"] = ordered(final)
    deploy = runs_on(steps=[{"run": "kubectl rollout restart deploy/app"}])
    _waiting(drawing, deploy, ["followed"], "failure()")
    drawing.jobs["deploy"] = ordered(deploy)


def _all_green(drawing: Drawing, images: list[str]) -> None:
    """One action looks at all results, with skips or failures that it allows; the last image waits for it."""
    tagging = tagging_of(drawing)
    names = siblings_of(drawing, images, tagging, 0.3, "github.event_name != 'schedule'")
    given: dict[str, Any] = {"jobs": "${{ toJSON(needs) }}"}
    allowed = drawing.pick("", "", "allowed-skips", "allowed-failures")
    if allowed:
        given[allowed] = drawing.pick(names[0], ", ".join(names))
    gate = runs_on(
        needs=names,
        steps=[{"uses": "re-actors/alls-green@release/v1", "with": given}],
        **drawing.pick({"if": "always()"}, {"if": "always()"}, {"if": "${{ !cancelled() }}"}, {}),
    )
    drawing.jobs["green"] = ordered(gate)
    final = job_of(drawing, images[-1:], tagging, ["green"])
    _waiting(drawing, final, ["green"], "always() && needs.green.result == 'success'")
    drawing.jobs["followed"] = ordered(final)


def _tarballs(drawing: Drawing, images: list[str]) -> None:
    """Images are built in one job, saved as artifacts, scanned in another, loaded and pushed in a third."""
    tagging = tagging_of(drawing, jobs=False)
    names: list[str] = []
    for name in images:
        lines = f"docker build -t {name}:ci {name}\ndocker save {name}:ci > {name}.tar"
        steps: list[Step] = [CHECKOUT, {"run": lines}, upload(f"image-{name}", f"{name}.tar")]
        drawing.jobs[f"build-{name}"] = runs_on(steps=steps)
        leniency(drawing, drawing.jobs[f"build-{name}"])
        names.append(f"build-{name}")
    scan = runs_on(steps=[CHECKOUT, {"run": "trivy image --input image.tar"}])
    _waiting(drawing, scan, names)
    drawing.jobs["scan"] = ordered(scan)
    apart = drawing.chance(0.5)
    before: list[str] = []
    job = job_of(drawing, [], tagging, ["scan"])
    for name in images:
        target = f"{HOST}/{name}:{tagging.shell}"
        lines = f"docker load -i {name}.tar\ndocker tag {name}:ci {target}\n"
        steps = [download(f"image-{name}"), {"run": lines + masked(drawing, f"docker push {target}")}]
        if drawing.chance(0.15):
            steps[0]["continue-on-error"] = True
        if apart:
            each = job_of(drawing, [], tagging, ["scan"])
            each["steps"] += steps
            _waiting(drawing, each, ["scan", *before])
            drawing.jobs[f"push-{name}"] = ordered(each)
            before = [f"push-{name}"] if drawing.chance(0.85) else before
        else:
            job["steps"] += steps
    if not apart:
        _waiting(drawing, job, ["scan"], "needs.scan.result == 'success'")
        drawing.jobs["release"] = ordered(job)


def _changed_matrix(drawing: Drawing, images: list[str]) -> None:
    """The legs are what has changed, as paths-filter lists it; the followed image asks for more or less."""
    tagging = tagging_of(drawing, jobs=False)
    drawing.on, siblings = "push", images[:-1]
    drawing.events = tuple(Event(changed=parts) for parts in (tuple(siblings), (), tuple(siblings[:1])))
    filters = "".join(f"{name}:\n  - '{name}/**'\n" for name in siblings)
    drawing.jobs["changes"] = runs_on(
        outputs={"list": "${{ steps.f.outputs.changes }}"},
        steps=[CHECKOUT, {"id": "f", "uses": "dorny/paths-filter@v3", "with": {"filters": filters}}],
    )
    job = replaced(job_of(drawing, ["IMAGE"], tagging, ["changes"]), "IMAGE", "${{ matrix.image }}")
    job["strategy"] = {
        "fail-fast": drawing.pick(True, False),
        "matrix": {"image": "${{ fromJSON(needs.changes.outputs.list) }}"},
    }
    some = "needs.changes.outputs.list != '[]'"
    job["if"] = drawing.pick(some, some, f"${{{{ {some} && needs.changes.outputs.list != '' }}}}")
    if drawing.chance(0.1):
        del job["if"]
    drawing.jobs["images"] = ordered(job)
    final = job_of(drawing, images[-1:], tagging, ["changes", "images"])
    listed = [f"contains(needs.changes.outputs.list, '{name}')" for name in siblings]
    parsed = [f"contains(fromJSON(needs.changes.outputs.list), '{name}')" for name in siblings]
    _waiting(
        drawing,
        final,
        [],
        some,
        f"${{{{ !cancelled() && {' && '.join(listed)} && needs.images.result == 'success' }}}}",
        f"${{{{ !failure() && !cancelled() && {' && '.join(parsed)} }}}}",
        f"{' && '.join(parsed)}",
    )
    drawing.jobs["followed"] = ordered(final)


def _actions_that_say(drawing: Drawing, images: list[str]) -> None:
    """An action that pushes and says that it did; the followed image asks for the word, or for outcomes."""
    inner = Tagging("${{ inputs.tag }}", "${{ inputs.tag }}")
    steps = replaced(published(drawing, ["IMAGE"], inner), "IMAGE", "${{ inputs.image }}")
    for step in steps:
        if "run" in step:
            step.setdefault("shell", "bash")
    said: Step = {"id": "d", "run": 'echo "pushed=true" >> "$GITHUB_OUTPUT"', "shell": "bash"}
    if drawing.chance(0.25):
        said["if"] = drawing.pick("always()", "success()")
    steps.insert(drawing.pick(len(steps), len(steps), 0), said)
    document = {
        "name": "image",
        "inputs": {"image": {"required": True}, "tag": {"required": True}},
        "outputs": {"pushed": {"value": "${{ steps.d.outputs.pushed }}"}},
        "runs": {"using": "composite", "steps": steps},
    }
    drawing.files[".github/actions/image/action.yml"] = dump(document)
    job = job_of(drawing, [], Tagging("x"), [])
    words: list[str] = []
    for number, name in enumerate(images[:-1]):
        use: Step = {"id": f"p{number}", "uses": "./.github/actions/image"}
        use["with"] = {"image": name, "tag": "${{ github.sha }}"}
        if drawing.chance(0.5):
            use["continue-on-error"] = True
        job["steps"].append(use)
        words.append(
            drawing.pick(
                f"steps.p{number}.outputs.pushed == 'true'",
                f"steps.p{number}.outputs.pushed == 'true'",
                f"steps.p{number}.outcome == 'success'",
                f"steps.p{number}.outputs.pushed",
            )
        )
    fine = " && ".join(words)
    condition = drawing.pick(
        fine, f"always() && {fine}", f"${{{{ !cancelled() && {fine} }}}}", "always()", ""
    )
    last: Step = {"uses": "./.github/actions/image"}
    if drawing.chance(0.5):
        if condition:
            last["if"] = condition
        last["with"] = {"image": images[-1], "tag": "${{ github.sha }}"}
        job["steps"].append(last)
        drawing.jobs["release"] = ordered(job)
        return
    job["outputs"] = {f"o{n}": f"${{{{ steps.p{n}.outputs.pushed }}}}" for n in range(len(words))}
    drawing.jobs["siblings"] = ordered(job)
    final = job_of(drawing, [], Tagging("x"), ["siblings"])
    final["steps"].append({**last, "with": {"image": images[-1], "tag": "${{ github.sha }}"}})
    fine = " && ".join(f"needs.siblings.outputs.o{n} == 'true'" for n in range(len(words)))
    _waiting(drawing, final, ["siblings"], fine, f"always() && {fine}", f"${{{{ !cancelled() && {fine} }}}}")
    drawing.jobs["followed"] = ordered(final)


def _guarded(drawing: Drawing, images: list[str]) -> None:
    """A job of checks that pushes nothing must be fine: for each image, or for the first ones only."""
    tagging = tagging_of(drawing)
    check = runs_on(
        outputs={"go": "${{ steps.g.outputs.go }}"},
        steps=[
            CHECKOUT,
            {"run": drawing.pick("pytest", "test -f compose.yaml || true", "hadolint Dockerfile")},
            {"id": "g", "run": 'echo "go=true" >> "$GITHUB_OUTPUT"', **drawing.pick({}, {"if": "success()"})},
        ],
    )
    leniency(drawing, check)
    drawing.jobs["checks"] = ordered(check)
    before = ["checks"]
    for name in images:
        job = job_of(drawing, [name], tagging, [])
        go = "needs.checks.outputs.go == 'true'"
        more = (go, f"always() && {go}") if "checks" in before else ()
        _waiting(
            drawing, job, list(before), *more, "${{ !cancelled() && !contains(needs.*.result, 'failure') }}"
        )
        drawing.jobs[f"push-{name}"] = ordered(job)
        before = [f"push-{name}"] if drawing.chance(0.5) else [*before, f"push-{name}"]


PIPELINES: list[Callable[[Drawing, list[str]], None]] = [
    _flags_by_plan,
    _versioned_by_action,
    _tolerated_legs,
    _called_by_legs,
    _several_tags,
    _composed,
    _approved,
    _all_green,
    _tarballs,
    _changed_matrix,
    _actions_that_say,
    _guarded,
]

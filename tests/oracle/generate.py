"""Release workflows, drawn by chance and written as text: what the oracle carries out, and `check` reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import yaml

from tests.oracle.scripts import HOST, Draft, script, single
from tests.oracle.world import MAIN, Event, World, image

CALLED = ".github/workflows/image.yml"
Step = dict[str, Any]
Job = dict[str, Any]


@dataclass
class Tagging:
    """How the release's tag is said: in a shell, in an expression, and what that needs."""

    shell: str
    expression: str = ""
    steps: list[Step] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    """Variables of the whole workflow, of the job or of the step."""
    jobs: dict[str, Job] = field(default_factory=dict)


def login() -> Step:
    """The step that logs in to the registry."""
    return {
        "uses": "docker/login-action@v3",
        "with": {"registry": "r.example", "username": "bot", "password": "${{ secrets.TOKEN }}"},
    }


CHECKOUT: Step = {"uses": "actions/checkout@v4"}


class Drawing(Draft):
    """A draft of a whole repository."""

    def __init__(self, seed: int):
        super().__init__(Random(seed))
        self.jobs: dict[str, Job] = {}
        self.top_env: dict[str, str] = {}
        self.on: Any = "push"
        self.events: tuple[Event, ...] = (Event(),)
        self.release = False
        """Does the workflow start on version tags only?"""
        self.name = ""
        self.then = ""
        """The file of a workflow that starts when a run of this one is completed."""
        self.aliases: list[str] = []
        """Patterns of tags that are no release's, besides the usual ones."""
        self.mirror = ""
        """Another registry in which the same images go out."""


Structure = Callable[[Drawing, list[str]], None]
"""Puts jobs for the images into a drawing."""


def draw(seed: int, structures: Sequence[Structure] = ()) -> World:
    """The world of *seed*, with one of *structures* if there are any."""
    drawing = Drawing(seed)
    images = drawing.pick(["worker", "app"], ["worker", "app"], ["worker", "emb", "app"])
    order = list(images)
    if drawing.chance(0.15):
        drawing.random.shuffle(order)
    _trigger(drawing)
    structure = drawing.pick(*(structures or _STRUCTURES))
    drawing.kinds.insert(0, structure.__name__.strip("_"))
    structure(drawing, order)
    if drawing.chance(0.25):
        _extra(drawing)
    document: dict[str, Any] = {"name": drawing.name} if drawing.name else {}
    document |= {"on": drawing.on, "permissions": {"packages": "write"}}
    if drawing.top_env:
        document["env"] = drawing.top_env
    document["jobs"] = drawing.jobs
    files = {**drawing.files, MAIN: dump(document, drawing.chance(0.1))}
    notes = {"seed": str(seed), "kinds": " ".join(drawing.kinds)}
    return World(
        files,
        tuple(image(name, mirror=drawing.mirror) for name in images),
        aliases="|".join([World.aliases, *drawing.aliases]),
        then=drawing.then,
        events=(*drawing.events, *_elsewhere(drawing, "\n".join(files.values()))),
        parallel=drawing.parallel,
        notes=notes,
    )


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return not self.sharing or not isinstance(data, dict | list)

    sharing = False
    """Are parts that are used twice written once, with an anchor?"""


class _Anchored(_Dumper):
    sharing = True


def _scalar(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _scalar)
_Anchored.add_representer(str, _scalar)


def dump(document: Any, anchors: bool = False) -> str:
    """YAML as a person would write it; with *anchors*, equal steps that are one object are written once."""
    said: str = yaml.dump(document, Dumper=_Anchored if anchors else _Dumper, sort_keys=False, width=1000)
    return said.replace("'on':", "on:")


def _trigger(drawing: Drawing) -> None:
    kind = drawing.pick("push", "push", "main", "tags", "tags", "dispatch", "both")
    if kind == "main":
        drawing.on = {"push": {"branches": ["main"]}}
    elif kind == "tags":
        drawing.on = {"push": {"tags": ["v*"]}}
        drawing.events = (Event("push", "refs/tags/v1.2.3"),)
        drawing.release = True
    elif kind == "dispatch":
        drawing.on = {"workflow_dispatch": {"inputs": {"dry": {"type": "boolean", "default": False}}}}
        drawing.events = tuple(
            Event("workflow_dispatch", inputs=(("dry", value),)) for value in (False, True)
        )
    elif kind == "both":
        drawing.on = {"push": {"branches": ["main"]}, "workflow_dispatch": {}}
        drawing.events = (Event(), Event("workflow_dispatch"))


def _elsewhere(drawing: Drawing, written: str) -> list[Event]:
    """The same on another branch, where a condition asks for the branch and the trigger does not."""
    if not re.search(r"[!=]=? *'?\"?refs/heads/|=~ \^\(main|github\.ref_name ==", written):
        return []
    free = {"workflow_dispatch", "push"} if drawing.on == "push" else {"workflow_dispatch"}
    return [replace(event, ref="refs/heads/topic") for event in drawing.events if event.name in free]


def tagging_of(drawing: Drawing, jobs: bool = True) -> Tagging:
    expression = drawing.pick(
        "${{ github.sha }}",
        "${{ github.sha }}",
        "${{ github.run_number }}",
        "${{ format('{0}', github.sha) }}",
    )
    if drawing.release:
        expression = drawing.pick(expression, "${{ github.ref_name }}")
    if drawing.chance(0.05):
        expression = "${{ github.run_number }}-${{ github.run_attempt }}"
    shell = drawing.pick(
        "$GITHUB_SHA",
        "${GITHUB_SHA}",
        "${GITHUB_SHA::7}",
        "$(git rev-parse HEAD)",
        "$(git rev-parse --short=7 HEAD)",
        "$GITHUB_RUN_NUMBER",
    )
    if drawing.release:
        shell = drawing.pick(
            shell, "$GITHUB_REF_NAME", "${GITHUB_REF_NAME#v}", "${GITHUB_REF##*/}", "${GITHUB_REF#refs/tags/}"
        )
    kinds: list[Callable[[], Tagging]] = [
        lambda: Tagging(expression, expression),
        lambda: Tagging(expression, expression),
        lambda: Tagging(shell),
        lambda: Tagging("$TAG", "${{ env.TAG }}", env={"TAG": expression}),
        lambda: _from_step(drawing, shell, expression),
        lambda: _from_environment(drawing, shell, expression),
        lambda: _from_file(drawing),
    ]
    if jobs:
        kinds += [lambda: _from_job(drawing, shell, expression)] * 2
    return drawing.pick(*kinds)()


def _from_step(drawing: Drawing, shell: str, expression: str) -> Tagging:
    said = drawing.pick(
        f'echo "tag={shell}" >> "$GITHUB_OUTPUT"',
        f"echo tag={expression} >> $GITHUB_OUTPUT",
        f'{{ echo "tag={shell}"; echo "x=1"; }} >> "$GITHUB_OUTPUT"',
        f't="{shell}"\nprintf "tag=%s\\n" "$t" | tee -a "$GITHUB_OUTPUT"',
    )
    value = "${{ steps.t.outputs.tag }}"
    return Tagging(value, value, [{"id": "t", "run": said}])


def _from_environment(drawing: Drawing, shell: str, expression: str) -> Tagging:
    said = drawing.pick(
        f'echo "TAG={shell}" >> "$GITHUB_ENV"',
        f'echo "TAG={expression}" >> $GITHUB_ENV',
        f'python3 -c "print(\'TAG={expression}\')" >> "$GITHUB_ENV"',
        f'cat >> "$GITHUB_ENV" <<EOF\nTAG={shell}\nEOF',
        f'printf "TAG<<END\\n%s\\nEND\\n" "{shell}" >> "$GITHUB_ENV"',
    )
    return Tagging("$TAG", "${{ env.TAG }}", [{"run": said}])


def _from_file(drawing: Drawing) -> Tagging:
    if drawing.chance(0.5):
        drawing.file("VERSION", "1.4.0\n")
        return Tagging(drawing.pick("$(cat VERSION)", "$(< VERSION)", "$(head -n1 VERSION)"))
    drawing.npm_scripts({})
    return Tagging("$(jq -r .version package.json)")


def _from_job(drawing: Drawing, shell: str, expression: str) -> Tagging:
    said = drawing.pick(
        f'echo "tag={shell}" >> "$GITHUB_OUTPUT"', f'echo "tag={expression}" >> "$GITHUB_OUTPUT"'
    )
    job = {
        "runs-on": "ubuntu-latest",
        "outputs": {"tag": "${{ steps.t.outputs.tag }}"},
        "steps": [CHECKOUT, {"id": "t", "run": said}],
    }
    value = "${{ needs.meta.outputs.tag }}"
    return Tagging(value, value, needs=["meta"], jobs={"meta": job})


def _place(drawing: Drawing, tagging: Tagging, job: Job) -> None:
    """Variables at one of the three levels."""
    if tagging.env:
        if drawing.chance(0.4):
            drawing.top_env |= tagging.env
        else:
            job["env"] = {**job.get("env", {}), **tagging.env}


def published(drawing: Drawing, images: list[str], tagging: Tagging) -> list[Step]:
    """Steps that push *images* in their order."""
    if not images:
        return []
    before = dict(drawing.files)
    while True:
        steps = _publishing(drawing, images, tagging)
        new = (path + body for path, body in drawing.files.items() if before.get(path) != body)
        if "IMAGE" not in images or not any("IMAGE" in text for text in new):
            return steps
        # A name that only the run knows cannot stand in a file of the repository.
        drawing.files = dict(before)


def _publishing(drawing: Drawing, images: list[str], tagging: Tagging) -> list[Step]:
    how = drawing.pick(
        "run", "run", "run", "run", "run", "run", "steps", "action", "metadata", "bake", "compose"
    )
    if how in ("action", "metadata") and not tagging.expression:
        how = "run"
    drawing.kinds.append(how)
    if how == "run":
        step: Step = {"run": script(drawing, images, tagging.shell)}
        if drawing.chance(0.25):
            step["shell"] = drawing.pick(
                "bash", "bash", "sh", "bash -e {0}", "bash {0}", "bash -euo pipefail {0}"
            )
            if step["shell"] == "sh" and (
                "((" in step["run"] or "<(" in step["run"] or "::" in step["run"] or "[[" in step["run"]
            ):
                del step["shell"]
        return [step]
    if how == "steps":
        return [_conditional(drawing, {"run": single(drawing, name, tagging.shell)}) for name in images]
    if how == "action":
        return [
            _conditional(drawing, _build_push(drawing, name, f"{HOST}/{name}:{tagging.expression}"))
            for name in images
        ]
    if how == "metadata":
        return _metadata(drawing, images, tagging)
    if how == "compose":
        return _compose(drawing, images, tagging)
    return _bake(drawing, images, tagging)


def _conditional(drawing: Drawing, step: Step) -> Step:
    if drawing.chance(0.15):
        step["if"] = drawing.pick(
            "always()",
            "failure()",
            "success()",
            "${{ !cancelled() }}",
            "github.event_name == 'push'",
            "success() || failure()",
            "job.status == 'success'",
        )
    if drawing.chance(0.12):
        step["continue-on-error"] = drawing.pick(True, True, "${{ github.event_name == 'push' }}")
    return step


def _build_push(drawing: Drawing, context: str, tags: str) -> Step:
    given: dict[str, Any] = {
        "context": context,
        "push": drawing.pick(True, True, "${{ github.event_name != 'pull_request' }}"),
        "tags": tags,
    }
    if drawing.chance(0.1):
        del given["push"]
        given["outputs"] = "type=image,push=true"
    return {"uses": drawing.pick("docker/build-push-action@v6", "docker/build-push-action@v5"), "with": given}


def _metadata(drawing: Drawing, images: list[str], tagging: Tagging) -> list[Step]:
    steps: list[Step] = []
    rule = drawing.pick(
        f"type=raw,value={tagging.expression}", f"type=raw,{tagging.expression}", tagging.expression
    )
    if len(images) > 1:
        rule = drawing.pick(rule, "type=sha", "type=sha,format=long")
    if drawing.release and len(images) > 1:
        rule = drawing.pick(
            rule, "type=ref,event=tag", "type=semver,pattern={{version}}", "type=semver,pattern={{raw}}"
        )
    if len(images) > 1 and drawing.chance(0.2):
        names = "\n".join(f"{HOST}/{name}" for name in images)
        steps.append(
            {
                "id": "m",
                "uses": "docker/metadata-action@v5",
                "with": {"images": names, "tags": rule, "flavor": "latest=false"},
            }
        )
        return [*steps, _build_push(drawing, ".", "${{ steps.m.outputs.tags }}")]
    for name in images:
        own = "m-image" if name == "IMAGE" else f"m-{name}"  # what the run puts for IMAGE is no identifier
        steps.append(
            {
                "id": own,
                "uses": "docker/metadata-action@v5",
                "with": {"images": f"{HOST}/{name}", "tags": rule, "flavor": "latest=false"},
            }
        )
        steps.append(
            _conditional(drawing, _build_push(drawing, name, f"${{{{ steps.{own}.outputs.tags }}}}"))
        )
    return steps


def _bake(drawing: Drawing, images: list[str], tagging: Tagging) -> list[Step]:
    variable = drawing.pick("TAG", "VERSION")
    form = drawing.pick("plain", "function", "inherits", "matrix", "ternary")
    reference = f"{HOST}/%s:${{{variable}}}"
    head = f'variable "{variable}" {{ default = "dev" }}\n'
    targets = "\n".join(
        f'target "{name}" {{\n  context = "{name}"\n  tags = ["{reference % name}"]\n}}' for name in images
    )
    if form == "function":
        head += f'function "tag" {{\n  params = [name]\n  result = ["{reference % "${name}"}"]\n}}\n'
        targets = "\n".join(
            f'target "{name}" {{\n  context = "{name}"\n  tags = tag("{name}")\n}}' for name in images
        )
    elif form == "inherits":
        head += 'target "base" { platforms = ["linux/amd64"] }\n'
        targets = targets.replace("  context", '  inherits = ["base"]\n  context')
    elif form == "ternary":
        value = f'${{{variable} == "dev" ? "none" : {variable}}}'
        targets = targets.replace(f"${{{variable}}}", value)
    elif form == "matrix":
        listed = ", ".join(f'"{name}"' for name in images)
        targets = (
            'target "image" {\n  name = img\n  matrix = { img = [' + listed + "] }\n"
            f'  context = img\n  tags = ["{reference % "${img}"}"]\n}}'
        )
    listed = ", ".join(f'"{name}"' for name in images)
    file = drawing.file("docker-bake.hcl", f'{head}group "default" {{ targets = [{listed}] }}\n{targets}\n')
    drawing.kinds.append(form)
    separate = drawing.chance(0.6)
    calls = [[name] for name in images] if separate else [[]]
    steps: list[Step] = []
    for names in calls:
        if drawing.chance(0.4) and tagging.expression:
            steps.append(
                {
                    "uses": "docker/bake-action@v6",
                    "env": {variable: tagging.expression},
                    "with": {
                        "source": ".",
                        "files": file,
                        "push": True,
                        **({"targets": ",".join(names)} if names else {}),
                    },
                }
            )
        else:
            words = " ".join(
                ["docker buildx bake", f"-f {file}" if file != "docker-bake.hcl" else "", "--push", *names]
            )
            before = drawing.pick(f"{variable}={tagging.shell} ", f'export {variable}="{tagging.shell}"\n')
            steps.append({"run": before + " ".join(words.split())})
    return steps


def _compose(drawing: Drawing, images: list[str], tagging: Tagging) -> list[Step]:
    services = {name: {"image": f"{HOST}/{name}:${{TAG}}", "build": {"context": name}} for name in images}
    file = drawing.file("compose.yaml", dump({"services": services}))
    command = f"docker compose -f {file} {drawing.pick('push', 'build --push')}"
    calls = [f"{command} {name}" for name in images] if drawing.chance(0.7) else [command]
    return [{"run": f'export TAG="{tagging.shell}"\n' + "\n".join(calls)}]


def job_of(drawing: Drawing, images: list[str], tagging: Tagging, needs: list[str]) -> Job:
    """A job that pushes *images*."""
    job: Job = {"runs-on": "ubuntu-latest"}
    wanted = list(dict.fromkeys([*tagging.needs, *needs]))
    if wanted:
        job["needs"] = wanted if len(wanted) > 1 or drawing.chance(0.3) else wanted[0]
    _place(drawing, tagging, job)
    steps: list[Step] = [CHECKOUT, login(), *(dict(step) for step in tagging.steps)]
    if drawing.chance(0.15):
        steps.append(
            _conditional(
                drawing, {"name": "test", "run": drawing.pick("pytest", "pytest -q", "go test ./...")}
            )
        )
    steps += published(drawing, images, tagging)
    job["steps"] = steps
    drawing.jobs |= {name: body for name, body in tagging.jobs.items() if name not in drawing.jobs}
    return job


def condition_of_job(drawing: Drawing, job: Job, before: list[str]) -> None:
    """Perhaps an ``if`` for a job that needs *before*."""
    if not before or drawing.chance(0.5):
        return
    one = before[0]
    job["if"] = drawing.pick(
        "always()",
        "${{ always() }}",
        "success()",
        "${{ !cancelled() }}",
        "${{ !failure() }}",
        "${{ !failure() && !cancelled() }}",
        f"needs.{one}.result == 'success'",
        f"always() && needs.{one}.result == 'success'",
        f"${{{{ !cancelled() && needs.{one}.result == 'success' }}}}",
        f"${{{{ !cancelled() && needs.{one}.result != 'failure' }}}}",
        "${{ always() && !contains(needs.*.result, 'failure') && !contains(needs.*.result, 'cancelled') }}",
        "${{ always() && !contains(needs.*.result, 'failure') }}",
        "${{ always() && contains(needs.*.result, 'success') }}",
        "github.event_name == 'push' || github.event_name == 'workflow_dispatch'",
        "github.ref == 'refs/heads/main' || startsWith(github.ref, 'refs/tags/')",
        "failure() || success()",
        "${{ github.event_name == 'push' }} == true",
    )


def _one_job(drawing: Drawing, images: list[str]) -> None:
    drawing.jobs["release"] = job_of(drawing, images, tagging_of(drawing), [])


def _some_steps(drawing: Drawing, images: list[str]) -> None:
    tagging = tagging_of(drawing)
    job = job_of(drawing, images[:1], tagging, [])
    for name in images[1:]:
        job["steps"] += [
            _conditional(drawing, step) if drawing.chance(0.3) else step
            for step in published(drawing, [name], tagging)
        ]
    drawing.jobs["release"] = job


def _chain_of_jobs(drawing: Drawing, images: list[str]) -> None:
    tagging, before = tagging_of(drawing), list[str]()
    second = tagging_of(drawing) if drawing.chance(0.03) else tagging
    for index, name in enumerate(images):
        job = job_of(drawing, [name], second if index else tagging, before)
        condition_of_job(drawing, job, before)
        leniency(drawing, job)
        drawing.jobs[f"push-{name}"] = job
        if drawing.chance(0.9):
            before = [f"push-{name}"] if drawing.chance(0.6) else [*before, f"push-{name}"]


def leniency(drawing: Drawing, job: Job) -> None:
    if drawing.chance(0.07):
        job["continue-on-error"] = True


def _matrix(drawing: Drawing, images: list[str]) -> None:
    tagging = tagging_of(drawing)
    first, last = (images[:-1], images[-1]) if drawing.chance(0.8) else (images, "")
    job = job_of(drawing, ["IMAGE"], tagging, [])
    variable = drawing.pick("image", "name", "service")
    job = replaced(job, "IMAGE", f"${{{{ matrix.{variable} }}}}")
    strategy: dict[str, Any] = {"matrix": {variable: list(first)}}
    form = drawing.pick("plain", "plain", "include", "exclude", "extra", "dynamic")
    if form == "include":
        strategy["matrix"] = {"include": [{variable: name, "dir": name} for name in first]}
    elif form == "extra":
        strategy["matrix"]["include"] = [{variable: name, "dir": name} for name in first]
    elif form == "exclude":
        strategy["matrix"] = {variable: list(first), "os": ["a", "b"], "exclude": [{"os": "b"}]}
    elif form == "dynamic":
        listed = "[" + ",".join(f'"{name}"' for name in first) + "]"
        plan = {
            "runs-on": "ubuntu-latest",
            "outputs": {"list": "${{ steps.l.outputs.list }}"},
            "steps": [{"id": "l", "run": f"echo 'list={listed}' >> \"$GITHUB_OUTPUT\""}],
        }
        drawing.jobs["plan"] = plan
        needs = job.get("needs") or []
        job["needs"] = [*([needs] if isinstance(needs, str) else needs), "plan"]
        strategy["matrix"][variable] = "${{ fromJSON(needs.plan.outputs.list) }}"
    if drawing.chance(0.3):
        strategy["fail-fast"] = drawing.pick(False, True)
    if drawing.chance(0.15):
        strategy["max-parallel"] = 1
    job["strategy"] = strategy
    leniency(drawing, job)
    drawing.kinds.append(form)
    drawing.jobs["images"] = {key: job[key] for key in sorted(job, key=lambda key: key == "steps")}
    if last:
        final = job_of(drawing, [last], tagging, ["images"])
        condition_of_job(drawing, final, ["images"])
        drawing.jobs["followed"] = final


def replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: replaced(entry, old, new) for key, entry in value.items()}
    if isinstance(value, list):
        return [replaced(entry, old, new) for entry in value]
    return value.replace(old, new) if isinstance(value, str) else value


def _gate(drawing: Drawing, images: list[str]) -> None:
    """Siblings in jobs of their own, a job that looks at their results, then the followed image."""
    tagging = tagging_of(drawing)
    names = []
    for name in images[:-1]:
        job = job_of(drawing, [name], tagging, [])
        leniency(drawing, job)
        drawing.jobs[f"push-{name}"] = job
        names.append(f"push-{name}")
    one = names[0]
    said = [f"needs.{name}.result" for name in names]
    check: Step = drawing.pick(
        {"run": "exit 1", "if": " || ".join(f"{entry} != 'success'" for entry in said)},
        {"run": "exit 1", "if": "contains(needs.*.result, 'failure')"},
        {
            "run": "exit 1",
            "if": "${{ contains(needs.*.result, 'failure') || contains(needs.*.result, 'cancelled') }}",
        },
        {"run": "\n".join(f'[ "${{{{ {entry} }}}}" = success ] || exit 1' for entry in said)},
        {"run": "\n".join(f'[ "${{{{ {entry} }}}}" = success ] || echo bad' for entry in said)},
        {"run": f'test "${{{{ needs.{one}.result }}}}" = success'},
        {"run": "echo '${{ toJSON(needs) }}' | jq -e 'all(.[]; .result == \"success\")'"},
        {"run": "echo '${{ join(needs.*.result) }}' | grep -qv failure"},
        {
            "env": {"RESULT": f"${{{{ needs.{one}.result }}}}"},
            "run": 'if [[ "$RESULT" != success ]]; then exit 1; fi',
        },
        {"run": "echo all done"},
    )
    drawing.jobs["gate"] = {
        "runs-on": "ubuntu-latest",
        "needs": names,
        "if": drawing.pick("always()", "${{ always() }}", "${{ !cancelled() }}", "success()"),
        "steps": [check],
    }
    final = job_of(drawing, images[-1:], tagging, ["gate"])
    if drawing.chance(0.85):
        final["if"] = drawing.pick(
            "always() && needs.gate.result == 'success'",
            "${{ !cancelled() && needs.gate.result == 'success' }}",
            "always()",
            "needs.gate.result == 'success'",
            "${{ !failure() }}",
            "${{ !failure() && !cancelled() }}",
        )
    drawing.jobs["followed"] = final


def _called(drawing: Drawing, images: list[str]) -> None:
    """A workflow that pushes one image, called for each."""
    tagging = tagging_of(drawing, jobs=False)
    inner = Tagging("${{ inputs.tag }}", "${{ inputs.tag }}")
    expression = (
        tagging.expression if "env." not in tagging.expression and "steps." not in tagging.expression else ""
    )
    expression = expression or "${{ github.sha }}"
    job = replaced(job_of(drawing, ["IMAGE"], inner, []), "IMAGE", "${{ inputs.image }}")
    inputs: dict[str, Any] = {
        "image": {"type": "string", "required": True},
        "tag": {"type": "string", "required": True},
    }
    switch = drawing.pick("", "", "push", "skip")
    if switch:
        inputs[switch] = {"type": "boolean", "default": drawing.chance(0.5)}
        job["if"] = "inputs.push" if switch == "push" else "${{ !inputs.skip }}"
    outputs = {"done": {"value": "${{ jobs.image.outputs.done }}"}}
    job["outputs"] = {"done": drawing.pick("yes", "${{ job.status }}", "${{ inputs.image }}")}
    called = {"on": {"workflow_call": {"inputs": inputs, "outputs": outputs}}, "jobs": {"image": job}}
    drawing.files[CALLED] = dump(called)
    before: list[str] = []
    for name in images:
        given: dict[str, Any] = {"image": name, "tag": expression}
        if switch and drawing.chance(0.7):
            given[switch] = drawing.pick(True, switch == "push", "${{ github.event_name == 'push' }}")
        call: Job = {"uses": f"./{CALLED}", "with": given, "secrets": "inherit"}
        if before:
            call["needs"] = list(before)
            condition_of_job(drawing, call, before)
            if drawing.chance(0.15):
                call["if"] = f"needs.{before[0]}.outputs.done != ''"
        drawing.jobs[f"push-{name}"] = call
        before = [f"push-{name}"] if drawing.chance(0.85) else before


def _called_matrix(drawing: Drawing, images: list[str]) -> None:
    inner = Tagging("${{ inputs.tag }}", "${{ inputs.tag }}")
    job = replaced(job_of(drawing, ["IMAGE"], inner, []), "IMAGE", "${{ inputs.image }}")
    inputs = {name: {"type": "string", "required": True} for name in ("image", "tag")}
    drawing.files[CALLED] = dump({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"image": job}})
    tag = "${{ github.sha }}"
    siblings: Job = {
        "strategy": {
            "matrix": {"image": images[:-1]},
            **({"fail-fast": False} if drawing.chance(0.3) else {}),
        },
        "uses": f"./{CALLED}",
        "with": {"image": "${{ matrix.image }}", "tag": tag},
        "secrets": "inherit",
    }
    final: Job = {
        "needs": "siblings",
        "uses": f"./{CALLED}",
        "with": {"image": images[-1], "tag": tag},
        "secrets": "inherit",
    }
    if drawing.chance(0.3):
        final["if"] = drawing.pick(
            "${{ !cancelled() }}", "always()", "${{ !failure() }}", "needs.siblings.result == 'success'"
        )
    drawing.jobs |= {"siblings": siblings, "followed": final}


def _composite(drawing: Drawing, images: list[str]) -> None:
    tagging = tagging_of(drawing)
    inner = Tagging("${{ inputs.tag }}", "${{ inputs.tag }}")
    steps = replaced(published(drawing, ["IMAGE"], inner), "IMAGE", "${{ inputs.image }}")
    for step in steps:
        if "run" in step:
            step.setdefault("shell", drawing.pick("bash", "bash", "sh", "bash -e {0}"))
    if drawing.chance(0.2):
        steps = [{"run": drawing.pick("pytest", "exit 0"), "shell": "bash"}, *steps]
    document = {
        "name": "image",
        "inputs": {"image": {"required": True}, "tag": {"required": True}},
        "runs": {"using": "composite", "steps": steps},
    }
    drawing.files[".github/actions/image/action.yml"] = dump(document)
    expression = tagging.expression or "${{ github.sha }}"

    def use(name: str) -> Step:
        return _conditional(
            drawing, {"uses": "./.github/actions/image", "with": {"image": name, "tag": expression}}
        )

    base = job_of(drawing, [], Tagging("x"), tagging.needs)
    _place(drawing, tagging, base)
    drawing.jobs |= tagging.jobs
    base["steps"] = [CHECKOUT, login(), *tagging.steps]
    if drawing.chance(0.6):
        drawing.jobs["release"] = {**base, "steps": [*base["steps"], *(use(name) for name in images)]}
        return
    before: list[str] = []
    for name in images:
        job = {
            **base,
            "needs": list(dict.fromkeys([*tagging.needs, *before])),
            "steps": [*base["steps"], use(name)],
        }
        if not job["needs"]:
            del job["needs"]
        condition_of_job(drawing, job, before)
        drawing.jobs[f"push-{name}"] = {key: job[key] for key in sorted(job, key=lambda key: key == "steps")}
        before = [f"push-{name}"]


def _outputs(drawing: Drawing, images: list[str]) -> None:
    """A plan says which images are pushed; the followed one asks what came of the others."""
    tagging = tagging_of(drawing)
    answer = drawing.pick(
        "true",
        "true",
        "false",
        "$(test -d services && echo true || echo false)",
        '$([ "$GITHUB_EVENT_NAME" = push ] && echo true || echo false)',
    )
    drawing.jobs["plan"] = {
        "runs-on": "ubuntu-latest",
        "outputs": {"push": "${{ steps.p.outputs.push }}"},
        "steps": [CHECKOUT, {"id": "p", "run": f'echo "push={answer}" >> "$GITHUB_OUTPUT"'}],
    }
    first = job_of(drawing, images[:-1], tagging, ["plan"])
    where = drawing.pick("if", "if", "none")
    if where == "if":
        first["if"] = drawing.pick(
            "needs.plan.outputs.push == 'true'",
            "needs.plan.outputs.push",
            "fromJSON(needs.plan.outputs.push)",
        )
    last_step = {"id": "ok", "run": 'echo "ok=true" >> "$GITHUB_OUTPUT"'}
    if drawing.chance(0.3):
        last_step["if"] = drawing.pick("always()", "success()")
    first["steps"].append(last_step)
    first["outputs"] = {"ok": "${{ steps.ok.outputs.ok }}"}
    drawing.jobs["siblings"] = first
    final = job_of(drawing, images[-1:], tagging, ["plan", "siblings"])
    condition = drawing.pick(
        "always() && needs.siblings.outputs.ok == 'true'",
        "needs.siblings.outputs.ok == 'true'",
        "${{ !failure() && !cancelled() && needs.plan.outputs.push == 'true' }}",
        "${{ !cancelled() && needs.siblings.result != 'skipped' }}",
        "${{ !failure() && !cancelled() }}",
        "",
    )
    if condition:
        final["if"] = condition
    drawing.jobs["followed"] = final


def _promoted(drawing: Drawing, images: list[str]) -> None:
    """Candidates are pushed side by side; one job gives them the release's tag."""
    tagging = tagging_of(drawing)
    names = []
    for name in images:
        job: Job = {
            "runs-on": "ubuntu-latest",
            "steps": [
                CHECKOUT,
                login(),
                {"run": f"docker buildx build --push -t {HOST}/{name}:cand-${{{{ github.run_id }}}} {name}"},
            ],
        }
        drawing.jobs[f"build-{name}"] = job
        names.append(f"build-{name}")
    lines = []
    for name in images:
        source = f"{HOST}/{name}:cand-${{{{ github.run_id }}}}"
        target = f"{HOST}/{name}:{tagging.shell}"
        lines.append(
            drawing.pick(
                f"docker buildx imagetools create -t {target} {source}",
                f"crane copy {source} {target}",
                f"skopeo copy --all docker://{source} docker://{target}",
                f"regctl image copy {source} {target}",
            )
        )
    needs = list(dict.fromkeys([*tagging.needs, *names]))
    job = {"runs-on": "ubuntu-latest", "needs": needs}
    _place(drawing, tagging, job)
    drawing.jobs |= tagging.jobs
    steps: list[Step] = [{"run": "\n".join(lines)}]
    if drawing.chance(0.3):
        steps = [_conditional(drawing, {"run": line}) for line in lines]
    job["steps"] = [CHECKOUT, login(), *tagging.steps, *steps]
    condition_of_job(drawing, job, names)
    drawing.jobs["promote"] = {key: job[key] for key in sorted(job, key=lambda key: key == "steps")}


def _switched(drawing: Drawing, images: list[str]) -> None:
    """Steps that ask what earlier steps came to."""
    tagging = tagging_of(drawing)
    job = job_of(drawing, [], tagging, [])
    steps: list[Step] = []
    for index, name in enumerate(images):
        step: Step = {"id": f"s{index}", "run": single(drawing, name, tagging.shell)}
        if drawing.chance(0.4):
            step["continue-on-error"] = True
        if index and drawing.chance(0.6):
            step["if"] = drawing.pick(
                "steps.s0.outcome == 'success'",
                "steps.s0.conclusion == 'success'",
                "always() && steps.s0.outcome == 'success'",
                "always() && steps.s0.conclusion != 'failure'",
                "${{ !cancelled() && steps.s0.outcome == 'success' }}",
                "steps.s0.outcome != 'failure'",
                "steps.s9.outcome != 'failure'",
            )
        steps.append(step)
    job["steps"] = [*job["steps"], *steps]
    drawing.jobs["release"] = job


def _extra(drawing: Drawing) -> None:
    """Something around the release that does not matter, or does."""
    form = drawing.pick("notify", "test", "pull", "defaults")
    names = list(drawing.jobs)
    if form == "notify":
        drawing.jobs["notify"] = {
            "needs": names,
            "if": drawing.pick("always()", "failure()"),
            "runs-on": "ubuntu-latest",
            "steps": [{"run": "notify-send done"}],
        }
    elif form == "test":
        own = "test" if "test" not in drawing.jobs else "tests"
        body: Job = {"runs-on": "ubuntu-latest", "steps": [CHECKOUT, {"run": "pytest"}]}
        if drawing.chance(0.2):
            body["if"] = drawing.pick("github.event_name == 'pull_request'", "github.event_name == 'push'")
        for name in names:
            if "needs" not in drawing.jobs[name]:
                job = drawing.jobs[name]
                drawing.jobs[name] = {"needs": own, **job}
        drawing.jobs = {own: body, **drawing.jobs}


def _chosen(drawing: Drawing, images: list[str]) -> None:
    """A person says what is pushed: the same answer holds in every job."""
    form = drawing.pick("dry", "dry", "choice", "each", "variable")
    drawing.release = drawing.release and form == "variable"  # the others are started by hand, on a branch
    tagging = tagging_of(drawing, jobs=False)
    jobs = {name: job_of(drawing, [name], tagging, []) for name in images}
    if form == "dry":
        drawing.on = {"workflow_dispatch": {"inputs": {"dry": {"type": "boolean", "default": True}}}}
        drawing.events = tuple(
            Event("workflow_dispatch", inputs=(("dry", value),)) for value in (False, True)
        )
        condition = drawing.pick(
            "!inputs.dry", "inputs.dry == false", "inputs.dry != true", "github.event.inputs.dry == 'false'"
        )
        conditions = dict.fromkeys(images, f"${{{{ {condition} }}}}")
        if drawing.chance(0.3):
            conditions[images[0]] = "${{ !github.event.inputs.dry }}"
    elif form == "choice":
        options = ["all", *images]
        drawing.on = {"workflow_dispatch": {"inputs": {"what": {"type": "choice", "options": options}}}}
        drawing.events = tuple(Event("workflow_dispatch", inputs=(("what", value),)) for value in options)
        conditions = {name: f"inputs.what == 'all' || inputs.what == '{name}'" for name in images}
        if drawing.chance(0.5):
            conditions = dict.fromkeys(images, "inputs.what == 'all'")
    elif form == "each":
        said = {name: {"type": "boolean", "default": True} for name in images}
        drawing.on = {"workflow_dispatch": {"inputs": said}}
        last = images[-1]
        values = [
            dict.fromkeys(images, True),
            {name: name != last for name in images},
            {name: name == last for name in images},
        ]
        drawing.events = tuple(Event("workflow_dispatch", inputs=tuple(value.items())) for value in values)
        conditions = {name: f"inputs.{name}" for name in images}
        conditions[last] = " && ".join(
            f"inputs.{name}" for name in (images if drawing.chance(0.6) else images[-1:])
        )
    else:
        drawing.events = tuple(
            replace(event, variables=(("PUSH", value),)) for event in drawing.events for value in ("true", "")
        )
        conditions = dict.fromkeys(images, "vars.PUSH == 'true'")
        if drawing.chance(0.4):
            conditions[images[0]] = "vars.PUSH"
        if drawing.chance(0.2):
            conditions[images[-1]] = drawing.pick("vars.PUSH != 'false'", "always()", "")
    drawing.kinds.append(form)
    before: list[str] = []
    for name, job in jobs.items():
        if conditions[name]:
            job["if"] = conditions[name]
        if before:
            needs = job.get("needs") or []
            job["needs"] = [*([needs] if isinstance(needs, str) else needs), *before]
            if drawing.chance(0.25):
                job["if"] = f"${{{{ !failure() && !cancelled() && ({_bare(conditions[name]) or 'true'}) }}}}"
        drawing.jobs[f"push-{name}"] = job
        before = [f"push-{name}"]


def _bare(condition: str) -> str:
    return condition.removeprefix("${{ ").removesuffix(" }}")


def _legs_say(drawing: Drawing, images: list[str]) -> None:
    """Legs of a matrix that put something out, and a job that asks for it."""
    tagging = tagging_of(drawing, jobs=False)
    job = replaced(job_of(drawing, ["IMAGE"], tagging, []), "IMAGE", "${{ matrix.image }}")
    job["strategy"] = {"fail-fast": drawing.pick(True, False), "matrix": {"image": images[:-1]}}
    job["outputs"] = {"done": "${{ steps.d.outputs.done }}"}
    where = drawing.pick("always()", "success()", "")
    step: Step = {"id": "d", "run": 'echo "done=${{ matrix.image }}" >> "$GITHUB_OUTPUT"'}
    if where:
        step["if"] = where
    job["steps"].append(step)
    drawing.jobs["images"] = {key: job[key] for key in sorted(job, key=lambda key: key == "steps")}
    final = job_of(drawing, images[-1:], tagging, ["images"])
    final["if"] = drawing.pick(
        "always() && needs.images.outputs.done != ''",
        "always() && needs.images.outputs.done",
        "needs.images.outputs.done != ''",
        f"${{{{ !cancelled() && needs.images.outputs.done == '{images[-2]}' }}}}",
        "${{ always() && needs.images.result == 'success' && needs.images.outputs.done != '' }}",
    )
    drawing.jobs["followed"] = final


def _steps_of_legs(drawing: Drawing, images: list[str]) -> None:
    """One job for everything: which step runs hangs on the leg."""
    tagging = tagging_of(drawing)
    job = replaced(job_of(drawing, ["IMAGE"], tagging, []), "IMAGE", "${{ matrix.image }}")
    include = [{"image": name, "push": drawing.chance(0.8) or name == "app"} for name in images]
    job["strategy"] = {
        "fail-fast": drawing.pick(True, False),
        "max-parallel": drawing.pick(1, 2),
        "matrix": {"include": include},
    }
    for step in job["steps"][2 + len(tagging.steps) :]:
        if drawing.chance(0.6):
            step["if"] = drawing.pick(
                "matrix.push",
                "matrix.push == true",
                "${{ matrix.push && github.event_name != 'pull_request' }}",
            )
    drawing.jobs["images"] = {key: job[key] for key in sorted(job, key=lambda key: key == "steps")}


def _json_tags(drawing: Drawing, images: list[str]) -> None:
    """Tags taken out of metadata-action's JSON, or out of the variable that it leaves behind."""
    jobs = []
    for name in images:
        names: Step = {
            "id": "m",
            "uses": "docker/metadata-action@v5",
            "with": {"images": f"{HOST}/{name}", "tags": "type=sha,format=long", "flavor": "latest=false"},
        }
        push = drawing.pick(
            {"run": "docker push ${{ fromJSON(steps.m.outputs.json).tags[0] }}"},
            {"run": f"docker push {HOST}/{name}:${{{{ steps.m.outputs.version }}}}"},
            {"run": f"docker push {HOST}/{name}:$DOCKER_METADATA_OUTPUT_VERSION"},
            {"run": 'for t in $DOCKER_METADATA_OUTPUT_TAGS; do docker push "$t"; done'},
            {"run": "echo '${{ steps.m.outputs.json }}' | jq -r '.tags[]' | xargs -n1 docker push"},
            {"run": "docker push \"$(jq -r '.tags[0]' <<< '${{ steps.m.outputs.json }}')\""},
            _build_push(drawing, name, "${{ fromJSON(steps.m.outputs.json).tags[0] }}"),
        )
        jobs.append({"runs-on": "ubuntu-latest", "steps": [CHECKOUT, login(), names, push]})
    before: list[str] = []
    for name, job in zip(images, jobs, strict=True):
        if before and drawing.chance(0.85):
            job = {"needs": list(before), **job}
            condition_of_job(drawing, job, before)
        drawing.jobs[f"push-{name}"] = job
        before = [f"push-{name}"]


def _calls_in_calls(drawing: Drawing, images: list[str]) -> None:
    """A called workflow that calls another: once for the siblings, once for the followed image."""
    inner = Tagging("${{ inputs.tag }}", "${{ inputs.tag }}")
    job = replaced(job_of(drawing, ["IMAGE"], inner, []), "IMAGE", "${{ inputs.image }}")
    inputs = {name: {"type": "string", "required": True} for name in ("image", "tag")}
    drawing.files[CALLED] = dump({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"image": job}})
    outer: dict[str, Job] = {}
    before: list[str] = []
    for name in images:
        call: Job = {
            "uses": f"./{CALLED}",
            "with": {"image": name, "tag": "${{ inputs.version }}"},
            "secrets": "inherit",
        }
        if before and drawing.chance(0.85):
            call["needs"] = list(before)
            condition_of_job(drawing, call, before)
        outer[name] = call
        before = [name]
    drawing.files[".github/workflows/all.yml"] = dump(
        {
            "on": {"workflow_call": {"inputs": {"version": {"type": "string", "default": "dev"}}}},
            "jobs": outer,
        }
    )
    drawing.jobs["all"] = {
        "uses": "./.github/workflows/all.yml",
        "with": {"version": "${{ github.sha }}"},
        "secrets": "inherit",
    }


def _defaults(drawing: Drawing, images: list[str]) -> None:
    """Shells and folders that the workflow or the job sets for all its steps."""
    tagging = tagging_of(drawing)
    job = job_of(drawing, images, tagging, [])
    shell = drawing.pick("bash", "bash -e {0}", "bash {0}", "sh", "bash -euo pipefail {0}")
    body = str(job["steps"])
    if shell == "sh" and any(
        sign in body
        for sign in ("((", "<(", "::", "[[", "<<<", "declare", "names=", "local -n", "|&", "pids")
    ):
        shell = "bash"
    job["defaults"] = {"run": {"shell": shell}}
    drawing.jobs["release"] = {key: job[key] for key in sorted(job, key=lambda key: key == "steps")}


_STRUCTURES: list[Structure] = [
    _one_job,
    _one_job,
    _one_job,
    _some_steps,
    _chain_of_jobs,
    _chain_of_jobs,
    _matrix,
    _gate,
    _called,
    _called_matrix,
    _composite,
    _outputs,
    _promoted,
    _switched,
    _chosen,
    _legs_say,
    _steps_of_legs,
    _json_tags,
    _calls_in_calls,
    _defaults,
]

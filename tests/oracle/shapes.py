"""More shapes of release workflows: what passes between jobs and steps by artifacts, lists and outcomes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.oracle.generate import (
    CALLED,
    CHECKOUT,
    Drawing,
    Job,
    Step,
    Tagging,
    condition_of_job,
    dump,
    job_of,
    leniency,
    published,
    replaced,
    tagging_of,
)
from tests.oracle.scripts import HOST, atom, masked, simple, single


def runs_on(**keys: Any) -> Job:
    """A job of *keys*."""
    return {"runs-on": "ubuntu-latest", **{name: value for name, value in keys.items() if value}}


def ordered(job: Job) -> Job:
    """*job* with its steps last."""
    return {key: job[key] for key in sorted(job, key=lambda key: key == "steps")}


def siblings_of(
    drawing: Drawing, images: list[str], tagging: Tagging, skipped: float, harmless: str
) -> list[str]:
    """Jobs that push all *images* but the last, some under a variable or *harmless*; their names."""
    names = []
    for name in images[:-1]:
        job = job_of(drawing, [name], tagging, [])
        if drawing.chance(skipped):
            job["if"] = drawing.pick("vars.SKIP != 'true'", harmless)
            if "vars" in job["if"] and not drawing.events[0].variables:
                drawing.events = tuple(
                    replace(event, variables=(("SKIP", value),))
                    for event in drawing.events
                    for value in ("", "true")
                )
        leniency(drawing, job)
        drawing.jobs[f"push-{name}"] = ordered(job)
        names.append(f"push-{name}")
    return names


def _matrix_by_program(drawing: Drawing, images: list[str]) -> None:
    """A program prints the whole matrix as JSON; the followed image is in it, or comes after it."""
    tagging = tagging_of(drawing, jobs=False)
    within = drawing.chance(0.25)
    listed = images if within else images[:-1]
    legs = [{"image": name, "push": drawing.chance(0.85)} for name in listed]
    said = json.dumps({"include": legs})
    name = drawing.file("ci/matrix.json", said + "\n")
    words = drawing.pick(
        f'echo "matrix=$(jq -c . {name})" >> "$GITHUB_OUTPUT"',
        f"python3 -c \"import json; print('matrix=' + json.dumps(json.load(open('{name}'))))\" "
        ">> $GITHUB_OUTPUT",
        f'{{ echo "matrix<<END"; cat {name}; echo END; }} >> "$GITHUB_OUTPUT"',
        f"printf 'matrix=%s\\n' '{said}' >> \"$GITHUB_OUTPUT\"",
        f'm=$(jq -c "{{include: [.include[] | select(.push)]}}" {name})\n'
        'echo "matrix=$m" >> "$GITHUB_OUTPUT"',
    )
    drawing.jobs["plan"] = runs_on(
        outputs={"matrix": "${{ steps.m.outputs.matrix }}"}, steps=[CHECKOUT, {"id": "m", "run": words}]
    )
    job = replaced(job_of(drawing, ["IMAGE"], tagging, ["plan"]), "IMAGE", "${{ matrix.image }}")
    more: dict[str, Any] = drawing.pick({}, {"fail-fast": False}, {"max-parallel": 1})
    job["strategy"] = {"matrix": "${{ fromJSON(needs.plan.outputs.matrix) }}", **more}
    if drawing.chance(0.5):
        job["if"] = drawing.pick("needs.plan.outputs.matrix != ''", "${{ needs.plan.outputs.matrix }}")
    leniency(drawing, job)
    drawing.jobs["images"] = ordered(job)
    if not within:
        final = job_of(drawing, images[-1:], tagging, ["images"])
        condition_of_job(drawing, final, ["images"])
        drawing.jobs["followed"] = final


def upload(name: str, path: str, **keys: Any) -> Step:
    """A step that leaves an artifact."""
    return {"uses": "actions/upload-artifact@v4", "with": {"name": name, "path": path}, **keys}


def download(name: str, path: str = "", **keys: Any) -> Step:
    """A step that takes an artifact."""
    given = {"name": name, "path": path} if path else {"name": name}
    return {"uses": "actions/download-artifact@v4", "with": given, **keys}


def _tag_by_artifact(drawing: Drawing, images: list[str]) -> None:
    """The tag is written to a file once, and handed on as an artifact."""
    shell = drawing.pick("$GITHUB_SHA", "$GITHUB_RUN_NUMBER", "$GITHUB_RUN_NUMBER-$GITHUB_RUN_ATTEMPT")
    steps = [{"run": f'echo "{shell}" > tag.txt'}, upload("tag", "tag.txt")]
    drawing.jobs["meta"] = runs_on(steps=steps)
    fetched = drawing.chance(0.85)
    before: list[str] = []
    for name in images:
        job = job_of(drawing, [], Tagging("x"), ["meta", *before])
        said = drawing.pick("$(cat tag.txt)", "$(< tag.txt)", "$(head -n1 tag.txt)")
        job["steps"].append(
            download("tag") if fetched or name != images[0] else {"run": f"echo {shell} > tag.txt"}
        )
        job["steps"].append({"run": masked(drawing, simple(drawing, said)(name))})
        condition_of_job(drawing, job, ["meta", *before][-1:])
        drawing.jobs[f"push-{name}"] = job
        before = [f"push-{name}"] if drawing.chance(0.85) else before


def _done_by_artifact(drawing: Drawing, images: list[str]) -> None:
    """Each sibling leaves an artifact when it is out; the followed image wants them, or does not."""
    tagging = tagging_of(drawing)
    names = []
    for name in images[:-1]:
        job = job_of(drawing, [name], tagging, [])
        job["steps"].append({"run": f"echo {name} > done-{name}", **drawing.pick({}, {}, {"if": "always()"})})
        job["steps"].append(
            upload(f"done-{name}", f"done-{name}", **drawing.pick({}, {}, {"if": "always()"}))
        )
        leniency(drawing, job)
        drawing.jobs[f"push-{name}"] = job
        names.append(f"push-{name}")
    final = job_of(drawing, [], tagging, names)
    lenient: dict[str, Any] = drawing.pick({}, {}, {"continue-on-error": True})
    final["steps"] += [download(f"done-{name}", **lenient) for name in images[:-1]]
    tests = "\n".join(f"test -f done-{name}" for name in images[:-1])
    final["steps"] += [{"run": tests}] if drawing.chance(0.4) else []
    final["steps"] += published(drawing, images[-1:], tagging)
    final["if"] = drawing.pick("always()", "${{ !cancelled() }}", "success()")
    drawing.jobs["followed"] = ordered(final)


def _list_for_a_call(drawing: Drawing, images: list[str]) -> None:
    """A called workflow gets a list of images as JSON, and makes its matrix of it; it may say what it did."""
    inner = Tagging("${{ inputs.tag }}", "${{ inputs.tag }}")
    job = replaced(job_of(drawing, ["IMAGE"], inner, []), "IMAGE", "${{ matrix.image }}")
    job["strategy"] = {
        "matrix": {"image": "${{ fromJSON(inputs.images) }}"},
        **drawing.pick({}, {"fail-fast": False}),
    }
    job["outputs"] = {"done": "yes"}
    inputs = {"images": {"type": "string", "required": True}, "tag": {"type": "string", "default": "dev"}}
    outputs = {"done": {"value": "${{ jobs.images.outputs.done }}"}}
    drawing.files[CALLED] = dump(
        {"on": {"workflow_call": {"inputs": inputs, "outputs": outputs}}, "jobs": {"images": ordered(job)}}
    )
    tag = drawing.pick("${{ github.sha }}", "${{ github.run_number }}")
    parts = [images[:-1], images[-1:]] if drawing.chance(0.8) else [images]
    before: list[str] = []
    for number, part in enumerate(parts):
        other = tag if drawing.chance(0.95) else "${{ github.ref_name }}"
        call: Job = {
            "uses": f"./{CALLED}",
            "with": {"images": json.dumps(part), "tag": other},
            "secrets": "inherit",
        }
        if before:
            call["needs"] = list(before)
            condition_of_job(drawing, call, before)
            if drawing.chance(0.2):
                call["if"] = f"always() && needs.{before[0]}.outputs.done == 'yes'"
        drawing.jobs[f"part-{number}"] = call
        before = [f"part-{number}"] if drawing.chance(0.9) else before


def _nested_actions(drawing: Drawing, images: list[str]) -> None:
    """An action that says the tag, by an output or a variable; one that pushes, called by another."""
    shell = drawing.pick("$GITHUB_SHA", "${GITHUB_SHA::7}", "$GITHUB_RUN_NUMBER", "$(cat VERSION)")
    drawing.file("VERSION", "1.4.0\n")
    by_output = drawing.chance(0.5)
    said = f'echo "tag={shell}" >> "$GITHUB_OUTPUT"' if by_output else f'echo "TAG={shell}" >> "$GITHUB_ENV"'
    outputs = {"outputs": {"tag": {"value": "${{ steps.t.outputs.tag }}"}}} if by_output else {}
    _action(drawing, "version", {}, [{"id": "t", "run": said, "shell": "bash"}], outputs)
    given = {"image": {"required": True}, "tag": {"default": ""}}
    inner = Tagging(drawing.pick("${{ inputs.tag }}", "$TAG"), "${{ inputs.tag }}")
    steps = [
        {"run": single(drawing, "IMAGE", inner.shell), "env": {"TAG": inner.expression}, "shell": "bash"}
    ]
    _action(drawing, "push", given, replaced(steps, "IMAGE", "${{ inputs.image }}"))
    handed = {"image": "${{ inputs.image }}", "tag": "${{ inputs.tag }}"}
    through: list[Step] = [{"uses": "./.github/actions/push", "with": handed}]
    if drawing.chance(0.3):
        through[0]["continue-on-error"] = True
    _action(drawing, "image", given, through)
    value = "${{ steps.v.outputs.tag }}" if by_output else "${{ env.TAG }}"
    job = job_of(drawing, [], Tagging("x"), [])
    job["steps"].append({"id": "v", "uses": "./.github/actions/version"})
    for name in images:
        which = drawing.pick("image", "image", "push")
        step: Step = {"uses": f"./.github/actions/{which}", "with": {"image": name, "tag": value}}
        if drawing.chance(0.15):
            step["if"] = drawing.pick("always()", "success()", "${{ !cancelled() }}")
        job["steps"].append(step)
    drawing.jobs["release"] = job


def _action(
    drawing: Drawing, name: str, inputs: dict[str, Any], steps: list[Step], more: dict[str, Any] | None = None
) -> None:
    document = {
        "name": name,
        "inputs": inputs,
        **(more or {}),
        "runs": {"using": "composite", "steps": steps},
    }
    drawing.files[f".github/actions/{name}/action.yml"] = dump(document)


def _variables_by_programs(drawing: Drawing, images: list[str]) -> None:
    """What a step writes to GITHUB_ENV, by many programs, says the tag or whether an image is out."""
    tag = drawing.pick(
        "${{ github.sha }}", "${{ github.run_number }}", "${{ github.run_number }}-${{ github.run_attempt }}"
    )
    drawing.file("VERSION", "1.4.0\n")
    drawing.file("ci/env.sh", "#!/bin/sh\necho TAG=${1:-none}\n")
    written = drawing.pick(
        f"awk -v t={tag} 'BEGIN {{ print \"TAG=\" t }}' >> $GITHUB_ENV",
        f'./ci/env.sh {tag} >> "$GITHUB_ENV"',
        f'echo "TAG={tag}" | tee -a "$GITHUB_ENV"',
        "sed 's/^/TAG=/' VERSION >> $GITHUB_ENV",
        f'jq -rn --arg t {tag} \'"TAG=" + $t\' >> "$GITHUB_ENV"',
        f"export TAG={tag}\nenv | grep '^TAG=' >> $GITHUB_ENV",
        f"python3 - <<END >> $GITHUB_ENV\nprint('TAG={tag}')\nEND",
        f'printf "TAG=%s\\n" {tag} > release.env\ncat release.env >> "$GITHUB_ENV"',
        f'for pair in A=1 TAG={tag}; do echo "$pair"; done >> $GITHUB_ENV',
    )
    spelled = drawing.pick("$TAG", "${TAG}", "${{ env.TAG }}", "${TAG:-none}")
    apart = drawing.chance(0.5)
    flag = drawing.pick("", "OK", "BAD")
    before: list[str] = []
    steps: list[Step] = [{"run": written}]
    for name in images:
        push = masked(drawing, simple(drawing, spelled)(name))
        if flag and name != images[-1]:
            said = f'echo "{flag}_{name}=true" >> $GITHUB_ENV'
            push = f"{push}\n{said}" if flag == "OK" else f"{simple(drawing, spelled)(name)} || {said}"
        step: Step = {"run": push}
        if flag and name == images[-1] and not apart:
            tests = [f"env.{flag}_{one} {'==' if flag == 'OK' else '!='} 'true'" for one in images[:-1]]
            # (After a step that fails, `check` still takes all of its variables for written.)
            lenient = drawing.pick("", "always() && ", "!cancelled() && ") if flag == "BAD" else ""
            step["if"] = lenient + " && ".join(tests)
            step["if"] = f"${{{{ {step['if']} }}}}"
        steps.append(step)
        if apart:
            job = job_of(drawing, [], Tagging("x"), before)
            job["steps"] += [{"run": written}, step]
            drawing.jobs[f"push-{name}"] = job
            before = [f"push-{name}"]
    if not apart:
        job = job_of(drawing, [], Tagging("x"), [])
        job["steps"] += steps
        drawing.jobs["release"] = job


def _outcomes(drawing: Drawing, images: list[str]) -> None:
    """Outcomes of steps go out of a job as outputs, or into a script as variables."""
    tagging = tagging_of(drawing)
    word = drawing.pick("outcome", "conclusion")
    first = job_of(drawing, [], tagging, [])
    for number, name in enumerate(images[:-1]):
        step: Step = {"id": f"p{number}", "run": masked(drawing, simple(drawing, tagging.shell)(name))}
        if drawing.chance(0.6):
            step["continue-on-error"] = True
        first["steps"].append(step)
    said = [f"${{{{ steps.p{number}.{word} }}}}" for number in range(len(images) - 1)]
    if drawing.chance(0.5):
        check: Step = {"env": {f"R{n}": value for n, value in enumerate(said)}}
        check["run"] = "\n".join(
            drawing.pick(
                f'[ "$R{n}" = success ]',
                f'if [ "$R{n}" != success ]; then exit 1; fi',
                f'test "$R{n}" != failure',
            )
            for n in range(len(said))
        )
        first["steps"] += [check, {"run": single(drawing, images[-1], tagging.shell)}]
        drawing.jobs["release"] = ordered(first)
        return
    first["outputs"] = {f"r{n}": value for n, value in enumerate(said)}
    drawing.jobs["siblings"] = ordered(first)
    final = job_of(drawing, images[-1:], tagging, ["siblings"])
    tests = " && ".join(f"needs.siblings.outputs.r{n} == 'success'" for n in range(len(said)))
    final["if"] = drawing.pick(
        tests, f"always() && {tests}", f"${{{{ !cancelled() && ({tests}) }}}}", "always()"
    )
    drawing.jobs["followed"] = final


def _groups(drawing: Drawing, images: list[str]) -> None:
    """Jobs in concurrency groups, with environments and time limits, which change no order."""
    tagging, before = tagging_of(drawing), list[str]()
    group = drawing.pick("release", "${{ github.workflow }}-${{ github.ref }}", "images-${{ github.ref }}")
    for name in images:
        job = job_of(drawing, [name], tagging, before)
        condition_of_job(drawing, job, before)
        if drawing.chance(0.6):
            job["concurrency"] = drawing.pick(
                group, {"group": group, "cancel-in-progress": drawing.pick(True, False)}
            )
        if drawing.chance(0.3):
            job["timeout-minutes"] = drawing.pick(10, "${{ fromJSON('30') }}")
        drawing.jobs[f"push-{name}"] = ordered(job)
        before = [f"push-{name}"] if drawing.chance(0.85) else before


def _made(drawing: Drawing, images: list[str]) -> None:
    """A Makefile with variables of every sort: defaults, shell, foreach, includes, patterns, sub-makes."""
    push = atom(drawing, "$(TAG)")
    simply = simple(drawing, "$(TAG)")
    default = drawing.pick(
        "TAG ?= dev",
        "TAG := $(GITHUB_SHA)",
        "TAG = $(shell git rev-parse HEAD)",
        "export TAG ?= $(GITHUB_SHA)",
    )
    form = drawing.pick("foreach", "needs", "submake", "define", "include", "target", "canned", "subst")
    words = " ".join(images)
    phony = "".join(f"push-{name}:\n\t{drawing.pick('', '@', '', '-')}{push(name)}\n" for name in images)
    needs = " ".join(f"push-{name}" for name in images)
    bodies = {
        "foreach": f"IMAGES := {words}\nall:\n"
        f"\t$(foreach i,$(IMAGES),{simply('$(i)')}{drawing.pick(';', ' &&', ' ||')}) true\n",
        "needs": f"all: {needs}\n{phony}",
        "submake": "all:\n" + "".join(f"\t$(MAKE) push-{name}\n" for name in images) + phony,
        "define": f"define push\n{simply('$(1)')}\nendef\nall:\n"
        + "".join(f"\t$(call push,{name})\n" for name in images),
        "include": f"include ci/names.mk\nall: $(IMAGES:%=push-%)\npush-%:\n\t{simply('$*')}\n",
        "target": f"all: {needs}\n"
        + "".join(f"push-{n}: NAME = {n}\npush-{n}:\n\t{simply('$(NAME)')}\n" for n in images),
        "canned": f"IMAGES = {words}\n.PHONY: all $(IMAGES)\nall: $(IMAGES)\n$(IMAGES):\n\t{simply('$@')}\n",
        "subst": f"LIST := {','.join(images)}\ncomma := ,\n"
        f"all: $(addprefix push-,$(subst $(comma), ,$(LIST)))\npush-%:\n\t{simply('$*')}\n",
    }
    drawing.kinds.append(form)
    drawing.file("ci/names.mk", f"IMAGES := {words}\n")
    drawing.file("Makefile", f"{default}\n.DEFAULT_GOAL := all\n{bodies[form]}")
    said = drawing.pick(
        "make TAG=$GITHUB_SHA",
        "TAG=$GITHUB_SHA make",
        "make -e",
        "make all TAG=$GITHUB_SHA",
        "make -k TAG=$GITHUB_SHA",
    )
    job = job_of(drawing, [], Tagging("x"), [])
    job["steps"].append(
        {"run": masked(drawing, said), **drawing.pick({}, {"env": {"TAG": "${{ github.sha }}"}})}
    )
    drawing.jobs["release"] = job


def _baked(drawing: Drawing, images: list[str]) -> None:
    """Bake with functions that are given names, settings on the command line, and groups in groups."""
    form = drawing.pick("function", "set", "groups", "both")
    tags = '["${REPO}/${name}:${TAG}"]' if form in ("function", "both") else ""
    head = f'variable "TAG" {{ default = "dev" }}\nvariable "REPO" {{ default = "{HOST}" }}\n'
    if tags:
        head += f'function "names" {{\n  params = [name]\n  result = {tags}\n}}\n'
    blocks = []
    for name in images:
        said = f'names("{name}")' if tags else f'["${{REPO}}/{name}:${{TAG}}"]'
        if form == "set":
            said = f'["{HOST}/{name}:none"]'
        blocks.append(f'target "{name}" {{\n  context = "{name}"\n  tags = {said}\n}}\n')
    first = ", ".join(f'"{name}"' for name in images[:-1])
    head += f'group "default" {{ targets = ["siblings", "{images[-1]}"] }}\n'
    head += f'group "siblings" {{ targets = [{first}] }}\n'
    drawing.file("docker-bake.hcl", head + "".join(blocks))
    calls = drawing.pick([""], ["siblings", images[-1]], list(images))
    steps: list[Step] = []
    for target in calls:
        own = images if not target else images[:-1] if target == "siblings" else [target]
        sets = [f"{name}.tags={HOST}/{name}:$GITHUB_SHA" for name in own] if form == "set" else []
        words = " ".join(f'--set "{each}"' for each in sets)
        run = " ".join(f"TAG=$GITHUB_SHA docker buildx bake --push {words} {target}".split())
        steps.append({"run": masked(drawing, run)})
    job = job_of(drawing, [], Tagging("x"), [])
    job["steps"] += steps
    drawing.jobs["release"] = job


SHAPES: list[Callable[[Drawing, list[str]], None]] = [
    _matrix_by_program,
    _tag_by_artifact,
    _done_by_artifact,
    _list_for_a_call,
    _nested_actions,
    _variables_by_programs,
    _variables_by_programs,
    _outcomes,
    _groups,
    _made,
    _baked,
]

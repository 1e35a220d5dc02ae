"""Shapes of release workflows that strangers write: how they choose, merge, repeat, and hand on."""

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
    condition_of_job,
    dump,
    job_of,
    leniency,
    login,
    replaced,
    tagging_of,
)
from tests.oracle.scripts import HOST, Atom, masked, simple
from tests.oracle.shapes import ordered, runs_on, siblings_of, upload
from tests.oracle.world import Event


def _chain(drawing: Drawing, jobs: dict[str, Job], waits: float = 0.85) -> None:
    """*jobs* one after the other, or nearly."""
    before: list[str] = []
    for name, job in jobs.items():
        if before:
            needs = job.get("needs") or []
            job["needs"] = [*([needs] if isinstance(needs, str) else needs), *before]
            if "if" not in job:
                condition_of_job(drawing, job, before)
        drawing.jobs[name] = ordered(job)
        before = [name] if drawing.chance(waits) else before


def _ternaries(drawing: Drawing, images: list[str]) -> None:
    """The tag is one of two, by `&&` and `||`; each image says so in its own words, or in the same."""
    given = drawing.chance(0.4)
    if given:
        drawing.release = False
        drawing.on = {"workflow_dispatch": {"inputs": {"tag": {"type": "string", "default": ""}}}}
        drawing.events = tuple(
            Event("workflow_dispatch", inputs=(("tag", value),)) for value in ("", "r-1.2.3")
        )
        forms = ["inputs.tag || github.sha", "github.event.inputs.tag || github.sha"]
        forms += [
            "inputs.tag != '' && inputs.tag || github.sha",
            "inputs.tag == '' && github.sha || inputs.tag",
        ]
        odd = "github.event.inputs.tag || github.run_id"
    else:
        forms = ["github.ref_type == 'tag' && github.ref_name || github.sha"]
        forms += ["startsWith(github.ref, 'refs/tags/') && github.ref_name || github.sha"]
        forms += ["github.ref_type != 'tag' && github.sha || github.ref_name"]
        odd = "github.event_name == 'push' && github.sha || github.run_id"
    usual = drawing.pick(*forms)
    jobs = {}
    for name in images:
        said = drawing.pick(usual, usual, *forms) if drawing.chance(0.93) else odd
        tag = f"${{{{ {said} }}}}"
        form = drawing.pick("direct", "env", "step")
        if form == "direct":
            tagging = Tagging(tag, tag)
        elif form == "env":
            tagging = Tagging("$TAG", "${{ env.TAG }}", env={"TAG": tag})
        else:
            value = "${{ steps.t.outputs.tag }}"
            tagging = Tagging(value, value, [{"id": "t", "run": f'echo "tag={tag}" >> "$GITHUB_OUTPUT"'}])
        before = dict(drawing.top_env)
        jobs[f"push-{name}"] = job_of(drawing, [name], tagging, [])
        if drawing.top_env != before:  # each job has its own here
            jobs[f"push-{name}"]["env"] = tagging.env
            drawing.top_env = before
    _chain(drawing, jobs)


def _changed(drawing: Drawing, images: list[str]) -> None:
    """Only what has changed is pushed; the followed image hangs on its own part, or on all of them."""
    tagging = tagging_of(drawing, jobs=False)
    drawing.events = tuple(
        Event(event.name, event.ref, changed=parts)
        for event in drawing.events[:1]
        for parts in (tuple(images), (), tuple(images[:-1]), tuple(images[-1:]))
    )
    if drawing.events[0].name == "workflow_dispatch":
        drawing.on = {"workflow_dispatch": {}}
    filters = "".join(f"{name}:\n  - '{name}/**'\n" for name in images)
    drawing.jobs["changes"] = runs_on(
        outputs={name: f"${{{{ steps.f.outputs.{name} }}}}" for name in images},
        steps=[CHECKOUT, {"id": "f", "uses": "dorny/paths-filter@v3", "with": {"filters": filters}}],
    )
    own = drawing.pick("each", "any", "all")
    jobs = {}
    for name in images:
        job = job_of(drawing, [name], tagging, ["changes"])
        asked = [name] if own == "each" else images
        tests = f" {'&&' if own == 'all' else '||'} ".join(
            f"needs.changes.outputs.{one} == 'true'" for one in asked
        )
        job["if"] = drawing.pick(
            tests, tests, f"always() && ({tests})", f"!failure() && !cancelled() && ({tests})"
        )
        job["if"] = f"${{{{ {job['if']} }}}}"
        jobs[f"push-{name}"] = job
    _chain(drawing, jobs)


def _called_says_tag(drawing: Drawing, images: list[str]) -> None:
    """A called workflow says the tag; its caller's jobs push by it, from scripts or from expressions."""
    shell = drawing.pick("$GITHUB_SHA", "${GITHUB_SHA::7}", "$GITHUB_RUN_NUMBER", "$PREFIX-$GITHUB_SHA")
    if drawing.chance(0.2):
        shell = "$GITHUB_RUN_NUMBER-$GITHUB_RUN_ATTEMPT"
    step: Step = {"id": "t", "run": f'echo "tag={shell}" >> "$GITHUB_OUTPUT"'}
    inputs = {"prefix": {"type": "string", "default": "r"}}
    step["env"] = {"PREFIX": "${{ inputs.prefix }}"}
    job = runs_on(outputs={"tag": "${{ steps.t.outputs.tag }}"}, steps=[step])
    outputs = {"tag": {"value": "${{ jobs.say.outputs.tag }}"}}
    on = {"workflow_call": {"inputs": inputs, "outputs": outputs}}
    drawing.files[CALLED] = dump({"on": on, "jobs": {"say": job}})
    once = drawing.chance(0.8)
    jobs: dict[str, Job] = {}
    for name in images:
        call = "meta" if once else f"meta-{name}"
        given = {"with": {"prefix": drawing.pick("r", "r", "x")}} if drawing.chance(0.3) else {}
        drawing.jobs.setdefault(call, {"uses": f"./{CALLED}", **given})
        value = f"${{{{ needs.{call}.outputs.tag }}}}"
        jobs[f"push-{name}"] = job_of(drawing, [name], Tagging(value, value), [call])
    _chain(drawing, jobs)


def _levels(drawing: Drawing, images: list[str]) -> None:
    """One variable at several levels: of the workflow, the job, the step, and what a step before wrote."""
    usual, other = "${{ github.sha }}", drawing.pick("${{ github.run_id }}", "${{ github.sha }}")
    if drawing.chance(0.8):
        drawing.top_env = {"TAG": usual, "REGISTRY": HOST}
    jobs = {}
    for name in images:
        job = job_of(drawing, [], Tagging("x"), [])
        odd = name == images[-1] and drawing.chance(0.3)
        value = other if odd else usual
        level = drawing.pick("job", "step", "written", "top", "derived")
        if not drawing.top_env and level in ("top", "derived"):
            level = "job"
        spelled = drawing.pick("$TAG", "${{ env.TAG }}", "${TAG}")
        step: Step = {"run": masked(drawing, simple(drawing, spelled)(name))}
        if level == "job":
            job["env"] = {"TAG": value}
        elif level == "step":
            step["env"] = {"TAG": value}
            step["run"] = step["run"].replace("${{ env.TAG }}", "$TAG")
        elif level == "written":
            job["steps"].append({"run": f'echo "TAG={value}" >> "$GITHUB_ENV"'})
        elif level == "derived":
            step["env"] = {"TAG": "${{ env.TAG }}"}
        if drawing.chance(0.3):
            step["run"] = step["run"].replace(HOST, "$REGISTRY") if drawing.top_env else step["run"]
        job["steps"].append(step)
        jobs[f"push-{name}"] = job
    _chain(drawing, jobs)


def _metadata_job(drawing: Drawing, images: list[str]) -> None:
    """One job makes all names with metadata-action; others push by them."""
    rules = drawing.pick(
        "type=sha,format=long",
        "type=sha",
        "type=raw,value=${{ github.run_number }}",
        "type=sha,enable=${{ github.event_name == 'push' }}\ntype=raw,value=${{ github.sha }}",
        "type=sha\ntype=raw,value=edge,enable=${{ github.ref == 'refs/heads/main' }}",
        "type=raw,value=${{ github.sha }}\ntype=raw,value=latest",
    )
    steps: list[Step] = []
    which = drawing.pick("tags", "tags", "version")
    for name in images:
        other = rules if drawing.chance(0.95) else "type=raw,value=${{ github.run_id }}"
        given = {"images": f"{HOST}/{name}", "tags": other, "flavor": "latest=false"}
        steps.append({"id": f"m-{name}", "uses": "docker/metadata-action@v5", "with": given})
    drawing.jobs["meta"] = runs_on(
        outputs={name: f"${{{{ steps.m-{name}.outputs.{which} }}}}" for name in images}, steps=steps
    )
    jobs = {}
    for name in images:
        said = f"${{{{ needs.meta.outputs.{name} }}}}"
        tags = said if which == "tags" else f"{HOST}/{name}:{said}"
        job = job_of(drawing, [], Tagging("x"), ["meta"])
        push = drawing.pick("action", "loop", "lines")
        if push == "action":
            job["steps"].append(
                {"uses": "docker/build-push-action@v6", "with": {"context": name, "push": True, "tags": tags}}
            )
        elif push == "loop":
            run = masked(drawing, 'docker push "$t"')
            job["steps"].append({"env": {"TAGS": tags}, "run": f"for t in $TAGS; do\n  {run}\ndone"})
        else:
            job["steps"].append({"env": {"TAGS": tags}, "run": 'echo "$TAGS" | xargs -n1 docker push'})
        leniency(drawing, job)
        jobs[f"push-{name}"] = job
    _chain(drawing, jobs)


def _retried(drawing: Drawing, images: list[str]) -> None:
    """An action tries a command again: as one text for a shell, whose last line counts."""
    tagging = tagging_of(drawing)

    def retry(names: list[str]) -> Step:
        lines = [simple(drawing, tagging.shell)(name) for name in names]
        command = drawing.pick("\n", " && ").join(lines)
        given: dict[str, Any] = {"command": command, "max_attempts": drawing.pick(2, 3), "timeout_minutes": 5}
        if drawing.chance(0.2):
            given["continue_on_error"] = True
        step: Step = {"uses": "nick-fields/retry@v3", "with": given}
        if drawing.chance(0.1):
            step["continue-on-error"] = True
        return step

    if drawing.chance(0.5):
        job = job_of(drawing, [], tagging, [])
        parts = [images] if drawing.chance(0.4) else [[name] for name in images]
        job["steps"] += [retry(part) for part in parts]
        drawing.jobs["release"] = job
        return
    jobs = {}
    for name in images:
        job = job_of(drawing, [], tagging, [])
        job["steps"].append(retry([name]))
        jobs[f"push-{name}"] = job
    _chain(drawing, jobs)


def _matrix_of_objects(drawing: Drawing, images: list[str]) -> None:
    """Legs that are objects, with names, folders and switches of their own."""
    tagging = tagging_of(drawing, jobs=False)
    listed = images if drawing.chance(0.3) else images[:-1]
    job = replaced(job_of(drawing, ["IMAGE"], tagging, []), "IMAGE", "${{ matrix.image.name }}")
    legs: list[dict[str, Any]] = [{"name": name, "context": f"./{name}"} for name in listed]
    matrix: dict[str, Any] = {"image": legs}
    if drawing.chance(0.4):
        for leg in legs:
            leg["push"] = drawing.chance(0.85)
        for step in job["steps"][2 + len(tagging.steps) :]:
            if drawing.chance(0.6):
                step["if"] = drawing.pick("matrix.image.push", "${{ matrix.image.push != false }}")
    if drawing.chance(0.3):
        matrix["arch"] = ["amd64", "arm64"]
        matrix["exclude"] = [{"arch": "arm64"}]
    if drawing.chance(0.2):
        matrix["include"] = [{"image": {"name": "extra", "context": "x", "push": False}}]
    more: dict[str, Any] = drawing.pick({}, {"fail-fast": False}, {"max-parallel": 1}, {"fail-fast": True})
    job["strategy"] = {"matrix": matrix, **more}
    leniency(drawing, job)
    drawing.jobs["images"] = ordered(job)
    if listed != images:
        final = job_of(drawing, images[-1:], tagging, ["images"])
        condition_of_job(drawing, final, ["images"])
        drawing.jobs["followed"] = final


def _digests_joined(drawing: Drawing, images: list[str]) -> None:
    """Each platform is pushed by digest; another job joins the digests under the release's tag."""
    tagging = tagging_of(drawing, jobs=False)
    platforms = ["linux/amd64", "linux/arm64"]
    by = "type=image,name=%s/%s,push-by-digest=true,name-canonical=true,push=true"
    handed = drawing.pick("artifact", "outputs")
    names = []
    for name in images:
        own = platforms if drawing.chance(0.9) else platforms[:1]
        if handed == "artifact":
            build = {"context": name, "platforms": "${{ matrix.platform }}", "outputs": by % (HOST, name)}
            save = f"mkdir -p d/{name}\necho x > d/{name}/${{DIGEST#sha256:}}"
            steps: list[Step] = [CHECKOUT, login()]
            steps.append({"id": "b", "uses": "docker/build-push-action@v6", "with": build})
            steps.append({"env": {"DIGEST": "${{ steps.b.outputs.digest }}"}, "run": save})
            steps.append(upload(f"d-{name}-${{{{ strategy.job-index }}}}", "d"))
            strategy = {"fail-fast": drawing.pick(False, True), "matrix": {"platform": own}}
            drawing.jobs[f"build-{name}"] = runs_on(strategy=strategy, steps=steps)
        else:
            steps = [CHECKOUT, login()]
            for number, platform in enumerate(own):
                build = {"context": name, "platforms": platform, "outputs": by % (HOST, name)}
                steps.append({"id": f"b{number}", "uses": "docker/build-push-action@v6", "with": build})
            outputs = {f"d{n}": f"${{{{ steps.b{n}.outputs.digest }}}}" for n in range(len(own))}
            drawing.jobs[f"build-{name}"] = runs_on(outputs=outputs, steps=steps)
        leniency(drawing, drawing.jobs[f"build-{name}"])
        names.append(f"build-{name}")
    job = job_of(drawing, [], tagging, names)
    condition_of_job(drawing, job, names)
    if handed == "artifact":
        job["steps"].append(
            {"uses": "actions/download-artifact@v4", "with": {"path": "all", "merge-multiple": True}}
        )
    for name in images:
        create = f"docker buildx imagetools create -t {HOST}/{name}:{tagging.shell}"
        step: Step = {"run": f"{create} $(printf '{HOST}/{name}@sha256:%s ' *)"}
        if handed == "artifact":
            step["working-directory"] = f"all/{name}"
        else:
            many = len(drawing.jobs[f"build-{name}"]["outputs"])
            parts = [f"{HOST}/{name}@${{{{ needs.build-{name}.outputs.d{n} }}}}" for n in range(many)]
            step["run"] = masked(drawing, " ".join([create, *parts]))
        job["steps"].append(step)
    drawing.jobs["merge"] = ordered(job)


def _folders(drawing: Drawing, images: list[str]) -> None:
    """Each image has a folder with a script or a Makefile that pushes it, run from there."""
    steps: list[Step] = []
    for name in images:
        push = simple(drawing, "$TAG")(name)
        form = drawing.pick("here", "make", "sub", "cd", "script")
        where = {"working-directory": name}
        drawing.files[f"{name}/Makefile"] = "push:\n\t" + push.replace("$TAG", "$(TAG)") + "\n"
        head = drawing.pick("#!/bin/bash -e\n", "#!/usr/bin/env bash\nset -euo pipefail\n", "#!/bin/sh\n")
        drawing.files[f"{name}/push.sh"] = f"{head}{push}\n{drawing.pick('', '', 'echo pushed')}\n"
        steps.append(
            {
                "here": {"run": masked(drawing, push), **where},
                "make": {"run": f"make push{drawing.pick('', ' -s', ' -k')}", **where},
                "sub": {"run": masked(drawing, f"make -C {name} push")},
                "cd": {"run": f"cd {name}\n./push.sh"},
                "script": {"run": masked(drawing, "./push.sh"), **where},
            }[form]
        )
    if drawing.chance(0.6):
        drawing.top_env = {"TAG": "${{ github.sha }}"}
        job = job_of(drawing, [], Tagging("x"), [])
        job["steps"] += steps
        drawing.jobs["release"] = job
        return
    jobs = {}
    for name, step in zip(images, steps, strict=True):
        job = job_of(drawing, [], Tagging("x"), [])
        job["env"] = {"TAG": "${{ github.sha }}"}
        if drawing.chance(0.3) and "working-directory" in step:
            job["defaults"] = {"run": {"working-directory": step.pop("working-directory")}}
        job["steps"].append(step)
        jobs[f"push-{name}"] = job
    _chain(drawing, jobs)


def _results_in_words(drawing: Drawing, images: list[str]) -> None:
    """What became of the siblings is asked as people ask it: by lists, joined texts, negations."""
    tagging = tagging_of(drawing)
    names = siblings_of(drawing, images, tagging, 0.2, "github.event_name != 'pull_request'")
    final = job_of(drawing, images[-1:], tagging, names)
    one = names[0]
    fine = " && ".join(f"needs.{name}.result == 'success'" for name in names)
    final["if"] = drawing.pick(
        f'always() && contains(fromJSON(\'["success", "skipped"]\'), needs.{one}.result)',
        f"always() && contains(fromJSON('[\"success\"]'), needs.{one}.result)",
        f"${{{{ always() && ({fine}) }}}}",
        "${{ !(failure() || cancelled()) }}",
        "${{ always() && !contains(join(needs.*.result, ','), 'failure') }}",
        "${{ always() && !contains(join(needs.*.result, ','), 'failure')"
        " && !contains(join(needs.*.result, ','), 'cancelled')"
        " && !contains(join(needs.*.result, ','), 'skipped') }}",
        f"${{{{ always() && (needs.{one}.result == 'success' || needs.{one}.result == 'skipped') }}}}",
        f"${{{{ !cancelled() && !(needs.{one}.result != 'success') }}}}",
        f"${{{{ !cancelled() && (github.event_name == 'schedule' || ({fine})) }}}}",
        f"always() && needs.{one}.result != 'failure' && needs.{one}.result != 'cancelled'",
        f"${{{{ always() && format('{{0}}', needs.{one}.result) == 'success' }}}}",
        f"${{{{ always() && needs['{one}'].result == 'success' }}}}",
        f"${{{{ always() && toJSON(needs.{one}.result) == '\"success\"' }}}}",
    )
    drawing.jobs["followed"] = ordered(final)


def _careful_scripts(drawing: Drawing, images: list[str]) -> None:
    """Scripts with traps, clean-up functions, background jobs and counters around their pushes."""
    tag = drawing.pick("$GITHUB_SHA", "$GITHUB_RUN_NUMBER")
    first, push = images[:-1] or images, simple(drawing, tag)
    name = drawing.pick(*_CAREFUL)
    drawing.parallel = name in ("waits", "parallel", "function")
    drawing.kinds.append(name)
    body = f"{_CAREFUL[name](drawing, first, push)}\n{push(images[-1])}"
    step: Step = {"run": body}
    if drawing.chance(0.3):
        step["shell"] = drawing.pick("bash", "bash -euo pipefail {0}", "bash {0}")
    if drawing.chance(0.25):
        options = drawing.pick("set -euo pipefail\n", "set -e\n", "")
        file = drawing.file("ci/release.sh", f"#!/usr/bin/env bash\n{options}{body}\n")
        step = {"run": drawing.pick(f"./{file}", f"bash {file}", f"bash -e {file}")}
    job = job_of(drawing, [], Tagging("x"), [])
    job["steps"].append(step)
    drawing.jobs["release"] = job


def _lines(first: list[str], push: Atom, between: str = "\n") -> str:
    return between.join(push(name) for name in first)


def _trapped(drawing: Drawing, first: list[str], push: Atom) -> str:
    end = drawing.pick("exit $rc", "exit $?", "exit 0", "return $rc", "true")
    return f"cleanup() {{ rc=$?; docker logout; {end}; }}\ntrap cleanup EXIT\n{_lines(first, push)}"


def _on_errors(drawing: Drawing, first: list[str], push: Atom) -> str:
    option = drawing.pick("set -E", "set -o errtrace", "set -e")
    trap = f"trap 'echo failed at $LINENO{drawing.pick('; exit 1', '', '; exit 0')}' ERR"
    return f"{option}\n{trap}\npush() {{\n{_lines(first, push)}\n}}\npush"


def _waits(drawing: Drawing, first: list[str], push: Atom) -> str:
    beside = "\n".join(f"{push(name)} &\npids+=($!)" for name in first)
    wait = drawing.pick("wait $p || failed=1", "wait $p", "if ! wait $p; then failed=1; fi")
    end = drawing.pick("[ $failed -eq 0 ]", "exit $failed", "(( failed == 0 )) || exit 1", "echo $failed")
    return f'pids=()\n{beside}\nfailed=0\nfor p in "${{pids[@]}}"; do\n  {wait}\ndone\n{end}'


def _counter(drawing: Drawing, first: list[str], push: Atom) -> str:
    end = drawing.pick("exit 1", "break", "echo no; break")
    counted = f"  n=$((n + 1))\n  if [ $n -ge 3 ]; then {end}; fi\n  sleep 1"
    return f"n=0\nuntil {{ {_lines(first, push, ' && ')}; }}; do\n{counted}\ndone"


def _parallel(drawing: Drawing, first: list[str], push: Atom) -> str:
    words, end = " ".join(first), drawing.pick("", " || exit 1", " || true")
    return f"printf '%s\\n' {words} | xargs -P 4 -I{{}} {push('{}')}{end}"


def _beside(drawing: Drawing, first: list[str], push: Atom) -> str:
    end = drawing.pick("", " || return 1", " || exit 1")
    loop = f"for i in {' '.join(first)}; do push $i & done\n{drawing.pick('wait', 'wait -n', 'true')}"
    return f"push() {{\n  {push('$1')}{end}\n}}\n{loop}"


def _apart(drawing: Drawing, first: list[str], push: Atom) -> str:
    option, end = drawing.pick("set -e", "set +e", "trap - EXIT"), drawing.pick("", " || exit 1", " || true")
    return f"(\n{option}\n{_lines(first, push)}\n){end}"


def _until(drawing: Drawing, first: list[str], push: Atom) -> str:
    counted = (
        f"    tries=$((tries + 1))\n    [ $tries -lt 3 ] || {drawing.pick('exit 1', 'break', 'continue 2')}"
    )
    loop = f"  tries=0\n  until {push('$i')}; do\n{counted}\n  done"
    return f"for i in {' '.join(first)}; do\n{loop}\ndone"


def _read_lines(drawing: Drawing, first: list[str], push: Atom) -> str:
    lines, end = "\n".join(first), drawing.pick("", " || exit 1", " < /dev/null")
    body = f'  [ -n "$i" ] || continue\n  {push("$i")}{end}'
    return f"while IFS= read -r i; do\n{body}\ndone <<EOF\n\n{lines}\nEOF"


_CAREFUL: dict[str, Callable[[Drawing, list[str], Atom], str]] = {
    "trap": _trapped,
    "err": _on_errors,
    "waits": _waits,
    "counter": _counter,
    "parallel": _parallel,
    "function": _beside,
    "subshell": _apart,
    "until": _until,
    "lines": _read_lines,
}


STRANGERS: list[Callable[[Drawing, list[str]], None]] = [
    _ternaries,
    _changed,
    _called_says_tag,
    _levels,
    _metadata_job,
    _retried,
    _matrix_of_objects,
    _digests_joined,
    _folders,
    _results_in_words,
    _careful_scripts,
    _careful_scripts,
]

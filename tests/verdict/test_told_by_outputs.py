"""What an output says of the commands that came before it was written."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.core.finding import Confidence
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

W = "docker push r.io/worker:$GITHUB_SHA"
TWO = "for i in worker other; do docker push r.io/$i:$GITHUB_SHA"
OK = "echo ok=1 >> $GITHUB_OUTPUT"
BOTH = f"if {W}; then {OK}; else echo ok=0 >> $GITHUB_OUTPUT; fi"
IS_1 = "needs.w.outputs.ok == '1'"


def whole(lines: str, condition: str = IS_1, more: str = "", tolerated: str = "") -> bool | None:
    """The verdict where job w's step runs *lines*, and job a, which pushes app, asks for what it wrote."""
    script = "".join(f"          {line}\n" for line in lines.split("\n"))
    outputs = "    outputs: {ok: '${{ steps.w.outputs.ok }}'}\n"
    step = f"      - id: w\n{tolerated}        run: |\n{script}"
    first = f"  w:\n    runs-on: ubuntu-latest\n{outputs}{more}    steps:\n{LOGIN}{step}"
    app = f"{LOGIN}      - run: docker push r.io/app:$GITHUB_SHA\n"
    last = f"  a:\n    needs: w\n    if: {condition}\n    runs-on: ubuntu-latest\n    steps:\n{app}"
    options = Options(watched=Watched(("app",), "--watched"))
    return check_one(workflow(first, last, on="push"), "w.yml", options=options).whole


@pytest.mark.parametrize(
    ("lines", "condition"),
    [
        (f"{W} && {OK} || true", IS_1),
        (f'{W} && echo "ok=1" >> "$GITHUB_OUTPUT" || true', IS_1),
        (f"{W} && echo ok=1 | tee -a $GITHUB_OUTPUT || true", IS_1),
        (BOTH, IS_1),
        (BOTH, f"always() && {IS_1}"),
        (BOTH, "needs.w.outputs.ok != '0'"),
        (f"set +e\n{W}\nrc=$?\necho ok=$rc >> $GITHUB_OUTPUT", "needs.w.outputs.ok == '0'"),
        (f'for n in 1 2; do {W} && done=1 && break; done\n[ "$done" = 1 ]\n{OK}', IS_1),
        (f"if {W}; then {OK}; fi", "needs.w.outputs.ok != ''"),
        (f"{W} || {OK}", "needs.w.outputs.ok != '1'"),
        (f"{W} || {OK}", "needs.w.outputs.ok == ''"),
        (f"if ! {W}; then {OK}; fi", "needs.w.outputs.ok != '1'"),
        (f"{TWO} || {OK}; done", "needs.w.outputs.ok != '1'"),
        (f"x=$({W} || {OK})", "needs.w.outputs.ok != '1'"),
        (f"r=0; {W} || r=1\nif [ $r = 1 ]; then {OK}; fi", "needs.w.outputs.ok != '1'"),
        (f"if {W}; then {OK}; fi", f"always() && {IS_1}"),
        (f"{W} || {{ echo failed; exit 0; }}\n{OK}", IS_1),
        (f"OK=0\n{W} && OK=1 || true\necho ok=$OK >> $GITHUB_OUTPUT", IS_1),
        (f'r=0; {W} || r=1\necho "ok=$((1-r))" >> "$GITHUB_OUTPUT"', IS_1),
        (f"OK=1\n{TWO} || OK=0; done\necho ok=$OK >> $GITHUB_OUTPUT", IS_1),
        (f"p() {{ {W}; }}\np && {OK} || echo ok=0 >> $GITHUB_OUTPUT", IS_1),
        (f"({W} && {OK}) || true", IS_1),
        (f"{W} &\nif wait $!; then {OK}; fi", IS_1),
        (f"for n in 1 2; do {W} && {{ {OK}; break; }}; done", IS_1),
        (f'if {W}; then echo "::set-output name=ok::1"; fi', IS_1),
    ],
)
def test_a_text_that_is_written_after_a_push_says_that_it_is_out(lines: str, condition: str) -> None:
    """Whoever asks for the text that only a push that went well leads to, comes after that push."""
    assert whole(lines, condition) is True


@pytest.mark.parametrize(
    ("lines", "condition"),
    [
        (f"{OK}\n{W} || true", IS_1),
        (f"{OK}\n{W} && {OK} || true", IS_1),
        (f"{W} || true\nif docker push r.io/other:$GITHUB_SHA; then {OK}; fi", IS_1),
        (f"if {W} || docker push r.io/other:$GITHUB_SHA; then {OK}; fi", IS_1),
        (BOTH, "needs.w.outputs.ok != '1'"),
        (f'if ! {W}; then if [ -n "$Q" ]; then {OK}; fi; fi', "needs.w.outputs.ok != '1'"),
        (f"({W} || true); docker push r.io/other:$GITHUB_SHA || {OK}", "needs.w.outputs.ok != '1'"),
        (f"{W} || {OK}\necho ok= >> $GITHUB_OUTPUT", "needs.w.outputs.ok != '1'"),
        (f"{W} || {OK}\necho x > $GITHUB_OUTPUT", "needs.w.outputs.ok != '1'"),
        (f"exit $RANDOM\n{W} || {OK}", "always() && needs.w.outputs.ok != '1'"),
        (BOTH, "needs.w.outputs.ok"),
        (f"set +e\n{W}\necho hi\nrc=$?\necho ok=$rc >> $GITHUB_OUTPUT", "needs.w.outputs.ok == '0'"),
        (f"set +e\n{W}\nrc=$?\necho ok=$rc >> $GITHUB_OUTPUT", "needs.w.outputs.ok != '0'"),
        (BOTH, f"{IS_1} || github.actor == 'x'"),
        (f"exit $RANDOM\n{BOTH}", "always() && needs.w.outputs.ok != '0'"),
        (f"OK=$(cat x)\n{W} && OK=1 || true\necho ok=${{OK:-1}} >> $GITHUB_OUTPUT", IS_1),
        (f"OK=0\n{W} && OK=1 || true\nOK=1\necho ok=$OK >> $GITHUB_OUTPUT", IS_1),
        (f"{TWO} && {OK} || true; done", IS_1),
        (f"set +o pipefail\nif {W} | tee log; then {OK}; fi", IS_1),
        (f"{W} &\nif true; then {OK}; fi\nwait", IS_1),
        (f"{{ {W} || true; echo ok=1; }} >> $GITHUB_OUTPUT", IS_1),
        (f"trap 'echo ok=1 >> $GITHUB_OUTPUT' EXIT\n{W} || true", IS_1),
        (f"{W} && {OK} || true\ncurl -s https://x.io | jq -r .y >> $GITHUB_OUTPUT", IS_1),
    ],
)
def test_a_text_that_other_ways_lead_to_says_nothing(lines: str, condition: str) -> None:
    """Where the same text can be written without the push, app can be out alone."""
    assert whole(lines, condition) is not True


def test_a_step_that_went_wrong_before_it_wrote_says_nothing() -> None:
    """An output that was never set equals 0, and is not 1: neither says that the push was done."""
    forgiven = "        continue-on-error: true\n"
    assert whole(f"[ -e x ]\n{BOTH}", "needs.w.outputs.ok != '0'", tolerated=forgiven) is not True
    zero = f"[ -e x ]\nif {W}; then echo ok=0 >> $GITHUB_OUTPUT; else {OK}; fi"
    assert whole(zero, "needs.w.outputs.ok == '0'", tolerated=forgiven) is not True


def test_nobody_knows_which_leg_has_written() -> None:
    """The output of a matrix is that of the leg that ended last: it says nothing of the others."""
    lines = f"if {W}-${{{{ matrix.p }}}}; then {OK}; fi"
    matrix = "    strategy: {fail-fast: false, matrix: {p: [a, b]}}\n"
    assert whole(lines, IS_1, matrix) is not True


def test_an_action_hands_on_what_its_step_wrote() -> None:
    """An output of a composite action that only a push leads to says that the push is out."""
    inner = f"if {W}; then {OK}; fi"
    action = (
        "outputs: {ok: {value: '${{ steps.s.outputs.ok }}'}}\nruns:\n  using: composite\n  steps:\n"
        f"    - id: s\n      shell: bash\n      run: |\n        {inner}\n"
    )
    asked = "      - if: {}\n        run: docker push r.io/app:$GITHUB_SHA\n"
    for condition, right in (("steps.w.outputs.ok == '1'", True), ("steps.w.outputs.ok != '1'", False)):
        steps = f"{LOGIN}      - id: w\n        uses: ./act\n{asked.format(condition)}"
        text = workflow(f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{steps}", on="push")
        options = Options(watched=Watched(("app",), "--watched"))
        files = {"act/action.yml": f"name: x\n{action}"}
        assert check_one(text, ".github/workflows/w.yml", files.get, options).whole is right


@pytest.mark.parametrize(
    ("line", "condition", "confidence"),
    [
        (
            f"true; {{ {W} || echo bad=1 >> $GITHUB_OUTPUT; }} & wait",
            "steps.w.outputs.bad != '1'",
            Confidence.LIKELY,
        ),
        (f"{W} || true; echo ok=1 >> $GITHUB_OUTPUT", "steps.w.outputs.ok == '1'", Confidence.CERTAIN),
        (f"{W} || echo failed", "github.actor != 'x'", Confidence.CERTAIN),
        (f"{W} || echo BAD=1 >> $GITHUB_ENV", "always()", Confidence.CERTAIN),
    ],
)
def test_a_push_whose_end_is_handed_on_is_not_certainly_missed(
    line: str, condition: str, confidence: Confidence
) -> None:
    """What a step writes by how its push ended, and a condition asks for, may be just what keeps app back."""
    last = f"      - if: ${{{{ {condition} }}}}\n        run: docker push r.io/app:$GITHUB_SHA\n"
    job = f"  w:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}      - id: w\n        run: {line}\n{last}"
    options = Options(watched=Watched(("app",), "--watched"))
    found = check_one(workflow(job, on="push"), "w.yml", options=options)
    half = [each for each in found.findings if each.rule == "half-release"]
    assert [each.confidence for each in half] == [confidence]


@pytest.mark.parametrize(
    ("lines", "more", "right"),
    [
        (f"{W} && echo OK=1 >> $GITHUB_ENV || true", "", True),
        (f"if {W}; then echo OK=1 >> $GITHUB_ENV; else echo OK=0 >> $GITHUB_ENV; fi", "", True),
        (f"echo OK=1 >> $GITHUB_ENV\n{W} || true", "", False),
        (f"{W} && echo OK=1 >> $GITHUB_ENV || true", "    env: {OK: 1}\n", False),
    ],
)
def test_a_variable_for_later_steps_tells_what_an_output_does(lines: str, more: str, right: bool) -> None:
    """``env.OK`` that only a push sets to 1 says that the push is out; not where it was 1 before."""
    script = "".join(f"          {line}\n" for line in lines.split("\n"))
    asked = "      - if: env.OK == '1'\n        run: docker push r.io/app:$GITHUB_SHA\n"
    job = f"  r:\n    runs-on: ubuntu-latest\n{more}    steps:\n{LOGIN}      - run: |\n{script}{asked}"
    options = Options(watched=Watched(("app",), "--watched"))
    assert (check_one(workflow(job, on="push"), "w.yml", options=options).whole is True) is right


@pytest.mark.parametrize(
    ("condition", "right"),
    [
        ("steps.w.outputs.pushed", True),
        ("steps.w.outputs.pushed == 'true' && steps.w.outputs.pushed", True),
        ("steps.w.outputs.pushed != 'x'", False),
        ("success()", False),
    ],
)
def test_what_a_forgiven_action_was_to_put_out_may_be_missing(condition: str, right: bool) -> None:
    """Where a call is forgiven, what it writes last is there only if it got so far."""
    action = (
        "name: x\noutputs: {pushed: {value: '${{ steps.d.outputs.pushed }}'}}\nruns:\n  using: composite\n"
        f"  steps:\n    - shell: bash\n      run: {W}\n"
        "    - id: d\n      shell: bash\n      run: echo pushed=true >> $GITHUB_OUTPUT\n"
    )
    call = "      - id: w\n        uses: ./act\n        continue-on-error: true\n"
    last = f"      - if: {condition}\n        run: docker push r.io/app:$GITHUB_SHA\n"
    text = workflow(f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{call}{last}", on="push")
    options = Options(watched=Watched(("app",), "--watched"))
    files = {"act/action.yml": action}
    found = check_one(text, ".github/workflows/w.yml", files.get, options)
    assert (found.whole is True) is right

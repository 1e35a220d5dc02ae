"""A script that asks what became of its pushes, in a way that is not followed: no certain half."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.core.finding import Confidence
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

W = "docker push r.io/worker:$GITHUB_SHA"
APP = "docker push r.io/app:$GITHUB_SHA"


def told(lines: str) -> list[Confidence] | bool | None:
    """How sure the half releases of one step are that runs *lines*; the verdict where there are none."""
    script = "".join(f"          {line}\n" for line in lines.split("\n"))
    text = workflow(
        f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}      - run: |\n{script}", on="push"
    )
    found = check_one(text, "w.yml", options=Options(watched=Watched(("app",), "--watched")))
    return [each.confidence for each in found.findings if each.rule == "half-release"] or found.whole


@pytest.mark.parametrize(
    "lines",
    [
        f"{W} > out.txt || true\ngrep -q digest out.txt\n{APP}",
        f"{W} > out.txt || true\nif ! grep -q digest out.txt; then exit 1; fi\n{APP}",
        f'out=$({W} || true)\n[[ "$out" == *digest* ]] || exit 1\n{APP}',
        f'out=$({W} || true)\ncase "$out" in *digest*) ;; *) exit 1 ;; esac\n{APP}',
        f"n=$({W} | wc -l)\n(( n > 1 )) || exit 1\n{APP}",
        f"{W} || touch bad/worker\nls bad/* && exit 1\n{APP}",
        f"set -u\nuntil {W}; do n=$((n+1)); [ $n -lt 3 ] || break; done\n{APP}",
        f'if {W}; then echo ok; else x=$(date); [ -n "$x" ] || exit 1; fi\n{APP}',
        f"{W} | tee push.log\ngrep -q digest: push.log\n{APP}",
        (
            "failed=()\nfor i in worker other; do docker push r.io/$i:$GITHUB_SHA || failed+=($i); done\n"
            f'for i in "${{failed[@]}}"; do docker push r.io/$i:$GITHUB_SHA; done\n{APP}'
        ),
        f"for i in worker; do {W} || echo $i >> bad; done\nwhile read i; do exit 1; done < bad\n{APP}",
    ],
)
def test_a_question_about_the_push_makes_it_less_than_certain(lines: str) -> None:
    """The answer may be just what keeps app back; that it does is not known either."""
    assert told(lines) == [Confidence.LIKELY]


@pytest.mark.parametrize(
    "lines",
    [
        f"{W} || true\n{APP}",
        f'[ -n "$TOKEN" ] || exit 1\n{W} || true\n{APP}',
        f'{W} || true\n[ -n "$TOKEN" ] || exit 1\n{APP}',
        f"{W} || true\nmake test\n{APP}",
        f"n=0\nset -u\nuntil {W}; do n=$((n+1)); [ $n -lt 3 ] || break; done\n{APP}",
        f"until {W}; do n=$((n+1)); [ $n -lt 3 ] || break; done\n{APP}",
        f"{W} || echo worker >> failed.txt\ncat failed.txt || true\n{APP}",
        f"{W} || echo worker >> failed.txt\n[ ! -s failed.txt ] || echo failed\n{APP}",
        f'x=$(date)\n[ -n "$x" ] || exit 1\n{W} || true\n{APP}',
        f"{APP}\n{W} > out.txt || true\ngrep -q digest out.txt",
    ],
)
def test_other_questions_leave_it_certain(lines: str) -> None:
    """About something else, before the push, after app is out, or without a consequence."""
    assert told(lines) == [Confidence.CERTAIN]


def test_an_answer_that_is_followed_stays_one() -> None:
    """``rc=0; push || rc=1`` is followed: then there is nothing to suppose."""
    assert told(f"rc=0; {W} || rc=1\n[ $rc -eq 0 ] || exit 1\n{APP}") is True
    assert told(f"{W} || echo worker >> failed.txt\n[ ! -s failed.txt ] || exit 1\n{APP}") is True


def test_what_is_pushed_again_where_it_failed_is_out() -> None:
    """The second push of the same tag is as good as the first; one of another tag is not."""
    again = f'{W} || failed=worker\n[ -z "$failed" ] || docker push r.io/$failed:$GITHUB_SHA\n{APP}'
    assert told(again) is True
    assert told(f'{W} || failed=1\nif [ -n "$failed" ]; then sleep 9; {W}; fi\n{APP}') is True
    assert told(again.replace("r.io/$failed:", "r.io/$failed-x:")) == [Confidence.CERTAIN]
    assert told(f"{again.replace('|| docker', '&& docker')}") == [Confidence.CERTAIN]
    assert told(again.replace(":$GITHUB_SHA\ndocker", ":$GITHUB_SHA || true\ndocker")) == [Confidence.CERTAIN]


def test_what_lets_a_failure_go_unseen_counts_in_other_jobs_too() -> None:
    """``n=$((n+1))`` under ``set -u`` ends a script where n is not set: its job fails, and app waits."""
    for option, confidence in (("set -u", Confidence.LIKELY), (":", Confidence.CERTAIN)):
        lines = f"{option}; until {W}; do n=$((n+1)); [ $n -lt 3 ] || break; done"
        head = f"    runs-on: ubuntu-latest\n    steps:\n{LOGIN}      - run: "
        text = workflow(f"  w:\n{head}{lines!r}\n", f"  a:\n    needs: w\n{head}{APP}\n", on="push")
        found = check_one(text, "w.yml", options=Options(watched=Watched(("app",), "--watched")))
        assert [each.confidence for each in found.findings if each.rule == "half-release"] == [confidence]

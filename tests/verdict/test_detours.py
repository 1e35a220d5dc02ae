"""No "whole" where a push takes a detour: wrappers, hooks, files that are handed on, programs of all kinds.

``fixtures/detours.txt`` has a line for each. Whatever is not followed has to be said.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verdict.test_what_may_push import APP, WORKER, asked, job, one_job, run

DETOURS = (Path(__file__).parent / "fixtures" / "detours.txt").read_text().splitlines()


def _plain(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\\\", "\\")


@pytest.mark.parametrize("line", [line for line in DETOURS if line and not line.startswith("#")])
def test_a_push_by_a_detour_is_seen_or_said(line: str) -> None:
    """app is out before worker: that is no whole release, whoever pushes it."""
    text, *given = line.split(" ;;; ")
    files = {path: _plain(body) for path, _, body in (each.partition("=>") for each in given)}
    report = one_job(_plain(text).replace("PUSH", APP), files)
    assert report.whole is not True
    assert report.findings or report.unknown


HARMLESS = """
echo "run docker push r.example/acme/app"
git commit -m "docker push r.example/acme/app"
gh release create v1 --notes "docker pull x; docker push y"
grep -q "docker push" Makefile
kubectl apply -f k8s/app.yaml
kubectl rollout restart deployment/app
git config core.hooksPath .githooks
npm ci
npm install
pre-commit run --all-files
terraform apply -auto-approve
docker exec db pg_dump app
docker compose up -d db
docker run --rm -v $PWD:/w -w /w golang:1 go build ./...
docker run -v ~/.docker:/root/.docker aquasec/trivy image x
conda run -n x pytest
sort -u names.txt
cp README.md site/index.md; ./test.sh
curl -sSfLO https://x.example/data.json; ./test.sh
ln -s ../assets site/assets; ./test.sh
"""
FILES = {
    "k8s/app.yaml": "kind: Deployment\n",
    "test.sh": "#!/bin/sh\nnpm test\n",
    ".githooks/pre-commit": "#!/bin/sh\nnpm test\n",
    "package.json": '{"scripts": {"prepare": "husky", "postinstall": "patch-package"}}',
    ".pre-commit-config.yaml": "repos: [{repo: https://github.com/pre-commit/pre-commit-hooks}]\n",
    "main.tf": 'resource "aws_ecs_service" "app" {}\n',
    "compose.yaml": "services: {db: {image: postgres}}\n",
}


@pytest.mark.parametrize("line", HARMLESS.strip().splitlines())
def test_what_only_speaks_of_pushing_stands_in_no_way(line: str) -> None:
    """A text that is printed, a hook that tests, a manifest without a build: still whole."""
    assert one_job(line, FILES).whole is True


@pytest.mark.parametrize(
    "text",
    [
        f"tar cf x.tar --checkpoint=1 --checkpoint-action=exec='{APP}' .",
        f"kubectl exec builder -- {APP}",
        f"GIT_EDITOR='{APP}' git commit",
    ],
)
def test_a_step_of_harmless_programs_that_says_a_push_is_read(text: str) -> None:
    """A step whose programs are all harmless is not passed over where its text says a push."""
    steps = run(text) + run(f"{WORKER}\n{APP}")
    report = asked(f'on: {{push: {{tags: ["v*"]}}}}\njobs:\n{job("one", steps)}')
    assert report.whole is not True

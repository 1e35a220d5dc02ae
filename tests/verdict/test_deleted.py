"""A sibling whose tag is taken away again, by whatever program, is not out with the followed image."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.verdict.check import check_one
from wholeship.verdict.joined import joined_report
from wholeship.verdict.options import Options
from wholeship.verdict.report import WorkflowReport
from wholeship.verdict.watched import Watched

AZURE = "acme.azurecr.io"
GOOGLE = "eu-docker.pkg.dev/acme/r"


def whole(home: str, last: str) -> bool | None:
    """The verdict where worker and app are pushed below *home*, and *last* runs after that."""
    lines = [f"docker push {home}/{name}:$GITHUB_SHA" for name in ("worker", "app")]
    steps = "".join(f"      - run: {line}\n" for line in (*lines, last))
    job = f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{steps}"
    options = Options(watched=Watched(("app",), "--watched"))
    return check_one(workflow(job, on="push"), "w.yml", options=options).whole


@pytest.mark.parametrize(
    ("home", "last"),
    [
        ("r.io", "crane delete r.io/worker:$GITHUB_SHA"),
        ("r.io", "skopeo delete docker://r.io/worker:$GITHUB_SHA"),
        ("r.io", "regctl tag rm r.io/worker:$GITHUB_SHA"),
        (AZURE, "az acr repository delete --name acme --image worker:$GITHUB_SHA --yes"),
        (AZURE, "az acr repository untag -n acme --image worker:$GITHUB_SHA"),
        (GOOGLE, f"gcloud artifacts docker images delete {GOOGLE}/worker:$GITHUB_SHA --quiet"),
        (GOOGLE, f"gcloud artifacts docker tags delete {GOOGLE}/worker:$GITHUB_SHA -q"),
        ("gcr.io/acme", "gcloud container images untag gcr.io/acme/worker:$GITHUB_SHA --quiet"),
    ],
)
def test_a_sibling_that_is_deleted_is_half(home: str, last: str) -> None:
    """The followed image stays, and the sibling's tag is gone."""
    assert whole(home, last) is False


@pytest.mark.parametrize(
    ("home", "last"),
    [
        (AZURE, "az acr repository delete --name acme --image worker:build-$GITHUB_RUN_ID --yes"),
        (AZURE, "az acr repository show --name acme --image worker:$GITHUB_SHA"),
        (GOOGLE, f"gcloud artifacts docker images describe {GOOGLE}/worker:$GITHUB_SHA"),
        (GOOGLE, "gcloud container clusters delete preview --quiet"),
    ],
)
def test_what_takes_away_something_else_does_not_matter(home: str, last: str) -> None:
    """Another tag, a question, another thing: the release stays whole."""
    assert whole(home, last) is True


TAGS = ".metadata.container.tags"
VERSIONS = "/orgs/acme/packages/container/worker/versions"
HOME = "ghcr.io/acme"
TAG = "${{ github.sha }}"


def step_after(home: str, step: str, files: Mapping[str, str] | None = None) -> bool | None:
    """The verdict where *step* stands between the pushes of worker and app below *home*."""
    pushes = [f"      - run: docker push {home}/{name}:{TAG}\n" for name in ("worker", "app")]
    job = f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{pushes[0]}{listed(step)}{pushes[1]}"
    options = Options(watched=Watched(("app",), "--watched"))
    return check_one(workflow(job, on="push"), "w.yml", (files or {}).get, options=options).whole


def listed(*steps: str) -> str:
    """*steps* as they stand below ``steps:``."""
    return "".join(f"      - {step}\n".replace("\n", "\n        ").rstrip(" ") for step in steps)


def run(text: str) -> str:
    """A step that runs *text*."""
    return "run: |\n" + "\n".join(f"  {line}" for line in text.split("\n"))


DELETE_VERSIONS, CLEANUP = "actions/delete-package-versions@v5", "dataaxiom/ghcr-cleanup-action@v1"
RETENTION = "snok/container-retention-policy@v3.0.0"
SCRIPT = """uses: actions/github-script@v7
with:
  script: |
    await github.rest.packages.deletePackageVersionForOrg({
      org: 'acme', package_type: 'container', package_name: 'worker', package_version_id: id})"""


def uses(action: str, inputs: str) -> str:
    """A step with *action*."""
    return f"uses: {action}\nwith: {{{inputs}, token: x}}"


ECR = "1.dkr.ecr.us-east-1.amazonaws.com"
SURELY = [
    (HOME, run("gh api -X DELETE /orgs/acme/packages/container/worker")),
    (HOME, run(f"curl -fsS -X DELETE https://ghcr.io/v2/acme/worker/manifests/{TAG}")),
    (HOME, run(f"oras manifest delete --force ghcr.io/acme/worker:{TAG}")),
    (HOME, run(f"reg rm ghcr.io/acme/worker:{TAG}")),
    (HOME, uses(CLEANUP, f"packages: worker, delete-tags: '{TAG}'")),
    (HOME, uses("bots-house/ghcr-delete-image-action@v1", f"owner: acme, name: worker, tag: '{TAG}'")),
    (ECR, run(f"aws ecr batch-delete-image --repository-name worker --image-ids imageTag={TAG}")),
    (ECR, run("aws ecr delete-repository --repository-name worker --force")),
    (AZURE, run("az acr repository delete --name acme --repository worker --yes")),
    (AZURE, run(f"az acr manifest delete --registry acme --name worker:{TAG} --yes")),
    (GOOGLE, run(f"gcloud artifacts docker images delete {GOOGLE}/worker --delete-tags --quiet")),
    (GOOGLE, run("gcloud artifacts packages delete worker --repository=r --location=eu --quiet")),
    (GOOGLE, run(f"gcloud beta artifacts tags delete {TAG} --package=worker --repository=r --quiet")),
    ("registry.digitalocean.com/acme", run(f"doctl registry repository delete-tag worker {TAG} --force")),
    ("acme", run(f"curl -X DELETE https://hub.docker.com/v2/repositories/acme/worker/tags/{TAG}/")),
    ("acme", run(f"hub-tool tag rm acme/worker:{TAG} --force")),
    ("quay.io/acme", run(f"curl -X DELETE https://quay.io/api/v1/repository/acme/worker/tag/{TAG}")),
    (
        "h.io/acme",
        run(f"curl -X DELETE https://h.io/api/v2.0/projects/acme/repositories/worker/artifacts/{TAG}"),
    ),
    ("us.icr.io/acme", run(f"ibmcloud cr image-rm us.icr.io/acme/worker:{TAG}")),
    ("acme.jfrog.io/images", run(f"jf rt del images/worker/{TAG} --quiet")),
]
PERHAPS = [
    (
        HOME,
        uses(
            DELETE_VERSIONS,
            "package-name: worker, package-version-ids: '${{ vars.ID }}'",
        ),
    ),
    (HOME, uses(DELETE_VERSIONS, "package-name: worker, min-versions-to-keep: 0")),
    (HOME, uses(CLEANUP, "packages: worker, keep-n-tagged: 0")),
    (HOME, uses(CLEANUP, "packages: 'w*', keep-n-tagged: 1")),
    (HOME, uses(RETENTION, "account: acme, image-names: '*', cut-off: 0s")),
    (
        HOME,
        uses("vlaurin/action-ghcr-prune@v0.6.0", "organization: acme, container: worker, tag-regex: '.*'"),
    ),
    (HOME, uses("acme/delete-container-images@v1", "image: worker")),
    (HOME, run(f'ID=$(gh api {VERSIONS} --jq ".[0].id")\ngh api -X DELETE "{VERSIONS}/$ID"')),
    (HOME, run(f'gh api {VERSIONS} --jq ".[].id" | xargs -I{{}} gh api --method DELETE {VERSIONS}/{{}}')),
    (HOME, run("gh api -X DELETE /user/packages/container/worker/versions/${{ vars.ID }}")),
    (HOME, run(f"curl -L --request DELETE https://api.github.com{VERSIONS}/$ID")),
    (
        HOME,
        run(
            "D=$(crane digest ghcr.io/acme/worker)\ncurl -XDELETE https://ghcr.io/v2/acme/worker/manifests/$D"
        ),
    ),
    (HOME, run("crane delete ghcr.io/acme/worker@$(crane digest ghcr.io/acme/worker:x)")),
    (HOME, run("skopeo delete docker://ghcr.io/acme/worker@$DIGEST")),
    (HOME, run("regctl manifest delete ghcr.io/acme/worker@$DIGEST")),
    (HOME, run("oras manifest delete --force ghcr.io/acme/worker@$DIGEST")),
    (
        HOME,
        SCRIPT,
    ),
    (ECR, run("aws ecr batch-delete-image --repository-name worker --image-ids imageDigest=$DIGEST")),
    (ECR, run('aws ecr batch-delete-image --repository-name worker --image-ids "$(./which)"')),
    (AZURE, run("az acr repository delete --name acme --image worker@$DIGEST --yes")),
    (GOOGLE, run(f"gcloud artifacts docker images delete {GOOGLE}/worker@$DIGEST --delete-tags --quiet")),
    (
        "registry.digitalocean.com/acme",
        run("doctl registry repository delete-manifest worker $DIGEST --force"),
    ),
    (
        "registry.gitlab.com/acme",
        run(f"curl -X DELETE https://gitlab.com/api/v4/projects/5/registry/repositories/2/tags/{TAG}"),
    ),
    ("rg.fr-par.scw.cloud/acme", run("scw registry tag delete $ID")),
]
STAYS = [
    (HOME, uses(DELETE_VERSIONS, "package-name: worker, min-versions-to-keep: 10")),
    (HOME, uses(DELETE_VERSIONS, "package-name: base, min-versions-to-keep: 0")),
    (HOME, uses(DELETE_VERSIONS, "package-name: worker, num-old-versions-to-delete: 3")),
    (HOME, uses(DELETE_VERSIONS, "package-name: worker, delete-only-untagged-versions: 'true'")),
    (HOME, uses(DELETE_VERSIONS, "package-name: worker, package-type: npm, min-versions-to-keep: 0")),
    (HOME, uses(CLEANUP, "packages: worker")),
    (HOME, uses(CLEANUP, "packages: 'app,worker', delete-tags: 'pr-*'")),
    (HOME, uses(CLEANUP, "packages: worker, keep-n-tagged: 0, dry-run: true")),
    (HOME, uses(RETENTION, "account: acme, image-names: '*', cut-off: 2w")),
    (
        HOME,
        uses(
            "snok/container-retention-policy@v2",
            "image-names: worker, cut-off: A week ago UTC, account-type: org",
        ),
    ),
    (HOME, uses(RETENTION, "image-names: worker, cut-off: 0s, tag-selection: untagged")),
    (HOME, uses("chizkiyahu/delete-untagged-ghcr-action@v4", "package_name: worker")),
    (HOME, run("gh api -X DELETE /orgs/acme/packages/container/base/versions/$ID")),
    (HOME, run(f"gh api -X DELETE {VERSIONS}/12345678")),
    (HOME, run("gh api -X DELETE /repos/acme/shop/releases/$ID")),
    (HOME, run(f"gh api {VERSIONS}")),
    (HOME, run("curl -fsS -X DELETE https://ghcr.io/v2/acme/worker/manifests/build-cache")),
    (
        HOME,
        run(
            f"for id in $(gh api {VERSIONS} --jq '.[] | select({TAGS} | length == 0) | .id'); do\n"
            f"gh api -X DELETE {VERSIONS}/$id\ndone"
        ),
    ),
    (
        HOME,
        run(
            f"gh api {VERSIONS} --jq '.[10:] | .[].id' | while read -r id; do\n"
            f"gh api -X DELETE {VERSIONS}/$id\ndone"
        ),
    ),
    (ECR, run("aws ecr batch-delete-image --repository-name worker --image-ids imageTag=cache")),
    (
        ECR,
        run(
            'aws ecr batch-delete-image --repository-name worker --image-ids "$(aws ecr list-images'
            ' --repository-name worker --filter tagStatus=UNTAGGED --output json)"'
        ),
    ),
    (ECR, run("aws ecr describe-images --repository-name worker")),
    ("registry.digitalocean.com/acme", run("doctl registry garbage-collection start --force")),
]


@pytest.mark.parametrize(("home", "step"), SURELY)
def test_whatever_deletes_the_sibling_by_its_tag_or_whole_is_half(home: str, step: str) -> None:
    """By the programs of clouds, by requests to each kind of registry, by actions."""
    assert step_after(home, step) is False


@pytest.mark.parametrize(("home", "step"), PERHAPS)
def test_a_version_that_only_the_run_knows_may_be_the_sibling(home: str, step: str) -> None:
    """Deleted by a digest or a number that nobody has written out: never whole, and nothing surely half."""
    assert step_after(home, step) is None


@pytest.mark.parametrize(("home", "step"), STAYS)
def test_what_keeps_what_was_just_pushed_is_no_noise(home: str, step: str) -> None:
    """Versions without a tag, old ones, all but the newest, of another image, or a number that was there."""
    assert step_after(home, step) is True


def test_it_is_said_what_may_be_deleted_and_where() -> None:
    """The answer that stands in the way has the line of the request."""
    lines = ["docker push ghcr.io/acme/worker:$GITHUB_SHA", f"gh api -X DELETE {VERSIONS}/$ID"]
    steps = "".join(f"      - run: {line}\n" for line in (*lines, "docker push ghcr.io/acme/app:$GITHUB_SHA"))
    text = workflow(f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{steps}", on="push")
    report = check_one(text, "w.yml", options=Options(watched=Watched(("app",), "--watched")))
    (unknown,) = report.unknown
    assert "`ghcr.io/acme/worker:{github.sha}` is among what is deleted" in unknown.reason
    assert unknown.place is not None
    assert lines[1] in text.split("\n")[unknown.place.line - 1]


DELETES = "https://ghcr.io/v2/acme/worker/manifests"
BY_LIBRARY = "github.rest.packages.deletePackageVersionForOrg"
CODE = {
    "clean.py": f"import os, requests\nrequests.delete('{DELETES}/' + os.environ['ID'])\n",
    "clean.js": f"module.exports = ({{github}}) => {BY_LIBRARY}("
    "{package_type: 'container', package_name: 'worker', package_version_id: process.env.ID})\n",
    "npm.js": f"{BY_LIBRARY}({{package_type: 'npm', package_name: 'worker'}})\n",
    "untagged.js": "for (const v of versions) if (v.metadata.container.tags.length === 0)\n"
    f"  {BY_LIBRARY}({{package_type: 'container', package_name: 'worker'}})\n",
}
LOADS = """uses: actions/github-script@v7
with: {script: "await require('./clean.js')({github})"}"""


@pytest.mark.parametrize(
    ("step", "whole"),
    [
        (run("python3 clean.py"), None),
        (run("node clean.js"), None),
        (run("node npm.js"), True),
        (run("node untagged.js"), True),
        (LOADS, None),
        (run(f"docker run --rm -e GH_TOKEN ghcr.io/cli/cli api -X DELETE {VERSIONS}/$ID"), None),
        (run(f"docker run --rm curlimages/curl -X DELETE {DELETES}/{TAG}"), False),
        (run(f"docker run --rm gcr.io/x/crane delete ghcr.io/acme/worker:{TAG}"), False),
    ],
)
def test_code_and_containers_delete_as_well(step: str, whole: bool | None) -> None:
    """Python and JavaScript by their requests, programs by what a container of theirs is given."""
    assert step_after(HOME, step, CODE) is whole


LISTS = [
    "docker buildx build --push --platform linux/amd64,linux/arm64 -t ghcr.io/acme/worker:$GITHUB_SHA .",
    "docker buildx imagetools create -t ghcr.io/acme/worker:$GITHUB_SHA ghcr.io/acme/worker@$ONE",
]
CLEANS = [
    (uses(DELETE_VERSIONS, "package-name: worker, delete-only-untagged-versions: 'true'"), None),
    (uses(RETENTION, "image-names: worker, cut-off: 0s, tag-selection: untagged"), None),
    (uses("chizkiyahu/delete-untagged-ghcr-action@v4", "package_name: worker"), None),
    (run("node untagged.js"), None),
    (
        run(
            f"for id in $(gh api {VERSIONS} --jq '.[] | select({TAGS} | length == 0) | .id'); do\n"
            f"gh api -X DELETE {VERSIONS}/$id\ndone"
        ),
        None,
    ),
    (uses(CLEANUP, "packages: worker"), True),
    (uses(DELETE_VERSIONS, "package-name: base, delete-only-untagged-versions: 'true'"), True),
]


@pytest.mark.parametrize("push", LISTS)
@pytest.mark.parametrize(("step", "right"), CLEANS)
def test_platforms_have_no_tag_of_their_own(push: str, step: str, right: bool | None) -> None:
    """What deletes versions without a tag may take a platform of the sibling, unless it looks after lists."""
    steps = listed(run(push), run(f"docker push {HOME}/app:{TAG}"), step)
    job = f"  r:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n{LOGIN}{steps}"
    options = Options(watched=Watched(("app",), "--watched"))
    assert check_one(workflow(job, on="push"), "w.yml", CODE.get, options=options).whole is right


RELEASE = workflow(
    f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}"
    + listed(run(f"docker push {HOME}/worker:{TAG}"), run(f"docker push {HOME}/app:{TAG}")),
    on="push",
)
NIGHTLY = "{schedule: [{cron: '0 3 * * *'}]}"


def with_another(step: str, on: str = NIGHTLY) -> WorkflowReport:
    """The report on the release, beside a workflow that only runs *step*."""
    job = f"  c:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{listed(step)}"
    options = Options(watched=Watched(("app",), "--watched"))
    reports = [
        check_one(text, path, options=options)
        for path, text in (("release.yml", RELEASE), ("clean.yml", workflow(job, on=on)))
    ]
    return joined_report(reports, options).workflows[0]


@pytest.mark.parametrize(
    "on", [NIGHTLY, "workflow_dispatch", "{workflow_run: {workflows: [w], types: [completed]}}"]
)
@pytest.mark.parametrize(
    ("step", "right"),
    [
        (uses(DELETE_VERSIONS, "package-name: worker, min-versions-to-keep: 0"), None),
        (run(f"gh api -X DELETE {VERSIONS}/$ID"), None),
        (run(f"crane delete {HOME}/worker:$TAG"), None),
        (run("gh api -X DELETE /orgs/acme/packages/container/worker"), None),
        (uses(DELETE_VERSIONS, "package-name: worker, min-versions-to-keep: 10"), True),
        (uses(DELETE_VERSIONS, "package-name: base, min-versions-to-keep: 0"), True),
        (run(f"gh api -X DELETE {VERSIONS.replace('worker', 'app')}/$ID"), True),
        (run(f"crane delete {HOME}/worker:pr-$GITHUB_RUN_NUMBER"), True),
    ],
)  # fmt: skip
def test_a_clean_up_in_another_workflow_may_take_a_sibling(step: str, on: str, right: bool | None) -> None:
    """Whenever it runs, what it deletes is missing beside the followed image: the place is said."""
    report = with_another(step, on)
    assert report.whole is right
    assert [each.place.file for each in report.unknown] == ([] if right else ["clean.yml"])

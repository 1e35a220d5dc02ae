"""A registry that is taken away in the run, as a whole or with other infrastructure, holds no sibling."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.pipeline.ports import Repository
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

HOME = "ghcr.io/acme"
AZURE = "acme.azurecr.io"
GOOGLE = "eu-docker.pkg.dev/acme/r"
ECR = 'resource "aws_ecr_repository" "worker" {}\n'
CLUSTER = 'resource "aws_instance" "node" {}\n'
SHARED = 'module "images" {\n  source = "acme/ecr/aws"\n}\n'


def listing(files: Mapping[str, str]) -> Repository:
    """A repository of *files* whose folders can be listed."""

    def read(path: str) -> str | None:
        if not path.endswith("/"):
            return files.get(path)
        folder = "" if path == "./" else path
        return "\n".join(name.removeprefix(folder) for name in files if name.startswith(folder)) or None

    return read


def after_both(home: str, line: str, files: Mapping[str, str] | None = None) -> bool | None:
    """The verdict where worker and app are pushed below *home*, and *line* runs after that."""
    lines = [f"docker push {home}/{name}:$GITHUB_SHA" for name in ("worker", "app")]
    steps = "".join(f"      - run: {each}\n" for each in (*lines, line))
    checkout = "      - uses: actions/checkout@v4\n"
    job = f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{checkout}{steps}"
    options = Options(watched=Watched(("app",), "--watched"))
    return check_one(workflow(job, on="push"), "w.yml", listing(files or {}), options=options).whole


@pytest.mark.parametrize(
    ("home", "line"),
    [
        (AZURE, "az acr delete --name acme --yes"),
        (AZURE, "az acr delete -n acme -g group -y"),
        (GOOGLE, "gcloud artifacts repositories delete r --location=eu --project=acme --quiet"),
        (HOME, "terraform destroy -auto-approve"),
        (HOME, "terragrunt apply -destroy -auto-approve"),
        (HOME, "pulumi destroy --yes"),
        (HOME, "npx cdk destroy --force"),
        (HOME, "doctl registry delete --force"),
        (HOME, "aws cloudformation delete-stack --stack-name acme-registry"),
    ],
)
def test_a_registry_that_is_taken_away_is_never_whole(home: str, line: str) -> None:
    """What was pushed may be gone with it: no yes."""
    assert after_both(home, line) is not True


@pytest.mark.parametrize(
    ("home", "line"),
    [
        (AZURE, "az acr delete --name other --yes"),
        (AZURE, "az acr show --name acme"),
        (GOOGLE, "gcloud artifacts repositories delete s --location=eu --project=acme --quiet"),
        (GOOGLE, "gcloud artifacts repositories delete r --location=us --project=acme --quiet"),
        (GOOGLE, "gcloud artifacts repositories describe r --location=eu --project=acme"),
        (HOME, "terraform plan -destroy"),
        (HOME, "terraform destroy -auto-approve -target=aws_instance.node"),
        (HOME, "aws cloudformation delete-stack --stack-name preview"),
        (HOME, "pulumi stack ls"),
    ],
)
def test_what_takes_something_else_away_does_not_matter(home: str, line: str) -> None:
    """Another registry, a question, a machine: the release stays whole."""
    assert after_both(home, line) is True


@pytest.mark.parametrize(
    ("text", "right"), [(ECR, None), (SHARED, None), (CLUSTER, True), (CLUSTER + ECR, None)]
)
@pytest.mark.parametrize("line", ["terraform -chdir=infra destroy", "cd infra && tofu destroy"])
def test_the_files_say_whether_a_registry_goes(text: str, right: bool | None, line: str) -> None:
    """Terraform takes away what its folder describes; where that is no registry, nothing is lost."""
    assert after_both(HOME, line, {"infra/main.tf": text}) is right


@pytest.mark.parametrize(
    ("setting", "right"),
    [
        ("echo 'request = DELETE' > ~/.curlrc", None),
        ("printf 'retry = 3\\n-X DELETE\\n' >> $HOME/.curlrc", None),
        ("cp ci/curlrc ~/.curlrc", None),
        ("export CURL_HOME=$PWD/ci; curl https://r.io/v2/worker/manifests/1", None),
        ("echo '--retry 5' >> ~/.curlrc", True),
        ('echo "user = $NAME" > ~/.curlrc', True),
    ],
)
def test_a_file_that_tells_curl_what_to_ask_for_is_not_read(setting: str, right: bool | None) -> None:
    """Each curl after it may delete; a file that only says how to ask changes nothing."""
    assert after_both(HOME, setting) is right


def test_a_folder_of_settings_for_curl_in_the_environment_is_not_read() -> None:
    """`CURL_HOME` among the variables of the job, and a curl: what it asks for stands elsewhere."""
    steps = "".join(f"      - run: docker push {HOME}/{name}:$GITHUB_SHA\n" for name in ("worker", "app"))
    ask = "      - run: curl -fsS https://r.io/v2/worker/manifests/1\n"
    options = Options(watched=Watched(("app",), "--watched"))
    for env, right in (("    env: {CURL_HOME: ./ci}\n", None), ("", True)):
        job = f"  r:\n    runs-on: ubuntu-latest\n{env}    steps:\n{LOGIN}{steps}{ask}"
        assert check_one(workflow(job, on="push"), "w.yml", options=options).whole is right

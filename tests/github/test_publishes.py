"""Facts found in whole workflows: what a step publishes, from where, behind what."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest

from wholeship.github.relevance import may_publish
from wholeship.pipeline.declared import Declared
from wholeship.pipeline.publish import CheckKind, Publish
from wholeship.pipeline.run import Script
from wholeship.verdict.check import study_of
from wholeship.verdict.options import Options
from wholeship.verdict.study import Case


def case(
    steps: str,
    files: Mapping[str, str] | None = None,
    top: str = "",
    declared: Mapping[str, Declared] | None = None,
) -> Case:
    """The one scenario of a workflow with one job of *steps*."""
    text = f"on: {{push: {{branches: [main]}}}}\n{top}jobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n"
    text += "".join(f"      {line}\n" for line in steps.strip("\n").split("\n"))
    (found,) = study_of(text, "w.yml", (files or {}).get, Options(declared=declared or {})).cases
    return found


def said(found: Case) -> list[str]:
    return [_said(each) for each in found.facts.publishes]


def _said(publish: Publish) -> str:
    marks = " ?" * publish.conditional + " ~" * publish.masked
    return f"{publish.how}: {' '.join(map(str, publish.references))}{marks}"


LOGIN = "- uses: docker/login-action@v3\n  with: {registry: ghcr.io}\n"


def test_outputs_are_fed_forward() -> None:
    """A tag computed in one step is the tag of the next; a list of metadata-action is every tag in it."""
    found = case(
        '- id: t\n  run: echo "v=1.$GITHUB_RUN_NUMBER" >> $GITHUB_OUTPUT\n'
        '- uses: docker/build-push-action@v6\n  with: {push: true, tags: "r/a:${{ steps.t.outputs.v }}"}\n'
        '- id: m\n  uses: docker/metadata-action@v5\n  with: {images: r/b, tags: "type=sha"}\n'
        '- uses: docker/build-push-action@v6\n  with: {push: true, tags: "${{ steps.m.outputs.tags }}"}\n'
    )
    assert said(found) == [
        "docker/build-push-action: r/a:1.{github.run_number}",
        "docker/build-push-action: r/b:sha-{github.sha, 7 characters}",
    ]


def test_a_push_knows_what_was_built() -> None:
    """``docker tag`` and ``docker push`` lead back to the build in the same job."""
    found = case(
        "- run: docker build -t a -f x/Dockerfile .\n- run: docker tag a r/a:1\n- run: docker push r/a:1\n"
    )
    (push,) = found.facts.publishes
    assert push.build is not None
    assert push.build.file == "x/Dockerfile"


def test_a_script_requires_what_ran_before_in_it() -> None:
    """Under ``set -e`` a later push has the earlier ones behind it, in the same step."""
    found = case("- run: |\n    docker push r/a\n    docker push r/b || true\n    docker push r/c\n")
    a, b, c = found.facts.publishes
    assert b.masked
    assert b.requires == {a.spot.order}
    assert c.requires == {a.spot.order}


def test_a_script_of_the_repository_is_read() -> None:
    """Its pushes are named with the file they stand in, at the step that runs it."""
    files = {"scripts/push.sh": '#!/bin/sh -e\ndocker push "r/$1:$GITHUB_SHA"\n'}
    found = case("- run: ./scripts/push.sh app\n", files)
    assert said(found) == ["docker push in scripts/push.sh: r/app:{github.sha}"]


def test_smoke_tests_of_our_images_are_checks_and_tools_are_not() -> None:
    """``docker run`` of what was built here is a check; of a tool's image it is not."""
    found = case(
        "- run: docker build -t a .\n- run: docker run --rm alpine\n- run: docker run --rm a self-check\n"
    )
    assert [(each.kind, each.real) for each in found.facts.checks] == [(CheckKind.SMOKE, True)]
    assert found.facts.checks[0].builds[0].build.local[0].literal == "a"


UNREAD = "- run: python tools/push.py\n"


def given(token: str) -> str:
    return f'{UNREAD}  env: {{T: "${{{{ {token} }}}}"}}\n'


@pytest.mark.parametrize(
    ("steps", "top", "held"),
    [
        (LOGIN + UNREAD, "", ["login to ghcr.io"]),
        (UNREAD, "", None),
        (given("secrets.DOCKER_TOKEN"), "", ["secrets.DOCKER_TOKEN"]),
        (given("secrets.SLACK_TOKEN"), "", None),
        (given("secrets.DO_SECRET_KEY"), "", None),
        (given("secrets.ECR_ROLE"), "", ["secrets.ECR_ROLE"]),
        (given("secrets.GITHUB_TOKEN"), "permissions: {packages: write}\n", ["GITHUB_TOKEN"]),
        (given("github.token"), "permissions: {contents: read}\n", None),
    ],
)
def test_what_cannot_be_read_is_hidden_when_it_holds_a_credential(
    steps: str, top: str, held: list[str] | None
) -> None:
    """Credentials in scope make unread code a possible publish; without any it cannot push."""
    found = case(steps, top=top)
    assert [list(each.credentials) for each in found.facts.hidden] == ([] if held is None else [held])


def test_a_declaration_takes_the_place_of_reading() -> None:
    """Names in braces are the inputs of the action."""
    declared = {"acme/ship": Declared(("r/a:{tag}", "r/b:latest")), "tools/push.py": Declared()}
    found = case(
        f'{LOGIN}- uses: Acme/ship@v1\n  with: {{tag: "1"}}\n- run: python tools/push.py\n', declared=declared
    )
    assert said(found) == ["acme/ship: r/a:1", "acme/ship: r/b:latest"]
    assert not found.facts.hidden


def test_legs_and_scenarios_keep_their_texts_apart() -> None:
    """The same script in two legs reads two clocks; in one leg of two scenarios it is found twice, alike."""
    text = """
on: {push: {branches: [main]}, workflow_dispatch: {}}
jobs:
  job:
    runs-on: ubuntu-latest
    strategy: {matrix: {image: [a, b]}}
    steps:
      - run: docker push "r/${{ matrix.image }}:$(date +%s)"
"""
    cases = study_of(text, "w.yml").cases
    for found in cases:
        one, other = (each.references[0] for each in found.facts.publishes)
        assert one.tag is not None
        assert other.tag is not None
        assert one.tag != other.tag
        sites = [hole.site for tag in (one.tag, other.tag) for hole in tag.holes]
        assert sites == ["job (a)/0", "job (b)/0"]


def test_emulation_is_noted_with_its_condition() -> None:
    """A step that sets up QEMU, and its ``if`` as written."""
    found = case("- uses: docker/setup-qemu-action@v3\n  if: github.ref == 'refs/heads/main'\n")
    assert [each.condition for each in found.facts.emulations] == ["github.ref == 'refs/heads/main'"]


@pytest.mark.parametrize(
    ("text", "files", "answer"),
    [
        ("- run: pytest", {}, False),
        ("- run: docker push a", {}, True),
        ("env: {K: '${{ secrets.AWS_KEY }}'}", {}, True),
        ("- uses: ./tool", {"tool/action.yml": "- run: pytest"}, False),
        ("- uses: ./tool", {"tool/action.yaml": "- uses: ./deeper"}, True),
        ("uses: ./.github/workflows/x.yml", {".github/workflows/x.yml": "- run: ko build"}, True),
    ],
)
def test_a_workflow_that_never_speaks_of_images_is_not_looked_into(
    text: str, files: Mapping[str, str], answer: bool
) -> None:
    """Its own words and those of what it uses decide; what cannot be read counts as yes."""
    assert may_publish(text, files.get) is answer


def test_what_is_too_much_to_follow_is_hidden_not_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit of one file nothing is run any more, and what could push there is unknown."""
    monkeypatch.setattr("wholeship.tools.scripts.STATEMENTS", 3)
    many = "".join(f"- run: |\n    git push {n}\n    git log\n    git gc\n    docker ps\n" for n in range(2))
    found = case(f"{LOGIN}{many}- run: ./everything.sh\n")
    assert {each.reason for each in found.facts.hidden} == {"more scripts than are followed in one workflow"}


def test_a_script_read_once_is_read_again_where_its_surroundings_differ() -> None:
    """A variable that only the Makefile names, or that differs by leg, gives each leg its own pushes."""
    text = """
on: push
jobs:
  job:
    runs-on: ubuntu-latest
    strategy: {matrix: {place: [one, two]}}
    env: {PLACE: "${{ matrix.place }}"}
    steps:
      - run: make push
      - run: docker push "r/$PLACE"
"""
    files = {"Makefile": "IMAGE = $(PLACE)/app\npush:\n\tdocker push $(IMAGE)\n"}
    (found,) = study_of(text, "w.yml", files.get).cases
    pushed = [str(each.references[0]) for each in found.facts.publishes]
    assert pushed == ["one/app:latest", "r/one:latest", "two/app:latest", "r/two:latest"]


def test_a_command_inside_a_retry_is_read() -> None:
    """What nick-fields/retry and its like run is read as a step; a failure that they hide is masked."""
    step = "- uses: nick-fields/retry@v3\n  with: {{max_attempts: 3, {more}command: docker push r/a:1}}\n"
    assert said(case(step.format(more=""))) == ["docker push: r/a:1"]
    assert said(case(step.format(more="continue_on_error: true, "))) == ["docker push: r/a:1 ~"]


def test_a_command_inside_a_retry_that_is_not_known_is_hidden() -> None:
    """A shell that is not read, or a text that only the run knows."""
    step = "- uses: nick-fields/retry@v3\n  with: {shell: pwsh, command: ./publish.ps1}\n"
    assert [each.how for each in case(f"{LOGIN}{step}").facts.hidden] == ["nick-fields/retry"]


def test_the_documented_way_to_join_platforms() -> None:
    """Docker's own example: metadata-action's JSON through jq into ``imagetools create``."""
    tags = """$(jq -cr '.tags | map("-t " + .) | join(" ")' <<< "$DOCKER_METADATA_OUTPUT_JSON")"""
    found = case(
        "- uses: docker/metadata-action@v5\n  with: {images: r/a, tags: 'type=raw,value=1'}\n"
        f"- run: |\n    docker buildx imagetools create {tags} \\\n      $(printf 'r/a@sha256:%s ' *)\n"
    )
    assert said(found) == ["docker buildx imagetools: r/a:1"]


def test_a_script_that_is_no_shell_is_named_where_it_speaks_of_images() -> None:
    """Its file and line are told; text without a word of images is taken not to push."""
    bad = "if then (\ndocker push r/a:1\n"
    found = case(f"{LOGIN}- run: ./x.sh\n", {"x.sh": bad})
    assert [each.reason for each in found.facts.hidden] == ["line 1 of x.sh, which is not shell syntax"]
    assert case(f"{LOGIN}- run: ./x.sh\n", {"x.sh": "if then (\necho a\n"}).facts.hidden == ()


WRITERS = (
    "mytool >> {}",
    "mytool {}",
    "cat lines >> {}",
    "curl -s https://x.example | tee -a {}",
    "python tools/version.py",
    "./tools/version",
    "mytool",
    'while read -r line; do echo "$line" >> {}; done < lines',
)


@pytest.mark.parametrize("writer", WRITERS)
def test_an_output_that_anything_may_have_written_is_not_empty(writer: str) -> None:
    """A program, a fetched file, lines that were not read: the output asked for is unknown, not ""."""
    found = case(
        f"{LOGIN}- id: v\n  run: '{writer.format('$GITHUB_OUTPUT')}'\n"
        "- run: docker push ghcr.io/a:${{ steps.v.outputs.tag }}"
    )
    assert said(found) == ["docker push: ghcr.io/a:{steps.v.outputs.tag}"]


@pytest.mark.parametrize("writer", WRITERS)
def test_a_variable_that_anything_may_have_written_is_not_empty(writer: str) -> None:
    """The same for `env.NAME` in the steps after it."""
    found = case(
        f"{LOGIN}- run: '{writer.format('$GITHUB_ENV')}'\n- run: docker push ghcr.io/a:${{{{ env.TAG }}}}"
    )
    assert said(found) == ["docker push: ghcr.io/a:{env.TAG}"]


@pytest.mark.parametrize("writer", WRITERS)
def test_nor_is_it_in_a_step_with_variables_of_its_own(writer: str) -> None:
    """`env:` of a step adds to what was written before, and hides nothing of it."""
    found = case(
        f"{LOGIN}- run: '{writer.format('$GITHUB_ENV')}'\n"
        "- run: docker push ghcr.io/a:${{ env.TAG }}-$OWN\n  env: {OWN: x}"
    )
    assert said(found) == ["docker push: ghcr.io/a:{env.TAG}-x"]


def test_a_variable_that_nobody_wrote_is_empty() -> None:
    """GitHub gives an empty text for `env.NAME` where nothing sets it; known lines set what they name."""
    known = "- run: echo A=b >> $GITHUB_ENV\n"
    found = case(f"{LOGIN}{known}- run: docker push ghcr.io/a:${{{{ env.A }}}}-${{{{ env.TAG }}}}")
    assert said(found) == ["docker push: ghcr.io/a:b-"]


def test_a_publish_behind_an_unread_output_is_not_dropped() -> None:
    """`if: steps.v.outputs.push == 'true'` may be so when a program wrote the output."""
    found = case(
        f"{LOGIN}- id: v\n  run: mytool >> $GITHUB_OUTPUT\n"
        "- if: steps.v.outputs.push == 'true'\n  run: docker push ghcr.io/a:1"
    )
    assert said(found) == ["docker push: ghcr.io/a:1"]


def test_the_daemon_of_maven_is_maven() -> None:
    """`mvnd package` compiles and pushes nothing; `mvnd jib:build` pushes as `mvn` does."""
    assert case(f"{LOGIN}- run: mvnd -B clean package -DskipTests").facts.hidden == ()
    jib = [case(f"{LOGIN}- run: {name} jib:build -Dimage=ghcr.io/a:1") for name in ("mvnd", "mvn")]
    references = [[str(each.references[0]) for each in found.facts.publishes] for found in jib]
    assert references[0] == references[1] != []


def test_outputs_of_legs_are_those_of_some_leg() -> None:
    """Which leg's output is left nobody knows: each can be; one that is empty in the others is that one's."""
    text = (
        "on: push\njobs:\n  m:\n    runs-on: ubuntu-latest\n    strategy: {matrix: {i: [a, b]}}\n"
        "    outputs: {v: '${{ matrix.i }}', w: \"${{ matrix.i == 'a' && 'only' || '' }}\"}\n"
        "    steps: [{run: 'true'}]\n"
        "  p:\n    needs: m\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - run: docker push r/x:${{ needs.m.outputs.v }}\n"
        "      - run: docker push r/y:${{ needs.m.outputs.w }}\n"
    )
    (found,) = study_of(text, "w.yml").cases[:1]
    texts = [[str(each) for each in publish.references] for publish in found.facts.publishes]
    assert texts[-1] == ["r/y:only"]
    assert sorted(itertools.chain.from_iterable(texts[:-1])) == ["r/x:a", "r/x:b"]


@pytest.mark.parametrize(
    ("runner", "keys", "shell"),
    [
        ("windows-latest", "", "pwsh"),
        ("windows-latest", "shell: bash", "bash"),
        ("ubuntu-latest", "", ""),
        ("[self-hosted, windows]", "", "pwsh"),
    ],
)
def test_a_step_on_windows_runs_in_powershell(runner: str, keys: str, shell: str) -> None:
    """Unless the step says another shell."""
    step = f"{{run: docker push r/a:1, {keys}}}" if keys else "{run: docker push r/a:1}"
    text = f"on: push\njobs:\n  j: {{runs-on: {runner}, steps: [{step}]}}\n"
    (job,) = study_of(text, "w.yml").cases[0].instance.jobs
    done = job.legs[0].steps[0].does
    assert isinstance(done, Script)
    assert done.shell == shell

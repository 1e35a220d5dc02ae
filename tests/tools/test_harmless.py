"""The lists of what is harmless, entry by entry: each with what pushes, and with what does not.

A program that is in the lists may be told to run a file or a text of the repository, or to push. For each
that can, there is a row: a spelling that pushes, never silence, and everyday ones, which stay as they are.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

import pytest

from wholeship import tools as programs
from wholeship.pipeline.effects import Opaque, Write
from wholeship.pipeline.publish import Way
from wholeship.texts.template import Template, Value
from wholeship.tools import ALL_PROGRAMS
from wholeship.tools.arguments import ARGUED
from wholeship.tools.dull import is_dull
from wholeship.tools.handed import CONFIGURED, FILES, SAYERS
from wholeship.tools.harmless import GROUPS, VERBS
from wholeship.tools.recipes import RECIPES
from wholeship.tools.world import World

PUSH = "docker push r.example/acme/app:1"
SCRIPT = {"push.sh": f"#!/bin/sh\n{PUSH}\n"}


def may_push(line: str, files: Mapping[str, str] | None = None) -> bool:
    words = tuple(map(Template.of, shlex.split(line)))
    effects = programs.effects_of(words, World((files or {}).get))
    return any(
        isinstance(each, Opaque) or (isinstance(each, Write) and each.way is not Way.REMOVE)
        for each in effects
    )


LISTED = frozenset().union(*(group.names for group in GROUPS[:-1])) | frozenset(VERBS)


@pytest.mark.parametrize("name", sorted(LISTED - SAYERS - set(ALL_PROGRAMS)))
def test_no_harmless_program_is_handed_a_push_in_silence(name: str) -> None:
    """Whatever the program: a command that pushes, in its words, is told, unless it only prints its words."""
    assert may_push(f"{name} --run '{PUSH}'"), name


_ARGUMENTS = """
    git
      pushes: git submodule foreach 'docker push x'
      pushes: git push heroku main
      pushes: git images
      pushes: git -c alias.p='!docker push x' p
      stays: git push origin main
      stays: git -C sub log -1
      stays: git commit -am x
      stays: git lfs pull
      stays: git config user.name bot
    awk
      pushes: awk 'BEGIN { system("docker push x") }'
      stays: awk '{print $1}' f
    gawk
      pushes: gawk 'BEGIN { system("x") }'
      stays: gawk '{print $1}' f
    mawk
      pushes: mawk 'BEGIN { system("x") }'
      stays: mawk '{print $1}' f
    sed
      pushes: sed '1e ./push.sh' f
      stays: sed -i s/a/b/g f
    gsed
      pushes: gsed '1e ./push.sh' f
      stays: gsed -i s/a/b/g f
    tar
      pushes: tar xf a.tar --to-command=./push.sh
      pushes: tar -I ./push.sh -cf a b
      stays: tar xzf a.tgz
      stays: tar -I zstd -cf a b
      stays: tar --use-compress-program=pigz -cf a b
    gtar
      pushes: gtar xf a.tar --to-command=./push.sh
      stays: gtar xzf a.tgz
    sort
      pushes: sort --compress-program=./push.sh f
      stays: sort -u f
    split
      pushes: split --filter='./push.sh $FILE' f
      stays: split -b 1M f
    rg
      pushes: rg --pre ./push.sh x
      stays: rg x
    rsync
      pushes: rsync --rsync-path=./push.sh a h:b
      stays: rsync -a a b
    pandoc
      pushes: pandoc --filter ./push.py a.md
      stays: pandoc -o a.pdf a.md
    gomplate
      pushes: gomplate --exec-pipe -- ./push.sh
      pushes: gomplate --plugin p=./push.sh
      stays: gomplate -f a -o b
    asciidoctor
      pushes: asciidoctor -r ./push.rb a.adoc
      stays: asciidoctor -r asciidoctor-pdf a.adoc
    j2
      pushes: j2 --customize ./push.py a.j2
      stays: j2 a.j2 data.json
    kustomize
      pushes: kustomize build --enable-exec .
      stays: kustomize build .
    protoc
      pushes: protoc --plugin=protoc-gen-x=./push.sh a.proto
      stays: protoc --go_out=. a.proto
    helm
      pushes: helm upgrade a b --post-renderer ./push.sh
      pushes: helm dt unwrap a oci://r
      stays: helm upgrade --install a b
      stays: helm lint c
    codeql
      pushes: codeql database create d --command='make push'
      stays: codeql database create d --command='make build'
    nc
      pushes: nc -l 1 -e ./push.sh
      stays: nc -z localhost 80
    ncat
      pushes: ncat -l 1 --sh-exec ./push.sh
      stays: ncat -z localhost 80
    nyc
      pushes: nyc node tools/push.js
      stays: nyc mocha
      stays: nyc npm test
    c8
      pushes: c8 ./push.js
      stays: c8 mocha
    wait-for-it
      pushes: wait-for-it db:5432 -- ./push.sh
      stays: wait-for-it db:5432 -t 30
    wait-for-it.sh
      pushes: wait-for-it.sh db:5432 -- ./push.sh
      stays: wait-for-it.sh db:5432
    dockerize
      pushes: dockerize -wait tcp://db:5432 ./push.sh
      stays: dockerize -wait tcp://db:5432
    witness
      pushes: witness run -s build -- ./push.sh
      stays: witness run -s build -- go build ./...
    in-toto-run
      pushes: in-toto-run -n x -- ./push.sh
      stays: in-toto-run -n x -- go build ./...
    start-server-and-test
      pushes: start-server-and-test start http://localhost:1 ship
      stays: start-server-and-test start 3000 test
    consul
      pushes: consul lock x ./push.sh
      stays: consul kv get a
    sops
      pushes: sops exec-env s.yaml ./push.sh
      stays: sops -d s.yaml
    opam
      pushes: opam exec ./push.sh
      stays: opam install . --deps-only
    nvm
      pushes: nvm exec 20 ./push.js
      stays: nvm install 20
      stays: nvm use 20
    brew
      pushes: brew bundle exec -- ./push.sh
      stays: brew install jq
      stays: brew bundle
    snap
      pushes: snap run pusher
      stays: snap install jq
    xcrun
      pushes: xcrun ./push.sh
      stays: xcrun stapler x
    curl
      pushes: curl -X POST https://api.github.com/repos/a/b/actions/workflows/w.yml/dispatches
      pushes: curl -X POST https://j.example/job/images/build
      pushes: curl -X POST https://g.example/api/v4/projects/1/trigger/pipeline
      stays: curl -fsSL https://x.example/a
      stays: curl -X POST -d @x https://hooks.slack.com/services/x
    wget
      pushes: wget --method=POST https://j.example/job/images/build
      stays: wget https://x.example/a
    http
      pushes: http POST https://j.example/job/images/build
      stays: http GET https://x.example
    https
      pushes: https POST j.example/job/images/build
      stays: https GET x.example
    httpie
      pushes: httpie POST https://j.example/job/images/build
      stays: httpie GET https://x.example
    xh
      pushes: xh POST https://j.example/job/images/build
      stays: xh GET https://x.example
    gh
      pushes: gh workflow run w.yml
      pushes: gh api repos/a/b/dispatches
      pushes: gh run rerun 1
      pushes: gh pusher
      stays: gh release create v1
      stays: gh pr view
      stays: gh api user
    hub
      pushes: hub api repos/a/b/dispatches
      stays: hub release create v1
    glab
      pushes: glab ci run
      pushes: glab ci trigger x
      stays: glab mr list
    tea
      pushes: tea api repos/a/b/dispatches
      stays: tea pr list
    oc
      pushes: oc start-build app
      stays: oc get pods
    kubectl
      pushes: kubectl build -t r.example/a:1 .
      stays: kubectl -n x get pods
      stays: kubectl rollout status deploy/app
      stays: kubectl --context c --namespace n apply -f k
    argo
      pushes: argo submit w.yaml
      stays: argo list
    minikube
      pushes: minikube image push r.example/a:1
      pushes: minikube image build --push -t r.example/a:1 .
      stays: minikube start
      stays: minikube image load a
    k3s
      pushes: k3s ctr images push r.example/a:1
      stays: k3s kubectl get pods
    microk8s
      pushes: microk8s ctr image push r.example/a:1
      stays: microk8s status
    flux
      pushes: flux push artifact oci://r.example/a:1 --path .
      pushes: flux tag artifact oci://r.example/a:1 --tag x
      stays: flux check
      stays: flux reconcile source git x
    conftest
      pushes: conftest push r.example/policies
      stays: conftest test a.yaml
    nomad
      pushes: nomad job run images.nomad
      stays: nomad status
    aws
      pushes: aws ssm send-command --document-name x
      pushes: aws lambda invoke --function-name x o
      pushes: aws codebuild start-build
      pushes: aws ecr put-image --repository-name a --image-tag 1 --image-manifest x
      pushes: aws --region r ecr-public put-image --repository-name a --image-manifest x
      stays: aws --region r ecr describe-repositories --repository-names a
      stays: aws ecr create-repository --repository-name a
      stays: aws ecr batch-delete-image --repository-name a
      stays: aws s3 cp a s3://b
      stays: aws ecs update-service --service x
      stays: aws eks update-kubeconfig --name x
    cmake
      pushes: cmake --build build --target push-images
      pushes: cmake --build . -t docker
      stays: cmake --build .
      stays: cmake -B build -S .
      stays: cmake --build build --target all test mytool
    ninja
      pushes: ninja -C build docker-push
      stays: ninja -C build
      stays: ninja mytool
    samu
      pushes: samu push
      stays: samu
    meson
      pushes: meson compile -C build docker-push
      stays: meson setup build
      stays: meson compile -C build
      stays: meson test
    zig
      pushes: zig build docker-push
      stays: zig build
      stays: zig build test
      stays: zig build -Doptimize=ReleaseSafe
    tox
      pushes: tox -e release
      pushes: tox -e py311,docker-push
      pushes: tox -epublish
      stays: tox
      stays: tox -e py311
      stays: tox -e docker-tests
    nox
      pushes: nox -s publish
      stays: nox
      stays: nox -s tests lint
    dotnet
      pushes: dotnet build -t:PublishContainer
      pushes: dotnet msbuild /t:Push
      pushes: dotnet publish
      stays: dotnet build -c Release
      stays: dotnet test
      stays: dotnet restore
    java
      pushes: java -jar tools/ship.jar
      pushes: java Push.java
      stays: java -version
      stays: java -jar openapi-generator-cli.jar generate
    swift
      pushes: swift package build-container-image
      stays: swift build
      stays: swift package resolve
    uv
      pushes: uv tool run pusher --all
      stays: uv tool install ruff
      stays: uv tool run ruff check
      stays: uv sync
    pipx
      pushes: pipx run pusher
      stays: pipx install poetry
      stays: pipx run ruff check
    composer
      pushes: composer run ship
      pushes: composer docker-push
      stays: composer install --no-dev
      stays: composer test
      stays: composer run lint
    ng
      pushes: ng deploy
      pushes: ng run app:push
      stays: ng build --prod
      stays: ng test
"""


def _rows() -> dict[str, dict[str, list[str]]]:
    rows: dict[str, dict[str, list[str]]] = {}
    name = ""
    for line in _ARGUMENTS.strip("\n").splitlines():
        kind, apart, text = line.strip().partition(": ")
        if apart:
            rows[name][kind].append(text)
        else:
            name = kind
            rows[name] = {"pushes": [], "stays": []}
    return rows


ARGUMENTS = _rows()


def test_every_program_that_can_be_told_to_push_has_a_row() -> None:
    """A program gets into that list with a spelling that pushes and one that does not."""
    assert set(ARGUMENTS) == set(ARGUED)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_what_it_is_given_decides(name: str) -> None:
    """The spelling that pushes is told, the everyday one is not."""
    silent = [line for line in ARGUMENTS[name]["pushes"] if not may_push(line)]
    noisy = [line for line in ARGUMENTS[name]["stays"] if may_push(line)]
    assert (silent, noisy) == ([], [])
    assert all(ARGUMENTS[name].values())


TASKS = f"tasks:\n  build:\n    deps: [image]\n  image:\n    cmds: [{PUSH}]"
JIB = "<plugin><artifactId>jib-maven-plugin</artifactId>"
BOOT = "<plugin><artifactId>spring-boot-maven-plugin</artifactId>"
READ = {
    "kubectl": ("kubectl apply -f k.yaml", "k.yaml", f"args: [sh, -c, {PUSH}]"),
    "oc": ("oc apply -f k.yaml", "k.yaml", f"args: [sh, -c, {PUSH}]"),
    "argo": ("argo lint -f k.yaml create", "k.yaml", f"args: [sh, -c, {PUSH}]"),
    "git": ("git push", ".husky/pre-push", "./push.sh"),
    "cp": ("cp push.sh .git/hooks/pre-push", "push.sh", PUSH),
    "ln": ("ln push.sh .git/hooks/pre-push", "push.sh", PUSH),
    "mv": ("mv push.sh .git/hooks/pre-push", "push.sh", PUSH),
    "install": ("install push.sh .git/hooks/pre-push", "push.sh", PUSH),
    "rsync": ("rsync push.sh .git/hooks/pre-push", "push.sh", PUSH),
    "pre-commit": ("pre-commit run --all-files", ".pre-commit-config.yaml", "entry: ./push.sh"),
    "prek": ("prek run", ".pre-commit-config.yaml", "entry: push.sh\nlanguage: script"),
    "terraform": ("terraform apply -auto-approve", "main.tf", 'command = "./push.sh"'),
    "tofu": ("tofu apply -auto-approve", "main.tf", 'command = "./push.sh"'),
    "terragrunt": ("terragrunt apply", "main.tf", 'command = "./push.sh"'),
    "pip": ("pip install -e .", "setup.py", f"os.system('{PUSH}')"),
    "pip3": ("pip3 install .[dev]", "setup.py", f"os.system('{PUSH}')"),
    "go": ("go generate ./...", "gen.go", "package a\n//go:generate ./push.sh"),
    "task": ("task build", "Taskfile.yml", TASKS),
    "go-task": ("go-task build", "Taskfile.yml", f"tasks:\n  build:\n    cmds: [{PUSH}]"),
    "invoke": ("invoke build", "tasks.py", f"def build(c):\n    c.run('{PUSH}')"),
    "inv": ("inv build", "tasks.py", f"def build(c):\n    c.run('{PUSH}')"),
    "fab": ("fab build", "fabfile.py", f"def build(c):\n    c.run('{PUSH}')"),
    "fabric": ("fabric build", "fabfile.py", f"def build(c):\n    c.run('{PUSH}')"),
    "rake": ("rake test", "Rakefile", f"task :test do\n  sh '{PUSH}'\nend"),
    "mage": ("mage build", "magefile.go", 'func Build() { sh.Run("docker", "push", "r/a:1") }'),
    "nox": ("nox", "noxfile.py", "def push(s):\n    s.run('docker', 'push', 'r/a:1')"),
    "tox": ("tox -e unit", "tox.ini", f"[testenv:unit]\ncommands = {PUSH}"),
    "mise": ("mise run build", "mise.toml", f"[tasks.build]\nrun = '{PUSH}'"),
    "ant": ("ant build", "build.xml", f'<target name="build"><exec><arg value="{PUSH}"/></exec></target>'),
    "gulp": ("gulp build", "gulpfile.js", f"exec('{PUSH}')"),
    "grunt": ("grunt build", "Gruntfile.js", f"exec('{PUSH}')"),
    "cmake": ("cmake --build . --target worker", "CMakeLists.txt", f"add_custom_target(worker {PUSH})"),
    "ninja": ("ninja", "CMakeLists.txt", f"add_custom_target(w ALL COMMAND {PUSH})"),
    "samu": ("samu worker", "CMakeLists.txt", f"add_custom_target(worker COMMAND {PUSH})"),
    "meson": ("meson compile worker", "meson.build", "run_target('worker', command: ['docker', 'push'])"),
    "zig": ("zig build", "build.zig", 'b.addSystemCommand(&.{ "docker", "push", "r/a:1" })'),
    "scons": ("scons", "SConstruct", f"Command('a', 'b', '{PUSH}')"),
    "cargo": ("cargo build", "build.rs", 'Command::new("sh").arg("push.sh")'),
    "hatch": ("hatch build", "hatch_build.py", f"os.system('{PUSH}')"),
    "uv": ("uv build", "setup.py", f"os.system('{PUSH}')"),
    "poetry": ("poetry install", "pyproject.toml", f"[tool.poetry.scripts]\ninstall = '{PUSH}'"),
    "pdm": ("pdm build", "pdm_build.py", f"os.system('{PUSH}')"),
    "rye": ("rye run ship", "pyproject.toml", f"[tool.rye.scripts]\nship = {{ cmd = '{PUSH}' }}"),
    "poe": ("poe ship", "pyproject.toml", f"[tool.poe.tasks]\nship = '{PUSH}'"),
    "build": ("python -m build", "setup.py", f"os.system('{PUSH}')"),
    "flit": ("flit build", "setup.py", f"os.system('{PUSH}')"),
    "maturin": ("maturin build", "setup.py", f"os.system('{PUSH}')"),
    "mix": ("mix test", "mix.exs", f'test: ["cmd {PUSH}"]'),
    "rebar3": ("rebar3 eunit", "rebar.config", f'{{post_hooks, [{{eunit, "{PUSH}"}}]}}'),
    "dotnet": ("dotnet build", "Directory.Build.targets", f'<Exec Command="{PUSH}"/>'),
    "pytest": ("pytest", "conftest.py", f"os.system('{PUSH}')"),
    "py.test": ("py.test tests/test_push.py::test_it", "tests/test_push.py", f"os.system('{PUSH}')"),
    "sphinx-build": ("sphinx-build docs out", "docs/conf.py", f"os.system('{PUSH}')"),
    "mkdocs": ("mkdocs build", "mkdocs.yml", "hooks: [push.sh]"),
    "vite": ("vite build", "vite.config.ts", f"execSync('{PUSH}')"),
    "webpack": ("webpack", "webpack.config.js", f"execSync('{PUSH}')"),
    "rollup": ("rollup -c", "rollup.config.mjs", f"execSync('{PUSH}')"),
    "jest": ("jest", "jest.config.js", f"execSync('{PUSH}')"),
    "vitest": ("vitest run", "vitest.config.ts", f"execSync('{PUSH}')"),
    "playwright": ("playwright test", "playwright.config.ts", "webServer: { command: './push.sh' }"),
    "cypress": ("cypress run", "cypress.config.js", f"execSync('{PUSH}')"),
    "netlify": ("netlify build", "netlify.toml", 'command = "./push.sh"'),
    "vercel": ("vercel build", "vercel.json", '{"buildCommand": "./push.sh"}'),
    "firebase": ("firebase deploy", "firebase.json", '{"predeploy": ["./push.sh"]}'),
    "wrangler": ("wrangler deploy", "wrangler.toml", 'command = "./push.sh"'),
    "helmfile": ("helmfile sync", "helmfile.yaml", "command: ./push.sh"),
    "git-cliff": ("git-cliff", "cliff.toml", 'replace_command = "./push.sh"'),
    "composer": ("composer install", "composer.json", f'{{"post-install-cmd": "{PUSH}"}}'),
}  # fmt: skip


def test_every_program_that_runs_files_unasked_has_a_row() -> None:
    """A program gets into those lists with a file that pushes."""
    assert set(READ) == set(FILES) | set(CONFIGURED) | set(RECIPES)


@pytest.mark.parametrize("name", READ)
def test_a_file_that_it_runs_by_itself_is_looked_through(name: str) -> None:
    """With the file, the line may push; the same line without a push in the file is silence."""
    line, path, text = READ[name]
    assert may_push(line, {**SCRIPT, path: text})
    unknown_anyway = ("fab", "fabric", "prek", "scons", "rake", "flit", "maturin", "poe", "rye")
    assert not may_push(line, {path: "nothing: here"}) or name in unknown_anyway


def test_another_recipe_of_the_file_is_not_asked_about() -> None:
    """What pushes in a recipe that does not run says nothing of the one that does."""
    tasks = f"tasks:\n  build:\n    cmds: [go build]\n  push:\n    cmds: [{PUSH}]"
    assert not may_push("task build", {"Taskfile.yml": tasks})
    tox = f"[tox]\nenvlist = py311\n[testenv]\ncommands = pytest\n[testenv:release]\ncommands = {PUSH}"
    assert not may_push("tox", {"tox.ini": tox})
    assert not may_push("tox -e py311", {"tox.ini": tox})
    assert may_push("tox -e release", {"tox.ini": tox})


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("mvn -B package", {"pom.xml": f"{JIB}<execution><goal>build</goal></execution></plugin>"}),
        ("mvn verify", {"pom.xml": "<module>a</module>", "a/pom.xml": f"{BOOT}<publish>true</></plugin>"}),
        ("./gradlew build", {"build.gradle": "tasks.named('build') { finalizedBy('jib') }"}),
        ("gradle assemble", {"build.gradle.kts": 'assemble.dependsOn("pushImages")'}),
        ("earthly +push", {}),
        ("bazel run //tools:ship", {}),
        ("docker run -v /var/run/docker.sock:/var/run/docker.sock acme/releaser", {}),
        ("coverage run tools/push.py", {}),
        ("kubectl create -f -", {}),
    ],
)  # fmt: skip
def test_builds_that_push_by_their_files_are_told(line: str, files: dict[str, str]) -> None:
    """A phase, a target or a container to which a push is bound is not a build like any other."""
    words = tuple(map(Template.of, shlex.split(line)))
    stdin = Value.literal_of(f"args: [{PUSH}]")
    effects = programs.effects_of(words, World(files.get, stdin=stdin))
    assert any(isinstance(each, Opaque | Write) for each in effects)


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("mvn -B package", {"pom.xml": f"<profiles>{JIB}<execution><goal>build</goal></plugin></profiles>"}),
        ("mvn verify", {"pom.xml": f"{JIB}</plugin>"}),
        ("./gradlew build", {"build.gradle": "tasks.named('publish') { finalizedBy('jib') }"}),
        ("earthly +build", {}),
        ("bazel run //:gazelle", {}),
        ("bazel test //...", {}),
        ("docker run -v /var/run/docker.sock:/s aquasec/trivy image a", {}),
        ("coverage run -m pytest", {}),
        ("coverage report", {}),
    ],
)  # fmt: skip
def test_builds_that_push_nothing_are_not(line: str, files: dict[str, str]) -> None:
    """The same programs in everyday use say nothing."""
    assert not may_push(line, files)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("./tools/push.sh", "tools/push.sh"),
        ("bash tools/push.sh", "tools/push.sh"),
        ("just release-images", "release-images"),
        ("shipit --all", "shipit"),
        ("dotnet publish -t:PublishContainer", ""),
        ("git submodule foreach 'docker push x'", ""),
    ],
)
def test_what_may_push_has_the_name_that_a_release_file_gives_it(line: str, name: str) -> None:
    """What may push has the name that ``workflows.declared`` would use for it, and no wider one.

    A name that covers other uses of a program would make them harmless, too.
    """
    words = tuple(map(Template.of, shlex.split(line)))
    nothing: Mapping[str, str] = {}
    (effect,) = programs.effects_of(words, World(nothing.get))
    assert isinstance(effect, Opaque)
    assert effect.name == name


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("hatch build", {"pyproject.toml": "[tool.hatch.build.hooks.custom]\npath = 'h.py'", "h.py": PUSH}),
        ("poetry build", {"pyproject.toml": "[tool.poetry.build]\nscript = 'h.py'", "h.py": PUSH}),
        ("python -m build --wheel", {"hatch_build.py": PUSH}),
        ("python -m pip install .", {"setup.py": PUSH}),
        ("pip wheel sub/", {"sub/pyproject.toml": "[x]\npath = 'h.py'", "sub/h.py": PUSH}),
        ("hatch run ci:ship", {"pyproject.toml": f"[tool.hatch.envs.ci.scripts]\nship = ['{PUSH}']"}),
        ("hatch run ci:build", {"pyproject.toml": f"[tool.hatch.envs.ci.scripts]\nbuild = ['{PUSH}']"}),
        ("pdm build", {"pyproject.toml": f"[tool.pdm.scripts]\npre_build = '{PUSH}'"}),
    ],
)  # fmt: skip
def test_what_builds_a_python_package_is_looked_through(line: str, files: dict[str, str]) -> None:
    """Build hooks and scripts of pyproject.toml; without a push in them such a line says nothing."""
    assert may_push(line, files)
    harmless = {path: text.replace(PUSH, "echo") for path, text in files.items()}
    assert not may_push(line, harmless) or line == "hatch run ci:ship"


@pytest.mark.parametrize("name", READ)
def test_a_line_that_runs_files_is_never_left_out(name: str) -> None:
    """Text is left unread only where no program in it reads files of the repository that may push."""
    assert not is_dull(READ[name][0])


SKIPS = "jib.skipExistingImages"
NO_FILES: dict[str, str] = {}
JIB_LINE = "mvn compile jib:build -Dimage=r/a:1"


@pytest.mark.parametrize(
    ("line", "names", "files"),
    [
        (f"mvn -D{SKIPS}=true compile jib:build -Dimage=r/a:1", {}, {}),
        (f"./gradlew jib --image=r/a:1 -D{SKIPS}", {}, {}),
        (JIB_LINE, {"MAVEN_OPTS": f"-Xmx1g -D{SKIPS}=true"}, {}),
        (JIB_LINE, {"JAVA_TOOL_OPTIONS": f"-D{SKIPS}=true"}, {}),
        (JIB_LINE, {}, {".mvn/maven.config": f"-B\n-D{SKIPS}=true\n"}),
        ("./gradlew jib --image=r/a:1", {}, {"gradle.properties": f"systemProp.{SKIPS}=true\n"}),
    ],
)
def test_jib_that_skips_an_image_may_leave_its_tag_out(
    line: str, names: dict[str, str], files: dict[str, str]
) -> None:
    """Told to skip what is there, jib writes no tag for an image that has not changed, and ends well."""
    words = tuple(map(Template.of, shlex.split(line)))
    values = {name: Value.literal_of(text) for name, text in names.items()}
    (effect,) = programs.effects_of(words, World(files.get, names=values))
    assert isinstance(effect, Opaque)
    assert effect.writes
    assert SKIPS in effect.reason


def test_jib_that_does_not_skip_writes_its_tags() -> None:
    """Without the property, or with it off, the tag is written."""
    for line in (JIB_LINE, f"{JIB_LINE} -D{SKIPS}=false"):
        words = tuple(map(Template.of, shlex.split(line)))
        assert all(isinstance(each, Write) for each in programs.effects_of(words, World(NO_FILES.get)))

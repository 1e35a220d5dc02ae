"""What a step could push with: logins before it, secrets it is handed, a token that may write packages.

Without any of these a push is taken to be impossible. That is an assumption, because a self-hosted runner
can be logged in already; ``docs/checking.md`` says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.pipeline.run import Action, Script, Step
from wholeship.texts.template import Value

_SECRET = lazy_pattern(r"secrets\.([A-Za-z_]\w*)")
_TOKEN = lazy_pattern(r"GITHUB_TOKEN|github\.token")
_REGISTRY = lazy_pattern(
    r"DOCKER|REGISTRY|QUAY|GHCR|HARBOR|PACKAGE|CONTAINER|IMAGE|AWS|GCLOUD|AZURE|ARTIFACT"
    r"|(?:^|_)(?:GCR|ECR|ACR|HUB|GCP|OCI)(?:_|$)"
)
_UNRELATED = lazy_pattern(
    r"CODECOV|SONAR|SLACK|DISCORD|SNYK|SENTRY|NPM|PYPI|CHROMATIC|CACHIX|CYPRESS|WEBHOOK|TELEGRAM|COVERALLS"
    r"|TURBO|LICENSE|GPG|SIGN"
)


def in_scope(
    step: Step,
    logins: Sequence[str] = (),
    permissions: Mapping[str, str] | None = None,
    secrets: Iterable[str] = (),
) -> tuple[str, ...]:
    """Registry credentials that *step* can use, in words; *secrets* are those a call hands on."""
    texts = " ".join(map(str, _values(step)))
    serves = _for_registry if isinstance(step.does, Script) else _serves
    found = [f"login to {login}" for login in logins]
    found += [f"secrets.{name}" for name in _SECRET.findall(texts) if serves(name)]
    found += [f"secrets.{name}" for name in secrets if _serves(name)]
    if _TOKEN.search(texts) and permissions is not None and permissions.get("packages") == "write":
        found.append("GITHUB_TOKEN")
    return tuple(dict.fromkeys(found))


def _serves(name: str) -> bool:
    return name.upper() != "GITHUB_TOKEN" and not _UNRELATED.search(name.upper())


def _for_registry(name: str) -> bool:
    """A script is handed tokens for many things; the names of those for registries say so."""
    return _serves(name) and _REGISTRY.search(name.upper()) is not None


def _values(step: Step) -> Iterable[Value]:
    if isinstance(step.does, Action):
        yield from step.does.inputs.values()
    elif isinstance(step.does, Script):
        yield from step.does.known.values()
    yield from step.environment.values()

"""What a registry refuses, told with its causes and with the command that ends it.

Facts: OCI distribution specification 1.1, "Error Codes"; distribution's `maintenance.readonly` (405);
Docker's token specification: less may be granted than was asked, silently. What is not there is refused as
what is forbidden by GHCR, ECR, Quay and Docker Hub (403, 401), and by Harbor, which then names no login.
"""

from __future__ import annotations

from wholeship.adapters.registry import answers
from wholeship.adapters.registry.services import OTHER, create_command, service_of
from wholeship.core.errors import (
    RegistryDenied,
    RegistryError,
    RegistryLacks,
    RegistryThrottled,
    RepositoryMissing,
)
from wholeship.core.http import Response
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.core.wording import listed

FLAG = "--create-repositories"


def refused_write(
    response: Response, repository: Repository, said: str, *, of_image: bool
) -> RegistryError | None:
    """What it means that a write to *repository* was refused so; None where that is not known to last.

    *said* is the registry's answer, for people; *of_image*: an image was written, and no artifact beside one.
    """
    codes = answers.error_codes(response)
    if response.status == 405:
        return RegistryError(
            f"{repository} takes no writes: {said}",
            advice="it is read-only (in maintenance), or a cache of another registry: make it writable and "
            "run this again, or name another with registry: in the release file",
        )
    if response.status == 404 and "NAME_UNKNOWN" in codes:
        service, _ = service_of(repository)
        return RepositoryMissing(repository, said, create_command(repository) or f"in {service.name}")
    if of_image and (response.status == 415 or (response.status == 400 and "MANIFEST_INVALID" in codes)):
        return RegistryLacks(
            f"{repository} does not take OCI images: {said}",
            advice="wholeship writes OCI manifests and no others: name a registry that takes them with "
            "registry: in the release file, or update this one",
        )
    return None


@dataclass(frozen=True, slots=True)
class Denial:
    """A request that was not allowed, and what is known beside it.

    ``deed`` in words; ``right`` that it needs, as a token names it; ``granted``: what the token allows, None
    where that cannot be read. ``there``: True when its tags can be listed, False when the registry says that
    it knows no such repository, None: nobody knows. ``no_login``: that none was found, and where;
    ``asked``: whether the registry asks for one.
    """

    repository: Repository
    deed: str
    right: str
    said: str
    granted: frozenset[str] | None = None
    there: bool | None = None
    no_login: str = ""
    asked: bool = True


def denied(denial: Denial) -> RegistryDenied:
    """*denial* as it is told: what is known, the causes that are left, and the command that ends each."""
    told = f"{denial.repository.host} refuses {denial.deed} {denial.repository.path}"
    told += f" {'without a login' if denial.no_login else 'with these credentials'}: {denial.said}"
    service, names = service_of(denial.repository)
    login = service.login.format_map(names)
    if denial.no_login and denial.asked:
        to = "" if denial.right == "pull" else f" as someone who may {denial.right}"
        return RegistryDenied(f"{told}{denial.no_login}", advice=f"log in{to}, for example: {login}")
    maybe_missing = denial.there is not True and denial.right != "delete"
    ways = [_not_there(denial)] if maybe_missing else []
    ways += [_without_right(denial, login)] if denial.there is not False or not _may(denial) else []
    ways += [service.stops.format_map(names)] if service.stops else []
    return RegistryDenied(f"{told}{denial.no_login}{_known_cause(denial)}", advice="; ".join(ways))


def _may(denial: Denial) -> bool:
    """Whether the token itself says that it allows this."""
    return denial.granted is not None and not {denial.right, "*"}.isdisjoint(denial.granted)


def _known_cause(denial: Denial) -> str:
    """What tells the causes apart, as far as anything does."""
    if denial.there is True:
        return "; its tags can be listed: it is there"
    if denial.there is False:
        return "; the registry knows nothing of that name"
    if denial.granted is None:
        return "" if denial.right == "delete" else "; registries answer so for what is not there, too"
    return f"; the token allows {listed(sorted(denial.granted)) or 'nothing'} there"


def _not_there(denial: Denial) -> str:
    service, names = service_of(denial.repository)
    seen = f" (see: {service.show.format_map(names)})" if service.show else ""
    command = create_command(denial.repository)
    flag = f", or: {FLAG}" if service.can_make or service is OTHER else ""
    made = f"make it: {command}{flag}" if command else "the first push makes it, by a login that may"
    return f"if it is not there{seen}, {made}"


def _without_right(denial: Denial, login: str) -> str:
    service, names = service_of(denial.repository)
    if _may(denial):
        return "if it is there, a rule forbids this (read-only, a quota, a lock): lift it there"
    needed = f" ({service.right.format_map(names)})" if denial.right == "push" and service.right else ""
    who = f"if the login may not {denial.right}, give it that right{needed}"
    return f"{who}, or log in as someone who may: {login}"


def throttled(response: Response, repository: Repository, said: str) -> RegistryThrottled:
    """A registry that limits how much it is asked, what it counts, and what is left of it."""
    service, names = service_of(repository)
    limit = response.headers.get("RateLimit-Limit", "")
    left = response.headers.get("RateLimit-Remaining", "")
    counted = f" (its limit: {limit}, left: {left})" if limit and left else ""
    return RegistryThrottled(
        f"{repository.host} limits the rate: {said}{counted}",
        advice=service.throttled.format_map(names) or "wait, and run the same command again",
    )

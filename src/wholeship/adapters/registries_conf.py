"""Where buildah, podman and skopeo fetch an image from: ``registries.conf``, read as they read it.

Mirrors, blocked and moved registries, names without a registry. It counts for images of others, such as
the bases of a build, and never for what is released: that is read and written where its name says.

Facts: containers-registries.conf(5), containers-registries.conf.d(5); format 2 alone.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from wholeship.core.errors import BadInput, Unfinished
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass

SYSTEM = Path("/etc/containers")
NAME = "registries.conf"
_ALIAS_CACHES = ("/var/cache/containers", ".cache/containers")
_ALIASES = "short-name-aliases.conf"


@dataclass(frozen=True, slots=True)
class PullSource:
    """A place to ask for an image; ``insecure``: without TLS, if need be."""

    repository: Repository
    insecure: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A registry, a mirror of one, or a part of either; where there is no location, as the image says."""

    location: str
    insecure: bool = False
    by_digest_only: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """One ``[[registry]]``: what is said of the names that begin with ``prefix``."""

    prefix: str
    own: Endpoint
    mirrors: tuple[Endpoint, ...] = ()
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class RegistriesConf:
    """What all files say together; ``search`` are the registries that a name without one is looked for in,
    and ``enforcing``: in none of several without being told."""

    regions: Mapping[str, Region] = field(default_factory=dict)
    search: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    enforcing: bool = False

    def sources(self, name: str, *, by_digest: bool = False) -> tuple[PullSource, ...]:
        """Where *name* is fetched from by a tag (that it is given without), in the order of the tries; or
        *by_digest*, which more mirrors may serve.

        :class:`Unfinished` where it may not be, or means nothing.
        """
        full_names = self._full_names(name)
        return tuple(one for full in full_names for one in self._sources(full, by_digest=by_digest))

    def _full_names(self, name: str) -> tuple[str, ...]:
        first = name.partition("/")[0]
        if "/" in name and ("." in first or ":" in first or first == "localhost"):
            return (name,)
        if name in self.aliases:
            return (self.aliases[name],)
        if not self.search or (self.enforcing and len(self.search) > 1):
            raise Unfinished(f"{name} names no registry, and {NAME} does not say which is meant")
        return tuple(f"{host}/{name}" for host in self.search)

    def _sources(self, full: str, *, by_digest: bool) -> Iterator[PullSource]:
        full = str(Repository.parse(full))
        region = self._region(full)
        if region is None:
            yield PullSource(Repository.parse(full))
            return
        if region.blocked:
            raise Unfinished(f"{full} is blocked in {NAME}")
        matched = _matched(full, region.prefix)
        for endpoint in (*region.mirrors, region.own):
            if endpoint.by_digest_only and not by_digest:
                continue
            place = endpoint.location + full[matched:] if endpoint.location else full
            yield PullSource(Repository.parse(place), endpoint.insecure)

    def _region(self, full: str) -> Region | None:
        """The one with the longest prefix."""
        fitting = [region for region in self.regions.values() if _matched(full, region.prefix)]
        return max(fitting, key=lambda region: len(region.prefix), default=None)


def read_conf(environment: Mapping[str, str]) -> RegistriesConf:
    """What the files of this machine and user say; nothing where there are none.

    Raises :class:`BadInput` for a file that the builders would refuse too.
    """
    conf = RegistriesConf()
    for file in _conf_files(environment):
        conf = _with(conf, file)
    return replace(conf, aliases={**conf.aliases, **_cached_aliases(environment)})


def _conf_files(environment: Mapping[str, str]) -> Iterator[Path]:
    own = Path(environment.get("HOME") or os.path.expanduser("~")) / ".config/containers"
    given = environment.get("CONTAINERS_REGISTRIES_CONF", "")
    folders: tuple[Path, ...] = (SYSTEM, own)
    main = Path(given) if given else own / NAME
    if not given and main.exists():
        folders = (own,)
    elif not given:
        main = SYSTEM / NAME
    if main.exists():
        yield main
    for folder in folders:
        yield from sorted((folder / f"{NAME}.d").glob("*.conf"))


def _with(conf: RegistriesConf, file: Path) -> RegistriesConf:
    """*conf*, and what *file* says on top of it."""
    told = _parsed_conf(file)
    regions = dict(conf.regions)
    for entry in _tables(told, "registry", file):
        region = _region_of(entry, file)
        regions[region.prefix] = region
    aliases = {**conf.aliases, **_aliases_of(told)}
    new = replace(conf, regions=regions, aliases={name: full for name, full in aliases.items() if full})
    if "unqualified-search-registries" in told:
        new = replace(new, search=tuple(map(str, told["unqualified-search-registries"])))
    if "short-name-mode" in told:
        new = replace(new, enforcing=told["short-name-mode"] == "enforcing")
    return new


def _parsed_conf(file: Path) -> Mapping[str, Any]:
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from None
    except ValueError as error:
        raise BadInput(f"{file} is not TOML: {error}") from None
    if "registries" in told:
        raise BadInput(f"{file} is written in format 1", advice="write it in format 2: [[registry]]")
    return told


def _tables(told: Mapping[str, Any], key: str, file: Path) -> Sequence[Mapping[str, Any]]:
    found = told.get(key, [])
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise BadInput(f"{file}: {key} is no array of tables")
    return found


def _region_of(entry: Mapping[str, Any], file: Path) -> Region:
    location = str(entry.get("location", "")).removesuffix("/")
    prefix = str(entry.get("prefix", "")).removesuffix("/") or location
    if not prefix or (not location and not prefix.startswith("*.")):
        raise BadInput(f"{file}: a [[registry]] without {'location' if prefix else 'prefix and location'}")
    by_digest = entry.get("mirror-by-digest-only") is True
    mirrors = tuple(
        Endpoint(
            str(mirror.get("location", "")).removesuffix("/"),
            mirror.get("insecure") is True,
            by_digest or mirror.get("pull-from-mirror") == "digest-only",
        )
        for mirror in _tables(entry, "mirror", file)
    )
    own = Endpoint(location, entry.get("insecure") is True)
    return Region(prefix, own, mirrors, entry.get("blocked") is True)


def _aliases_of(told: Mapping[str, Any]) -> dict[str, str]:
    """Names without a registry; an empty one takes an earlier one back."""
    found = told.get("aliases", {})
    return {str(name): str(full) for name, full in found.items()} if isinstance(found, dict) else {}


def _cached_aliases(environment: Mapping[str, str]) -> dict[str, str]:
    """What a person chose at a prompt before: the engines take it before any file of configuration."""
    home = environment.get("HOME") or os.path.expanduser("~")
    place = Path(_ALIAS_CACHES[0]) if os.geteuid() == 0 else Path(home) / _ALIAS_CACHES[1]
    try:
        return _aliases_of(tomllib.loads((place / _ALIASES).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _matched(full: str, prefix: str) -> int:
    """How much of *full* the prefix stands for; 0 where it does not fit."""
    if prefix.startswith("*."):
        domain = prefix[1:]
        host = full.partition("/")[0].partition(":")[0]
        return len(host) if host.endswith(domain) and host != domain else 0
    if full != prefix and not full.startswith((f"{prefix}/", f"{prefix}:", f"{prefix}@")):
        return 0
    return len(prefix)

"""Credentials from where people keep them: the right ones, for the right place, and never shown."""

from __future__ import annotations

import base64
import json
import os
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.adapters.credentials import StoredCredentials
from wholeship.adapters.registry.tokens import Credential
from wholeship.core.errors import BadInput, Unfinished, WholeshipError

SECRET = "correct-horse-battery"


def auth(user: str = "ci", password: str = SECRET) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def inline(config: object, **more: str) -> StoredCredentials:
    text = config if isinstance(config, str) else json.dumps(config)
    return StoredCredentials({"DOCKER_AUTH_CONFIG": text, **more})


def user(found: Credential | None) -> str | None:
    return found.username if found else None


@pytest.fixture
def helpers(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def helper(folder: Path, name: str, script: str) -> None:
    path = folder / f"docker-credential-{name}"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def with_helpers(folder: Path, config: object, **more: str) -> dict[str, str]:
    path = f"{folder}:{os.environ['PATH']}"
    return {"DOCKER_AUTH_CONFIG": json.dumps(config), "PATH": path, **more}


# -- keys ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        "ghcr.io",
        "https://ghcr.io",
        "https://ghcr.io/",
        "https://ghcr.io/v1/",
        "https://ghcr.io/v2/",
        "ghcr.io/v2",
    ],
)
def test_keys_that_mean_a_host(key: str) -> None:
    """A host, or an address with an API version, in any of the forms that docker has written."""
    assert user(inline({"auths": {key: auth()}}).find("ghcr.io", "acme/app")) == "ci"


@pytest.mark.parametrize(
    "key",
    ["evil.ghcr.io", "ghcr.io.evil.example", "ghcr.io:443", "xghcr.io", "https://evil.example/ghcr.io", ""],
)
def test_keys_that_mean_another_host(key: str) -> None:
    """A host that only looks alike, or has another port, gets nothing and gives nothing."""
    assert inline({"auths": {key: auth()}}).find("ghcr.io", "acme/app") is None


def test_ports_are_part_of_the_host() -> None:
    """Two registries on one machine have two logins."""
    found = inline(
        {"auths": {"localhost:5000": auth("a"), "localhost:6000": auth("b"), "localhost": auth("c")}}
    )
    assert [user(found.find(h)) for h in ("localhost:5000", "localhost:6000", "localhost")] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io"]
)
def test_docker_hub_has_many_names(key: str) -> None:
    """All of them mean docker.io."""
    assert user(inline({"auths": {key: auth()}}).find("docker.io", "library/python")) == "ci"


def test_the_most_specific_key_counts() -> None:
    """Podman's namespaces: the longest that fits, whole path parts only."""
    config = {
        "auths": {
            "quay.io": auth("host"),
            "quay.io/acme": auth("acme"),
            "quay.io/acme/app": auth("app"),
            "quay.io/ac": auth("other"),
        }
    }
    found = inline(config)
    paths = ("acme/app", "acme/app/sub", "acme/worker", "other/x", "acmeother/x")
    assert [user(found.find("quay.io", path)) for path in paths] == ["app", "app", "acme", "host", "host"]


def test_a_namespace_is_not_the_host() -> None:
    """A login for one namespace is not used for another."""
    assert inline({"auths": {"quay.io/acme": auth()}}).find("quay.io", "other/app") is None


# -- entries -------------------------------------------------------------------------------------------


def test_trailing_nuls_are_no_part_of_the_password() -> None:
    """Docker pads with NULs, some say; a colon in the password stays."""
    assert inline({"auths": {"h.io": auth("ci", "a:b\0\0")}}).find("h.io") == Credential("ci", "a:b")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_wrapped_base64_is_base64(end: str) -> None:
    """The base64 program wraps its lines; docker reads over that."""
    encoded = base64.b64encode(f"ci:{SECRET * 5}".encode()).decode()
    wrapped = end.join((encoded[:76], encoded[76:], ""))
    assert inline({"auths": {"a.io": {"auth": wrapped}}}).find("a.io") == Credential("ci", SECRET * 5)


def test_tokens_in_entries() -> None:
    """An identity token wins over a password; a registry token is sent as it is."""
    found = inline({"auths": {"a.io": {**auth(), "identitytoken": "idt"}, "b.io": {"registrytoken": "rt"}}})
    assert found.find("a.io") == Credential(identity_token="idt")
    assert found.find("b.io") == Credential(registry_token="rt")


def test_plain_user_and_password() -> None:
    """Kubernetes secrets carry them unencoded."""
    assert inline({"auths": {"a.io": {"username": "u", "password": "p"}}}).find("a.io") == Credential(
        "u", "p"
    )


def test_empty_entries_are_nothing() -> None:
    """docker login leaves {} behind when a store has the secret."""
    assert inline({"auths": {"a.io": {}}}).find("a.io") is None


@pytest.mark.parametrize("encoded", ["!!!", "Y2k=", base64.b64encode(b":secret-secret").decode(), "\ud7ff"])
def test_broken_entries_are_said_to_be(encoded: str) -> None:
    """Not base64, no colon, no user: the place is named, the value is not shown."""
    with pytest.raises(BadInput, match=r"auths of a\.io") as broken:
        inline({"auths": {"a.io": {"auth": encoded}}}).find("a.io")
    assert encoded not in broken.value.message


@pytest.mark.parametrize("text", ["{", "[]", '{"auths":{},"auths":{}}', "NaN", "\ufeff{}"])
def test_broken_files_are_said_to_be(text: str) -> None:
    """No JSON object, or two equal keys: an error with a place, never an anonymous try."""
    with pytest.raises(BadInput, match="DOCKER_AUTH_CONFIG"):
        inline(text).find("a.io")


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda c: (
            st.lists(c)
            | st.dictionaries(
                st.sampled_from(
                    ["auths", "credHelpers", "credsStore", "ghcr.io", "auth", "identitytoken", "username"]
                ),
                c,
            )
        ),
        max_leaves=12,
    )
)
def test_no_config_is_too_odd(config: object) -> None:
    """Any JSON gives a credential, none, or an error in words."""
    stored = StoredCredentials({"DOCKER_AUTH_CONFIG": json.dumps(config) or "{}", "PATH": "/nonexistent"})
    found, trouble = None, ""
    try:
        found = stored.find("ghcr.io")
    except WholeshipError as error:
        trouble = str(error)
    assert not trouble or "DOCKER_AUTH_CONFIG" in trouble
    if found is not None:
        assert isinstance(config, dict)
        assert config["auths"]


# -- files ---------------------------------------------------------------------------------------------


def write(path: Path, host: str, name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"auths": {host: auth(name)}}))


def test_places_in_order(tmp_path: Path) -> None:
    """Ours, DOCKER_AUTH_CONFIG, podman's three places, docker's: the first that knows the host."""
    environment = {
        "WHOLESHIP_REGISTRY_HOST": "a.io",
        "WHOLESHIP_REGISTRY_USERNAME": "one",
        "WHOLESHIP_REGISTRY_PASSWORD": SECRET,
        "DOCKER_AUTH_CONFIG": json.dumps({"auths": {"a.io": auth("x"), "b.io": auth("two")}}),
        "REGISTRY_AUTH_FILE": str(tmp_path / "r.json"),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "HOME": str(tmp_path / "home"),
    }
    places = [
        "r.json",
        "run/containers/auth.json",
        "home/.config/containers/auth.json",
        "home/.docker/config.json",
    ]
    for number, place in enumerate(places):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        hosts = {f"{letter}.io": auth(place) for letter in "abcdef"[: number + 3]}
        (tmp_path / place).write_text(json.dumps({"auths": hosts}))
    found = StoredCredentials(environment)
    assert [user(found.find(f"{letter}.io")) for letter in "abcdefg"] == ["one", "two", *places, None]


def test_podmans_login_without_a_runtime_folder(tmp_path: Path) -> None:
    """Without XDG_RUNTIME_DIR podman writes below /run/containers, by user id; with it, it does not."""
    write(tmp_path / "run" / str(os.getuid()) / "auth.json", "a.io", "podman")
    (tmp_path / "xdg").mkdir()
    assert user(StoredCredentials({}, run_folder=tmp_path / "run").find("a.io")) == "podman"
    environment = {"XDG_RUNTIME_DIR": str(tmp_path / "xdg")}
    assert StoredCredentials(environment, run_folder=tmp_path / "run").find("a.io") is None


def test_podmans_settings_folder_moves(tmp_path: Path) -> None:
    """$XDG_CONFIG_HOME is where podman's lasting logins are, in place of ~/.config."""
    write(tmp_path / "settings/containers/auth.json", "a.io", "moved")
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "settings"), "HOME": str(tmp_path)}
    assert user(StoredCredentials(environment).find("a.io")) == "moved"


def test_the_places_can_be_named(tmp_path: Path) -> None:
    """Each place that is looked at is there to be told, in the order of looking."""
    found = StoredCredentials({"HOME": "/home/ci"}, run_folder=Path("/run/containers"))
    assert found.places() == (
        "WHOLESHIP_REGISTRY_TOKEN",
        "DOCKER_AUTH_CONFIG",
        f"/run/containers/{os.getuid()}/auth.json",
        "/home/ci/.config/containers/auth.json",
        "/home/ci/.docker/config.json",
    )


def test_docker_config_moves(tmp_path: Path) -> None:
    """$DOCKER_CONFIG is where docker's file is, and then not in the home directory."""
    write(tmp_path / "elsewhere/config.json", "a.io", "elsewhere")
    write(tmp_path / ".docker/config.json", "b.io", "home")
    found = StoredCredentials({"HOME": str(tmp_path), "DOCKER_CONFIG": str(tmp_path / "elsewhere")})
    assert (user(found.find("a.io")), found.find("b.io")) == ("elsewhere", None)


def test_nothing_at_all_is_anonymous(tmp_path: Path) -> None:
    """No files, and not even a home directory, are no error."""
    assert StoredCredentials({}).find("a.io") is None
    assert StoredCredentials({"HOME": str(tmp_path / "missing")}).find("a.io") is None


def test_a_folder_in_place_of_a_file_is_an_error(tmp_path: Path) -> None:
    """What cannot be read is told, with its path."""
    (tmp_path / ".docker/config.json").mkdir(parents=True)
    with pytest.raises(BadInput, match=r"config\.json"):
        StoredCredentials({"HOME": str(tmp_path)}).find("a.io")


def test_the_environment_for_one_host_or_all() -> None:
    """A token does for a password; without a host it is for every registry that asks."""
    assert StoredCredentials({"WHOLESHIP_REGISTRY_TOKEN": SECRET}).find("a.io") == Credential("token", SECRET)
    only = StoredCredentials({"WHOLESHIP_REGISTRY_TOKEN": SECRET, "WHOLESHIP_REGISTRY_HOST": "b.io"})
    assert only.find("a.io") is None
    assert only.find("b.io") == Credential("token", SECRET)


# -- helpers -------------------------------------------------------------------------------------------

GOOD = """\
read server
printf '{"ServerURL":"%s","Username":"%s","Secret":"correct-horse-battery"}' "$server" "$server"
"""


def test_helpers_are_asked_by_host(helpers: Path) -> None:
    """credHelpers before credsStore before auths; the server goes in on standard input."""
    helper(helpers, "one", GOOD)
    helper(helpers, "store", GOOD.replace("correct", "other"))
    config = {
        "credHelpers": {"a.io": "one"},
        "credsStore": "store",
        "auths": {"a.io": auth("x"), "b.io": auth("y")},
    }
    found = StoredCredentials(with_helpers(helpers, config))
    assert found.find("a.io") == Credential("a.io", SECRET)
    assert found.find("b.io") == Credential("b.io", "other-horse-battery")
    assert user(found.find("docker.io")) == "https://index.docker.io/v1/"


def test_helpers_are_asked_once(helpers: Path, tmp_path: Path) -> None:
    """Twenty repositories of a host are one question to a helper, which may ask a person."""
    helper(helpers, "slow", f"echo x >> {tmp_path}/asked; {GOOD}")
    found = StoredCredentials(with_helpers(helpers, {"credsStore": "slow"}))
    for number in range(20):
        assert user(found.find("a.io", f"acme/{number}")) == "a.io"
    assert (tmp_path / "asked").read_text() == "x\n"


def test_identity_tokens_from_helpers(helpers: Path) -> None:
    """The user name <token> says that the secret is an identity token."""
    helper(helpers, "idt", """echo '{"Username":"<token>","Secret":"refresh-me"}'""")
    found = StoredCredentials(with_helpers(helpers, {"credsStore": "idt"}))
    assert found.find("a.io") == Credential(identity_token="refresh-me")


def test_a_helper_that_has_nothing(helpers: Path) -> None:
    """The known sentence means none, whichever stream it comes on, and the file's own entry is used."""
    helper(helpers, "none", "echo credentials not found in native keychain; exit 1")
    helper(helpers, "none2", "echo credentials not found in native keychain >&2; exit 1")
    for name in ("none", "none2"):
        config = {"credsStore": name, "auths": {"a.io": auth("file")}}
        assert user(StoredCredentials(with_helpers(helpers, config)).find("a.io")) == "file"


@pytest.mark.parametrize(
    "script",
    [
        "exit 1",
        "echo junk",
        "echo '{}'",
        """echo '{\"Username\":1,\"Secret\":2}'""",
        "echo '[]'",
        "printf '\\377\\376'",
        ":",
        f"echo {SECRET} >&2; exit 3",
        f"echo {SECRET}; exit 3",
        f"echo {SECRET}",
    ],
)
def test_helpers_that_misbehave(helpers: Path, script: str) -> None:
    """Junk and failures are told with the helper's name, and nothing of what it said."""
    helper(helpers, "bad", script)
    with pytest.raises(Unfinished, match="docker-credential-bad") as broken:
        StoredCredentials(with_helpers(helpers, {"credsStore": "bad"})).find("a.io")
    assert SECRET not in f"{broken.value!r} {broken.value.advice}"


def test_a_failing_helper_is_quoted_in_plain_words(helpers: Path) -> None:
    """Why a helper failed is said in its own words; what could be a secret is left out of them."""
    said = f"the security token has expired, log in again ({SECRET} tok3n9)"
    helper(helpers, "ecr-login", f"echo '{said}' >&2; exit 1")
    with pytest.raises(Unfinished, match="the security token has expired, log in again … …") as broken:
        StoredCredentials(with_helpers(helpers, {"credsStore": "ecr-login"})).find("a.io")
    assert SECRET not in broken.value.message
    assert broken.value.advice == "ask it yourself: echo a.io | docker-credential-ecr-login get"


def test_an_empty_helper_switches_the_store_off_for_its_host(helpers: Path) -> None:
    """The file's own entry counts for that host; every other host still asks the store."""
    helper(helpers, "store", GOOD)
    config = {"credHelpers": {"a.io": ""}, "credsStore": "store", "auths": {"a.io": auth("file")}}
    found = StoredCredentials(with_helpers(helpers, config))
    assert (user(found.find("a.io")), user(found.find("b.io"))) == ("file", "b.io")


def test_warnings_of_helpers_are_not_the_answer(helpers: Path) -> None:
    """What a helper says on standard error does not spoil what it answers."""
    helper(helpers, "noisy", f"echo warning: old >&2; {GOOD}")
    assert user(StoredCredentials(with_helpers(helpers, {"credsStore": "noisy"})).find("a.io")) == "a.io"


def test_helpers_that_do_not_read(helpers: Path) -> None:
    """A helper that ends without reading its input is no broken pipe of ours."""
    helper(helpers, "deaf", """exec 0<&-; echo '{"Username":"u","Secret":"s"}'""")
    assert StoredCredentials(with_helpers(helpers, {"credsStore": "deaf"})).find("a.io") == Credential(
        "u", "s"
    )


def test_helpers_that_hang_are_stopped(helpers: Path, tmp_path: Path) -> None:
    """After the time limit the helper and its children are gone."""
    helper(helpers, "hung", f"(sleep 60; echo late > {tmp_path}/late) & echo $! > {tmp_path}/pid; sleep 60")
    with pytest.raises(Unfinished, match=r"did not answer within 0\.5 s"):
        StoredCredentials(with_helpers(helpers, {"credsStore": "hung"}), patience=0.5).find("a.io")
    child = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if not _alive(child):
            break
        time.sleep(0.02)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        return (
            "zombie" not in Path(f"/proc/{pid}/status").read_text().partition("State:")[2].partition("\n")[0]
        )
    except FileNotFoundError:
        return False


def test_helpers_that_never_end_talking(helpers: Path) -> None:
    """Output without end is kept to a limit, and ends at the time limit."""
    helper(helpers, "endless", "yes")
    with pytest.raises(Unfinished, match="did not answer"):
        StoredCredentials(with_helpers(helpers, {"credsStore": "endless"}), patience=0.5).find("a.io")


@pytest.mark.parametrize("name", ["../../bin/sh", "a b", "x;y", "$(id)", "a/b", "a\nb"])
def test_names_that_are_no_helper(helpers: Path, name: str) -> None:
    """What a file calls a helper becomes the name of a program: only plain names are taken."""
    found = StoredCredentials(with_helpers(helpers, {"credHelpers": {"a.io": name}}))
    with pytest.raises(BadInput, match="cannot be the name"):
        found.find("a.io")


def test_missing_helpers_are_named(helpers: Path) -> None:
    """A helper that is not installed is said to be missing, and by which file it is wanted."""
    found = StoredCredentials(with_helpers(helpers, {"credsStore": "desktop"}))
    with pytest.raises(Unfinished, match=r"DOCKER_AUTH_CONFIG.*docker-credential-desktop.*not installed"):
        found.find("a.io")


def test_helpers_do_not_get_our_own_secrets(helpers: Path) -> None:
    """The variables with our credentials are not handed to other people's programs."""
    helper(helpers, "env", """printf '{"Username":"u","Secret":"%s"}' "x${WHOLESHIP_REGISTRY_TOKEN}" """)
    environment = with_helpers(helpers, {"credsStore": "env"})
    environment |= {"WHOLESHIP_REGISTRY_TOKEN": SECRET, "WHOLESHIP_REGISTRY_HOST": "other.io"}
    assert StoredCredentials(environment).find("a.io") == Credential("u", "x")


def test_every_secret_is_learnt(helpers: Path) -> None:
    """Whoever redacts is told each secret before anybody uses it."""
    learnt: list[str] = []
    StoredCredentials(
        {"DOCKER_AUTH_CONFIG": json.dumps({"auths": {"a.io": auth()}})}, learn=learnt.append
    ).find("a.io")
    assert SECRET in learnt
    assert auth()["auth"] in learnt

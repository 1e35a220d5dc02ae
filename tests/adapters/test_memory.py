"""What is remembered: verdicts that nobody touched, every run, one review at a time."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from wholeship.adapters.memory import FileMemory, folder_of
from wholeship.core.errors import Unfinished
from wholeship.review.ports import Run
from wholeship.testing.clock import FakeClock

KEY, OTHER = "a" * 64, "b" * 64


def memory(tmp_path: Path, clock: FakeClock | None = None) -> FileMemory:
    return FileMemory(tmp_path / "state", clock or FakeClock(), lifetime=3600.0)


def test_what_was_kept_is_recalled(tmp_path: Path) -> None:
    """A verdict is recalled under its key, by another process too, until it is too old."""
    clock = FakeClock()
    memory(tmp_path, clock).keep(KEY, b"verdict")
    later = memory(tmp_path, clock)
    assert later.recall(KEY) == b"verdict"
    assert later.recall(OTHER) is None
    clock.jump(3601)
    assert later.recall(KEY) is None
    clock.jump(-7300)
    assert later.recall(KEY) is None
    assert later.warnings == ()


def entry(tmp_path: Path) -> Path:
    return tmp_path / "state/verdicts" / f"{KEY}.json"


def edited(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"held", b"pass"))


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def planted(path: Path) -> None:
    path.write_text(json.dumps({"signed": {"version": 1, "at": 0, "content": "pass"}, "mac": "0" * 64}))


def moved(path: Path) -> None:
    content = path.with_name(f"{OTHER}.json").read_bytes()
    path.write_bytes(content)


def another_version(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":2'))


def writable(path: Path) -> None:
    path.chmod(0o666)


def linked(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to(path.with_name("real"))


def odd_mac(path: Path) -> None:
    path.write_text(json.dumps({"signed": {"version": 1, "at": 0, "content": "x"}, "mac": "é"}))


@pytest.mark.parametrize(
    "tamper", [edited, truncated, emptied, planted, moved, another_version, writable, linked, odd_mac]
)
def test_a_tampered_entry_is_a_miss_with_a_warning(tmp_path: Path, tamper: object) -> None:
    """An entry that was edited, cut, planted, moved, of another version or open to others is not used."""
    here = memory(tmp_path)
    here.keep(KEY, b"held")
    here.keep(OTHER, b"pass")
    tamper(entry(tmp_path))  # type: ignore[operator]
    assert here.recall(KEY) is None
    assert len(here.warnings) == 1
    assert "not used" in here.warnings[0]


def test_a_key_of_another_machine_opens_nothing(tmp_path: Path) -> None:
    """With another key every entry is a miss; a key that is damaged stops."""
    memory(tmp_path).keep(KEY, b"x")
    (tmp_path / "state/key").write_bytes(os.urandom(32))
    assert memory(tmp_path).recall(KEY) is None
    (tmp_path / "state/key").write_bytes(b"short")
    with pytest.raises(Unfinished, match="damaged"):
        memory(tmp_path).recall(KEY)


def test_runs_are_remembered_before_and_after(tmp_path: Path) -> None:
    """A run is there as soon as it is reserved; its price is settled; old ones are forgotten."""
    clock = FakeClock()
    now = clock.now().timestamp()
    here = memory(tmp_path, clock)
    number = here.reserve(Run(now, "claude", "f" * 40, 0.5))
    assert memory(tmp_path, clock).runs() == (Run(now, "claude", "f" * 40, 0.5),)
    here.settle(number, 1.25)
    assert here.runs()[0].cost == 1.25
    clock.jump(3 * 86400)
    here.reserve(Run(clock.now().timestamp(), "codex", "f" * 40, 0.0))
    assert [run.reviewer for run in here.runs()] == ["codex"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        "x" * 20,
        '{"runs": NaN}',
        '{"version": 2, "next": 1, "runs": [], "heads": {}}',
        '{"version": 1, "next": 1, "runs": [{"at": 1}], "heads": {}}',
    ],
)
def test_a_record_that_cannot_be_read_is_no_empty_one(tmp_path: Path, content: str) -> None:
    """A damaged record of runs is an error with its place: nobody's budget begins anew by itself."""
    here = memory(tmp_path)
    here.count("f" * 40)
    (tmp_path / "state/runs.json").write_text(content)
    (tmp_path / "state/runs.json").chmod(0o600)
    with pytest.raises(Unfinished, match="record of review runs"):
        here.runs()


def test_heads_are_counted(tmp_path: Path) -> None:
    """Each review of a head counts, for good; other heads count for themselves."""
    assert [memory(tmp_path).count("f" * 40) for _ in range(3)] == [1, 2, 3]
    assert memory(tmp_path).count("e" * 40) == 1


def test_what_is_too_old_to_be_used_goes(tmp_path: Path) -> None:
    """Verdicts past their lifetime and logs past a month are removed; newer ones stay."""
    clock = FakeClock()
    now = clock.now().timestamp()
    here = memory(tmp_path, clock)
    here.keep(KEY, b"old")
    here.keep(OTHER, b"new")
    for name, age in (("old", 40 * 86400), ("new", 86400)):
        (tmp_path / "state/logs" / name).mkdir(parents=True)
        os.utime(tmp_path / "state/logs" / name, (now - age, now - age))
    os.utime(entry(tmp_path), (now - 7200, now - 7200))
    os.utime(entry(tmp_path).with_name(f"{OTHER}.json"), (now, now))
    here.count("f" * 40)
    assert [path.name for path in (tmp_path / "state/verdicts").iterdir()] == [f"{OTHER}.json"]
    assert [path.name for path in (tmp_path / "state/logs").iterdir()] == ["new"]


def test_many_at_once_lose_no_run(tmp_path: Path) -> None:
    """Runs reserved at the same moment are all there, each with its own number."""
    here, numbers = memory(tmp_path), []

    def one() -> None:
        numbers.append(here.reserve(Run(FakeClock().now().timestamp(), "x", "f" * 40, 0.0)))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 9))
    assert len(here.runs()) == 8


def test_one_review_of_a_head_at_a_time(tmp_path: Path) -> None:
    """A second review of the same head stops; another head, or a later one, does not."""
    with memory(tmp_path).working_on("f" * 40):
        with pytest.raises(Unfinished, match="right now"), memory(tmp_path).working_on("f" * 40):
            pass
        with memory(tmp_path).working_on("e" * 40):
            pass
    with memory(tmp_path).working_on("f" * 40):
        pass


def test_a_folder_that_others_may_write_to_is_not_trusted(tmp_path: Path) -> None:
    """State in a folder open to others is refused, with what to do; our own is closed to them."""
    here = memory(tmp_path)
    here.keep(KEY, b"x")
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0
    (tmp_path / "state").chmod(0o777)
    with pytest.raises(Unfinished, match="others may write") as caught:
        memory(tmp_path).count("f" * 40)
    assert "chmod 700" in caught.value.advice


def test_each_repository_has_its_own_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """State lies in the user's state folder, by repository, out of any checkout's reach."""
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    one, other = folder_of("https://api.github.com acme/shop"), folder_of("https://api.github.com acme/other")
    assert one != other
    assert one.is_relative_to("/somewhere/wholeship/review")

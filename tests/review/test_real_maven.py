"""A small Maven project whose tests really run: what Surefire leaves is counted, on the base and the head."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.review.shops import Shot, files, to
from tests.review.test_shots import reviewed

HOME = pwd.getpwuid(os.getuid()).pw_dir
MAVEN = f"mvn -B -q -o -Dmaven.repo.local={HOME}/.m2/repository test"
MAIN, TEST = "src/main/java/Weigh.java", "src/test/java/WeighTest.java"
PROJECT: Mapping[str, str] = {
    "pom.xml": (
        '<project xmlns="http://maven.apache.org/POM/4.0.0">\n<modelVersion>4.0.0</modelVersion>\n'
        "<groupId>acme</groupId>\n<artifactId>weigh</artifactId>\n<version>1</version>\n<properties>\n"
        "<maven.compiler.source>8</maven.compiler.source><maven.compiler.target>8</maven.compiler.target>\n"
        "<project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>\n</properties>\n<dependencies>\n"
        "<dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId>"
        "<version>5.14.4</version><scope>test</scope></dependency>\n</dependencies>\n<build><plugins>\n"
        "<plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-surefire-plugin</artifactId>"
        "<version>3.5.6</version></plugin>\n</plugins></build>\n</project>\n"
    ),
    MAIN: "class Weigh {\n    boolean heavy(int n) {\n        return n >= 30;\n    }\n}\n",
    TEST: (
        "import static org.junit.jupiter.api.Assertions.*;\n\nimport org.junit.jupiter.api.*;\n\nclass WeighTest {\n"
        "    @Test\n    void limit() {\n        assertTrue(new Weigh().heavy(30));\n    }\n\n"
        "    @Test\n    void light() {\n        assertFalse(new Weigh().heavy(3));\n    }\n}\n"
    ),
    ".gitignore": "target\n",
}
BUG = (MAIN, "n >= 30", "n > 30")
LIMIT = "    @Test\n    void limit() {\n        assertTrue(new Weigh().heavy(30));\n    }\n\n"
TWICE = (MAIN, "class Weigh {\n", "class Weigh {\n    int twice(int n) {\n        return n * 2;\n    }\n\n")
TWICE_TEST = (TEST, "    @Test\n    void light", "    @Test\n    void twice() {\n        assertEquals(4, new Weigh().twice(2));\n    }\n\n    @Test\n    void light")  # fmt: skip


@pytest.fixture(scope="module")
def maven(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Maven with what the project needs, taken from the network once where it is not here yet."""
    if shutil.which("mvn") is None:
        pytest.skip("Maven is not installed")
    folder = tmp_path_factory.mktemp("maven")
    for name, text in PROJECT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for command in (MAVEN, MAVEN.replace(" -o ", " ")):
        if subprocess.run(command.split(), cwd=folder, capture_output=True, check=False).returncode == 0:
            return
    pytest.skip("what Maven needs for a test cannot be had here")


@pytest.mark.extended
@pytest.mark.usefixtures("maven")
@pytest.mark.parametrize(
    ("name", "edits", "said"),
    [
        ("skipped", (BUG, TWICE, TWICE_TEST, (TEST, "    @Test\n    void limit", "    @Test\n    @Disabled\n    void limit")), "skipped"),
        ("emptied", (BUG, TWICE, TWICE_TEST, (TEST, "        assertTrue(new Weigh().heavy(30));\n", "")), "assertions of tests that were there say less|assertions are gone|pass with the change and without"),
        ("gone", (BUG, (TEST, LIMIT, "")), "fewer tests ran"),
        ("no test any more", (BUG, TWICE, TWICE_TEST, (TEST, "    @Test\n    void limit", "    void limit")), "limit is still there, and does not run"),
        ("failing, and forgiven", (BUG, TWICE, TWICE_TEST, ("pom.xml", "<version>3.5.6</version>", "<version>3.5.6</version><configuration><testFailureIgnore>true</testFailureIgnore></configuration>")), "1 tests fail, and suite-0 passes"),
        ("left out by a setting", (BUG, TWICE, TWICE_TEST, ("pom.xml", "<version>3.5.6</version>", "<version>3.5.6</version><configuration><test>WeighTest#light+twice</test></configuration>")), "limit is still there, and does not run"),
    ],
)  # fmt: skip
def test_a_test_of_maven_that_says_less_is_held(
    name: str, edits: tuple[tuple[str, str, str], ...], said: str, tmp_path: Path
) -> None:
    """A mistake goes in, and its test, run by Surefire, says nothing any more: the change is held for it."""
    report = reviewed(Shot(name, to(*edits), (MAVEN,), base=PROJECT), tmp_path).report
    assert report.gate.state == "failure"
    assert report.evidence is not None
    told = {each.what for each in report.evidence.weakened} | {each.what for each in report.evidence.guards}
    assert any(re.search(said, each) for each in told), told


@pytest.mark.extended
@pytest.mark.usefixtures("maven")
def test_tests_of_maven_that_no_runner_finds_are_held(tmp_path: Path) -> None:
    """A class renamed so that Surefire does not look for it: fewer tests ran, and that is said."""
    text = PROJECT[TEST].replace("WeighTest", "WeighChecks")
    moved = files({TEST: None, "src/test/java/WeighChecks.java": text})
    report = reviewed(Shot("moved", moved, (MAVEN,), base=PROJECT), tmp_path).report
    assert report.gate.state == "failure"
    assert report.evidence is not None
    assert [
        (each.tests.ran, each.tests.ran_before) for each in report.evidence.suites.results if each.tests
    ] == [(None, 2)]


@pytest.mark.extended
@pytest.mark.usefixtures("maven")
def test_a_good_change_of_maven_passes(tmp_path: Path) -> None:
    """A feature with its test goes through, and its tests were counted on both sides."""
    report = reviewed(Shot("good", to(TWICE, TWICE_TEST), (MAVEN,), base=PROJECT), tmp_path).report
    assert report.gate.state == "success", report.gate.headline
    assert report.evidence is not None
    assert [
        (each.tests.ran, each.tests.ran_before) for each in report.evidence.suites.results if each.tests
    ] == [(3, 2)]

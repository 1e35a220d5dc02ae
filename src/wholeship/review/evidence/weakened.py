"""Tests that a change weakens: skipped, without their assertions, or where no runner looks for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from wholeship.core.patterns import lazy_pattern
from wholeship.review.change import AddedLine, ChangedFile, Diff
from wholeship.review.evidence.content import SCRIPTS, ending
from wholeship.review.evidence.suites import SuitesEvidence
from wholeship.review.evidence.test_files import is_found

SKIPS = lazy_pattern(
    r"pytest\.skip\(|pytest\.importorskip\(|mark\.(?:skip|skipif|xfail)\b|unittest\.(?:skip|expectedFailure)"
    r"|@skip(?:If|Unless)?\b|\.skipTest\(|\bt\.Skip(?:f|Now)?\(|\b(?:it|test|describe|context)\.(?:skip"
    r"|todo|only)\b"
    r"|\bx(?:it|test|describe)\(|\bf(?:it|describe)\(|#\[ignore|@(?:Disabled|Ignore)\b|\bcollect_ignore"
    r"|__test__ = False|\bpending\(|\bthis\.skip\(|\bit\.todo\(|SkipTest\b|assumeTrue\(\s*false"
    r"|assumeFalse\(\s*true"
    r"|markTestSkipped|markTestIncomplete|parametrize\([^#]*,\s*(?:\[\]|\(\))\s*\)|//\s*(?:go:build"
    r"|\+build)\b|#\[cfg\("
    r"|@(?:Enabled|Disabled)(?:If|On)\w+|\bt\.skip\b|\b(?:skip|todo):\s*(?:true|[\"'])|\bdescribe\.skipIf"
    r"|\b(?:it|test|describe)\(.*[{,]\s*(?:skip|todo|only):\s*(?!false\b)"
    r"|\bit\.fails\b"
)
"""What keeps a test from running, in the runners that are known."""
CONDITIONS = lazy_pattern(
    r"//\s*(?:go:build|\+build)\b|#\[cfg\((?!any\(\)\))|@(?:Enabled|Disabled)(?:If|On)\w+"
    r"|@pytest\.mark\.skipif\((?!\s*(?:True|1|not False)\b)|@(?:unittest\.)?skip(?:If|Unless)\("
    r"|\b(?:it|test|describe)\(.*[{,]\s*skip:\s*(?!true\b|[\"'\d])"
)
"""Skips with a condition, as tests have that need a program or a system."""
_NAMED = lazy_pattern(r"\s*(?:it|test|describe)\(\s*([\"'`][^\"'`]+[\"'`])")
"""A test of JavaScript with its name, which is the same before and after."""
_ALWAYS = lazy_pattern(r"if (?:True|1|not False)\b")
ASSERTIONS = lazy_pattern(
    r"\bassert\b|\bassert\w*!?\(|\bself\.(?:assert|fail)|\bexpect\(|pytest\.raises|\bt\.(?:Error|Fatal)f?\("
    r"|\b(?:require|assert|should)\.\w+|assertThat"
)
TESTS = lazy_pattern(
    r"\s*(?:(?:async )?def test\w*\(|func (?:Test|Fuzz)\w*\(|(?:it|test)(?:\.each)?\("
    r"|#\[test\]|@(?:Parameterized)?Test\b)"
)
STRONG = lazy_pattern(
    r"\bassert\b[^#]*(?:==|!=| is not (?!None)| is (?!not\b)| not in |<|>)|assert\w*(?:Equal|Equals|Same"
    r"|Raises|Throws|Match\w*)\b"
    r"|assert(?:_eq|_ne)!|\.(?:toBe|toEqual|toStrictEqual|toThrow\w*|toMatch\w*|toHaveBeenCalled\w+"
    r"|deepEqual|strictEqual|equal|eql|Equal|isEqualTo)\("
    r"|pytest\.raises|assertRaises|cmp\.Diff|reflect\.DeepEqual|assert_called_\w*with"
)
"""Assertions that say what a value is, not only that there is one."""
HOLLOW = lazy_pattern(
    r"\bassert(?:\s+|\(|!\()\s*(?:True|true|1|not False|[\"'][^\"']+[\"'])\s*\)?\s*(?:[;,#].*)?$"
    r"|assertTrue\(\s*(?:True|true|1)\b"
    r"|assertFalse\(\s*(?:False|false|0)\b|expect\(\s*(?:true|1|!0)\s*\)|\bor (?:True|1)\b|\|\|\s*true\b"
    r"|assert(?:_eq!|Equals?|\.[eE]qual|\.strictEqual)?\(?\s*(\w[\w.]*)\s*(?:==|,)\s*\1\s*\)?;?\s*$"
    r"|assert\.True\(t, true|require\.True\(t, true"
)
"""Assertions that always hold."""
TOLERANT = lazy_pattern(
    r"\b(?:delta|places|rel|abs|abs_tol|rel_tol|atol|rtol|decimal)\s*=|\bapprox\(|toBeCloseTo\(|AlmostEqual"
    r"|\bIn(?:Delta|Epsilon)\b|\bclose_?to\(|isclose\(|allclose\(|assertIn\(|\bin range\(|isCloseTo\("
    r"|isBetween\(|isIn\(|toContain\(|toBe(?:Greater|Less)Than|assert(?:Greater|Less)|stringContaining|objectContaining|expect\.any"
)
"""Assertions that several values fulfil."""
RETRIED = lazy_pattern(
    r"\bmark\.flaky\b|@flaky\b|\breruns?\s*=|--reruns\b|\bretryTimes\(|\bretries\(|\bretry:\s*\d|\bretries:\s*[1-9]"
    r"|rerunFailingTestsCount|@(?:Repeat|Retry)\w*|--retries\b|\bmaxRetries\s*=|flaky_test_attempts"
)
"""Tests that are run again until they pass."""
_IF = lazy_pattern(r"\s*if\b")
_ONLY_IF = lazy_pattern(r"\s+(?:(?:el)?if|while|try|with (?:contextlib\.)?suppress)\b.*[:{]\s*$")
"""What an assertion can be put under, so that it is asked only sometimes."""
EARLY = lazy_pattern(
    r"\s+return;?\s*(?:#.*|//.*)?$|\s*(?:sys\.exit|os\._exit|process\.exit|pytest\.exit|exit)\(\s*0?\s*\)"
    r"|\s*if (?:False|0)\s*:"
    r"|\s*if\s*\(\s*(?:false|0)\s*\)|\s*while (?:False|0)\s*:|\s*for \w+ in (?:\[\]|\(\)|range\(0\))\s*:"
    r"|\s*except(?: \w+(?: as \w+)?)?\s*:(?:\s*pass)?\s*$|\s*\}?\s*catch\b.*\{\s*\}?\s*$"
    r"|\s*with (?:contextlib\.)?suppress\("
)
"""What ends a test before it asserts, or swallows what it says."""
HOOKS = lazy_pattern(
    r"def (?:pytest_(?:collection\w*|ignore_collect|collect_\w+|itemcollected|deselected|runtest\w*"
    r"|pycollect\w*|pyfunc_call|sessionfinish"
    r"|report\w*|unconfigure|exception_interact|make_\w+|assertrepr\w*|assertion_pass)|load_tests)\b"
    r"|collect_ignore(?:_glob)?\b|builtins\.\w+ ?="
    r"|\bautouse\s*=\s*True|\bdef (?:it|test|expect)\(|global(?:This)?\.(?:it|test|expect|describe)\s*="
    r"|\.exitstatus\s*=|\bprocess\.exitCode\s*=\s*(?:0|undefined|null)\b"
    r"|^\s*(?:_ = )?m\.Run\(\)|\bos\.Exit\(0\)"
    r"|\bprocess\.(?:exit|reallyExit)\s*="
)
"""How tests are collected and reported: with it every test can be made to pass."""
RUNNER = lazy_pattern(
    r"\b(?:addopts|testpaths|norecursedirs|python_(?:files|classes|functions)|collect_ignore\w*|testMatch"
    r"|testRegex|testPathIgnorePatterns"
    r"|modulePathIgnorePatterns|testNamePattern|passWithNoTests|skipTests|maven\.test\.skip"
    r"|testFailureIgnore|ignoreFailures|excludedGroups"
    r"|test-ignore|spec:|xfail_strict)\b|--(?:ignore|deselect|collect-only|co|testPathIgnorePatterns"
    r"|test-name-pattern|skip|exclude)\b|-p no:|\btest = false"
    r"|excludeTestsMatching|^\s*(?:harness|autotests|runner)\s*="
)
"""Settings of runners by which tests are found, or their failing counts."""
BARS = lazy_pattern(
    r"(?:fail_under|cov-fail-under|coverageThreshold|min_coverage|COVEREDRATIO"
    r"|minimum-coverage)\D{0,12}(\d+(?:\.\d+)?)"
    r"|[\"']?(?:branches|functions|lines|statements|target)[\"']?\s*:\s*[\"']?(\d+)"
)
"""Bars that coverage has to reach."""
_RUNNERS_OWN = lazy_pattern(
    r"(?:^|/)(?:pyproject\.toml|setup\.cfg|tox\.ini|\.?pytest\.(?:ini|toml)|noxfile\.py|package\.json|Cargo\.toml"
    r"|(?:jest|vitest|playwright)\.config\.\w+|\.cargo/config(?:\.toml)?)$"
)
STRICTNESS = lazy_pattern(
    r"xfail_strict[\"']?\s*[=:]\s*[\"']?true|--strict(?:-markers|-config)?\b|strict_(?:markers|config)[\"']?\s*[=:]\s*true"
    r"|[\"']error(?:::[^\"']*)?[\"']|^\s*error(?:::.*)?$|-W\s*error\b|-Werror\b|--fail-on-\w+|failOn\w*[\"']?\s*[:=]\s*true"
    r"|errorOnDeprecated[\"']?\s*:\s*true|(?:overflow-checks|debug-assertions)\s*=\s*true|forbidOnly[\"']?\s*:\s*true"
)
"""Settings by which more counts as failing."""
CODE = frozenset(("src", "ci", "config", "deps", "migrations"))
"""Kinds whose change tests are there for."""


class WeakenedTest(Struct, frozen=True, order=True):
    """A test that says less than before: where, and how."""

    file: str
    line: int
    what: str


def find_weakened(
    diff: Diff,
    kinds: Mapping[str, str],
    suites: SuitesEvidence | None = None,
    among_tests: Sequence[str] = (),
) -> tuple[WeakenedTest, ...]:
    """The tests that *diff* weakens: by what the runners of *suites* counted, and by what can be read.

    Where only tests change, a reader sees all of it: then what the runners say counts, and skips.
    Assertions and tests are counted over all test files, so that moving them takes nothing away.
    """
    code = [file for file in diff.files if kinds[file.shown] in CODE]
    tests = [
        file
        for file in diff.files
        if kinds[file.shown] == "tests" or is_found(file.old_path) or file.shown in among_tests
    ]
    counted = list(_counted(diff, tests, suites)) if suites is not None else []
    counted += _inverted([*tests, *(file for file in code if file not in tests)])
    same = suites is not None and _same_tests(suites)
    settings = [file for file in diff.files if kinds[file.shown] in ("config", "deps", "ci")]
    found = [
        *counted,
        *_lowered_bars(settings),
        *_less_strict(settings),
        *(_collected(settings) if not same else ()),
    ]
    found += _retried([*tests, *settings])
    if tests:
        found += [*_skips(tests), *_hidden(tests)]
    if code and tests:
        found += [*_hollow(tests), *_hooks(tests), *_conditional(tests)]
        if not any(file.is_deleted and kinds[file.shown] == "src" for file in code):
            found += _lost(tests, same)
            found += _thinned(tests) if same or _all_named(suites) else ()
            found += _taken_out(tests) if suites is not None and suites.old_tests_pass is False else ()
    if suites is not None and code and _gutted(suites):
        where = next((file for file in tests if file.status != "A"), diff.files[0])
        found.append(WeakenedTest(where.shown, _first(where), GUTTED))
    if suites is not None and suites.set_up:
        where = next(file for file in diff.files if file.shown == suites.set_up[0])
        found.append(WeakenedTest(where.shown, _first(where), HIDDEN))
    return tuple(sorted(set(found)))


HIDDEN = "without the change of what sets them up, the tests of before fail"
GUTTED = "the tests as they were fail, and as they are they pass with the change and without it"


def flips_expectations(diff: Diff, kinds: Mapping[str, str]) -> bool:
    """Whether assertions that were there expect another value now, and no test or assertion was added."""
    tests = [file for file in diff.files if kinds[file.shown] == "tests"]
    if (
        sum(_balance(file, TESTS) for file in tests) > 0
        or sum(_balance(file, ASSERTIONS) for file in tests) > 0
    ):
        return False
    return any(True for file in tests for _ in same_assertions(file))


def rewrites_data(diff: Diff, kinds: Mapping[str, str], among_tests: Sequence[str]) -> bool:
    """Whether files that tests compare with say something else now, and no test or assertion was added."""
    tests = [file for file in diff.files if kinds[file.shown] == "tests" or file.shown in among_tests]
    if any(sum(_balance(file, shape) for file in tests) > 0 for shape in (TESTS, ASSERTIONS)):
        return False
    return any(file.status == "M" and file.removed and file.lines and not is_script(file) for file in tests)


def same_assertions(file: ChangedFile) -> Iterator[tuple[int, str]]:
    """The assertions of *file* that were there with other values: their lines now, and the texts before."""
    gone = [text for text in file.removed if _counts(text, ASSERTIONS)]
    exact = {text.strip() for text in file.removed}
    for line in file.lines:
        if _counts(line.text, ASSERTIONS) and line.text.strip() not in exact:
            shape = _without_values(line.text)
            before = next((text for text in gone if shape and _without_values(text) == shape), None)
            if before is not None:
                gone.remove(before)
                yield line.number, before


def _without_values(text: str) -> str:
    """An assertion without the numbers and texts in it, to find it again."""
    plain = re.sub(
        r"([\"'`]).*?\1|\b\d[\w.]*|\b(?:True|False|None|true|false|null|nil|undefined)\b|\bnot ", "_", text
    )
    plain = re.sub(r"\bdoesNot(Reject|Throw|Match)\b", lambda said: f"{said[1].lower()}s", plain)
    plain = re.sub(r"(?<=[a-z])(?:Not|True|False)(?=[A-Z(])|\.not(?=\.)", "", plain)
    plain = re.sub(r"\bmatches\b", "match", re.sub(r",\s*/[^/]+/\w*\s*(?=\))", "", plain))
    return re.sub(r"[\s_-]+", "_", plain.replace("!=", "==")).strip("_,;")


def _gutted(suites: SuitesEvidence) -> bool:
    """Whether what the old tests said against the change is said by none of the new ones."""
    return suites.old_tests_pass is False and suites.unnoticed is not None and not suites.noticed


def _same_tests(suites: SuitesEvidence) -> bool:
    """Whether every suite was counted, and none ran fewer tests than before."""
    counts = [result.tests for result in suites.results]
    return bool(counts) and all(each is not None and each.known and not each.fewer for each in counts)


def _counted(diff: Diff, tests: list[ChangedFile], suites: SuitesEvidence) -> Iterator[WeakenedTest]:
    """Where the runners tell of fewer tests, or of more skips among those that were there."""
    for result in suites.results:
        counts = result.tests
        if counts is None:
            continue
        if counts.failed:
            file, line = _place_of((), diff, tests)
            yield WeakenedTest(
                file, line, f"{counts.failed} tests fail, and {result.name} passes all the same"
            )
        if counts.fewer:
            now = "nobody can count them any more" if counts.ran is None else f"{counts.ran} ran"
            file, line = _place_of(counts.gone, diff, tests)
            yield WeakenedTest(
                file, line, f"fewer tests ran: {now}, {counts.ran_before} before ({result.name})"
            )
        elif left := [name for name in counts.vanished if not _is_removed(name, diff)]:
            file, line = _place_of((), diff, tests)
            yield WeakenedTest(
                file, line, f"{left[0]} is still there, and does not run any more ({result.name})"
            )
        elif counts.skips:
            file, line = _place_of(counts.skips, diff, tests)
            yield WeakenedTest(
                file, line, f"{len(counts.skips)} tests are skipped that ran before ({result.name})"
            )


def _is_removed(name: str, diff: Diff) -> bool:
    """Whether a line with the test called *name* went, or came: it is gone, or called otherwise."""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return any(word.search(text) for file in diff.files for text in file.removed)


def _place_of(names: Iterable[str], diff: Diff, tests: list[ChangedFile]) -> tuple[str, int]:
    """Where one of the tests called *names* was; else the first changed test, or file."""
    for name in names:
        word = re.compile(rf"\b{re.escape(name.rpartition('::')[2].partition('[')[0])}\b")
        for file in tests:
            if any(word.search(text) for text in file.removed):
                return file.shown, _first(file)
    file = (tests or list(diff.files))[0]
    return file.shown, _first(file)


def _first(file: ChangedFile) -> int:
    return file.lines[0].number if file.lines else 1


def _collected(settings: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    """Settings of runners that changed, where nobody counted what they find."""
    for file in settings:
        gone = {text.strip() for text in file.removed}
        for line in file.lines:
            if line.text.strip() not in gone and RUNNER.search(line.text) and file.status != "A":
                yield WeakenedTest(
                    file.shown, line.number, "which tests are found was changed, and nobody counted"
                )
                break


def steers_runner(file: ChangedFile) -> bool:
    """Whether a changed line of *file* is a setting by which tests are found, or their failing counts."""
    return any(RUNNER.search(text) for text in (*file.removed, *(line.text for line in file.lines)))


def _hollow(tests: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    """Assertions that cannot fail, and tests that end before theirs."""
    for file in tests:
        gone = {text.strip() for text in file.removed}
        added = {line.number: line.text for line in file.lines}
        if file.status == "A" and _says_nothing(file):
            yield WeakenedTest(file.shown, _first(file), "the new tests assert nothing")
        for line in file.lines:
            if line.text.strip() in gone or file.status == "A":
                continue
            if (
                EARLY.match(line.text)
                and is_script(file)
                and not _meets_new_test(line.number, -1, added, file)
                and not _skipped_before(line, added, file)
            ):
                yield WeakenedTest(
                    file.shown, line.number, "a test ends before its assertions, or swallows them"
                )
                break


def _says_nothing(file: ChangedFile) -> bool:
    """Whether the file has tests, and all that they assert always holds."""
    texts = [line.text for line in file.lines]
    hollow = any(ASSERTIONS.search(text) and HOLLOW.search(text) for text in texts)
    return hollow and any(map(TESTS.match, texts)) and not any(_counts(text, ASSERTIONS) for text in texts)


def _skipped_before(end: AddedLine, added: Mapping[int, str], file: ChangedFile) -> bool:
    """Whether a test was skipped in the very block in which it returns at *end* now: then it says no less."""
    went = list(zip(file.removed_at, file.removed, strict=True)) if file.removed_at else []
    for start in {at for at, text in went if SKIPS.search(text) and _indent(text) == _indent(end.text)}:
        texts = [added.get(number) for number in range(start, end.number + 1)]
        block = [*texts, *(text for at, text in went if at == start)]
        if all(text is not None and _indent(text or " " * 99) >= _indent(end.text) for text in block):
            return not _closes("\n".join(text or "" for text in texts))
    return False


def _closes(text: str) -> bool:
    """Whether *text* ends a block that it did not begin."""
    depth = 0
    for letter in text:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth < 0:
            return True
    return False


def _hooks(tests: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    for file in tests:
        gone = {text.strip() for text in file.removed}
        for line in file.lines:
            if HOOKS.search(line.text) and line.text.strip() not in gone:
                yield WeakenedTest(file.shown, line.number, "how tests are collected or reported was changed")
                break


def _lowered_bars(files: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    """Bars of coverage that were lowered or taken away."""
    for file in files:
        before = [float(bar[1] or bar[2]) for text in file.removed for bar in BARS.finditer(text)]
        now = [float(bar[1] or bar[2]) for line in file.lines for bar in BARS.finditer(line.text)]
        if sum(now) < sum(before):
            yield WeakenedTest(file.shown, _first(file), "a bar that coverage has to reach is lower")


def _less_strict(files: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    """Settings by which more counted as failing, of which fewer are left over all files of runners."""
    losses = [
        (
            sum(len(STRICTNESS.findall(line.text)) for line in file.lines)
            - sum(len(STRICTNESS.findall(text)) for text in file.removed),
            file,
        )
        for file in files
        if _RUNNERS_OWN.search(file.path) is not None
    ]
    if sum(balance for balance, _ in losses) < 0:
        file = min(losses, key=lambda each: each[0])[1]
        yield WeakenedTest(file.shown, _first(file), "what made tests fail counts no more")


def is_script(file: ChangedFile) -> bool:
    """Whether the file is code, not data of tests."""
    return ending(file.path) in SCRIPTS


def _retried(files: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    """Tests that are tried again, where one failure was enough before."""
    for file in files:
        added = [line for line in file.lines if RETRIED.search(line.text)]
        if len(added) > sum(1 for text in file.removed if RETRIED.search(text)):
            yield WeakenedTest(file.shown, added[0].number, "a test that fails is tried again")


def _conditional(tests: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    """Assertions that were there, and are asked under a new condition."""
    for file in tests:
        gone = {text.strip() for text in file.removed if _counts(text, ASSERTIONS)}
        asked = [text.strip().rstrip("{: ") for text in file.removed if _IF.match(text)]
        added = {line.number: line.text for line in file.lines}
        for number, text in added.items():
            if any(re.match(rf"{re.escape(was)}\s*(?:&&|and\b)", text.strip()) for was in asked):
                yield WeakenedTest(file.shown, number, "what a test complains of has one more condition")
                break
            if "await " + text.strip() in gone:
                yield WeakenedTest(file.shown, number, "nobody waits for what an assertion says")
                break
            above = added.get(number - 1, "")
            if text.strip() in gone and _ONLY_IF.match(above) and _indent(above) < _indent(text):
                yield WeakenedTest(file.shown, number, "an assertion is asked only under a condition")
                break


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _all_named(suites: SuitesEvidence | None) -> bool:
    """Whether the tests that ran before and now are known by their names."""
    counts = [result.tests for result in suites.results] if suites is not None else []
    return bool(counts) and all(each is not None and each.named for each in counts)


def _taken_out(tests: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    """Files with fewer tests than before, whose tests of before fail with the new code."""
    moved = {line.text.strip() for file in tests for line in file.lines}
    for file in tests:
        gone = [text for text in file.removed if TESTS.match(text) and text.strip() not in moved]
        came = [
            line
            for line in file.lines
            if TESTS.match(line.text) and line.text.strip() not in {text.strip() for text in file.removed}
        ]
        if file.status != "D" and len(gone) > len(came):
            yield WeakenedTest(file.shown, _first(file), "a test is gone that fails with this change")


def _thinned(tests: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    """Tests that were there and ask for less; what new tests ask for makes up for nothing."""
    files = [file for file in tests if file.status != "A" and is_script(file) and not _loses_tests(file)]
    again = {line.text.strip() for file in tests for line in file.lines}
    for file in files:
        lost = [text for text in file.removed if text.strip() not in again]
        kept = _said_in_old_tests(file)
        if any(sum(map(shape, lost)) > sum(map(shape, kept)) for shape in (_is_exact, _asserts)):
            yield WeakenedTest(file.shown, _first(file), "assertions of tests that were there say less")


def _loses_tests(file: ChangedFile) -> bool:
    """Whether a test of *file* went, or is called otherwise: what it said went with it."""
    kept = {line.text.strip() for line in file.lines}
    return any(TESTS.match(text) and text.strip() not in kept for text in file.removed)


def _said_in_old_tests(file: ChangedFile) -> list[str]:
    """The lines that came to tests that were there."""
    added = {line.number: line.text for line in file.lines}
    gone = {text.strip() for text in file.removed}
    return [
        text
        for number, text in added.items()
        if text.strip() not in gone and not _meets_new_test(number, -1, added, file)
    ]


def _asserts(text: str) -> bool:
    return _counts(text, ASSERTIONS)


def _is_exact(text: str) -> bool:
    """Whether a line is an assertion that one value alone fulfils."""
    return _counts(text, STRONG) and TOLERANT.search(text) is None


def _skips(tests: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    for file in tests:
        added = [line for line in file.lines if SKIPS.search(line.text) and not _is_new(line, file)]
        if len(added) > sum(1 for text in file.removed if SKIPS.search(text)):
            yield WeakenedTest(file.shown, added[0].number, "a test is skipped")


_INVERTS = lazy_pattern(r"\s*#\[should_panic|.*\b(?:it|test)\.(?:fails|failing)\b|.*@Test\(.*\bexpected\s*=")
"""By which a runner takes a test that fails for one that passes."""


def _inverted(files: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    """Tests that were there, and have to fail now."""
    for file in files:
        added = {line.number: line.text for line in file.lines}
        for line in file.lines:
            if _INVERTS.match(line.text) and not any(
                _meets_new_test(line.number, step, added, file) for step in (-1, 1)
            ):
                yield WeakenedTest(file.shown, line.number, "a test that was there has to fail now")


def _is_new(skip: AddedLine, file: ChangedFile) -> bool:
    """Whether *skip* is a condition of a test that the change itself adds, not of one that was there.

    The test has to stand in the same run of added lines; one whose own line was there before is no new one.
    """
    if _balance(file, TESTS) < 1:
        return False
    added = {line.number: line.text for line in file.lines}
    if CONDITIONS.search(skip.text):
        if (named := _NAMED.match(skip.text)) is not None:
            return not any(named[1] in text for text in file.removed)
        return file.status == "A" or _meets_new_test(skip.number, 1, added, file)
    before = added.get(skip.number - 1, "").strip()
    if "importorskip(" in skip.text or (before.startswith("if ") and not _ALWAYS.match(before)):
        return skip.text[:1].isspace() and _meets_new_test(skip.number, -1, added, file)
    return False


def _meets_new_test(start: int, step: int, added: Mapping[int, str], file: ChangedFile) -> bool:
    """Whether the nearest test, over added lines alone, is one that the change adds."""
    gone = {text.strip() for text in file.removed}
    number = start + step
    while number in added and not TESTS.match(added[number]):
        number += step
    return number in added and added[number].strip() not in gone


def _hidden(tests: Iterable[ChangedFile]) -> Iterator[WeakenedTest]:
    for file in tests:
        if file.status == "R" and is_found(file.old_path) and not is_found(file.path):
            yield WeakenedTest(file.shown, 1, "no test runner looks for the new name")


def _lost(tests: list[ChangedFile], counted: bool) -> Iterator[WeakenedTest]:
    """Tests, assertions, and assertions that say much, of which fewer are left."""
    shapes = [(ASSERTIONS, "assertions are gone"), (STRONG, "assertions say less than before")]
    for shape, what in shapes if counted else [(TESTS, "tests are gone"), *shapes]:
        losses = [(_balance(file, shape), file) for file in tests]
        if sum(balance for balance, _ in losses) < 0:
            file = min(losses, key=lambda each: each[0])[1]
            yield WeakenedTest(file.shown, _first(file), what)


def _balance(file: ChangedFile, shape: re.Pattern[str]) -> int:
    """How many more lines of *shape* the file has than before; comments are none."""
    gained = sum(1 for line in file.lines if _counts(line.text, shape))
    return gained - sum(1 for text in file.removed if _counts(text, shape))


def _counts(text: str, shape: re.Pattern[str]) -> bool:
    """Whether a line is of *shape*. Comments are none, and neither is an assertion that always holds."""
    if text.lstrip().startswith(("#!", "# ", "//", "*", "/*")) or shape.search(text) is None:
        return False
    return shape is TESTS or HOLLOW.search(text) is None


def has_tests(lines: Iterable[str]) -> bool:
    """Whether *lines* have a test or an assertion in them."""
    return any(_counts(line, shape) for line in lines for shape in (TESTS, ASSERTIONS))

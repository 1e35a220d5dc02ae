"""Guards that a change takes away: checks switched off, doors opened, rights given, code fetched and run.

A table of shapes, read line by line over the files that run or are run with. A line that only moved is none:
as many have to be gone as came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from wholeship.core.patterns import lazy_pattern
from wholeship.review.change import AddedLine, ChangedFile, Diff

KINDS = frozenset(("src", "ci", "config", "deps", "migrations"))


class LostGuard(Struct, frozen=True, order=True):
    """A guard that is gone: where, and which."""

    file: str
    line: int
    what: str


OPENED: Mapping[str, re.Pattern[str]] = {
    name: lazy_pattern(pattern, re.IGNORECASE)
    for name, pattern in {
        "a download is run as it comes": (
            r"\b(?:curl|wget|iwr|Invoke-WebRequest)\b[^#\n]*\|\s*(?:sudo\s+)?(?:(?:ba|z|da|k)?sh|python3?"
            r"|node|perl|ruby|iex)\b"
            r"|(?:ba|z)?sh\s+(?:-c\s+)?[\"']?(?:<\(|\$\()\s*(?:curl|wget)|\beval\b[^#\n]*(?:curl|wget"
            r"|fetch|urlopen|requests\.get)"
            r"|exec\((?:requests|urllib)|\bADD\s+http"
        ),
        "code is unpacked and run": (
            r"\b(?:eval|exec)\s*\(\s*(?:atob|base64|bytes\.fromhex|codecs|zlib|__import__|Buffer\.from"
            r"|compile|marshal|getattr"
            r"|String\.fromCharCode|unescape|decodeURIComponent|open\()|base64\s+(?:-d|--decode"
            r"|-D)\b[^#\n]*\|\s*(?:ba|z)?sh"
            r"|\bnew Function\(|pickle\.loads?\(|marshal\.loads?\(|yaml\.(?:load|unsafe_load)\((?![^)]*Safe)"
        ),
        "certificates are not checked": (
            r"verify\s*=\s*False|InsecureSkipVerify:?\s*=?\s*true|rejectUnauthorized:\s*false"
            r"|_create_unverified_context"
            r"|NODE_TLS_REJECT_UNAUTHORIZED\b\W+0|CERT_NONE|check_hostname\s*=\s*False|curl\b[^#\n"
            r"|]*\s(?:-\w*k\w*|--insecure)\s"
            r"|--no-check-certificate|sslVerify\s*=?\s*false|strict-ssl\W+false|trusted-host"
            r"|GIT_SSL_NO_VERIFY|tls_?skip_?verify\W+true"
            r"|insecure[_-]skip[_-]tls[_-]verify|verify_ssl\W+(?:false|no)|sslmode=disable"
            r"|--allow-unauthenticated|--nogpgcheck"
            r"|danger_accept_invalid_certs\(true|TrustAllCerts|ALLOW_ALL_HOSTNAME"
            r"|StrictHostKeyChecking[= ]no|gpgcheck\s*=\s*0"
            r"|NoopHostnameVerifier|setHostnameVerifier"
        ),
        "a container may do what the machine may": (
            r"privileged:\s*true|--privileged\b|host(?:Network|PID|IPC):\s*true|network_mode:\s*[\"']?host"
            r"|pid:\s*[\"']?host"
            r"|allowPrivilegeEscalation:\s*true|runAsUser:\s*0\b|runAsNonRoot:\s*false"
            r"|readOnlyRootFilesystem:\s*false|docker\.sock"
            r"|SYS_ADMIN|seccomp[=:]\s*unconfined|Unconfined|^\s*hostPath:|cap_add:|^USER\s+(?:root|0)\b"
            r"|apparmor[=:]\s*unconfined"
            r"|automountServiceAccountToken:\s*true|procMount:\s*Unmasked|-\s*ALL\s*$"
        ),
        "a door is open to everybody": (
            r"0\.0\.0\.0/0|::/0|publicly_accessible\s*=\s*true|acl\s*=\s*\"public|public[-_]read|AllUsers"
            r"|allAuthenticatedUsers"
            r"|Access-Control-Allow-Origin\W+\*|allow_origins\W+\[?\W*\*|ALLOWED_HOSTS\s*=\s*\[\s*['\"]\*"
            r"|cors\W+\*|PermitRootLogin\s+yes"
            r"|PermitEmptyPasswords\s+yes|^\s*host\s+all\s+all\s+\S+\s+trust|auth\w*\W+none\b"
            r"|block_public_\w+\s*=\s*false|restrict_public_\w+\s*=\s*false"
            r"|anonymous\w*\W+(?:true|yes|enabled)|requirepass\s+\"\"|protected-mode\s+no"
            r"|xpack\.security\.enabled:\s*false|principal\W+\*"
        ),
        "rights are given away": (
            r"cluster-admin|verbs:\s*\[\s*[\"']\*|resources:\s*\[\s*[\"']\*|\"?(?:Action"
            r"|Resource)\"?\s*[:=]\s*\[?\s*\"(?:\w+:)?\*\""
            r"|actions\s*=\s*\[\s*\"(?:\w+:)?\*\"|AdministratorAccess|roles/(?:owner|editor)\b"
            r"|chmod\s+(?:-R\s+)?[0-7]?[0-7]?[2367][2367]?7\b"
            r"|NOPASSWD|GRANT\s+ALL|is_superuser\s*=\s*True|is_staff\s*=\s*True|^\s*-\s*[\"']\*[\"']\s*$"
        ),
        "protection is switched off": (
            r"\b(?:DEBUG|debug)\s*[=:]\s*(?:True|true|1|on)\b|encrypt\w*\s*[=:]\s*false"
            r"|deletion_protection\s*=\s*false|prevent_destroy\s*=\s*false"
            r"|skip_final_snapshot\s*=\s*true|force_destroy\s*=\s*true|csrf\w*\W+(?:false|disabled?)"
            r"|csrf_exempt|SECURE_\w+\s*=\s*False"
            r"|(?:SESSION|CSRF)_COOKIE_\w+\s*=\s*False|(?:httpOnly|secure)\s*[:=]\s*false"
            r"|autoescape\W+false|verify_signature\W+false"
            r"|algorithms?\W+none\b|--no-verify\b|HEALTHCHECK\s+NONE|replicas?:\s*0\s*$"
            r"|replicaCount:\s*0\s*$|(?:auth|security|tls|ssl|validation|audit\w*)"
            r"(?:[._-]?enabled)?\s*[:=]\s*[\"']?(?:false|off|no|disabled?|none)\b|(?:disable|skip|no"
            r"|ignore)[_-]?(?:auth\w*|security|validation|tls|ssl)\w*\s*[:=]\s*[\"']?(?:true|1|on|yes)\b"
            r"|\b(?:validationFailureAction|enforcementAction|failureAction|enforcement|selinux|mode)\W+"
            r"(?:audit|warn|dry-?run|permissive|monitor|report(?:-only)?|disabled?)\b|\binformational\W+true|\bautomerge\W+true"
            r"|ignore_errors\W+true|\bstrict\W+false|noEmitOnError\W+false|open-pull-requests-limit:\s*0"
            r"|permitAll\(\)|@PermitAll|AllowAny\b|allow_anonymous|enable_versioning\s*=\s*false"
            r"|retention\w*\s*[:=]\s*0\b"
        ),
        "what goes wrong is passed over": (
            r"\|\|\s*(?:true|:|exit\s+0)\s*(?:[;#&\"'\\)]|$)|;\s*(?:exit\s+0|true)\s*[\"']?$|set \+e\b"
            r"|except(?:\s+\w+)?\s*:\s*pass\b|catch\s*(?:\([^)]*\)\s*)?\{\s*\}"
            r"|testFailureIgnore>?\W*true|ignoreFailures\s*=?\s*true|skipTests>?\W*true"
            r"|maven\.test\.skip\W+true|-DskipTests|passWithNoTests|--exit-zero\b"
            r"|failOnError\W+false|--no-fail\b|continue-on-error:\s*true|allow_failure:\s*true"
            r"|fail-on-error\W+false|exit-code:\s*[\"']?0"
        ),
        "the environment is sent out": (
            r"(?:requests|httpx|urllib|fetch|axios|http)\b[^#\n]*(?:os\.environ|process\.env\b(?!\.\w)"
            r"|ENV\.to_h|System\.getenv\(\))"
            r"|(?:\benv\b|printenv|\bset\b|/proc/self/environ|\.aws/credentials|\.ssh/id_|\.npmrc"
            r"|\.netrc)[^#\n]*\|\s*(?:curl|nc|wget|base64|openssl)"
            r"|(?:curl|wget|nc)\b[^#\n]*(?:\$\((?:env|printenv|cat [~/])|@?[~/][\w/]*\.(?:aws|ssh|netrc"
            r"|npmrc|docker))|/dev/tcp/"
        ),
        "a program is named that fetches code when it is installed": (
            r"^\s*(?:node-options|script-shell|shell|git|init-module|onload-script)\s*=|^\s*ignore-scripts\s*=\s*false"
            r"|\"(?:pre|post)?install\"\s*:|\"prepare\"\s*:\s*\"(?!husky)|cmdclass\s*="
        ),
        "the program asks whether it is tested": (
            r"PYTEST_CURRENT_TEST|PYTEST_VERSION|[\"'](?:pytest|unittest|nose|_pytest)[\"']\s+(?:not\s+)?in\s+[^#\n]*\bmodules\b"
            r"|\bmodules\.get\(\s*[\"'](?:pytest|unittest|_pytest)|NODE_TEST_CONTEXT|JEST_WORKER_ID|VITEST_\w*ID|process\.env\.VITEST\b"
            r"|(?:NODE_ENV|RAILS_ENV|APP_ENV)\W+(?:===?|!==?|==)\W*[\"']test|\btesting\.Testing\(\)|flag\.Lookup\(\s*[\"']test\."
            r"|\bcfg!\(\s*(?:test|debug_assertions)|if\s+cfg!\(\s*not\(\s*test|surefire\.test|RUST_TEST_THREADS"
            r"|argv[^#\n]*\b(?:pytest|unittest)\b|[\"']test[\"'] in sys\.argv|os\.Args\[0\][^\n]*\.test\b"
        ),
        "the program does something else by the date, its caller, chance or the machine": (
            r"\btime\.time\(\)\s*[<>]=?\s*\d{6}|\bDate\.now\(\)\s*[<>]=?\s*\d{6}|\.Unix\(\)\s*[<>]=?\s*\d{6}"
            r"|\b(?:now|today|utcnow)\([^()]*\)(?:\.date\(\))?(?:\.(?:year|month|day|hour|weekday\(\)))?"
            r"\s*[<>=!]=?\s*(?:datetime|date|\d)"
            r"|\bnow\(\)\.(?:After|Before)\(time\.Date\(|new Date\(\)\s*[<>]=?\s*new Date\([\"'\d]"
            r"|new Date\(\)\.get\w+\(\)\s*[<>=!]"
            r"|\bif\b[^#\n]*\b__debug__\b|\bflags\.optimize\b"
            r"|test[^#\n]*(?:inspect\.(?:stack|currentframe)|\b_getframe)|(?:inspect\.(?:stack|currentframe)|\b_getframe)[^#\n]*test"
            r"|startswith\([^)]*\)[^#\n]*\bsys\.modules"
            r"|(?:gethostname\(\)|platform\.node\(\)|getuser\(\)|os\.hostname\(\)|os\.Hostname\(\))[^#\n]*(?:[=!]=|startswith|endswith|includes|match|\bin\b)"
            r"|(?:environ|getenv|process\.env|LookupEnv)\b[^#\n]*\b(?:CI|GITHUB_ACTIONS|KUBERNETES_\w+)\b"
            r"|\b(?:random\(\)|Math\.random\(\)|rand\.Float64\(\))\s*[<>]=?\s*0?\.0"
        ),
        "a shell runs what others wrote": (
            r"shell\s*=\s*True[^#\n]*(?:f[\"']|%|\+|format)|(?:f[\"'][^#\n]*|\+ ?\w+[^#\n]*"
            r"|format\([^#\n]*)shell\s*=\s*True|os\.(?:system|popen)\((?:f[\"']|\w+ ?\+"
            r"|[\"'][^\"']*[\"'] ?[+%])"
            r"|(?:execute|query|raw)\(\s*(?:f[\"'][^\"'\n]*\{|[\"'][^\"'\n]*[\"']\s*(?:\+|%\s))"
            r"|child_process[^#\n]*exec\(\s*`[^`\n]*\$\{|innerHTML\s*=|dangerouslySetInnerHTML"
        ),
    }.items()
}
"""What opens something when a line with it comes."""

CLOSED: Mapping[str, re.Pattern[str]] = {
    name: lazy_pattern(pattern, re.IGNORECASE)
    for name, pattern in {
        "a check of rights is gone": (
            r"@\w*(?:login_required|permission|authoriz|authenticat|admin_only|require|secured"
            r"|rolesallowed|preauthorize|csrf_protect|rate_?limit)\w*"
            r"|\b(?:if|unless|guard|assert|require|ensure|check|verify|authorize)\b[^#\n]*(?:\bauth\w*"
            r"|permi\w+|is_?admin|is_?owner|allowed|forbidden|csrf|signature|token|password)"
            r"|raise \w*(?:PermissionDenied|Forbidden|Unauthorized|AccessDenied)|abort\(40[13]"
            r"|before_action :\w*auth|hmac\.compare_digest|constant_?time"
        ),
        "a limit or a probe is gone": (
            r"^\s*(?:liveness|readiness|startup)Probe:|^\s*limits:|^\s*securityContext:"
            r"|runAsNonRoot:\s*true|readOnlyRootFilesystem:\s*true|^USER\s+(?!root|0\b)\S"
            r"|^HEALTHCHECK\s+(?!NONE)|allowPrivilegeEscalation:\s*false|^\s*kind:\s*(?:NetworkPolicy"
            r"|PodDisruptionBudget)|prevent_destroy\s*=\s*true|deletion_protection\s*=\s*true"
            r"|sensitive\s*=\s*true|fail_under|cov-fail-under|coverageThreshold|^\s*set -[eu]\w*|pipefail"
            r"|^\s*(?:ignore-scripts|strict-ssl|engine-strict|audit|save-exact|package-lock|require-hashes|only-binary"
            r"|minimum-?release-?age|require-virtualenv|enableImmutableInstalls|enableHardenedMode)\s*[=:]"
        ),
    }.items()
}
"""What closes something: when more lines with it go than come."""

_SIGNS = (
    *(
        "curl",
        "wget",
        "iwr",
        "eval",
        "exec",
        "pickle",
        "marshal",
        "yaml.",
        "verif",
        "insecure",
        "reject",
        "auth",
        "cert",
    ),
    *(
        "trust",
        "ssl",
        "tls",
        "privileg",
        "host",
        "runas",
        "readonly",
        "docker.sock",
        "sys_admin",
        "confined",
        "cap_add",
    ),
    *(
        "user",
        ".0.0.0",
        "::/0",
        "public",
        "origin",
        "cors",
        "permi",
        "anonym",
        "requirepass",
        "protect",
        "admin",
        "verbs",
    ),
    *(
        "resource",
        "action",
        "owner",
        "editor",
        "chmod",
        "nopasswd",
        "grant",
        "is_s",
        "debug",
        "encrypt",
        "destroy",
        "snapshot",
    ),
    *(
        "csrf",
        "cookie",
        "secur",
        "escape",
        "algorithm",
        "replica",
        "valid",
        "audit",
        "allow",
        "versioning",
        "retention",
    ),
    *(
        "||",
        "exit",
        "true",
        "set ",
        "except",
        "catch",
        "failure",
        "skip",
        "fail",
        "passwith",
        "env",
        "/dev/tcp",
        "install",
        "node-options",
        "init-module",
        "onload",
        "git",
    ),
    *(
        "prepare",
        "cmdclass",
        "shell",
        "system",
        "popen",
        "query",
        "raw(",
        "inner",
        "function(",
        "add http",
        "signature",
    ),
    *(
        "token",
        "require",
        "raise",
        "abort",
        "probe",
        "limits:",
        "kind:",
        "sensitive",
        "coverage",
        "gpgcheck",
        "principal",
    ),
    *(
        "hostname",
        "test",
        "vitest",
        "jest",
        "cfg!",
        "enforce",
        "mode",
        "selinux",
        "informational",
        "automerge",
        "ignore_errors",
        "strict",
        "noemit",
        "pull-requests",
        "argv",
        '- "*"',
        "- '*'",
        "- all",
        "pipefail",
        "forbidden",
        "password",
        "compare",
        "health",
        "before_action",
        "now",
        "today",
        "time.time",
        "date(",
        "__debug__",
        "optimize",
        "frame",
        "stack",
        "modules",
        "getuser",
        "node()",
        "random",
        "rand.",
        "unix()",
    ),
)
"""What no line of the tables is without: looking for it is faster than the tables."""
LONG = 16 * 1024
"""Characters of a line that are read."""


def find_lost_guards(
    diff: Diff, kinds: Mapping[str, str], messages: Iterable[str] = ()
) -> tuple[LostGuard, ...]:
    """The guards that *diff* takes away, in files that run; workflows have a reading of their own.

    *messages* are those of its commits.
    """
    files = [file for file in diff.files if kinds[file.shown] in KINDS and not _is_workflow(file)]
    found = [each for file in files for each in _lost(file)]
    found += [each for file in diff.files for each in _let_in(file)]
    found += [each for file in diff.files if kinds[file.shown] == "docs" for each in _told_to_run(file)]
    found += [each for file in diff.files if kinds[file.shown] == "docs" for each in _told_to_install(file)]
    if set(kinds.values()) & {"src", "migrations", "ci"} and any(map(_NO_CHECKS.search, messages)):
        found.append(LostGuard("message of the commit", 1, "a message says that no check is to run"))
    return tuple(sorted(set(found)))


_NO_CHECKS = lazy_pattern(
    r"\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|^skip-checks: ?true|\*\*\*NO_CI\*\*\*",
    re.IGNORECASE | re.MULTILINE,
)


def _is_workflow(file: ChangedFile) -> bool:
    return file.path.startswith(".github/workflows/") and file.path.endswith((".yml", ".yaml"))


def _lost(file: ChangedFile) -> Iterator[LostGuard]:
    added = [line for line in file.lines if _is_telling(line.text)]
    gone = [text[:LONG] for text in file.removed if _is_telling(text)]
    for line in file.lines:
        if len(line.text) > LONG:
            yield LostGuard(file.shown, line.number, "a line is too long to be read")
    before = {text.strip() for text in gone}
    for what, shape in OPENED.items():
        new = [line for line in added if shape.search(line.text[:LONG]) and line.text.strip() not in before]
        if len(new) > _count(gone, shape, but={line.text.strip() for line in added}):
            yield LostGuard(file.shown, new[0].number, what)
    yield from _origins(file)
    yield from _looks_at_less(file)
    if file.is_deleted:
        return
    texts = [line.text[:LONG] for line in added]
    for what, shape in CLOSED.items():
        if _count(gone, shape) > _count(texts, shape):
            yield LostGuard(file.shown, file.lines[0].number if file.lines else 1, what)


_GATES = lazy_pattern(
    r"(?:^|/)(?:\.coveragerc|\.?codecov\.ya?ml|\.nycrc(?:\.json)?|\.c8rc\.json|\.semgrepignore|\.trivyignore|\.?gitleaks\.toml|\.gitleaksignore"
    r"|\.snyk|\.bandit|bandit\.ya?ml|\.checkov\.ya?ml|\.tfsec/.*|\.grype\.ya?ml|osv-scanner\.toml|audit\.toml|deny\.toml|\.kics[^/]*|trivy\.ya?ml"
    r"|sonar-project\.properties|\.?zizmor\.ya?ml|\.talismanrc|\.secrets\.baseline|\.secretlintrc[^/]*|\.hadolint\.ya?ml)$"
)
"""Settings of scanners and of coverage."""
_LEFT_OUT = lazy_pattern(
    r"\b(?:omit|exclu\w*|ignore\w*|skip\w*|allow\w*|disable\w*|suppress\w*|whitelist|informational|threshold)\b",
    re.IGNORECASE,
)
_LISTS = lazy_pattern(r"ignore$|ignore_file$|\.baseline$")
"""Files each of whose lines leaves something out."""
_CHOSEN = lazy_pattern(r"\b(?:select|extend-select|enable|extends|plugins|linters|checks)\b\W", re.IGNORECASE)
"""Lines by which linters and their rules are chosen."""


_MEASURED_LESS = lazy_pattern(
    r"^\s*[\"']?(?:omit|exclude_lines|exclude_also|partial_branches|coveragePathIgnorePatterns)[\"']?\s*[=:]"
)
"""Lines by which coverage leaves something out, in whatever file they stand."""
_RULE = r"\s*[-\"']*([\w@/:-]+)[\"']*\s*[:=]\s*(?:\[\s*|\{\s*level\s*=\s*)?[\"']?"
_STRICT = lazy_pattern(_RULE + r"(?:forbid|deny|error|warn)\b", re.IGNORECASE)
_LAX = lazy_pattern(_RULE + r"(?:allow|off|ignore|none)\b", re.IGNORECASE)
"""A rule by its name, and whether it is enforced."""
_IGNORES = lazy_pattern(r"(?:^|[/.])(?:git|docker|npm|helm|gcloud|cf|eb|slug|vscode|prettier)ignore$")
_PRIVATE = lazy_pattern(
    r"(?:^|[/*._-])(?:env|pem|key|p12|pfx|jks|keystore|id_\w+|ssh|aws|gnupg|npmrc|netrc|pypirc|kube(?:config)?|tfvars|tfstate"
    r"|htpasswd|git|docker/config\.json|secrets?|credentials?|private|passwords?|tokens?)(?:$|[/.*_-])",
    re.IGNORECASE,
)


def _let_in(file: ChangedFile) -> Iterator[LostGuard]:
    """Files with secrets that images, packages or commits may have in them from now on."""
    if not _IGNORES.search(file.path) and not _IGNORES.search(file.old_path):
        return
    kept = {line.text.strip().strip("/") for line in file.lines}
    gone = [text.strip() for text in file.removed if not text.startswith(("!", "#"))]
    let_in = [(1, text) for text in gone if text.strip("/") not in kept]
    let_in += [
        (line.number, line.text[1:].strip())
        for line in file.lines
        if line.text.startswith("!") and line.text not in file.removed and not _SAMPLE.search(line.text)
    ]
    for number, name in let_in:
        if _PRIVATE.search(name.strip("/")):
            yield LostGuard(file.shown, number, f"{name} is not kept out any more")
            return


_SAMPLE = lazy_pattern(r"example|sample|template|dist\b|\.pub$")


_WAITS = lazy_pattern(
    r"(?i)\b(?:minimum-?release-?age|stabilityDays|default-days|semver-\w+-days|min-release-age|npmMinimalAgeGate)[\"']?\s*[:=]"
    r"\s*[\"']?(\d+)"
)
"""How long a new version of a package has to be out before it is taken."""
_UNSAFE_LEFT_OUT = lazy_pattern(
    r"(?:\b(?:extend-)?(?:per-file-)?ignores?\b|^\s*[\"'][^\"']*[*./][^\"']*[\"']\s*[=:]\s*\[).*[\"'](?:S(?!101\b)\d*|ALL|B[1-7]\d\d)[\"']"
)
"""Rules of linters that look for what is unsafe, left out."""
_UPDATES = lazy_pattern(r"(?:^|/)(?:\.?renovate(?:rc)?(?:\.json5?)?)$")
_OFF = lazy_pattern(r"enabled[\"']?\s*:\s*false")


def _is_off(line: AddedLine) -> bool:
    return _OFF.search(line.text) is not None


def _looks_at_less(file: ChangedFile) -> Iterator[LostGuard]:
    """Scanners and coverage that leave more out, and rules of linters that are not chosen any more."""
    if _UPDATES.search(file.path) and not any(_OFF.search(text) for text in file.removed):
        for line in filter(_is_off, file.lines):
            yield LostGuard(file.shown, line.number, "updates of packages are switched off")
    gone = {text.strip() for text in file.removed}
    fresh = [line for line in file.lines if line.text.strip() and line.text.strip() not in gone]
    if _GATES.search(file.path):
        listed = _LISTS.search(file.path) is not None
        for line in fresh:
            if not _is_remark(line.text) and (listed or _LEFT_OUT.search(line.text)):
                yield LostGuard(file.shown, line.number, "a scanner or coverage leaves more out")
                return
    for line in fresh:
        if _MEASURED_LESS.search(line.text) and not any(map(_MEASURED_LESS.search, file.removed)):
            yield LostGuard(file.shown, line.number, "a scanner or coverage leaves more out")
            break
    for line in fresh:
        if _UNSAFE_LEFT_OUT.search(line.text) and not re.search(r"(?i)test|conftest", line.text):
            yield LostGuard(file.shown, line.number, "a rule of safety is left out for a part of the code")
            break
    waited = sum(int(match[1]) for text in file.removed if (match := _WAITS.search(text)))
    waits = sum(int(match[1]) for line in file.lines if (match := _WAITS.search(line.text)))
    if waits < waited:
        yield LostGuard(file.shown, fresh[0].number if fresh else 1, "new versions are taken sooner")
    strict = {match[1] for text in file.removed if (match := _STRICT.match(text))}
    for line in fresh:
        if (match := _LAX.match(line.text)) and match[1] in strict:
            yield LostGuard(file.shown, line.number, f"the rule {match[1]} is not enforced any more")
            break
    before = {word for text in file.removed if _CHOSEN.search(text) for word in re.findall(r"[\w-]+", text)}
    now = {word for line in file.lines for word in re.findall(r"[\w-]+", line.text)}
    if before - now and re.search(r"\.(?:toml|ya?ml|cfg|ini|json)$|rc$", file.path) and fresh:
        yield LostGuard(file.shown, fresh[0].number, "rules are not chosen any more")


_PIPED = lazy_pattern(
    r"\b(?:curl|wget|iwr|irm)\b[^|\n]*?https?://([^/\s\"']+)[^|\n]*\|\s*(?:sudo\s+)?(?:\w*sh|iex|python3?)\b"
)


def _told_to_run(file: ChangedFile) -> Iterator[LostGuard]:
    """A page that tells people to run a script from elsewhere than before."""
    before = {host for text in file.removed for host in _PIPED.findall(text)}
    installed = any(_INSTALLS.search(text[:LONG]) for text in file.removed)
    for line in file.lines:
        if (before or installed) and set(_PIPED.findall(line.text)) - before:
            yield LostGuard(file.shown, line.number, "people are told to run a script from another place")
            return


_INSTALLS = lazy_pattern(
    r"\b((?:pip3?|pipx|uv|uv pip|poetry|npm|yarn|pnpm|go|cargo|gem|brew|helm repo|docker|podman)"
    r" (?:install|i|add|get|run|pull))"
    r"((?: +-{1,2}[\w-]+(?:[= ](?:https?:\S+|\d[\w:]*))?)*) +([\"']?[@\w][^\s`\"']*)"
)
_INDEX = lazy_pattern(r"https?://[^\s\"'`]+")
_ITS_VERSION = lazy_pattern(
    r"(?<=\w)(?:\[[^\]]*\])?(?:(?:[=<>~!]=?|@|:)v?\d.*|[@:](?:latest|stable|main|next))?$"
)


def _installs(texts: Iterable[str]) -> dict[str, set[str]]:
    """By command, what *texts* tell people to install, without versions, and from where."""
    found: dict[str, set[str]] = {}
    for text in texts:
        for command, options, name in _INSTALLS.findall(text[:LONG]):
            wanted = {_ITS_VERSION.sub("", name.strip("\"'")), *_INDEX.findall(options)}
            found.setdefault(command, set()).update(wanted)
    return found


def _told_to_install(file: ChangedFile) -> Iterator[LostGuard]:
    """A page in which another package, or another index, stands where one stood."""
    gone = _installs(file.removed)
    kept = _installs(line.text for line in file.lines)
    for line in file.lines:
        for command, names in _installs([line.text]).items():
            before = gone.get(command, set())
            if names - before and before and (before - kept[command] or len(kept[command]) > len(before)):
                what = "people are told to install another package, or from another place"
                yield LostGuard(file.shown, line.number, what)
                return


_TAG = lazy_pattern(
    r"^\s*(?:tag|imageTag|targetRevision|version|ref)\s*[:=]\s*[\"']?([\w][\w.+-]*)[\"']?\s*$"
)
_ORIGIN = lazy_pattern(
    r"^\s*(?:-\s+)?(?:image|repository|FROM(?:\s+--platform=\S+)?|source|uses|chart|helm|repo|url)\s*[:=\s]\s*[\"']?([^\s\"'#]+)"
    r"|COPY\s+--from=(\S+)"
)
"""Where an image, a module or a chart comes from."""


def _origins(file: ChangedFile) -> Iterator[LostGuard]:
    """An image or module from another repository than before, or without its digest or version."""
    if not re.search(r"ockerfile|ontainerfile|\.ya?ml$|\.tf$|\.hcl$|\.json$|\.toml$", file.path):
        return
    gone = [name for text in file.removed if (name := _origin(text))]
    added = [(line.number, name) for line in file.lines if (name := _origin(line.text))]
    yield from _loose_tags(file)
    before = {_repository(name) for name in gone}
    for number, name in added:
        if name in gone or not gone:
            continue
        if _repository(name) not in before:
            yield LostGuard(file.shown, number, "an image, module or chart comes from another place")
        elif not _is_fixed(name) and any(
            _is_fixed(old) for old in gone if _repository(old) == _repository(name)
        ):
            yield LostGuard(file.shown, number, "a version or digest is not fixed any more")


def _loose_tags(file: ChangedFile) -> Iterator[LostGuard]:
    """A tag that was a version and is a word now, as in Helm's values."""
    gone = [match[1] for text in file.removed if (match := _TAG.match(text))]
    for line in file.lines:
        match = _TAG.match(line.text)
        if match and not re.search(r"\d", match[1]) and any(re.search(r"\d", each) for each in gone):
            yield LostGuard(file.shown, line.number, "a version or digest is not fixed any more")


def _origin(text: str) -> str:
    match = _ORIGIN.match(text)
    name = (match[1] or match[2]) if match else ""
    return (
        name
        if "/" in name or ":" in name or text.lstrip().startswith(("FROM", "image", "- image", "COPY"))
        else ""
    )


def _repository(name: str) -> str:
    plain = name.partition("@")[0].partition("?")[0]
    head, colon, tag = plain.rpartition(":")
    return head if colon and "/" not in tag else plain


def _is_fixed(name: str) -> bool:
    """Whether *name* says which version: a digest, or a tag that is no moving word."""
    tag = name.partition("@")[0].rpartition(":")[2]
    return (
        "@sha256:" in name
        or "?ref=" in name
        or ("/" not in tag and tag != name and bool(re.search(r"\d", tag)))
    )


def _count(texts: Iterable[str], shape: re.Pattern[str], but: Iterable[str] = ()) -> int:
    return sum(1 for text in texts if shape.search(text) and text.strip() not in but)


def _is_telling(text: str) -> bool:
    if text.isspace() or not text or _is_remark(text):
        return False
    low = text[:LONG].lower()
    return any(sign in low for sign in _SIGNS)


def _is_remark(text: str) -> bool:
    return text.lstrip().startswith(("# ", "// ", "<!--"))

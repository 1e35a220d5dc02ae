"""Answers in full: every field that GitHub's description requires, from the few that matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Shape = dict[str, Any]
WHEN = "2026-05-28T18:28:33Z"


def user(api: str, login: str, number: int) -> Shape:
    """A ``simple-user``."""
    mine = f"{api}/users/{login.replace('[', '%5B').replace(']', '%5D')}"
    paths = ("followers", "orgs", "received_events", "repos", "subscriptions")
    names = ("followers_url", "organizations_url", "received_events_url", "repos_url", "subscriptions_url")
    return {
        "login": login,
        "id": number,
        "node_id": f"U_{number}",
        "avatar_url": f"https://avatars.example.invalid/u/{number}",
        "gravatar_id": "",
        "url": mine,
        "html_url": f"https://example.invalid/u{number}",
        **{name: f"{mine}/{path}" for name, path in zip(names, paths, strict=True)},
        "following_url": f"{mine}/following{{/other_user}}",
        "gists_url": f"{mine}/gists{{/gist_id}}",
        "starred_url": f"{mine}/starred{{/owner}}{{/repo}}",
        "events_url": f"{mine}/events{{/privacy}}",
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
    }


def public_user(api: str, login: str, number: int) -> Shape:
    """What ``GET /user`` says of the token's owner."""
    nothing = dict.fromkeys(("bio", "blog", "company", "email", "hireable", "location", "name"))
    counts = dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0)
    return {
        **user(api, login, number),
        **nothing,
        **counts,
        "user_view_type": "public",
        "created_at": WHEN,
        "updated_at": WHEN,
    }


def repository_shape(api: str, full_name: str, owner: Shape) -> Shape:
    """A ``repository``."""
    mine, page = f"{api}/repos/{full_name}", f"https://example.invalid/{full_name}"
    plain = [
        *("contributors", "deployments", "downloads", "events", "forks", "hooks", "languages", "merges"),
        *("stargazers", "subscribers", "subscription", "tags", "teams"),
    ]
    filled = [
        *("assignees", "blobs", "branches", "collaborators", "comments", "commits", "compare", "contents"),
        *("git_commits", "git_refs", "git_tags", "issue_comment", "issue_events", "issues", "keys", "labels"),
        *("milestones", "notifications", "pulls", "releases", "statuses", "trees", "archive"),
    ]
    counts = ["forks", "forks_count", "open_issues", "open_issues_count", "size", "stargazers_count"]
    return {
        "id": 1,
        "node_id": "R_1",
        "name": full_name.partition("/")[2],
        "full_name": full_name,
        "owner": owner,
        "private": False,
        "html_url": page,
        "description": None,
        "fork": False,
        "url": mine,
        **{f"{name}_url": f"{mine}/{name}" for name in plain},
        **{f"{name}_url": f"{mine}/{name}{{/id}}" for name in filled},
        "clone_url": f"{page}.git",
        "git_url": f"git://example.invalid/{full_name}.git",
        "ssh_url": f"git@example.invalid:{full_name}.git",
        "svn_url": page,
        "homepage": None,
        "language": None,
        "license": None,
        "mirror_url": None,
        "default_branch": "main",
        "archived": False,
        "disabled": False,
        **dict.fromkeys(("has_downloads", "has_issues", "has_projects", "has_wiki"), True),
        "has_pages": False,
        **dict.fromkeys((*counts, "watchers", "watchers_count"), 0),
        **dict.fromkeys(("created_at", "updated_at", "pushed_at"), WHEN),
    }


def pull(api: str, home: Shape, about: Mapping[str, Any], *, full: bool) -> Shape:
    """A ``pull-request`` (*full*), or a ``pull-request-simple``.

    *about* has ``number``, ``head``, ``head_ref``, ``base``, ``base_ref``, ``state``, ``merged``, ``author``.
    """
    number = about["number"]
    mine, issue = f"{home['url']}/pulls/{number}", f"{home['url']}/issues/{number}"
    page, author, owner = f"{home['html_url']}/pull/{number}", about["author"], home["owner"]

    def end(side: str) -> Shape:
        name = about[f"{side}_ref"]
        return {
            "label": f"{owner['login']}:{name}",
            "ref": name,
            "sha": about[side],
            "user": owner,
            "repo": home,
        }

    links = {
        "self": mine,
        "html": page,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{mine}/comments",
        "review_comment": f"{home['url']}/pulls/comments{{/number}}",
        "commits": f"{mine}/commits",
        "statuses": f"{home['url']}/statuses/{about['head']}",
    }
    short = {
        "id": number,
        "node_id": f"PR_{number}",
        "number": number,
        "state": about["state"],
        "locked": False,
        "title": "A change",
        "body": None,
        "user": author,
        "labels": [],
        **dict.fromkeys(("assignee", "milestone", "auto_merge", "merge_commit_sha")),
        "created_at": WHEN,
        "updated_at": WHEN,
        "closed_at": None if about["state"] == "open" else WHEN,
        "merged_at": WHEN if about["merged"] else None,
        "url": mine,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue,
        **{
            f"{name}_url": links[name]
            for name in ("comments", "review_comments", "review_comment", "commits")
        },
        "statuses_url": links["statuses"],
        "head": end("head"),
        "base": end("base"),
        "_links": {name: {"href": link} for name, link in links.items()},
        "author_association": "CONTRIBUTOR",
    }
    if not full:
        return short
    counts = ["additions", "changed_files", "comments", "commits", "deletions", "review_comments"]
    return {
        **short,
        **dict.fromkeys(counts, 1),
        "mergeable": None,
        "mergeable_state": "unknown",
        "merged": about["merged"],
        "maintainer_can_modify": False,
        "merged_by": author if about["merged"] else None,
    }


def commit_status(home: Shape, sha: str, about: Mapping[str, Any], creator: Shape) -> Shape:
    """A ``status``; *about* has ``id``, ``state``, ``context``, ``description``, ``target_url``, ``at``."""
    return {
        "url": f"{home['url']}/statuses/{sha}",
        "avatar_url": creator["avatar_url"],
        "node_id": f"SC_{about['id']}",
        **{key: about[key] for key in ("id", "state", "description", "target_url", "context")},
        "created_at": about["at"],
        "updated_at": about["at"],
        "creator": creator,
    }


def comment(home: Shape, issue: int, about: Mapping[str, Any], author: Shape) -> Shape:
    """An ``issue-comment``; *about* has ``id``, ``body`` and ``at``."""
    number = about["id"]
    return {
        "id": number,
        "node_id": f"IC_{number}",
        "url": f"{home['url']}/issues/comments/{number}",
        "html_url": f"{home['html_url']}/pull/{issue}#issuecomment-{number}",
        "issue_url": f"{home['url']}/issues/{issue}",
        "body": about["body"],
        "user": author,
        "author_association": "CONTRIBUTOR",
        "created_at": about["at"],
        "updated_at": about["at"],
    }


def check_run(home: Shape, sha: str, number: int, name: str, conclusion: str | None) -> Shape:
    """A ``check-run``; without a *conclusion* it still runs."""
    mine = f"{home['url']}/check-runs/{number}"
    return {
        "id": number,
        "node_id": f"CR_{number}",
        "head_sha": sha,
        "external_id": None,
        "name": name,
        "url": mine,
        "html_url": None,
        "details_url": None,
        "status": "completed" if conclusion else "in_progress",
        "conclusion": conclusion,
        "started_at": WHEN,
        "completed_at": WHEN if conclusion else None,
        "check_suite": {"id": 1},
        "output": {
            **dict.fromkeys(("title", "summary", "text")),
            "annotations_count": 0,
            "annotations_url": f"{mine}/annotations",
        },
        "app": None,
        "pull_requests": [],
    }


def workflow_run(home: Shape, about: Mapping[str, Any]) -> Shape:
    """A ``workflow-run``; without a conclusion it still runs.

    *about* has ``id``, ``path``, ``event``, ``head``, ``attempt``, ``at`` and ``conclusion``.
    """
    number = about["id"]
    mine = f"{home['url']}/actions/runs/{number}"
    links = ("jobs", "logs", "cancel", "rerun", "artifacts")
    return {
        "id": number,
        "name": None,
        "node_id": f"WFR_{number}",
        "head_branch": "main",
        "head_sha": about["head"],
        "path": about["path"],
        "display_title": "A change",
        "run_number": number,
        "run_attempt": about["attempt"],
        "event": about["event"],
        "status": "completed" if about["conclusion"] else "in_progress",
        "conclusion": about["conclusion"] or None,
        "workflow_id": 1,
        "url": mine,
        "html_url": f"{home['html_url']}/actions/runs/{number}",
        "pull_requests": [],
        **dict.fromkeys(("created_at", "updated_at", "run_started_at"), about["at"]),
        **{f"{name}_url": f"{mine}/{name}" for name in links},
        "check_suite_url": f"{home['url']}/check-suites/{number}",
        "workflow_url": f"{home['url']}/actions/workflows/1",
        "head_commit": None,
        "repository": home,
        "head_repository": home,
    }


def run_job(home: Shape, run: int, head: str, number: int, about: Mapping[str, Any]) -> Shape:
    """A ``job`` of a run; *about* has ``name``, ``attempt``, ``created``, ``started``, ``completed`` and
    ``conclusion``. Without a conclusion it still runs."""
    mine, done = f"{home['url']}/actions/jobs/{number}", bool(about["conclusion"])
    return {
        "id": number,
        "run_id": run,
        "run_url": f"{home['url']}/actions/runs/{run}",
        "run_attempt": about["attempt"],
        "node_id": f"CR_{number}",
        "head_sha": head,
        "head_branch": "main",
        "url": mine,
        "html_url": f"{home['html_url']}/actions/runs/{run}/job/{number}",
        "status": "completed" if done else "in_progress",
        "conclusion": about["conclusion"] or None,
        "created_at": about["created"],
        "started_at": about["started"],
        "completed_at": about["completed"] if done else None,
        "name": about["name"],
        "workflow_name": "Release",
        "steps": [],
        "check_run_url": f"{home['url']}/check-runs/{number}",
        "labels": ["ubuntu-24.04"],
        "runner_id": 1,
        "runner_name": "GitHub Actions 1",
        "runner_group_id": 0,
        "runner_group_name": "GitHub Actions",
    }

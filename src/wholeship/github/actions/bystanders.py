"""Actions of others that push no image, each looked up in its own ``action.yml`` and manual.

They set up tools, talk to GitHub or to another service, or look at files. Their outputs are not listed here.
"""

from __future__ import annotations

from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import Done

_NAMES = """
    8bitjonny/gh-get-current-pr
    ad-m/github-push-action
    anchore/sbom-action
    anchore/sbom-action/publish-sbom
    andrcuns/allure-publish-action
    apache/skywalking-infra-e2e
    appleboy/scp-action
    cb80/delrel
    chainguard-dev/actions/kind-diag
    crazy-max/ghaction-github-runtime
    cyclonedx/gh-gomod-generate-sbom
    daun/playwright-report-summary
    dawidd6/action-download-artifact
    depot/use-action
    digitalocean/action-doctl
    endbug/add-and-commit
    erzz/dockle-action
    filiptronicek/get-last-job-status
    fluxcd/pkg/actions/crdjsonschema
    getsentry/action-release
    grafana/run-k6-action
    helm/chart-releaser-action
    helm/chart-testing-action
    helm/kind-action
    joelanford/go-apidiff
    kubescape/github-action
    louisbrunner/checks-action
    martinbeentjes/npm-get-version-action
    marvinpinto/action-automatic-releases
    nwtgck/actions-netlify
    orhun/git-cliff-action
    pulumi/auth-actions
    pulumi/esc-action
    pypa/gh-action-pypi-publish
    rajatjindal/krew-release-bot
    richardsimko/update-tag
    rlespinasse/github-slug-action
    s4u/maven-settings-action
    scopsy/actions-netlify
    slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml
    slsa-framework/slsa-github-generator/actions/generator/generic/create-base64-subjects-from-file
    stefanprodan/helm-gh-pages
    svenstaro/upload-release-action
    test-summary/action
"""


def pushes_nothing(_call: Call) -> Done:
    """No image is pushed; outputs are not listed here."""
    return Done((), known=False)


ACTIONS = dict.fromkeys(_NAMES.split(), pushes_nothing)

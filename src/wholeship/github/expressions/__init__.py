"""The expressions of GitHub Actions: read, evaluated, and evaluated as far as is known before a run."""

"""Reading, proving and comparing GitHub Actions workflows."""

"""Running a release: text → ReleaseConfig → Plan → Built → Cleared → Promoted → Verified."""

"""What a workflow does, one question per file: publishes, gates, tags, platforms, credentials."""

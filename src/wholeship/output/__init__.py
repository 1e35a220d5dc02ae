"""Reports as text, JSON, Markdown, SARIF, annotations and HTML."""

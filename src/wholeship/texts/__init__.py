"""What is known of a text before a run."""

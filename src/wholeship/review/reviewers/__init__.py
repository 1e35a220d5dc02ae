"""Who gives the verdict: the built-in rubric over the evidence, or a program of the team's choice."""

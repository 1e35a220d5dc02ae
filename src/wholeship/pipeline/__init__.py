"""The neutral run: jobs, legs, steps, what they publish, check and leave."""

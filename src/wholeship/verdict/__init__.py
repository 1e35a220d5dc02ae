"""What is made of the proofs: rules, reports, comparisons."""

"""Proof that travels: what is stated of a release, signed, and stored beside its images for others."""

"""Measurements: ratios within one run, on whatever machine this is. Nothing here is a test."""

"""Reasoning that has never heard of images or GitHub."""

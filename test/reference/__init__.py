"""Slow reference implementations and published numbers, used only by tests."""

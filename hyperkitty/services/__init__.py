"""Writes that people ask for: each a function with one transaction."""

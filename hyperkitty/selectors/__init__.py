"""Reads shaped for a page; each has a fixed number of queries."""

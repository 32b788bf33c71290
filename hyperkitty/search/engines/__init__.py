"""Haystack engines that are made for mail: one on tantivy, one on Whoosh."""

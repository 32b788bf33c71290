"""The only writer of threads, parents, ghosts, counters and aliases.

Start with `placement`, which says what is right, then `arrival`, which keeps it so.
"""

"""Search: what readers ask for, the index, and the engines that answer."""

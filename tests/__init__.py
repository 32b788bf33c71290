"""Tests; the folders mirror hyperkitty/."""

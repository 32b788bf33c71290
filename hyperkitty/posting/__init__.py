"""Posts written on the web: composed, let through by the list, sent and followed."""

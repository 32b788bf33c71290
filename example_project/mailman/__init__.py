"""A Mailman Core of our own on this machine, for the demo and the tests."""

"""Rules of the source tree that a machine can check."""

"""How fast it is, as ratios to something else that was measured in the same minutes: `make bench`."""

"""What all tests share."""

from hypothesis import settings

# A slow machine is no fault of the code: speed is measured in benchmarks/, not here.
settings.register_profile("house", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("house")

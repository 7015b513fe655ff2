"""What all tests share."""

import signal

from hypothesis import settings

# A slow machine is no fault of the code: speed is measured in benchmarks/, not here.
settings.register_profile("house", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("house")

# Who starts the tests in the background of a shell has them ignore Ctrl-C, and so would the commands that they run.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

"""The HTTP API, /api/v1: everything that the command line can do, for programs and for a command line elsewhere."""

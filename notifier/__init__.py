"""The outage notifier: one update by an admin reaches every channel."""

__version__ = "0.1.0"

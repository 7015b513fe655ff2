"""From an incident to the words and files that a channel shows."""

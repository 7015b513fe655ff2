"""The channels that come along: one module a kind.

``KINDS`` is the one place where they are registered: kind, as in ``kind = "telegram"`` in the configuration, to the
module that holds its ``Config`` and ``connect``. Nothing is imported until a configured channel needs it. Kinds of
other distributions come by the entry-point group ``notifier.channels``.
"""

from __future__ import annotations

KINDS: dict[str, str] = {
    "apprise": "channels.apprise",
    "console": "channels.console",
    "email": "channels.email",
    "folder": "channels.folder",
    "ftp": "channels.ftp",
    "git": "channels.git",
    "mastodon": "channels.mastodon",
    "s3": "channels.s3",
    "sftp": "channels.sftp",
    "telegram": "channels.telegram",
    "webdav": "channels.webdav",
    "webhook": "channels.webhook",
    "x": "channels.x",
}

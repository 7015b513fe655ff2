"""The Telegram bot for admins: a part of `notifier serve` that decides drafts by buttons and proposes new ones by talk.

``came`` reads what Telegram hands over, ``desk`` decides who may what, ``press`` and ``talk`` do it, ``look`` tells how
things stand, ``say`` holds what is to be answered, ``line`` speaks with Telegram, ``part`` keeps it going.

One thing that came is one transaction: that it was seen, what it did, and what is to be answered are stored together.
Only then is it answered. So whatever dies in between, it is neither lost nor done twice; at worst an answer is said
again.
"""

"""What `notifier serve` is: one process that listens, weighs, keeps time and delivers.

``serve`` starts and stops its parts, ``app`` puts the addresses together, ``hooks`` takes in what monitoring says,
``writer`` stores it before the answer, ``pages`` shows drafts to who has a link, ``health`` and ``metrics`` say how it
goes. Starlette, uvicorn and prometheus-client come with the extra ``serve``; nothing else in the program imports them.
"""

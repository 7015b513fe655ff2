"""X (Twitter): posts, answers where X lets us answer, deletes. Through tweepy, with OAuth 1.0a keys.

Rules of 2026 (docs.x.com/x-api): every call is paid, a post with a link dearly; small apps may answer only who
mentioned them; a text that X has seen lately is refused. Used: POST and DELETE /2/tweets, GET /2/users/:id/tweets.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from channels import _http
from notifier.channel import Limits, Message, Permanent, Receipt, Secret, Temporary, Unsure, key, need, value

HOST = "https://api.twitter.com"  # the only one tweepy knows
LINK = "https://x.com/i/status/"  # and the id
RECENT = timedelta(days=1)  # an equal text of ours, no older than this, is taken for the same post
RIGHTS = 'Set the app to "Read and write" at console.x.com, then generate the access token again'
BROKEN = (  # status, X's words, and what to do when it is not this post but the account or the app
    (401, "", "Copy all four keys again, and look whether this machine's clock is right"),
    (402, "", "The credits are used up: buy more at console.x.com"),
    (403, r"suspended|\blocked", "Sign in at x.com in a browser and follow what it asks"),
    (403, r"permissions|access level|\bproject", RIGHTS),
)
SECRETS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
COUNTS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")


@value
class Config:
    """Keys of an X app and of the account that posts."""

    consumer_key: Secret = key('"API Key" of the app')
    consumer_secret: Secret = key('"API Key Secret" of the app')
    access_token: Secret = key('"Access Token" of the account, made after the app got "Read and write"')
    access_token_secret: Secret = key('"Access Token Secret" of the account')
    api_url: str = key("where the API lives", HOST)


def connect(config: Config) -> X:
    """The channel, not yet connected. Raises MissingExtra when tweepy is not installed."""
    need("tweepy", "x")
    return X(config)


class _Refused(Permanent):
    """X refuses this one request: its status, and its words in lower case."""

    def __init__(self, why: str, status: int, said: str) -> None:
        super().__init__(why)
        self.status, self.said = status, said.lower()


class X:
    """One account on X."""

    limits = Limits(size=280, measure="x", reply_to="last", link="first", pace=(100, 900.0))

    def __init__(self, config: Config) -> None:
        self.timeout = (5.0, 20.0)
        self._config = config
        self._http = _http.Http([getattr(config, name) for name in SECRETS])
        self._client: Any = None

    def post(self, message: Message, **more: str) -> Receipt:
        """A new post. When X refuses it as seen already, the receipt of that earlier post, if it is fresh and ours."""
        try:
            answer = self._call("create_tweet", text=message.text, **more)
        except _Refused as no:
            if "duplicate" not in no.said:
                raise
            return self._earlier(message)
        return Receipt(id := str(_data(answer, "id")), LINK + id)

    def reply(self, to: Receipt, message: Message) -> Receipt:
        """An answer; where X refuses to let us answer, or ``to`` is gone, a post of its own."""
        try:
            return self.post(message, in_reply_to_tweet_id=to.id)
        except _Refused as no:
            if not re.search("reply|conversation", no.said):
                raise
        return self.post(message)

    def delete(self, receipt: Receipt) -> Receipt:
        """Take a post back; one that is gone already is fine."""
        try:
            self._call("delete_tweet", receipt.id)
        except _Refused as no:
            if no.status not in (404, 410):
                raise
        return receipt

    def find(self, message: Message) -> Receipt | None:
        """The post of these words among our newest 20, at most a day old."""
        me = self._config.access_token.reveal().partition("-")[0]  # the id of the account; asking for it costs money
        me = me if me.isdigit() else _data(self._call("get_me"), "id")
        since = datetime.now(UTC) - RECENT
        posts = _data(self._call("get_users_tweets", me, start_time=since, max_results=20, tweet_fields=["entities"]))
        found = next((post["id"] for post in posts if _bare(_as_written(post)) == _bare(message.text)), "")
        return Receipt(found, LINK + found) if found else None

    def probe(self) -> str:
        """Ask X who we are, which costs a cent. Permanent when the keys may only read."""
        answer = self._call("get_me")
        name = _data(answer, "username")
        if answer.headers.get("x-access-level") == "read":
            raise Permanent(f"as @{name}, but the keys may only read. {RIGHTS}", whole=True)
        return f"as @{name}, may post"

    def close(self) -> None:
        """Nothing to let go of: each call has a connection of its own."""

    def _earlier(self, message: Message) -> Receipt:
        try:
            found = self.find(message)
        except Permanent as error:
            raise Unsure(f"X says it has this text already, but cannot be asked for it: {error.why}") from None
        if found is None:
            raise Permanent("X refuses the same text twice within a short time: change a word or add the time of day")
        return found

    def _call(self, method: str, *given: str, **more: Any) -> Any:
        """X's answer to one call of tweepy's client. Raises DeliveryError."""
        import tweepy

        self._client = self._client or self._connected()
        try:
            return getattr(self._client, method)(*given, **more, user_auth=True)
        except tweepy.HTTPException as error:
            raise self._verdict(error) from None

    def _connected(self) -> Any:
        import logging

        import requests
        import tweepy

        for name in ("tweepy", "requests_oauthlib", "oauthlib"):  # at DEBUG they write the Authorization header
            logging.getLogger(name).setLevel(logging.WARNING)
        keys = {name: getattr(self._config, name).reveal() for name in SECRETS}
        client = tweepy.Client(**keys, wait_on_rate_limit=False, return_type=requests.Response)
        client.session = SimpleNamespace(request=self._send)
        return client

    def _send(self, method: str, url: str, **more: Any) -> Any:
        """Stands in for tweepy's session, which knows no time-outs and one host; the signature is made after this."""
        base = self._config.api_url.rstrip("/")
        return self._http.send(method, base + url.removeprefix(HOST), timeout=self.timeout, **more)

    def _verdict(self, error: Any) -> Exception:
        """What a refusal says (docs.x.com/x-api/fundamentals/response-codes-and-errors)."""
        answer, status = error.response, error.response.status_code
        if status == 429:
            return Temporary("X has had as many calls as it takes for now", _pause(answer.headers), whole=True)
        said = self._http.scrub("; ".join(map(str, error.api_messages))) or f"HTTP {status}"
        for when, words, remedy in BROKEN:
            if status == when and re.search(words, said, re.I):
                return Permanent(f"X refuses this channel: {said}. {remedy}", whole=True)
        if status in (400, 403, 404, 410, 422):
            return _Refused(f"X refuses this: {said}", status, said)
        return _http.verdict(status, answer.headers, f"X answers {status} ({said})")


def _pause(headers: Mapping[str, str]) -> float | None:
    """Seconds until the limit that is used up starts anew; the limits of a day outlast the quarter hour's."""
    spent = [name for name in COUNTS if headers.get(f"{name}-remaining") == "0"] or COUNTS[:1]
    waits = [_http.reset_after(headers, f"{name}-reset") for name in spent]
    return max((wait for wait in waits if wait is not None), default=_http.retry_after(headers))


def _data(answer: Any, field: str = "") -> Any:
    """What X gave back (an empty timeline: nothing), or one field of it; without it, what X did stays open."""
    try:
        data = {"data": [], **answer.json()}["data"]
        return data[field] if field else data
    except (ValueError, LookupError, TypeError):
        raise Unsure("X took the request, but its answer cannot be read") from None


def _as_written(post: dict[str, Any]) -> str:
    """The words of a post: X escapes them as HTML and puts t.co links in the place of addresses."""
    text = html.unescape(post["text"])
    for link in post.get("entities", {}).get("urls", []):
        text = text.replace(link["url"], link.get("expanded_url") or link["url"])
    return text


def _bare(text: str) -> str:
    """A text for comparison: X trims it, completes bare addresses, and puts names in front of an answer."""
    text = re.sub(r"https?://", "", unicodedata.normalize("NFC", text))
    return " ".join(re.sub(r"^(@\w+ )+", "", text).split())

"""The bot as a part of `notifier serve`: one thread with an event loop and a store of its own.

Whatever goes wrong with Telegram or here, the rest of the process goes on: it is said in the log and at /healthz, and
tried again, ever more seldom.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from notifier.bot import came, line
from notifier.bot.desk import Desk
from notifier.bot.line import Line
from notifier.bot.look import COMMANDS
from notifier.bot.say import Say
from notifier.hooks import Bot, Duty
from notifier.render import phrases
from notifier.store import StoreError
from notifier.values import value
from notifier.wiring import House, Wired

if TYPE_CHECKING:
    from telegram import Update

REST, MOST_REST = 1.0, 60.0
MENU = "bot/menu"
SPEED = 2  # seconds to wait for news while something is still to be said
TWICE = "another program fetches this bot's messages: stop it, or give each a bot of its own"
WRONG = "Telegram does not know this token: look at the channel's key token (@BotFather: /mybots)"


class Log(Protocol):
    """Where it says what happens."""

    def info(self, event: str, **fields: object) -> None:
        """Something happened."""

    def warn(self, event: str, **fields: object) -> None:
        """Somebody should look."""

    def fault(self, error: BaseException, **fields: object) -> None:
        """A fault of ours."""


@value
class Plan:
    """What one bot goes by."""

    house: House
    bot: Bot
    wired: Wired
    url: str = ""

    @property
    def config(self) -> Any:
        """The channel's configuration: token, chat, api_url."""
        return self.wired.settings.config


def planned(house: House) -> Plan | None:
    """The bot of this configuration; None if it names none, or the channel cannot work here."""
    duty = house.settings.duty or Duty()
    wired = house.wired(duty.bot.channel) if duty.bot else None
    if duty.bot is None or wired is None or wired.missing:
        return None
    return Plan(house, duty.bot, wired, duty.serve.url)


class Listener:
    """The part. ``poll``: seconds that Telegram is to wait for news."""

    name = "bot"

    def __init__(self, plan: Plan, log: Log, poll: int = line.POLL) -> None:
        self._plan = plan
        self._log = log
        self._poll = poll
        self._trouble = ""
        self._rest = REST
        self._silent_until = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._handed: asyncio.Queue[tuple[Any, Future[None]]] | None = None
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What is under way is brought to its end; a wait for news is not."""
        self._stopping.set()
        if self._thread.ident is None:
            return
        self._ready.wait()
        if self._loop is not None and self._over is not None:
            self._soon(self._over.set)
        self._thread.join()

    def ill(self) -> str:
        """Only when the thread has ended: no trouble with Telegram is a reason to start the process anew."""
        ended = self._thread.ident is not None and not self._thread.is_alive() and not self._stopping.is_set()
        return "has ended; see the log" if ended else ""

    def limps(self) -> str:
        """What is wrong although the process is well; "" for nothing."""
        return self._trouble

    def hand(self, body: Any) -> Future[None]:
        """From any thread: an update that Telegram handed over. Done once it is acted upon and stored."""
        done: Future[None] = Future()
        queue = self._handed
        if queue is None or self._stopping.is_set() or not self._soon(lambda: queue.put_nowait((body, done))):
            done.set_exception(StoreError("the bot does not run"))
        return done

    def proves(self, shown: str) -> bool:
        """Whether it is Telegram that hands over."""
        return hmac.compare_digest(shown.encode(), line.proof(self._plan.config.token).encode())

    def _soon(self, call: Callable[[], Any]) -> bool:
        try:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:  # closed
            return False
        return True

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception as error:
            self._log.fault(error, part=self.name)
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._over, self._handed = asyncio.get_running_loop(), asyncio.Event(), asyncio.Queue()
        self._ready.set()
        while not self._stopping.is_set():
            try:
                await self._session()
            except Exception as error:
                self._say_trouble(error)
                await self._pause(max(self._rest, _after(error)))
                self._rest = min(self._rest * 2, MOST_REST)

    async def _session(self) -> None:
        """One line and one store, until something breaks or the end has come."""
        plan = self._plan
        config, store = plan.config, plan.house.store()
        try:
            talk = Line(config.token, config.api_url)
            try:
                await talk.open()
                desk = Desk(plan.house.intake(store), plan.bot, plan.wired.route, config.chat, talk.called)
                await Session(self, desk, talk, plan, self._log).go()
            finally:
                await talk.close()
        finally:
            store.close()

    # What a session asks of it

    @property
    def over(self) -> bool:
        """It is to end."""
        return self._stopping.is_set()

    async def wait(self, work: asyncio.Future[Any]) -> Any:
        """What ``work`` gives; None when the end came first."""
        assert self._over is not None
        end = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait({work, end}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            work.cancel()
            await asyncio.wait({work})
            return None
        finally:
            end.cancel()

    async def next_handed(self, patience: float) -> tuple[Any, Future[None]] | None:
        """The next update that was handed over; None when there was none for so long."""
        assert self._handed is not None
        try:
            async with asyncio.timeout(patience):
                found: tuple[Any, Future[None]] | None = await self.wait(asyncio.ensure_future(self._handed.get()))
        except TimeoutError:
            return None
        return found

    def well(self) -> None:
        """Telegram answered."""
        self._rest = REST
        if self._trouble:
            self._log.info("well again", part=self.name)
        self._trouble = ""

    @property
    def patience(self) -> int:
        """How long to wait for news."""
        return self._poll

    def hush(self, seconds: float) -> None:
        """Say nothing for so long."""
        self._silent_until = monotonic() + seconds

    @property
    def hushed(self) -> bool:
        """Telegram asked for silence."""
        return monotonic() < self._silent_until

    def _say_trouble(self, error: Exception) -> None:
        why = trouble(error, self._plan)
        if why != self._trouble:
            self._log.warn("trouble", part=self.name, why=why)
            if not _known(error):
                self._log.fault(error, part=self.name)
        self._trouble = why

    async def _pause(self, seconds: float) -> None:
        assert self._over is not None
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return


class Session:
    """From one opening of the line to what breaks it."""

    def __init__(self, listener: Listener, desk: Desk, talk: Line, plan: Plan, log: Log) -> None:
        self._listener = listener
        self._desk = desk
        self._line = talk
        self._plan = plan
        self._log = log

    async def go(self) -> None:
        """Announce, then listen."""
        hears = self._hear_handed if self._plan.bot.mode == "webhook" else self._fetch
        if self._plan.bot.mode == "webhook":
            await self._line.use_webhook(self._plan.url + line.path(self._plan.config.token))
        else:
            await self._line.use_polling()
        await self._menu_if_taken()
        while not self._listener.over:
            await self._say_all()
            await hears(SPEED if self._desk.says() else self._listener.patience)
            self._listener.well()

    async def _fetch(self, patience: int) -> None:
        poll = asyncio.ensure_future(self._line.poll(self._desk.offset(), patience))
        for update in await self._listener.wait(poll) or ():
            self._take(update)
            await self._say_all()

    async def _hear_handed(self, patience: int) -> None:
        found = await self._listener.next_handed(patience)
        if found is None:
            return
        body, done = found
        try:
            update = self._line.read(body)
            if update is not None:
                self._take(update)
        except Exception as error:
            done.set_exception(StoreError("not stored; hand it over again"))
            if isinstance(error, StoreError):
                raise
            self._log.fault(error, part="bot")
        else:
            done.set_result(None)

    def _take(self, update: Update) -> None:
        """Act upon it, once and for all. Raises StoreError."""
        what = came.read(update, self._line.me, self._line.called)
        try:
            self._desk.take(what, update.update_id)
        except StoreError:
            raise
        except Exception as error:
            self._log.fault(error, part="bot", update=update.update_id)
            self._desk.fail(what, update.update_id)

    async def _say_all(self) -> None:
        """What is to be said, in its order; what Telegram does not take now is said later."""
        for say in self._desk.says():
            if self._listener.hushed or not await self._said(say):
                return
            self._desk.said(say)

    async def _said(self, say: Say) -> bool:
        """Whether that is done with: said, refused for good, or too late."""
        from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter

        if say.until < self._desk.intake.store.now().timestamp():
            return True
        try:
            await self._line.say(say)
        except RetryAfter as slow:
            self._listener.hush(_after(slow))
            return False
        except (BadRequest, Forbidden, ChatMigrated) as no:
            if not any(words in str(no).lower() for words in line.GONE):
                self._log.warn("not said", part="bot", why=str(no))
            return True
        except NetworkError as error:
            self._log.warn("not said yet", part="bot", why=trouble(error, self._plan))
            self._listener.hush(SPEED)
            return False
        return True

    async def _menu_if_taken(self) -> None:
        """The menu is a comfort: if Telegram refuses it, that is written down, and buttons and commands work."""
        from telegram.error import BadRequest, Forbidden, InvalidToken

        try:
            await self._menu()
        except (BadRequest, Forbidden, InvalidToken) as no:
            self._log.warn("no menu of commands", part="bot", why=trouble(no, self._plan))

    async def _menu(self) -> None:
        """The menu of commands, told when it has changed."""
        site, desk = self._plan.house.site, self._desk
        usual = self._plan.bot.lang or desk.intake.lang
        words = {
            tag: {name: phrases.say(tag or usual, f"bot.do.{name}", site) for name in COMMANDS}
            for tag in ("", *phrases.languages())
        }
        now = json.dumps(words, sort_keys=True)
        if desk.intake.store.intake.kept(MENU) == now:
            return
        await self._line.commands(words)
        with desk.intake.store.transaction():
            desk.intake.store.intake.keep(MENU, now)


def trouble(error: Exception, plan: Plan) -> str:
    """What is wrong, for a tired admin, without the token."""
    from telegram.error import Conflict, InvalidToken

    said: str = plan.config.token.scrub(str(error))[:300]
    if isinstance(error, Conflict):
        return f"{TWICE} ({said})"
    if isinstance(error, InvalidToken):
        return WRONG
    return f"Telegram: {said}" if _known(error) and not isinstance(error, StoreError) else said or type(error).__name__


def _after(error: Exception) -> float:
    """For how many seconds Telegram asks to be left alone."""
    after: Any = getattr(error, "retry_after", 0.0)  # in newer versions a timedelta
    return float(getattr(after, "total_seconds", lambda: after)())


def _known(error: Exception) -> bool:
    """Whether it is no fault of ours."""
    from telegram.error import TelegramError

    from notifier.channel import SecretMissing

    return isinstance(error, TelegramError | StoreError | SecretMissing)

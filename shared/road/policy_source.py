"""Where the policy comes from: a path or an https blob URL, read again when it changes, good versions only."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import PermanentError, PolicyError, TemporaryError
from shared.road.policy import Policy, parse_policy
from shared.store.policies import Policies, StoredPolicy

if TYPE_CHECKING:
    from shared.session import Session

LOOK_AGAIN = timedelta(seconds=15)
LARGEST_BYTES = 400_000
_log = logging.getLogger(f"unkeyed.{__name__}")

type Announce = Callable[[str, str, dict[str, object], str], Awaitable[None]]


class PolicySource:
    """The policy in force. A bad new version is reported once and changes nothing."""

    def __init__(self, location: str, session: "Session", store: Policies, announce: Announce) -> None:
        self._location = location
        self._session = session
        self._store = store
        self._announce = announce
        self._lock = asyncio.Lock()
        self._policy: Policy | None = None
        self._seen = ""  # fingerprint of the text last looked at, good or bad
        self._etag: str | None = None
        self._looked: datetime | None = None

    async def current(self, now: datetime) -> Policy:
        """The last good policy, after a look whether there is a newer one.

        Raises TemporaryError where no version was good yet: everything waits for one.
        """
        async with self._lock:
            if self._policy is None or self._is_file or self._looked is None or now - self._looked >= LOOK_AGAIN:
                await self._look()
                self._looked = now
            if self._policy is None:
                raise TemporaryError("no valid policy yet", code="NoPolicy", retry_after=LOOK_AGAIN)
            return self._policy

    @property
    def _is_file(self) -> bool:
        return not self._location.startswith("https://")

    async def _look(self) -> None:
        try:
            text, etag = await self._read()
        except (PermanentError, TemporaryError) as error:
            _log.error("the policy cannot be read, the last good one stays in force: %s", error)
            await self._fall_back(error)
            return
        if text is None:
            return
        fingerprint = _fingerprint(text)
        if fingerprint != self._seen:
            await self._take(text, fingerprint)
        if fingerprint == self._seen:
            self._etag = etag

    async def _read(self) -> tuple[str | None, str | None]:
        """The text, None where it has not changed since the last look, and its etag."""
        if self._is_file:
            return await asyncio.to_thread(_read_file, Path(self._location)), None
        from shared.sdk.blobs import read_if_changed

        blob = await read_if_changed(self._session, self._location, self._etag)
        return (blob.text, blob.etag) if blob else (None, self._etag)

    async def _take(self, text: str, fingerprint: str) -> None:
        try:
            policy = parse_policy(text, self._location)
        except PolicyError as error:
            _log.error("a policy was refused, the last good one stays in force: %s", error)
            await self._fall_back(error)
            await self._report(error, fingerprint)
            return
        await self._store.keep_good(StoredPolicy(text, fingerprint))
        self._policy, self._seen = policy, fingerprint
        _log.info("policy in force", extra={"policy": fingerprint, "rules": len(policy.rules)})

    async def _report(self, error: PolicyError, fingerprint: str) -> None:
        """Announces a refused version once; where that cannot be done now, the next look tries again."""
        try:
            if not await self._store.is_refused(fingerprint):
                data: dict[str, object] = {"location": self._location, "faults": list(error.faults)}
                await self._announce("PolicyRefused", self._location, data, f"policy-{fingerprint}")
                await self._store.note_refused(fingerprint, str(error))
        except TemporaryError as cause:
            _log.warning("that a policy was refused could not be announced yet: %s", cause)
            return
        self._seen = fingerprint

    async def _fall_back(self, error: Exception) -> None:
        if self._policy is not None:
            return
        stored = await self._store.last_good()
        if stored is None:
            raise TemporaryError("no valid policy yet", code="NoPolicy", retry_after=LOOK_AGAIN) from error
        self._policy = parse_policy(stored.text, "the last good policy")


def _read_file(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise PermanentError(f"{path} is larger than {LARGEST_BYTES} bytes", code="PolicyTooLarge")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PermanentError(f"{path} cannot be read: {error.strerror}", code="PolicyUnreadable") from error
    except UnicodeDecodeError as error:
        raise PermanentError(f"{path} is not UTF-8 text", code="PolicyUnreadable") from error


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]

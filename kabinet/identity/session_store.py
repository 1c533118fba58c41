"""Sessions in the database, written once by a sign-in instead of looked up, inserted and updated."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.utils.crypto import get_random_string

KEY_LENGTH = 32
KEY_SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789"


class SessionStore(DatabaseStore):
    _is_unwritten = False

    def cycle_key(self) -> None:
        """Drop the key that was there before sign-in at once; the answer's end writes all under the new one.

        The new key is known from here on, so that the list of a person's sessions can name it.
        """
        kept: dict[str, Any] = self._session  # type: ignore[attr-defined]  # read before its row goes
        if self.session_key is not None and not self._is_unwritten:
            # Django's own way reads the row before it deletes it.
            self.model.objects.filter(session_key=self.session_key).delete()
        self._session_key = self._get_new_session_key()
        self._is_unwritten = True
        self._session_cache = kept
        self.modified = True

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 -- Django's signature
        # A hundred and sixty random bits: the insert would refuse a key that is there, and the sign-in would fail.
        super().save(must_create=must_create or self._is_unwritten)
        self._is_unwritten = False

    def _get_new_session_key(self) -> str:
        # No look-up first: the insert refuses a key that is there, and ``create`` then takes another one.
        return get_random_string(KEY_LENGTH, KEY_SIGNS)


def renew_key(request: HttpRequest) -> None:
    """Leave the key under which a visitor came behind, before the session holds what only they may use.

    Somebody may have planted that key in the browser, and would share a chosen password or a proved contact. Whoever
    is signed in got a new key then.
    """
    if not request.user.is_authenticated:
        request.session.cycle_key()

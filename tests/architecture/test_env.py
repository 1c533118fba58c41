from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from kabinet.config.env import Env


def test_values_are_read_as_what_they_are(tmp_path):
    (tmp_path / "key").write_text("s3cret\n")
    env = Env({"A": "1", "KEY_FILE": str(tmp_path / "key"), "ON": "on", "N": "42", "W": "a,b,"})

    assert env.text("A") == "1"
    assert env.secret("KEY") == "s3cret"
    assert env.flag("ON") is True
    assert env.flag("X", default=True) is True
    assert env.number("N", 7) == 42
    assert env.number("M", 7) == 7
    assert env.words("W") == ["a", "b"]


@pytest.mark.parametrize(
    "call",
    [
        lambda env: env.text("NOPE"),
        lambda env: env.flag("DEBUG"),
        lambda env: env.secret("NOPE"),
        lambda env: env.number("DEBUG", 1),
    ],
)
def test_nonsense_stops_the_start(call):
    with pytest.raises(ImproperlyConfigured):
        call(Env({"DEBUG": "True"}))

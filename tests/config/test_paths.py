from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

from kabinet.config import paths


def test_all_who_start_at_once_read_the_same_whole_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("KABINET_VAR", str(tmp_path))

    with ThreadPoolExecutor(8) as pool:
        read = set(pool.map(lambda _n: paths.local_secret("secret_key"), range(40)))

    kept = tmp_path / "secret_key"
    assert read == {kept.read_text()}
    assert len(kept.read_text()) > 50
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [kept]

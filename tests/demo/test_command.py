from __future__ import annotations

import argparse
import json

import pytest

from demo.providers import PROVIDERS
from kabinet.config.cli import demo_data


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    demo_data.add_parser(parser.add_subparsers())
    return demo_data.run(parser.parse_args(["demo-data", *words]))


def test_the_command_writes_a_bundle_for_each_provider(tmp_path, capsys):
    status = run("--accounts", "40", "--months", "2", "--seed", "1", "--out", str(tmp_path))

    assert status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        spec.code for spec in PROVIDERS
    )
    assert "счетов 12" in capsys.readouterr().out


def test_one_provider_and_a_last_month_may_be_chosen(tmp_path):
    words = ["--accounts", "30", "--months", "2", "--until", "2026-03", "--zip"]
    status = run(*words, "--provider", "priozerie-gaz", "--out", str(tmp_path / "zip"))
    run(*words[:-1], "--provider", "priozerie-gaz", "--out", str(tmp_path))

    manifest = json.loads((tmp_path / "priozerie-gaz" / "manifest.json").read_text())
    assert status == 0
    assert [path.name for path in (tmp_path / "zip").iterdir()] == ["priozerie-gaz.zip"]
    assert manifest["as_of"] == "2026-04-21T00:00:00+03:00"
    assert manifest["files"]["accounts"]["rows"] == 30


def test_an_unknown_provider_is_named_and_nothing_is_written(tmp_path, capsys):
    status = run("--accounts", "4", "--provider", "nobody", "--out", str(tmp_path / "out"))

    assert status == 2
    assert "nobody" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [["--accounts", "0"], ["--accounts", "1000001"], ["--months", "121"], ["--until", "2026-13"]],
)
def test_figures_out_of_range_are_refused(tmp_path, words):
    with pytest.raises(SystemExit):
        run(*words, "--out", str(tmp_path))

"""A house in production says what it lacks before it opens its door."""

import pytest
from click.testing import CliRunner

from hoppo.cli.main import cli


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"HOPPO_SECRET_KEY": "secret", "HOPPO_HOSTS": "a.example"}, "too easy to guess"),
        ({"HOPPO_SECRET_KEY": "x" * 80, "HOPPO_HOSTS": "a.example"}, "too easy to guess"),
        ({"HOPPO_SECRET_KEY": "unused: commands sign nothing"[:15], "HOPPO_HOSTS": "a"}, "guess"),
        ({}, "needs HOPPO_HOSTS"),
        ({"HOPPO_HOSTS": "*"}, "needs HOPPO_HOSTS"),
        ({"HOPPO_HOSTS": " , "}, "needs HOPPO_HOSTS"),
    ],
)
def test_what_is_missing_is_said(environment: dict[str, str], said: str) -> None:
    ended = CliRunner().invoke(cli, ["serve"], env={"HOPPO_SECURE": "1", **environment})
    assert ended.exit_code == 2
    assert said in ended.output


def test_the_secret_is_the_houses_own() -> None:
    from hoppo.engine.keys import KeyRing  # noqa: PLC0415

    one, again, other = KeyRing(b"a" * 32), KeyRing(b"a" * 32), KeyRing(b"b" * 32)
    assert one.session_secret == again.session_secret != other.session_secret
    assert len(one.session_secret) == 64

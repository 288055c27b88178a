"""The client's own examples, run against a served house."""

import doctest
import re
from collections.abc import Iterator

import pytest
from tests.cli.served import Served
from tests.purchase import EBC, message, messages, purchase

import hoppo.client

pytestmark = pytest.mark.database


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("client") / "data")
    yield served
    served.stop()


def test_the_examples_do_what_they_say(served: Served) -> None:
    name = f"{EBC}-erp"
    secret = served.hoppo("client", "add", name).strip()
    window = hoppo.client.Hoppo(f"http://127.0.0.1:{served.port}", name, secret)
    for number, body in enumerate(messages(purchase(1))):
        window.send(body, key=f"before-{number}")
    served.until(lambda: any(one["status"] == "800" for one in window.lists()))
    # The feed holds what each message of one record was answered with.
    kinds = [one["type"] for one in window.receipts()]
    assert sorted(kinds[:3]) == ["CEB312Message", "CEB412Message", "CEB512Message"]
    text = re.sub(r"\['CEB.*\]", repr(kinds[:2]), hoppo.client.__doc__ or "")
    names = {
        "ADDRESS": f"http://127.0.0.1:{served.port}", "NAME": name, "SECRET": secret,
        "XML": message("order", purchase(9)["order"]),
    }  # fmt: skip
    examples = doctest.DocTestParser().get_doctest(text, names, "client", None, None)
    assert len(examples.examples) > 5
    said: list[str] = []
    ran = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL).run(
        examples, out=said.append
    )
    assert ran.failed == 0, "".join(said)


def test_a_wrong_secret_is_one_clear_fault(served: Served) -> None:
    window = hoppo.client.Hoppo(f"http://127.0.0.1:{served.port}", "nobody", "wrong")
    with pytest.raises(hoppo.client.RefusedError, match="invalid_client"):
        list(window.lists())

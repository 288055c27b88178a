"""The count of what waits: cheap, a little old at most, and never behind this process's own."""

from hoppo.api.queue import FRESH_SECONDS, SHARE, Queue
from hoppo.engine.inbox import MOST_WAITING, MOST_WAITING_BYTES, Waiting


class Asked:
    """A database that counts how often it is asked, and takes its time."""

    def __init__(self, *, seconds: float = 0.0) -> None:
        """Begin with three messages waiting."""
        self.time, self.times, self.seconds = 0.0, 0, seconds
        self.waiting = Waiting(3, 300)

    def __call__(self) -> Waiting:
        self.times += 1
        self.time += self.seconds
        return self.waiting


def test_a_fresh_answer_is_not_asked_for_again() -> None:
    asked = Asked()
    queue = Queue(lambda: asked.time)
    assert [queue.waiting(asked) for _ in range(5)] == [asked.waiting] * 5
    assert asked.times == 1
    asked.time += FRESH_SECONDS
    queue.waiting(asked)
    assert asked.times == 2


def test_a_slow_answer_is_kept_longer() -> None:
    asked = Asked(seconds=1.0)
    queue = Queue(lambda: asked.time)
    queue.waiting(asked)
    asked.time += SHARE - 0.5
    queue.waiting(asked)
    assert asked.times == 1
    asked.time += 1.0
    queue.waiting(asked)
    assert asked.times == 2


def test_what_was_taken_in_since_counts() -> None:
    asked = Asked()
    queue = Queue(lambda: asked.time)
    queue.waiting(asked)
    queue.added(50)
    queue.added(50)
    assert queue.waiting(asked) == Waiting(5, 400)


def test_messages_and_bytes_are_both_bounded() -> None:
    assert Waiting(MOST_WAITING, 0).full
    assert Waiting(1, MOST_WAITING_BYTES).full
    assert not Waiting(MOST_WAITING - 1, MOST_WAITING_BYTES - 1).full

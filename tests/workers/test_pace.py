"""How much a worker takes at once."""

from hoppo.workers.pace import AIM_SECONDS, FIRST_MESSAGES, MOST_BYTES, Pace


def test_quick_full_batches_grow_to_the_bound() -> None:
    pace = Pace(100, 1_000_000)
    sizes = [pace.messages]
    for _ in range(10):
        pace.took(pace.messages, AIM_SECONDS / 10)
        sizes.append(pace.messages)
    assert sizes[0] == FIRST_MESSAGES
    assert sizes == sorted(sizes)
    assert sizes[-1] == 100


def test_slow_batches_shrink_to_one() -> None:
    pace = Pace(100, 1_000_000)
    for _ in range(20):
        pace.took(pace.messages, AIM_SECONDS * 50)
    assert pace.messages == 1


def test_a_batch_that_was_not_full_changes_nothing() -> None:
    pace = Pace(100, 1_000_000)
    pace.took(1, 0.001)
    assert pace.messages == FIRST_MESSAGES


def test_a_server_with_little_room_for_locks_gets_small_batches() -> None:
    assert Pace(100, 1_000_000).most_bytes == MOST_BYTES
    small = Pace(100, 6400)
    assert small.most_bytes < MOST_BYTES
    before = small.most_bytes
    small.halve()
    assert small.most_bytes == before // 2
    for _ in range(60):
        small.halve()
    assert small.most_bytes == 1

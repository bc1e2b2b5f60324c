"""The loop: order of timers, calls from threads, signals, descriptors that go in mid-pass."""

import os
import signal
import threading
from collections.abc import Iterator
from functools import partial

import pytest

from tests.support.wait import until
from wallnut.io.loop import Loop


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def loop(clock: Clock) -> Iterator[Loop]:
    loop = Loop(clock)
    yield loop
    loop.close()


def test_timers_come_in_order_and_not_early(loop: Loop, clock: Clock) -> None:
    came: list[str] = []
    loop.call_later(2, lambda: came.append("two"))
    loop.call_later(1, lambda: came.append("one"))
    loop.call_later(1, lambda: came.append("one more"))
    gone = loop.call_later(1, lambda: came.append("cancelled"))
    gone.cancel()
    loop.run_once()
    assert came == []
    clock.now += 1
    loop.run_once()
    assert came == ["one", "one more"]
    clock.now += 1
    loop.run_once()
    assert came == ["one", "one more", "two"]


def test_a_descriptor_forgotten_in_the_same_pass_is_not_called(loop: Loop) -> None:
    pipes = [os.pipe(), os.pipe()]
    served: list[int] = []

    def serve(fd: int, _: int) -> None:
        served.append(fd)
        for other, _ in pipes:
            loop.forget(other)

    for read, write in pipes:
        loop.watch(read, partial(serve, read))
        os.write(write, b"x")
    loop.run_once(1)
    assert len(served) == 1
    for pair in pipes:
        for fd in pair:
            os.close(fd)


def test_the_end_of_a_pass_comes_once_after_its_descriptors(loop: Loop) -> None:
    read, write = os.pipe()
    came: list[str] = []

    def serve(_: int) -> None:
        loop.at_end_of_pass(lambda: came.append("end"))
        came.append("served")
        os.read(read, 1)

    loop.watch(read, serve)
    os.write(write, b"x")
    loop.run_once(1)
    loop.run_once()
    assert came == ["served", "end"]
    loop.forget(read)
    os.close(read)
    os.close(write)


def test_calls_from_other_threads_are_made_in_the_loop() -> None:
    loop = Loop()
    threads: list[int] = []

    def note() -> None:
        threads.append(threading.get_ident())
        if len(threads) == 200:
            loop.stop()

    def call() -> None:
        for _ in range(50):
            loop.call_soon_threadsafe(note)

    callers = [threading.Thread(target=call) for _ in range(4)]
    for caller in callers:
        caller.start()
    loop.run()
    for caller in callers:
        caller.join(5)
    loop.close()
    assert set(threads) == {threading.get_ident()}
    loop.call_soon_threadsafe(note)  # after the end: nothing, and no error


def test_a_signal_is_served_in_the_loop(loop: Loop) -> None:
    came: list[int] = []
    loop.on_signal(signal.SIGUSR1, lambda: came.append(signal.SIGUSR1))
    os.kill(os.getpid(), signal.SIGUSR1)

    def served() -> bool:
        loop.run_once(0.01)
        return bool(came)

    until(served, 5, "the signal")
    assert came == [signal.SIGUSR1]

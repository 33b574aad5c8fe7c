"""Workers: results in order, whatever happens to a process."""

from __future__ import annotations

import os
import signal

from tocsin.workers import Workers


def work(task: int) -> int:
    if task == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return task * task


def given_up(task: int) -> int:
    return -task


def test_results_come_in_order_and_a_crash_costs_only_its_task() -> None:
    tasks = range(40)
    expected = [-13 if task == 13 else task * task for task in tasks]
    assert list(Workers(2, work, given_up).run(tasks)) == expected


def test_one_process_needs_no_pool() -> None:
    assert list(Workers(1, work, given_up).run(range(5))) == [0, 1, 4, 9, 16]

"""No acknowledged check-in is lost, none is counted twice (P1), whatever dies meanwhile."""

import time
from itertools import islice

import pytest

from tests.faults.harness import Phones, Reckoning, Saboteur, reckon
from tests.faults.proxy import BadLine

SHORT_SECONDS = 6
VISITS_OVER_A_BAD_LINE = 300


def work_under_fire(server, postgres, people, *, seconds: float, pause_seconds: float = 0.7) -> Saboteur:
    """Let phones write while workers and the database are killed; reckon when all is quiet again."""
    phones, saboteur = Phones(server.port, people), Saboteur(server, postgres, pause_seconds=pause_seconds)
    phones.start()
    saboteur.start()
    time.sleep(seconds)
    saboteur.stop()
    phones.stop()
    assert_kept(reckon(postgres.url, phones))
    return saboteur


def assert_kept(reckoning: Reckoning) -> None:
    print(reckoning)
    assert reckoning.retries > 0, "nothing was broken, so nothing was proven"
    assert (reckoning.lost, reckoning.twice) == (0, 0)
    assert set(reckoning.strange) <= {503}


def test_nothing_acknowledged_is_lost_or_doubled_while_servers_die(server, postgres, crowd):
    saboteur = work_under_fire(server, postgres, crowd(seconds=SHORT_SECONDS), seconds=SHORT_SECONDS)
    assert saboteur.killed >= 2
    assert saboteur.crashed >= 1


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_doubled_in_a_long_bombardment(
    server, postgres, crowd, fault_seconds
):
    people = crowd(seconds=fault_seconds)
    saboteur = work_under_fire(server, postgres, people, seconds=fault_seconds, pause_seconds=1.5)
    assert saboteur.killed + saboteur.crashed >= fault_seconds / 4


def send_over_a_bad_line(server, people, **options) -> Phones:
    with BadLine(server.port, seed=1) as line:
        phones = Phones(line.port, islice(people, VISITS_OVER_A_BAD_LINE), **options)
        phones.start()
        phones.finish()
        assert line.broken > VISITS_OVER_A_BAD_LINE / 4
    return phones


def test_a_bad_line_stores_each_visit_once(server, postgres, crowd):
    reckoning = reckon(postgres.url, send_over_a_bad_line(server, crowd(seconds=1)))
    assert reckoning.stored == reckoning.acknowledged == VISITS_OVER_A_BAD_LINE
    assert_kept(reckoning)


def test_control_a_fresh_key_for_each_try_is_found_out(server, postgres, crowd):
    phones = send_over_a_bad_line(server, crowd(seconds=1), fresh_key_each_try=True)
    assert reckon(postgres.url, phones).stored > VISITS_OVER_A_BAD_LINE


def test_control_a_commit_that_does_not_wait_for_the_disk_is_found_out(server, postgres, crowd):
    people = crowd(seconds=4)
    postgres.configure(synchronous_commit="off", wal_writer_delay="10s", wal_writer_flush_after="1GB")
    try:
        phones = Phones(server.port, people)
        phones.start()
        time.sleep(2)
        postgres.crash()
        postgres.start()
        phones.stop()
        assert reckon(postgres.url, phones).lost > 0
    finally:
        postgres.configure(synchronous_commit="", wal_writer_delay="", wal_writer_flush_after="")

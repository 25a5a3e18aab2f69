from harness.bisect.search.halving import boundary
from harness.bisect.search.ledger import Ledger
from harness.bisect.search.oracle import Judged, Observation, Oracle


def test_boundary_leaves_a_cluster_of_skips_quickly():
    skips = range(40, 60)

    def judge(point, _sure):
        if point in skips:
            return Observation(Judged.SKIP)
        return Observation(Judged.BAD if point >= 80 else Judged.GOOD)

    book = Ledger(Oracle(judge))
    book.find(0), book.find(99)
    assert boundary(book, range(100), Judged.BAD) == (79, 80)
    assert book.probes <= 12

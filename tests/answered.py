"""Records of searches by a rule: the searches and what makes records of them are the real ones, no codec is run."""

from harness.bisect.answer.build import factors_record, label, versions_record
from harness.bisect.history.file import History
from harness.bisect.history.kinds import Version
from harness.bisect.probe.differences import Difference
from harness.bisect.search import Judged, Observation, Oracle, Rules, search_factors, search_versions
from harness.codecs.spec import CodecSpec
from harness.runs.conditions import Conditions
from harness.topology.setup import Configuration

PCM = Configuration(codec=CodecSpec(name="pcm", adapter="pcm", options={}))
ENDS = ("good end", "bad end")


def observed(judgement):
    """Return what a rule says: True for bad, False for good, None for what cannot be judged."""
    if judgement is None:
        return Observation(Judged.SKIP, "no such kernel")
    return Observation(Judged.BAD if judgement else Judged.GOOD, "slt-04: why")


def factors(names, rule, rules=None, figures=None, seconds=None):
    """Search over the factors *names*, each 0 at the good end and 1 at the bad one; *rule* is asked of sets of them."""
    rules = rules or Rules()
    answer = search_factors(names, Oracle(lambda point, _sure: observed(rule(point)), rules))
    found = tuple(Difference(name, 0, 1) for name in names)
    if seconds is None:
        seconds = {label(point): 1.0 for point in answer.findings}
    return factors_record(answer, found, ENDS, figures or {}, seconds, rules.noise)


def history(count):
    """Return a history of *count* versions v0, v1, ... that make nothing."""
    versions = tuple(Version(f"v{n}", f"about {n}", lambda one: one, None, {"app.n": n}) for n in range(count))
    return History("app", "corrupt", Conditions(), versions, PCM, PCM)


def versions(count, rule, rules=None, figures=None, why=None, outside=()):
    """Search over *count* versions; *rule* is asked of their numbers."""
    rules = rules or Rules()
    answer = search_versions(count, Oracle(lambda index, _sure: observed(rule(index)), rules))
    known = dict.fromkeys(range(count), ()) | (figures or {})
    seconds = {f"v{index}": 1.0 for index in answer.findings}
    return versions_record(history(count), answer, known, seconds, why or {}, outside, rules.noise)

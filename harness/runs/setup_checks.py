"""What the setups of a suite must be to each other."""

from collections import Counter
from collections.abc import Sequence

from harness.errors import SuiteInvalid
from harness.topology.setup import Setup
from harness.topology.variants import variants_of


def check_setups(where: str, setups: Sequence[Setup], variants: int = 0) -> None:
    """
    Raise `SuiteInvalid` if a setup occurs twice, or has no reference that ends in one held against itself.

    variants : inaudible ones of the input that reference setups are given, which no setup may be called as
    """
    names = Counter(setup.name for setup in setups)
    for setup in setups:
        if names[setup.name] > 1:
            raise SuiteInvalid(f"{where}: the setup {setup.name!r} occurs twice; give one of them another name")
        if setup.reference not in names:
            raise SuiteInvalid(
                f"{where}: setup {setup.name!r} is held against {setup.reference!r}, which is not a setup; "
                f"add it, or name another with reference = ..., or {setup.name!r} itself if that is the plain use"
            )
    references = {one.name: one.reference for one in setups}
    for setup in setups:
        _check_chain(where, setup, references)
    _check_variants(where, setups, variants)


def _check_variants(where: str, setups: Sequence[Setup], count: int) -> None:
    """Refuse a setup that is called as a variant of another one is."""
    names = {setup.name for setup in setups}
    for reference, others in variants_of(setups, count).items():
        for one in others:
            if one.name in names:
                raise SuiteInvalid(
                    f"{where}: the setup {one.name!r} is called as a variant of the input of {reference!r} is; wanted "
                    "another name"
                )


def _check_chain(where: str, setup: Setup, references: dict[str, str]) -> None:
    """Refuse references that go round in a circle: whatever all of these do, nothing would be held against it."""
    chain = [setup.name]
    while references[chain[-1]] != chain[-1]:
        chain.append(references[chain[-1]])
        if chain[-1] in chain[:-1]:
            raise SuiteInvalid(
                f"{where}: the references go round in a circle: {' -> '.join(chain)}; wanted one of these setups to be "
                "held against itself, or against a setup outside of the circle"
            )

"""`codec-harness store`: look after what is kept of earlier results, in this user's folder or in a shared store."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from harness.cli.options import NumberRange
from harness.errors import HarnessError, UsageInvalid
from harness.runtime import output, store_care
from harness.runtime.remote import Remote, RemoteFailed
from harness.runtime.resources import cache_folder
from harness.runtime.store_care import StoreLayer
from harness.runtime.store_folder import Folder

MEGABYTE = 1_000_000
URL = click.option("--store", "url", metavar="URL", help="A shared store, such as s3://bucket/prefix; else the folder.")


@click.group()
def command() -> None:
    """Look after what is kept of earlier results."""


def _of_layer(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the layer that `--store` names; what the service says against it is one line."""

    @wraps(function)
    def run(url: str | None, **options: Any) -> None:
        layer: StoreLayer = Remote(url) if url is not None else Folder(cache_folder() / "results")
        try:
            function(layer, url or str(cache_folder() / "results"), **options)
        except RemoteFailed as error:
            raise HarnessError(f"the store {url} does not do what it is asked for: {error}") from None

    return URL(run)


@command.command()
@_of_layer
def stats(layer: StoreLayer, where: str) -> None:
    """Say how much is kept, and how old it is."""
    found = store_care.stats(layer)
    output.say(f"{where}: {sum(found.count.values())} entries, {sum(found.size.values()) / MEGABYTE:.1f} MB")
    for suffix, count in sorted(found.count.items()):
        output.say(f"  {suffix}: {count}, {found.size[suffix] / MEGABYTE:.1f} MB")
    if found.count:
        output.say(f"  last used {found.newest:.1f} to {found.oldest:.1f} days ago")


@command.command()
@_of_layer
@click.option("--delete", is_flag=True, help="Delete what would not be believed.")
def verify(layer: StoreLayer, where: str, delete: bool) -> None:
    """Read everything and hold it against its seal; exit code 1 if something would not be believed."""
    wrong = list(store_care.unsound(layer))
    for name in wrong:
        output.say(f"{where}/{name}: not sealed by this harness as what it is{'; deleted' if delete else ''}")
        if delete:
            layer.delete(name)
    output.say(f"{where}: {len(wrong)} entries would not be believed" if wrong else f"{where}: all entries are sound")
    sys.exit(1 if wrong else 0)


@command.command()
@_of_layer
@click.option("--days", type=NumberRange(min=0), help="Delete what was not used for so many days.")
@click.option("--to", "megabytes", type=NumberRange(0, 1e12), metavar="MB", help="Then the least used, to this size.")
def prune(layer: StoreLayer, where: str, days: float | None, megabytes: float | None) -> None:
    """Delete what was least used."""
    if days is None and megabytes is None:
        raise UsageInvalid("store prune: got neither --days nor --to, wanted one of them")
    limit = None if megabytes is None else round(megabytes * MEGABYTE)
    count, size = store_care.prune(layer, days=days, limit=limit)
    output.say(f"{where}: deleted {count} entries, {size / MEGABYTE:.1f} MB")

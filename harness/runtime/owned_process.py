"""A worker process as its owner holds it, from its start to its end, whatever runs in it."""

import threading
from dataclasses import dataclass

from loky.process_executor import ProcessPoolExecutor

from harness.runtime import orphans
from harness.runtime.calls import Watch

GRACE = 5.0  # s


@dataclass(eq=False)
class OwnedProcess:
    """One worker process, its number once it has started, and the notes that it leaves of the calls that it makes."""

    executor: ProcessPoolExecutor
    watch: Watch
    pid: int = 0

    def end(self, *, kill: bool) -> None:
        """End it: now, or when it has tidied up, for which it has `GRACE`; a thread of a codec may go on for ever."""
        how = {"wait": True, "kill_workers": kill}
        ending = threading.Thread(target=self.executor.shutdown, kwargs=how, daemon=True)
        ending.start()
        ending.join(GRACE)
        if ending.is_alive() and self.pid:
            orphans.end_group(self.pid)
        ending.join()
        if self.pid:
            orphans.end_group(self.pid)  # what a codec has left running
            orphans.untie(self.pid)

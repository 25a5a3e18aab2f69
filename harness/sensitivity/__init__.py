"""
Would this suite notice? Faults of known size planted into its codec, and what each layer of the harness makes of them.

`catalogue` holds the faults and the benign changes as data, `planted` is the adapter that has one inside, `probes` runs
and measures, `staircase` chooses what is probed next, `findings` and `advice` tell what follows.
"""

VERSION = 2  # raise it when a fault of the same name and size does something else, or is measured otherwise

# ruff: noqa: ARG002
"""Adapters that end their process, or hang: what native code does when it is wrong."""

import os
import signal
import sys
import time

from planted import faults


class ClonesFatally(faults.Sound):
    """Cloning is a segmentation fault."""

    def wrap(self, instance):
        class Fatal(faults.SoundInstance):
            def clone(self):
                os.kill(os.getpid(), signal.SIGSEGV)

        return Fatal(self, instance)


class ResetsForever(faults.Sound):
    """A reset of the encoder does not return."""

    def wrap(self, instance):
        class Hanging(faults.SoundInstance):
            def reset(self, side):
                time.sleep(3600)

        return Hanging(self, instance)


class EncodesFatally(faults.Sound):
    """Encoding is a segmentation fault."""

    def wrap(self, instance):
        class Fatal(faults.SoundInstance):
            def encode(self, pcm):
                os.kill(os.getpid(), signal.SIGSEGV)

        return Fatal(self, instance)


class LoadsFatally(faults.Sound):
    """So is making the codec."""

    def __init__(self):
        os.kill(os.getpid(), signal.SIGSEGV)


class ClonesByLeaving(faults.Sound):
    """Cloning calls exit."""

    def wrap(self, instance):
        class Leaving(faults.SoundInstance):
            def clone(self):
                sys.exit(3)

        return Leaving(self, instance)

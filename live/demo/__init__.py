"""A made-up audience and its host, who play a show over the public protocol, as any phone and any console could.

    evening   the whole: people, host, until told to stop     phone    one person's phone
    host      what the made-up host does with the pieces      console  the host's line to the hub
    stories · drawings · melodies · clips                     upload   files up, by tus
      what people send, made by code from a seed

It uses nothing of the hub's inside: only its address and the host's key.
"""

from live.demo.evening import run_demo

__all__ = ["run_demo"]

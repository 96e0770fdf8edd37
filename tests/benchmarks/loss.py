"""Live pictures over a line that loses packets: delays and late program pictures at 1 % and 3 % loss, beside aiortc.

Everything runs in a network namespace of its own whose loopback has the usual MTU and drops packets at random
(nftables): the phone's lines and the viewer's alike; the stage has its Unix socket, as on the hub's own machine. The
round trip is near nothing, so that what a loss costs on TCP is the least it can cost; a real Wi-Fi adds a round trip to
each. Needs root, or says so and measures nothing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.figures import emit, percentile
from tests.benchmarks.latency import measure, peer_python

LOSSES_PERCENT = (1, 3)
SECONDS = 30.0
"""Some 300 pictures: of fewer, the last percent is one picture alone."""
MTU = 1500
OUTSIDE = "10.99.0.1/24"


def enter_namespace(arguments: list[str]) -> None:
    """Start over in a namespace of our own. Does not return."""
    if os.geteuid() != 0:
        raise SystemExit("expected root: losing packets on purpose needs a network namespace; try again with sudo")
    peer_python()  # no way out to install it from in there
    command = ["unshare", "--net", sys.executable, "-m", "tests.benchmarks.loss", "--inside", *arguments]
    os.execvp(command[0], command)


def lay_lines() -> None:
    """The loopback, and one address besides: a browser without any gathers no candidates and waits for ever. None that
    the system would give itself a second later: pages end with the network they began to load on.
    """
    for link in ("all", "default"):
        Path(f"/proc/sys/net/ipv6/conf/{link}/disable_ipv6").write_text("1")
    for words in (
        f"link set dev lo up mtu {MTU}",
        "link add outside type veth peer name inside",
        f"address add {OUTSIDE} dev outside",
        "link set dev inside up",
        "link set dev outside up",
    ):
        subprocess.run(["ip", *words.split()], check=True)


def lose(percent: int) -> None:
    """Have what comes in be dropped in this share of packets; between two of our own addresses all goes by loopback."""
    rules = (
        "flush ruleset; table inet lossy { chain input { type filter hook input priority 0; "
        f"numgen random mod 100 < {percent} drop; }}; }}"
    )
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="live pictures over a lossy line")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--inside", action="store_true", help="in the namespace already")
    given = parser.parse_args()
    if not given.inside:
        enter_namespace(["--seconds", str(given.seconds)])
    lay_lines()
    for percent in LOSSES_PERCENT:
        lose(percent)
        found = measure(1, given.seconds)
        ours, theirs = found["decoded"], found["aiortc"]
        p99, peer_p99 = percentile(ours, 99), percentile(theirs, 99)
        emit(
            "loss", f"canvas → decoded at the stage, {percent} % of packets lost", p99, peer_p99, "aiortc", "ms",
            peer_p99 / p99, p50=percentile(ours, 50), p95=percentile(ours, 95), p99=p99,
            peer_p50=percentile(theirs, 50), peer_p95=percentile(theirs, 95),
            program_p99=percentile(found["program"], 99), late_percent=max(found["late_percent"]),
            pictures=float(len(ours)), peer_pictures=float(len(theirs)),
        )  # fmt: skip


if __name__ == "__main__":
    main()

"""Run every benchmark (or those named), each in a process of its own, one after the other.

A benchmark that breaks is named and the others go on; the exit code then says so.
"""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import tests.benchmarks

NOT_BENCHMARKS = {"__main__", "figures"}
LIMIT_S = 300


def names() -> list[str]:
    found = (module.name for module in pkgutil.iter_modules(tests.benchmarks.__path__))
    return sorted(name for name in found if name not in NOT_BENCHMARKS and not name.startswith("_"))


def run(name: str) -> bool:
    print(f"# {name}", file=sys.stderr, flush=True)
    try:
        done = subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        print(f"{name}: expected to end within {LIMIT_S} s and did not; run it alone to see why", file=sys.stderr)
        return False
    if done.returncode:
        print(f"{name}: ended with {done.returncode}; run it alone to see why", file=sys.stderr)
    return done.returncode == 0


def main(wanted: list[str]) -> int:
    unknown = [name for name in wanted if name not in names()]
    if unknown:
        print(f"expected one of {', '.join(names())}; got {', '.join(unknown)}", file=sys.stderr)
        return 2
    broken = [name for name in wanted or names() if not run(name)]
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A PostgreSQL server of the test's own, Debian's or Homebrew's, on a free loopback port; gone after the test."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from live.journal import database_url
from live.settings import free_port


def binaries() -> Path:
    """The folder of the newest server that is installed."""
    homes = (*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/opt/homebrew/opt").glob("postgresql@*/bin"))
    folders = sorted(homes, key=lambda path: int(path.parent.name.removeprefix("postgresql@")))
    found = shutil.which("initdb")
    if folders:
        return folders[-1]
    if found:
        return Path(found).parent
    raise FileNotFoundError("expected PostgreSQL's initdb, got none; install it with `apt-get install postgresql`")


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database. PostgreSQL refuses root, so there it runs as Debian's `postgres` user."""
    data, port = folder / "data", free_port("127.0.0.1", 0)
    data.mkdir(parents=True)
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(data, "postgres")
        for parent in (folder, *folder.parents[:-1]):
            parent.chmod(parent.stat().st_mode | 0o011)
        as_user = ["runuser", "-u", "postgres", "--"]
    tools = binaries()
    _run([*as_user, str(tools / "initdb"), "-D", str(data), "-A", "trust", "-U", "show", "--no-sync"])
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
    control = [*as_user, str(tools / "pg_ctl"), "-D", str(data), "-w"]
    _run([*control, "-o", options, "-l", str(data / "log"), "start"])
    try:
        yield f"postgresql://show@127.0.0.1:{port}/postgres"
    finally:
        _run([*control, "-m", "immediate", "stop"])


def fresh_database(server_url: str) -> str:
    """Make an empty database on a running server; return its URL."""
    name = f"show_{secrets.token_hex(4)}"
    engine = sa.create_engine(database_url(server_url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return f"{server_url.rpartition('/')[0]}/{name}"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr or done.stdout}")

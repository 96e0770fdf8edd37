"""The peer of the latency benchmark: stock aiortc receives one stream from a browser and decodes it.

Runs in an environment of its own, with aiortc, NumPy and nothing of ours but the strip. Reads the browser's offer as
one JSON line, answers with one, then notes for every decoded picture the number in its strip and when it was there,
until its input closes; prints the notes as JSON. Loopback only: no STUN, no other address is offered.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import aioice.ice  # type: ignore[import-not-found,unused-ignore]
from aiortc import (  # type: ignore[import-not-found,unused-ignore]
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError  # type: ignore[import-not-found,unused-ignore]

from tests import time_strip

BITRATE_KBIT_S = 800


async def main() -> None:
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    seen: list[tuple[int | None, int]] = []
    tasks: list[asyncio.Task[None]] = []
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))

    @connection.on("track")  # type: ignore[untyped-decorator,unused-ignore]
    def _(track: MediaStreamTrack) -> None:
        tasks.append(asyncio.create_task(_note(track, seen)))

    offer = json.loads(await asyncio.to_thread(sys.stdin.readline))
    await connection.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    print(json.dumps({"sdp": _at_full_rate(connection.localDescription.sdp)}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    await connection.close()
    print(json.dumps(seen), flush=True)


async def _note(track: MediaStreamTrack, seen: list[tuple[int | None, int]]) -> None:
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            return
        now_us = time.time_ns() // 1000
        luma = frame.to_ndarray(format="yuv420p")[: frame.height, : frame.width]
        seen.append((time_strip.read(luma), now_us))


def _at_full_rate(sdp: str) -> str:
    """Have the browser begin with the bitrate that ours has: by itself it starts low and makes the picture smaller."""
    rate = f"x-google-min-bitrate={BITRATE_KBIT_S};x-google-start-bitrate={BITRATE_KBIT_S}"
    lines = []
    for line in sdp.splitlines():
        lines.append(f"{line};{rate}" if line.startswith("a=fmtp:") and "apt=" not in line else line)
        if line.startswith("a=rtpmap:") and "VP8/90000" in line:
            lines.append(f"a=fmtp:{line.split(':')[1].split()[0]} {rate}")
    return "\r\n".join(lines) + "\r\n"


if __name__ == "__main__":
    asyncio.run(main())

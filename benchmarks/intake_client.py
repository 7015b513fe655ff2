"""A sender to measure with: `python -m benchmarks.intake_client PORT CONNECTIONS SECONDS [alertmanager]`.

Each connection sends one request after the other, each with two new alerts of Alertmanager; prints the requests a
second and the time of the answer that 99 of 100 are quicker than, in milliseconds. With "alertmanager" they go to the
interface of Alertmanager itself.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import count

HEAD = (
    "POST /hooks/bench HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer bench-secret\r\n"
)
API = "POST /api/v2/alerts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
NUMBERS = count(int(time.time() * 1000) << 20)


def alert() -> dict[str, object]:
    """As Prometheus has them, with labels and annotations of a usual length."""
    labels = {"alertname": "VoicePacketLoss", "instance": "voice1.example.net:9100", "job": "node", "service": "voice"}
    told = {"summary": "Packet loss on voice1", "description": "More than 5 % of packets were lost for two minutes."}
    return {
        "status": "firing",
        "labels": {**labels, "severity": "critical", "datacenter": "fsn1", "team": "voice"},
        "annotations": told,
        "startsAt": "2026-11-26T14:00:00.000Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.net:9090/graph?g0.expr=rate%28packets_lost%5B2m%5D%29+%3E+0.05",
        "fingerprint": f"{next(NUMBERS):016x}",
    }


def body() -> bytes:
    """One request."""
    top = {"version": "4", "groupKey": "{}:{}", "status": "firing", "receiver": "us", "truncatedAlerts": 0}
    more = {"groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://am.example.net"}
    return json.dumps({**top, **more, "alerts": [alert(), alert()]}).encode()


def own() -> bytes:
    """The same as Prometheus sends it to Alertmanager: a label makes each alert another one."""
    return json.dumps(
        [{"labels": {"alertname": "VoicePacketLoss", "n": alert()["fingerprint"]}} for _ in "ab"]
    ).encode()


async def send(port: int, end: float, took: list[float], to: str) -> None:
    """One connection until the time is over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    first, made = (API, own) if to == "alertmanager" else (HEAD, body)
    while time.perf_counter() < end:
        content = made()
        request = f"{first}Content-Length: {len(content)}\r\n\r\n".encode() + content
        begun = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise SystemExit(head.decode())
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        took.append(time.perf_counter() - begun)
    writer.close()


async def main(port: int, connections: int, seconds: float, to: str) -> None:
    """All of them at once."""
    took: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(*(send(port, begun + seconds, took, to) for _ in range(connections)))
    rate = len(took) / (time.perf_counter() - begun)
    print(json.dumps({"rate": rate, "p99": sorted(took)[int(len(took) * 0.99)] * 1000, "count": len(took)}))


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), "".join(sys.argv[4:5])))

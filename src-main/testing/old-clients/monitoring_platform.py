"""Reports as an agent of the monitoring platform did, with its retries, and reads its routes: ADDRESS [TOKEN]."""

import datetime
import json
import sys
import time
import urllib.error
import urllib.request

address = sys.argv[1]
headers = {"Content-Type": "application/json"}
if len(sys.argv) > 2:
    headers["Authorization"] = f"Bearer {sys.argv[2]}"


def ask(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(address + path, data, headers), timeout=30) as answer:
        return answer.status, json.load(answer)


def send(body):
    for attempt in range(5):
        try:
            return ask("/api/v1/metrics", body)
        except urllib.error.URLError as error:
            if getattr(error, "code", 503) < 500:
                raise
            time.sleep(0.2 * 2**attempt)
    raise SystemExit("never got through")


body = {
    "agent_id": "agent-001",
    "agent_name": "Production-Server-01",
    "timestamp": datetime.datetime.now(datetime.timezone.utc).isoformat(),
    "system": {"cpu_percent": 13.3, "memory": {"percent": 69.9}, "disk": {"percent": 8.1}},
    "network": [{"host": "8.8.8.8", "port": 53, "reachable": True, "latency_ms": 11.5, "status": "up"}],
}
assert send(body)[0] == 200
assert send(body)[1]["duplicate"] == 5, "a retry is counted once"

agents = {agent["agent_id"]: agent for agent in ask("/api/v1/agents")[1]}
assert agents["agent-001"]["agent_name"] == "Production-Server-01", agents
latest = ask("/api/v1/metrics/agent-001/latest")[1]
assert latest["system"] == body["system"], latest
assert latest["network"][0]["latency_ms"] == 11.5, latest
try:
    ask("/api/v1/metrics/nobody/latest")
    raise SystemExit("an agent that is none was answered")
except urllib.error.HTTPError as error:
    assert error.code == 404, error.code
print("done")

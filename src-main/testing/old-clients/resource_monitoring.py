"""Sends what a machine measured as the resource monitor did, and polls as its dashboard did: ADDRESS TOKEN READ_TOKEN."""

import datetime
import json
import sys
import urllib.request

address, token, read_token = sys.argv[1:4]


def ask(path, bearer, body=None):
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(address + path, data, headers), timeout=30) as answer:
        return answer.status, json.load(answer)


percents = [11.5, 12.5, 13.5]
sent = []
for percent in percents:
    record = {
        "hostname": "linux-1",
        "timestamp": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "cpu": {"average": percent, "per_core": [percent, percent]},
        "memory": {"total": 8 * 2**30, "used": 2 * 2**30, "free": 6 * 2**30, "percent": 25.0},
        "disk": {"total": 100 * 2**30, "used": 40 * 2**30, "free": 60 * 2**30, "percent": 40.0},
    }
    status, _ = ask("/ingest", token, record)
    assert status == 200, status
    sent.append(record)

status, records = ask("/history", read_token)
assert status == 200, status
assert [record["cpu"]["average"] for record in records[-3:]] == percents, records
assert records[-3:] == sent, records
print("done")

"""Sends what scripts returned as the monitoring client did, and uses every route of its server: ADDRESS TOKEN ADMIN_TOKEN."""

import datetime
import json
import sys
import time
import urllib.error
import urllib.request

address, token, admin = sys.argv[1:4]


def ask(path, body=None, bearer=admin):
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(address + path, data, headers), timeout=30) as answer:
        assert answer.status == 200, answer.status
        return json.load(answer)


def refused(path, body=None, bearer=admin):
    try:
        return ask(path, body, bearer)
    except urllib.error.HTTPError as error:
        return error.code


ask("/")
rule = {"hostname": "web-1", "metric_name": "queue_length", "threshold_type": "greater_than", "threshold_value": 100}
assert refused("/alert_config", rule, token) == 403

for value in (1, 2, 3):
    ask("/metrics", {"hostname": "web-1", "timestamp": time.time(), "metrics": {"queue_length": value}}, token)
    time.sleep(0.01)
assert ask("/fetch/latest")["web-1"]["queue_length"]["value"] == 3
assert "web-1" in ask("/fetch/hosts")
values = [one["value"] for one in ask("/fetch/history/web-1/queue_length?limit=2")]
assert values == [2, 3], values

assert ask("/alert_config", rule)["created"] is True
assert ask("/alert_config", {**rule, "threshold_value": 2})["created"] is False
for _ in range(100):
    ask("/metrics", {"hostname": "web-1", "timestamp": time.time(), "metrics": {"queue_length": 50}}, token)
    alerts = [one for one in ask("/fetch/recent_alerts") if one["metric_name"] == "queue_length"]
    if alerts:
        break
    time.sleep(0.1)
assert alerts[0]["state"] == "firing" and alerts[0]["threshold_value"] == 2, alerts
known = ask("/alert_state", {"hostname": "web-1", "metric_name": "queue_length", "state": "acknowledged", "note": "seen"})
assert known["alerts"][0]["state"] == "acknowledged", known

now = datetime.datetime.now(datetime.timezone.utc)
plan = {
    "hostname": "web-1",
    "start_time": (now + datetime.timedelta(hours=1)).isoformat(),
    "end_time": (now + datetime.timedelta(hours=2)).isoformat(),
    "reason": "New disk",
}
ask("/downtime", plan)
assert [one["reason"] for one in ask("/downtime")] == ["New disk"]

counts = ask("/aggregate", {})
assert counts["metrics"]["queue_length"] == {"series": 1, "min": 1, "max": 50}, counts
assert refused("/fetch/history/..%2f..%2fetc%2fpasswd/x") == 404
print("done")

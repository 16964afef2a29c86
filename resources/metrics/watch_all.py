# check(metrics) sees the newest numbers of every source and returns what is wrong. No rule has to be written for it:
# approving this file adds one that makes an alert of each text.
def check(metrics):
    found = []
    cpu = metrics.get("cpu", {}).get("cpu_percent")
    received = metrics.get("network", {}).get("bytes_recv_per_sec")
    if cpu is not None and received is not None and cpu > 90 and received < 1000:
        found.append("Busy, and not because of the network")
    memory = metrics.get("memory", {})
    if memory.get("memory_percent", 0) > 95:
        found.append({"name": "Memory nearly gone", "severity": "critical"})
    return found

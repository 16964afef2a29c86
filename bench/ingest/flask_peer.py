"""What a Flask user writes to take samples: a route that looks at each field, and a dictionary that keeps them."""

from collections import defaultdict

from flask import Flask, jsonify, request

app = Flask(__name__)
kept = defaultdict(list)


def is_text(value):
    return isinstance(value, str) and 0 < len(value) <= 200


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@app.post("/api/v1/ingest")
def ingest():
    batch = request.get_json()
    if not isinstance(batch, dict) or not is_text(batch.get("host")):
        return jsonify(error="host is missing"), 422
    samples = batch.get("samples")
    if not isinstance(samples, list) or len(samples) > 1000:
        return jsonify(error="samples is no list"), 422
    for sample in samples:
        if not isinstance(sample, dict) or not is_text(sample.get("source")) or not is_text(sample.get("metric")):
            return jsonify(error="a sample without source or metric"), 422
        if not is_number(sample.get("value")) or not isinstance(sample.get("at"), int):
            return jsonify(error="a sample without value or time"), 422
    for sample in samples:
        kept[batch["host"], sample["source"], sample["metric"]].append((sample["at"], sample["value"]))
    return jsonify(accepted=len(samples))

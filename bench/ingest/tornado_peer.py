"""What a Tornado user writes to take samples: a handler that looks at each field, and a dictionary that keeps them."""

import asyncio
import json
import sys
from collections import defaultdict

from tornado.web import Application, RequestHandler

kept = defaultdict(list)


def is_text(value):
    return isinstance(value, str) and 0 < len(value) <= 200


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Ingest(RequestHandler):
    def refuse(self, message):
        self.set_status(422)
        self.write({"error": message})

    def post(self):
        batch = json.loads(self.request.body)
        if not isinstance(batch, dict) or not is_text(batch.get("host")):
            return self.refuse("host is missing")
        samples = batch.get("samples")
        if not isinstance(samples, list) or len(samples) > 1000:
            return self.refuse("samples is no list")
        for sample in samples:
            if not isinstance(sample, dict) or not is_text(sample.get("source")) or not is_text(sample.get("metric")):
                return self.refuse("a sample without source or metric")
            if not is_number(sample.get("value")) or not isinstance(sample.get("at"), int):
                return self.refuse("a sample without value or time")
        for sample in samples:
            kept[batch["host"], sample["source"], sample["metric"]].append((sample["at"], sample["value"]))
        self.write({"accepted": len(samples)})


async def main():
    Application([("/api/v1/ingest", Ingest)]).listen(int(sys.argv[1]), "127.0.0.1")
    await asyncio.Event().wait()


asyncio.run(main())

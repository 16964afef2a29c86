"""What a FastAPI user writes to take samples: a model, a route, and a dictionary that keeps them."""

from collections import defaultdict
from typing import Dict, List, Optional

from fastapi import FastAPI
from pydantic import BaseModel, Field


class Sample(BaseModel):
    source: str = Field(min_length=1, max_length=200)
    metric: str = Field(min_length=1, max_length=200)
    labels: Dict[str, str] = {}
    value: float
    at: int
    unit: Optional[str] = None


class Batch(BaseModel):
    host: str = Field(min_length=1, max_length=200)
    sentAt: Optional[int] = None
    intervalSeconds: Optional[float] = None
    samples: List[Sample] = Field(max_items=1000)


app = FastAPI()
kept = defaultdict(list)


@app.post("/api/v1/ingest")
async def ingest(batch: Batch):
    for sample in batch.samples:
        kept[batch.host, sample.source, sample.metric].append((sample.at, sample.value))
    return {"accepted": len(batch.samples)}

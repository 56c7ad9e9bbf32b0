"""Runs the task `brightness` of a workflow on Kafka: read requests, answer, commit."""
import json
import os
import sys
from confluent_kafka import Consumer, Producer

dag, node = sys.argv[1:3]
brokers = os.environ["ARTESIAN_KAFKA"]
consumer = Consumer({"bootstrap.servers": brokers, "group.id": f"{dag}-tasks", "auto.offset.reset": "earliest",
                     "enable.auto.commit": False, "isolation.level": "read_committed"})
producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True})
consumer.subscribe([f"{dag}.{node}-requests"])


def answer(request, **outcome):
    head = {"taskId": request["taskId"], "attempt": request["attempt"]}
    producer.produce(request["reply"]["topic"], json.dumps(head | outcome), partition=request["reply"]["partition"])


while True:
    message = consumer.poll(1.0)
    if message is None or message.error():
        continue
    request = json.loads(message.value())
    answer(request, outcome="started")
    try:
        pixels = request["input"]["pixels"]
        answer(request, outcome="done", result={"brightness": sum(pixels) / len(pixels)})
    except Exception as error:
        answer(request, outcome="failed", error={"code": "python/" + type(error).__name__, "message": str(error)})
    producer.flush()
    consumer.commit(message)

"""A Locust user as most would write it, for `designs.py`: one greenlet, socket and Sans-I/O WebSocket per station.

It boots and beats once a second, and leaves out everything else that a station is.
"""

import itertools
import json
import os
import time
from typing import Any

import gevent
from gevent import socket
from locust import User, task
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

NUMBERS = itertools.count(1)
BOOT = {"reason": "PowerUp", "chargingStation": {"model": "greenlet", "vendorName": "Locust"}}


class Greenlet(User):
    def on_start(self) -> None:
        uri = parse_uri(f"{self.environment.host}/G-{os.getpid()}-{next(NUMBERS)}")
        self.socket = socket.create_connection((uri.host, uri.port))
        self.link = ClientProtocol(uri, subprotocols=[Subprotocol("ocpp2.0.1")])
        self.number = 0
        self.link.send_request(self.link.connect())
        self.flush()
        while self.link.state is State.CONNECTING:
            self.link.receive_data(self.socket.recv(65536))
        self.call("BootNotification", BOOT)

    @task
    def beat(self) -> None:
        gevent.sleep(1.0)
        self.call("Heartbeat", {})

    def call(self, action: str, payload: dict[str, Any]) -> None:
        self.number += 1
        begun_s = time.perf_counter()
        self.link.send_text(json.dumps([2, str(self.number), action, payload]).encode())
        self.flush()
        while not any(isinstance(each, Frame) and each.opcode is Opcode.TEXT for each in self.link.events_received()):
            self.link.receive_data(self.socket.recv(65536))
        took_ms = (time.perf_counter() - begun_s) * 1000
        self.environment.events.request.fire(
            request_type="OCPP", name=action, response_time=took_ms, response_length=0, exception=None, context={}
        )

    def flush(self) -> None:
        for data in self.link.data_to_send():
            if data:
                self.socket.sendall(data)

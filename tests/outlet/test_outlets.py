#!/usr/bin/env python3
"""Webhook and MQTT outlets against receivers that fail, are slow, refuse and die, over kill -9 of
the sender: each warning arrives once (known identifiers dropped) and in order.

usage: test_outlets.py OUTLET_DRIVER [case…]"""
import http.server
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

DRIVER = sys.argv[1]
SEED = int(os.environ.get("LEE_TEST_SEED", "20200908"))
STARTED = []  # processes of ours, ended at the end whatever happens


class Receiver:
    """A webhook receiver. `behave(n, identifier)` answers (status, delay_s) for request n, or None
    to close the connection without an answer."""

    def __init__(self, behave=lambda n, identifier: (200, 0), port=0):
        self.requests, self.accepted, self.bodies = [], [], {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                identifier = self.headers["Idempotency-Key"]
                outer.requests.append(identifier)
                answer = behave(len(outer.requests), identifier)
                if answer is None:
                    self.close_connection = True
                    return
                status, delay_s = answer
                time.sleep(delay_s)
                if 200 <= status < 300:
                    outer.accepted.append(identifier)
                    outer.bodies[identifier] = body
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a killed sender resets its connection
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self):
        return f"webhook:http://127.0.0.1:{self.port}/hook"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def once(identifiers):
    """Without the repeats that a receiver drops by the key."""
    return list(dict.fromkeys(identifiers))


def expected(count):
    return [f"leeward-test-{i}" for i in range(1, count + 1)]


def start(log, count, interval_ms, *outlets):
    process = subprocess.Popen([DRIVER, log, str(count), str(interval_ms), *outlets])
    STARTED.append(process)
    return process


def finish(process, seconds):
    code = process.wait(timeout=seconds)
    assert code == 0, f"the driver ended with {code}"


def deliveries(log):
    with open(log) as lines:
        return [json.loads(line[2:]) for line in lines if line.startswith("D ")]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def case_fails_at_first_then_in_order(folder):
    receiver = Receiver(lambda n, _: (503, 0) if n <= 3 else (None if n == 5 else (200, 0)))
    log = os.path.join(folder, "log")
    finish(start(log, 20, 5, receiver.url()), 30)
    assert receiver.accepted == expected(20), receiver.accepted
    first = [d for d in deliveries(log) if d["identifier"] == "leeward-test-1"]
    assert [d["state"] for d in first] == ["pending"] * 3 + ["delivered"]
    assert [d["attempts"] for d in first] == [1, 2, 3, 4]
    assert first[0]["reason"] == "the receiver answered 503" and "reason" not in first[3]
    body = json.loads(receiver.bodies["leeward-test-7"])
    assert body["cap"] == '<alert>"7"</alert>' and body["headline"] == {"en": "number 7"}
    assert "target" not in body and "zone" not in body
    receiver.close()


def case_a_refused_warning_is_passed_over(folder):
    receiver = Receiver(lambda n, i: (400, 0) if i == "leeward-test-2" else (200, 0))
    log = os.path.join(folder, "log")
    finish(start(log, 5, 5, receiver.url()), 30)
    assert receiver.accepted == [i for i in expected(5) if i != "leeward-test-2"]
    assert receiver.requests.count("leeward-test-2") == 1
    states = {d["identifier"]: d["state"] for d in deliveries(log)}
    assert states["leeward-test-2"] == "failed"
    receiver.close()


def case_too_many_requests_is_tried_again(folder):
    receiver = Receiver(lambda n, i: (429, 0) if n == 1 else (200, 0))
    finish(start(os.path.join(folder, "log"), 2, 5, receiver.url()), 30)
    assert receiver.accepted == expected(2) and len(receiver.requests) == 3
    receiver.close()


def case_a_slow_outlet_does_not_hold_up_the_other(folder):
    slow = Receiver(lambda n, i: (200, 0.15))
    quick = Receiver()
    log = os.path.join(folder, "log")
    process = start(log, 20, 5, slow.url(), quick.url())
    deadline = time.monotonic() + 20
    while len(quick.accepted) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert quick.accepted == expected(20)
    assert len(slow.accepted) < 15, "the quick outlet waited for the slow one"
    finish(process, 30)
    assert slow.accepted == expected(20)
    slow.close()
    quick.close()


def case_a_receiver_that_hangs_is_given_up_and_tried_again(folder):
    receiver = Receiver(lambda n, i: (200, 4) if n == 1 else (200, 0))
    finish(start(os.path.join(folder, "log"), 3, 5, receiver.url()), 30)
    assert receiver.requests[:2] == ["leeward-test-1"] * 2
    assert once(receiver.requests) == expected(3)
    receiver.close()


def case_a_receiver_that_dies_gets_the_rest_when_it_is_back(folder):
    receiver = Receiver()
    port = receiver.port
    log = os.path.join(folder, "log")
    process = start(log, 60, 10, receiver.url())
    while len(receiver.accepted) < 20:
        time.sleep(0.01)
    receiver.close()
    time.sleep(0.6)
    before = list(receiver.accepted)
    again = Receiver(port=port)
    finish(process, 30)
    assert once(before + again.accepted) == expected(60)
    again.close()


def kill_often(log, count, outlets, kills):
    """Runs the driver, killed at random times, until it has finished. Returns how often killed."""
    rng = random.Random(SEED)
    killed = 0
    while True:
        process = start(log, count, 4, *outlets)
        try:
            process.wait(timeout=rng.uniform(0.05, 0.35) if killed < kills else 60)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
            # A line that the kill tore would run into the next one: the journal cuts it, so here.
            with open(log, "rb+") as file:
                data = file.read()
                file.truncate(data.rfind(b"\n") + 1)
            continue
        assert process.returncode == 0
        return killed


def case_webhook_over_kill_9(folder):
    receiver = Receiver(lambda n, i: (503, 0) if n % 11 == 0 else (200, 0))
    killed = kill_often(os.path.join(folder, "log"), 500, [receiver.url()], 12)
    assert killed >= 5, killed
    assert once(receiver.accepted) == expected(500)
    print(f"  500 warnings, {killed} kills, {len(receiver.accepted) - 500} repeats dropped by key")
    receiver.close()


# --- MQTT -------------------------------------------------------------------------------------


class Broker:
    def __init__(self, folder):
        self.port = free_port()
        self.config = os.path.join(folder, "mosquitto.conf")
        with open(self.config, "w") as out:
            out.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
                      f"persistence_location {folder}/\nautosave_on_changes true\nautosave_interval 1\n"
                      f"max_queued_messages 100000\nuser {os.environ.get('USER', 'root')}\n")
        self.start()

    def start(self):
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self.process = subprocess.Popen([program, "-c", self.config], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        STARTED.append(self.process)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("mosquitto does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Subscriber:
    def __init__(self, broker, topic, qos):
        self.lines = []
        self.process = subprocess.Popen(
            ["mosquitto_sub", "-p", str(broker.port), "-h", "127.0.0.1", "-t", topic, "-q", str(qos),
             "-i", f"sub-{topic}", "-c"], stdout=subprocess.PIPE, text=True)
        STARTED.append(self.process)
        threading.Thread(target=self.read, daemon=True).start()
        time.sleep(0.4)  # subscribed before anything is published

    def read(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line)["identifier"])

    def wait(self, count, seconds=20):
        deadline = time.monotonic() + seconds
        while len(once(self.lines)) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return list(self.lines)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def mqtt(broker, topic, qos):
    return f"mqtt:127.0.0.1:{broker.port}:{topic}:{qos}"


def case_mqtt_once_and_in_order(folder):
    broker = Broker(folder)
    for qos in (1, 2):
        topic = f"order{qos}"
        subscriber = Subscriber(broker, topic, qos)
        finish(start(os.path.join(folder, topic), 100, 2, mqtt(broker, topic, qos)), 30)
        assert subscriber.wait(100) == expected(100)
        subscriber.stop()
    broker.stop()


def case_mqtt_broker_that_is_not_there_yet(folder):
    broker = Broker(folder)
    broker.stop()
    log = os.path.join(folder, "log")
    process = start(log, 5, 5, mqtt(broker, "late", 1))
    time.sleep(0.5)
    assert any("no connection to the broker" in d.get("reason", "") for d in deliveries(log))
    broker.start()
    subscriber = Subscriber(broker, "late", 1)
    finish(process, 30)
    subscriber.stop()
    broker.stop()
    assert sum(d["state"] == "delivered" for d in deliveries(log)) == 5


def case_mqtt_over_kill_9(folder):
    broker = Broker(folder)
    subscriber = Subscriber(broker, "kill", 2)
    killed = kill_often(os.path.join(folder, "log"), 500, [mqtt(broker, "kill", 2)], 12)
    assert killed >= 5, killed
    got = subscriber.wait(500)
    assert once(got) == expected(500), (len(got), got[:5])
    print(f"  500 warnings, {killed} kills, {len(got) - 500} repeats dropped by identifier")
    subscriber.stop()
    broker.stop()


def case_mqtt_broker_restart_loses_nothing(folder):
    broker = Broker(folder)
    subscriber = Subscriber(broker, "restart", 1)
    process = start(os.path.join(folder, "log"), 200, 5, mqtt(broker, "restart", 1))
    subscriber.wait(50)
    broker.stop()
    time.sleep(0.3)
    broker.start()
    finish(process, 60)
    got = subscriber.wait(200)
    assert once(got) == expected(200), (len(got), [i for i in expected(200) if i not in got][:5])
    subscriber.stop()
    broker.stop()


def main():
    names = sys.argv[2:] or [n for n in globals() if n.startswith("case_")]
    have_broker = bool(shutil.which("mosquitto") or os.path.exists("/usr/sbin/mosquitto"))
    have_broker = have_broker and bool(shutil.which("mosquitto_sub"))
    failed = 0
    for name in names:
        if name.startswith("case_mqtt") and not have_broker:
            print(f"skipped {name}: mosquitto and mosquitto-clients are not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            try:
                globals()[name](folder)
                print(f"ok {name} {time.monotonic() - began:.1f} s", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAILED {name} (seed {SEED}): {type(error).__name__} {error}", flush=True)
            finally:
                for process in STARTED:
                    if process.poll() is None:
                        process.kill()
                        process.wait()
                STARTED.clear()
    return 1 if failed else 0


sys.exit(main())

#!/usr/bin/env python3
"""What came in is what was handled and what was dropped, for each feed, when all bring too much.

usage: test_overload.py LEEWARD. Skipped (77) where there is no mosquitto. TCP, UDP and an MQTT broker bring thousands of
lines, some of them broken, to a daemon that is stopped for a while and may judge a few hundred a second of each feed.
"""
import json
import re
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from daemon import Daemon  # noqa: E402
from test_mqtt import STARTED, Broker, free_port  # noqa: E402
from traffic import zones  # noqa: E402

BUDGET_PER_S = 300
TCP, UDP, MQTT = range(3)


def lines(first, count):
    """Report lines of as many targets; every fiftieth is none, in one way or another."""
    broken = ['{"t_us":1}', "{", "nonsense", '{"t_us":1,"target":"icao24:xyz","source":"adsb"}']
    for i in range(first, first + count):
        if i % 50 == 0:
            yield broken[i // 50 % len(broken)]
            continue
        yield json.dumps({"t_us": time.time_ns() // 1000, "target": f"icao24:{i % 5000:06x}", "source": "adsb",
                          "lat": 60 + i % 100 * 0.01, "lon": 30 + i % 997 * 0.01, "alt_baro_ft": 30000})


class Server:
    """Gives its text to the one that connects."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connection = None
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        self.connection = self.listener.accept()[0]

    def send(self, text):
        self.connection.sendall(text.encode())


class UdpSender:
    def __init__(self, port):
        self.port, self.sent = port, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send(self, texts):
        for text in texts:
            self.socket.sendto((text + "\n").encode(), ("127.0.0.1", self.port))
            self.sent += 1


def counters(daemon):
    """{feed: {name: count}} of the metrics."""
    feeds = {}
    for name, feed, value in re.findall(r'^leeward_feed_(\w+)_total\{feed="(\d+)"\} (\d+)$',
                                        daemon.get("/metrics").decode(), re.M):
        feeds.setdefault(int(feed), {})[name] = int(value)
    return feeds


def dropped(counted):
    return sum(value for name, value in counted.items() if name.startswith("dropped_"))


def came_in(counted):
    return counted["frames"] + counted["not_frames"] + counted["messages_lost"]


def flood(daemon, server, udp, broker):
    """Brings everything, with the daemon stopped in the middle. How much was sent to each feed."""
    server.send("".join(line + "\n" for line in lines(0, 8000)))
    udp.send(lines(0, 2000))
    time.sleep(0.3)
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        udp.send(lines(2000, 20000))  # far more than a socket holds
        broker.publish("all", "".join(line + "\n" for line in lines(0, 4000)), each_line=True)
    finally:
        daemon.process.send_signal(signal.SIGCONT)
    server.send("".join(line + "\n" for line in lines(8000, 8000)))
    broker.publish("all", "".join(line + "\n" for line in lines(4000, 2000)), each_line=True)
    return {TCP: 16000, MQTT: 6000}


def check(daemon, server, udp, broker):
    assert daemon.wait_for(lambda d: all(
        feed["state"] == "connected" for feed in d.get_json("/api/v1/status")["feeds"])), daemon.log
    assert daemon.wait_for(lambda d: server.connection)
    sent = flood(daemon, server, udp, broker)

    def all_told(d):
        udp.send(lines(1, 1))  # the kernel tells of what it dropped with the next that it takes
        time.sleep(0.2)
        counted = counters(d)
        return all(came_in(counted[feed]) >= count for feed, count in sent.items()) and \
            came_in(counted[UDP]) >= udp.sent

    if not daemon.wait_for(all_told, 60):
        raise AssertionError((sent, udp.sent, counters(daemon)))
    time.sleep(0.5)
    sent[UDP] = udp.sent
    counted = counters(daemon)
    for feed, count in sent.items():
        one = counted[feed]
        print(f"feed {feed}: {count} sent: {one}")
        assert came_in(one) == count, (feed, count, one)
        assert one["frames"] == one["reports"] + one["no_report"] + one["refused"], one
        assert one["reports"] == one["judged"] + dropped(one), one
        assert one["refused"] > 50 and one["judged"] > BUDGET_PER_S / 4 and dropped(one) > 1000, one
        assert (one["messages_lost"] > 0) == (feed == UDP), one
    status = daemon.get_json("/api/v1/status")["feeds"]
    assert [feed["lost"] for feed in status] == [counted[feed]["messages_lost"] for feed in range(3)]


def main(program):
    if not shutil.which("mosquitto_pub"):
        print("skipped: mosquitto is not installed")
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "zones.geojson").write_text(json.dumps(zones(10)))
        (folder / "secret").write_text("secret\n")
        try:
            broker = Broker(folder, "broker")
            broker.stop()
            with broker.config.open("a") as file:
                file.write("max_queued_messages 0\n")  # so that it drops none itself
            broker.start()
            server, udp = Server(), UdpSender(free_port())
            query = "format=report_jsonl"
            daemon = Daemon(program, folder, {
                "zones": [str(folder / "zones.geojson")], "feed_budget_per_s": BUDGET_PER_S,
                "feeds": [f"tcp://127.0.0.1:{server.port}?{query}", f"udp://127.0.0.1:{udp.port}?{query}",
                          f"mqtt://127.0.0.1:{broker.port}/all?{query}&qos=1&user=convoy&"
                          f"password_file={folder}/secret"]})
            try:
                check(daemon, server, udp, broker)
            finally:
                daemon.process.send_signal(signal.SIGCONT)
                assert daemon.stop() == 0, daemon.log
        finally:
            for process in STARTED:
                process.kill()
    print("passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))

"""The live stream: order, resumption, and clients that do not read."""
import socket
import time

from fake import run
from wsclient import Closed, WebSocket


def events(messages):
    return [m["event"]["seq"] for m in messages if m["type"] == "event"]


def test_hello_comes_first_and_then_what_happens(fake):
    client = WebSocket(fake.port, "/api/v1/stream")
    assert client.status == 101 and "permessage-deflate" not in client.head.lower()
    hello = client.message()
    assert hello["type"] == "hello" and hello["seq"] == 0 and hello["status"]["mode"] == "live"
    fake.tell("events 3")
    seen = client.until(lambda m: m["type"] == "event" and m["event"]["seq"] == 3)
    assert events(seen) == [1, 2, 3] and seen[-1]["incident"]["state"] == "entered"
    fake.tell("warning 1")
    fake.tell("zones 5")
    seen = client.until(lambda m: m["type"] == "zones")
    assert seen[-1]["generation"] == 2
    assert [m["warning"]["identifier"] for m in seen if m["type"] == "warning"] == ["w-1"]
    fake.ask("POST", "/api/v1/incidents/0000000000000001/acknowledge", '{"by":"d"}', "operator")
    assert client.until(lambda m: m["type"] == "incident")[-1]["incident"]["acknowledged"]
    fake.ask("POST", "/api/v1/sightings", '{"lat":48.1234567,"lon":11,"what":"jet","how":"heard"}', "observer")
    assert "1234567" not in str(client.until(lambda m: m["type"] == "sighting")[-1])


def test_tracks_and_status_come_every_second(fake):
    client = WebSocket(fake.port, "/api/v1/stream")
    first = client.until(lambda m: m["type"] == "tracks")[-1]
    assert len(first["tracks"]) == 3
    assert "mach" not in first["tracks"][0]  # of what the page does not show it is not told
    fake.tell("tracks 1")
    later = client.until(lambda m: m["type"] == "tracks" and m["gone"])[-1]
    assert sorted(later["gone"]) == ["icao24:400001", "icao24:400002"]
    client.until(lambda m: m["type"] == "status")


def test_many_tracks_come_in_pieces(fake):
    fake.tell("tracks 5000")
    client = WebSocket(fake.port, "/api/v1/stream")
    targets = set()
    while len(targets) < 5000:
        message = client.message()
        assert len(str(message)) < 100000
        targets |= {t["target"] for t in message.get("tracks", [])}


def test_a_client_resumes_where_it_left(fake):
    fake.tell("events 100")
    client = WebSocket(fake.port, "/api/v1/stream?after=40")
    assert client.message()["seq"] == 100
    seen = client.until(lambda m: m["type"] == "event" and m["event"]["seq"] == 100)
    assert events(seen) == list(range(41, 101))
    fake.tell("events 1")
    assert events(client.until(lambda m: m["type"] == "event")) == [101]


def test_a_client_resumes_from_before_what_is_kept_encoded(fake):
    fake.tell("events 12000")
    client = WebSocket(fake.port, "/api/v1/stream?after=0")
    seen = client.until(lambda m: m["type"] == "event" and m["event"]["seq"] == 12000)
    assert events(seen) == list(range(1, 12001))


def test_without_after_a_client_hears_only_what_is_new(fake):
    fake.tell("events 10")
    client = WebSocket(fake.port, "/api/v1/stream")
    assert client.message()["seq"] == 10
    fake.tell("events 1")
    assert events(client.until(lambda m: m["type"] == "event")) == [11]


def test_a_burst_closes_nobody_who_reads(fake):
    client = WebSocket(fake.port, "/api/v1/stream")
    client.message()
    fake.tell("events 2000")
    seen = client.until(lambda m: m["type"] == "event" and m["event"]["seq"] == 2000)
    assert events(seen) == list(range(1, 2001))


def test_one_who_does_not_read_is_sent_away_and_the_others_lose_nothing(fake):
    slow = WebSocket(fake.port, "/api/v1/stream", receive_buffer=4096)
    good = WebSocket(fake.port, "/api/v1/stream")
    before_kb = fake.memory_kb()
    seen = []
    for last in range(500, 6001, 500):
        fake.tell("events 500")
        seen += events(good.until(lambda m, n=last: m["type"] == "event" and
                                  m["event"]["seq"] == n))
        time.sleep(0.3)
    assert seen == list(range(1, 6001))
    deadline = time.time() + 20
    while b"leeward_streams 1\n" not in fake.ask("GET", "/metrics")[2]:
        assert time.time() < deadline, "the slow one is still there"
        time.sleep(0.5)
        good.until(lambda m: m["type"] == "status")
    assert fake.memory_kb() - before_kb < 96 * 1024, "memory for one who does not read"
    got = []
    try:
        while True:
            message = slow.message()
            got += events([message])
    except (Closed, ConnectionResetError):
        pass
    # What it did get was whole and in order, and it goes on from there.
    assert got == list(range(1, len(got) + 1))
    again = WebSocket(fake.port, f"/api/v1/stream?after={len(got)}")
    seen = again.until(lambda m: m["type"] == "event" and m["event"]["seq"] == 6000)
    assert events(seen) == list(range(len(got) + 1, 6001))


def test_a_slow_reader_that_still_reads_is_told_1013(fake):
    slow = WebSocket(fake.port, "/api/v1/stream", receive_buffer=4096)
    slow.message()
    fake.tell("tracks 0")
    try:
        for _ in range(25):
            fake.tell("events 700")
            for _ in range(300):
                slow.message()
            time.sleep(0.6)
    except Closed as end:
        assert end.code == 1013, end
    else:
        raise AssertionError("it was never sent away")


def test_pages_of_other_origins_may_not_listen(fake):
    own = f"http://127.0.0.1:{fake.port}"
    assert WebSocket(fake.port, "/api/v1/stream", headers={"Origin": own}).status == 101
    for origin in ("http://evil.example", "null", own + ".evil.example", "http://127.0.0.1:1"):
        assert WebSocket(fake.port, "/api/v1/stream", headers={"Origin": origin}).status == 403
    rebound = {"Host": "evil.example", "Origin": "http://evil.example"}
    assert WebSocket(fake.port, "/api/v1/stream", headers=rebound).status == 403
    assert WebSocket(fake.port, "/api/v1/status").status == 403
    assert fake.ask("GET", "/api/v1/status", headers={"Host": "evil.example"})[0] == 421


def test_a_client_that_talks_too_much_is_sent_away(fake):
    client = WebSocket(fake.port, "/api/v1/stream")
    try:
        for _ in range(1000):
            client.send(b"hello")
        while True:
            client.message()
    except Closed as end:
        assert end.code in (1008, None)
    except (ConnectionResetError, BrokenPipeError):
        pass
    assert fake.ask("GET", "/healthz")[0] == 200


def test_pings_are_answered(fake):
    client = WebSocket(fake.port, "/api/v1/stream")
    client.send(b"are you there", opcode=9)
    while True:
        opcode, _, payload = client.frame()
        if opcode == 10:
            assert payload == b"are you there"
            break


def test_two_hundred_listeners_get_the_same(fake):
    clients = [WebSocket(fake.port, "/api/v1/stream", timeout=20) for _ in range(200)]
    fake.tell("events 20")
    for client in clients:
        seen = client.until(lambda m: m["type"] == "event" and m["event"]["seq"] == 20)
        assert events(seen) == list(range(1, 21))
        client.socket.shutdown(socket.SHUT_RDWR)


run(globals())

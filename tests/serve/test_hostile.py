"""Requests and frames that nobody sends in good faith: the server stays up and answers others."""
import random
import socket
import struct
import time

from fake import run
from wsclient import Closed, WebSocket

SEED = 20260101


def raw(fake, data, wait=3.0):
    """Everything that comes back for the bytes; b"" when it just closes."""
    connection = socket.create_connection(("127.0.0.1", fake.port), timeout=wait)
    answer = b""
    try:
        connection.sendall(data)
        while True:
            got = connection.recv(65536)
            if not got:
                break
            answer += got
    except (socket.timeout, ConnectionError):
        pass
    connection.close()
    return answer


def statuses(answer):
    return [int(part.split(b" ", 1)[1][:3]) for part in answer.split(b"HTTP/1.1")[1:]]


def test_malformed_requests_get_an_error_or_nothing(fake):
    host = b"Host: localhost\r\n"
    corpus = [
        b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n" + host + b"\r\n",
        b"GET " + b"/a" * 20000 + b" HTTP/1.1\r\n" + host + b"\r\n",
        b"GET / HTTP/1.1\r\n" + host + b"X: " + b"y" * 100000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + host + b"X: y\r\n" * 20000 + b"\r\n",
        b"POST /api/v1/sightings HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n",
        b"POST /api/v1/sightings HTTP/1.1\r\n" + host + b"Content-Length: 99999999999999999999\r\n\r\n",
        b"POST /api/v1/sightings HTTP/1.1\r\n" + host + b"Content-Length: 1 1\r\n\r\nxx",
        b"POST /api/v1/sightings HTTP/1.1\r\n" + host +
        b"Content-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
        b"POST /api/v1/sightings HTTP/1.1\r\n" + host +
        b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /api/v1/sightings HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\n" + host + b"\r\n", b"GET /%zz HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /healthz HTTP/1.1\r\n" + host + b" folded: yes\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n" + host + b"Content-Length: 10\r\n\r\n0123456789",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ]
    for data in corpus:
        answer = raw(fake, data + b"", 0.5)
        codes = statuses(answer)
        assert all(code >= 400 or b"healthz" in data or code in (200,) and b"sight" not in data
                   for code in codes), (data[:60], answer[:100])
    assert fake.ask("GET", "/healthz")[0] == 200


def test_a_smuggled_second_request_is_not_answered(fake):
    inner = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    outer = (b"POST /api/v1/sightings HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
             b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (len(inner) + 5)) + inner
    assert b"leeward_" not in raw(fake, outer, 1.0)


def test_random_bytes_do_no_harm(fake):
    random.seed(SEED)
    for _ in range(150):
        raw(fake, random.randbytes(random.randrange(1, 400)) + b"\r\n\r\n", 0.05)
    seed = b"GET /api/v1/events?after=1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\n\r\n"
    for _ in range(150):
        data = bytearray(seed)
        for _ in range(random.randrange(1, 6)):
            data[random.randrange(len(data))] = random.randrange(256)
        raw(fake, bytes(data), 0.05)
    assert fake.ask("GET", "/healthz")[0] == 200, f"seed {SEED}"


def test_frames_that_break_the_protocol_end_only_their_own_stream(fake):
    witness = WebSocket(fake.port, "/api/v1/stream")
    bad = [
        b"\x81\x05hello",                                   # not masked
        b"\xf1\x80\x00\x00\x00\x00",                        # reserved bits
        b"\x83\x80\x00\x00\x00\x00",                        # an opcode that is not defined
        b"\x09\x80\x00\x00\x00\x00",                        # a fragmented ping
        b"\x89\xfe\x00\x7e" + b"\x00" * 130,                # a ping that is too long
        b"\x81\xff" + struct.pack("!Q", 1 << 63) + b"\0" * 4,  # a length of 64 bits
        b"\x81\xff" + struct.pack("!Q", 1 << 40) + b"\0" * 4 + b"x" * 5000,
        b"\x88\x81\x00\x00\x00\x00\x01",                    # a close frame of one byte
        b"\x80\x80\x00\x00\x00\x00",                        # continues nothing
    ]
    for data in bad:
        client = WebSocket(fake.port, "/api/v1/stream", timeout=3)
        client.message()
        try:
            client.socket.sendall(data)
            for _ in range(5):
                client.message()
        except (Closed, ConnectionError, socket.timeout):
            pass
        client.close()
    fake.tell("events 1")
    assert witness.until(lambda m: m["type"] == "event")[-1]["event"]["seq"] == 1


def test_handshakes_that_break_the_protocol_are_refused(fake):
    for headers in ({"Sec-WebSocket-Key": None}, {"Sec-WebSocket-Version": "12"},
                    {"Sec-WebSocket-Protocol": "other"}, {"Upgrade": "h2c"}):
        try:
            status = WebSocket(fake.port, "/api/v1/stream", headers=headers, timeout=3).status
        except (Closed, ConnectionError):
            continue
        assert status != 101 or "Version" in str(headers), (headers, status)
    assert fake.ask("GET", "/healthz")[0] == 200


def test_slow_headers_hold_nobody_up_and_are_cut_off(fake):
    slow = [socket.create_connection(("127.0.0.1", fake.port)) for _ in range(300)]
    for connection in slow:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: local")
    for _ in range(5):
        start = time.time()
        assert fake.ask("GET", "/healthz")[0] == 200
        assert time.time() - start < 1.0
    deadline = time.time() + 30
    open_count = 300
    while open_count > 5 and time.time() < deadline:
        time.sleep(1)
        text = fake.ask("GET", "/metrics")[2].decode()
        open_count = int(text.split("leeward_http_connections ")[-1].split()[0])
    assert open_count <= 5, open_count


def test_a_body_that_never_comes_is_given_up(fake):
    start = time.time()
    raw(fake, b"POST /api/v1/sightings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nab",
        40)
    assert time.time() - start < 35


run(globals())

"""A small WebSocket client (RFC 6455) over a plain socket, for tests: standard library only.

It can also be rude: stop reading, send raw bytes, leave frames unmasked."""
import base64
import json
import os
import socket
import struct


class Closed(Exception):
    """The other side ended it; `code` is that of its close frame, None without one."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed with {code} {reason}")
        self.code = code
        self.reason = reason


class WebSocket:
    def __init__(self, port, path, host="127.0.0.1", headers=None, receive_buffer=None, timeout=10,
                 tls=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect((host, port))
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname=host)
        lines = {"Host": f"{host}:{port}", "Upgrade": "websocket", "Connection": "Upgrade",
                 "Sec-WebSocket-Version": "13",
                 "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode()}
        lines.update(headers or {})
        request = f"GET {path} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in lines.items() if value is not None) + "\r\n"
        self.socket.sendall(request.encode())
        self.pending = b""
        head = self._until(b"\r\n\r\n")
        self.status = int(head.split()[1])
        self.head = head.decode("latin-1")

    def _until(self, end):
        while end not in self.pending:
            got = self.socket.recv(65536)
            if not got:
                raise Closed(None)
            self.pending += got
        taken, self.pending = self.pending.split(end, 1)
        return taken

    def _take(self, count):
        while len(self.pending) < count:
            got = self.socket.recv(65536)
            if not got:
                raise Closed(None)
            self.pending += got
        taken, self.pending = self.pending[:count], self.pending[count:]
        return taken

    def frame(self):
        """The next frame as (opcode, payload)."""
        first, second = self._take(2)
        assert first & 0x70 == 0, "reserved bits: an extension that was not asked for"
        assert second & 0x80 == 0, "a server does not mask"
        length = second & 0x7F
        if length == 126:
            length, = struct.unpack("!H", self._take(2))
        elif length == 127:
            length, = struct.unpack("!Q", self._take(8))
        return first & 0x0F, first & 0x80 != 0, self._take(length)

    def message(self):
        """The next text message as parsed JSON; answers pings; raises Closed."""
        parts = b""
        while True:
            opcode, final, payload = self.frame()
            if opcode == 8:
                code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else None
                raise Closed(code, payload[2:].decode())
            if opcode == 9:
                self.send(payload, opcode=10)
                continue
            if opcode in (0, 1):
                parts += payload
                if final:
                    return json.loads(parts)

    def until(self, wanted):
        """The next message for which wanted(message) holds, and all up to it."""
        seen = []
        while True:
            seen.append(self.message())
            if wanted(seen[-1]):
                return seen

    def send(self, payload, opcode=1, masked=True, final=True):
        head = bytes([(0x80 if final else 0) | opcode])
        mask_bit = 0x80 if masked else 0
        if len(payload) < 126:
            head += bytes([mask_bit | len(payload)])
        else:
            head += bytes([mask_bit | 126]) + struct.pack("!H", len(payload))
        if masked:
            mask = os.urandom(4)
            payload = mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
        self.socket.sendall(head + payload)

    def close(self):
        self.socket.close()

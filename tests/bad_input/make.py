"""Makes messages of the formats, for the bad inputs of catalogue.py: parity, checksums, armour and
lengths are right, so that what is wrong is what the line of the catalogue says and nothing else."""
import json
import math
import struct


def crc24(message):
    """The remainder, bit by bit: apart from the product's tables."""
    value = int.from_bytes(message, "big")
    for bit in range(8 * len(message) - 1, 23, -1):
        if value >> bit & 1:
            value ^= 0x1FFF409 << (bit - 24)
    return value


def mode_s(head, overlay=0):
    """Bytes of a message with its parity behind it."""
    message = bytes(head) + bytes(3)
    return message[:-3] + (crc24(message) ^ overlay).to_bytes(3, "big")


def beast(message, seconds=0, kind=None):
    """A Beast frame; `kind` where it is another than the length says."""
    kind = kind or {2: b"1", 7: b"2", 14: b"3"}[len(message)]
    inner = int(seconds * 12e6).to_bytes(6, "big") + b"\x50" + message
    return b"\x1a" + kind + inner.replace(b"\x1a", b"\x1a\x1a")


def all_call(address):
    """DF11 of an aircraft, so that its address is known."""
    return mode_s(bytes([0x5D]) + address.to_bytes(3, "big"))


def squitter(address, payload, control=0x8D):
    return mode_s(bytes([control]) + address.to_bytes(3, "big") + payload)


def position(odd, lat, lon, code=11, altitude=0xC38):
    """An airborne position: two 17-bit halves, given as they go on the air."""
    bits = code << 51 | altitude << 36 | odd << 34 | lat << 17 | lon
    return bits.to_bytes(7, "big")


def halves(*places, code=11):
    """Airborne positions, even and odd in turn: the encoding of DO-260B A.1.7.3."""
    out = []
    for n, (lat, lon, zones) in enumerate(places):
        odd = n % 2
        size_lat = 360 / (60 - odd)
        y = math.floor((lat % size_lat) / size_lat * 131072 + 0.5)
        size_lon = 360 / max(zones - odd, 1)
        x = math.floor((lon % size_lon) / size_lon * 131072 + 0.5)
        out.append(position(odd, y % 131072, x % 131072, code))
    return out


def operational_status(version, supplement_a):
    bits = 31 << 51 | version << 13 | supplement_a << 12
    return bits.to_bytes(7, "big")


def callsign(codes):
    """Identification from eight 6-bit codes, whatever they mean."""
    bits = 4 << 51
    for index, code in enumerate(codes):
        bits |= code << (42 - 6 * index)
    return bits.to_bytes(7, "big")


def nmea(body, mark="!"):
    total = 0
    for byte in body.encode("latin-1"):
        total ^= byte
    return f"{mark}{body}*{total:02X}\r\n".encode("latin-1")


def ais_bits(*fields):
    """(value, width) one behind the other."""
    return "".join(f"{value & (1 << width) - 1:0{width}b}" for value, width in fields)


def ais_text(text, characters):
    codes = [ord(c) & 63 for c in text.ljust(characters, "@")]
    return ais_bits(*((code, 6) for code in codes))


def armour(bits):
    """The payload of a sentence and its fill bits."""
    fill = -len(bits) % 6
    bits += "0" * fill
    codes = [int(bits[i:i + 6], 2) for i in range(0, len(bits), 6)]
    return "".join(chr(code + 48 if code < 40 else code + 56) for code in codes), fill


def aivdm(bits):
    payload, fill = armour(bits)
    return nmea(f"AIVDM,1,1,,A,{payload},{fill}")


def class_a(mmsi=244660000, lat=31200000, lon=2400000, speed=100, course=900, heading=90):
    """Type 1; latitude and longitude in 1/10000 minute."""
    return ais_bits((1, 6), (0, 2), (mmsi, 30), (0, 4), (0, 8), (speed, 10), (1, 1), (lon, 28),
                    (lat, 27), (course, 12), (heading, 9), (10, 6), (0, 2), (0, 3), (0, 1), (0, 19))


def voyage(name, mmsi=244660000):
    """Type 5 with an empty call sign."""
    return ais_bits((5, 6), (0, 2), (mmsi, 30), (0, 2), (9074729, 30)) + ais_text("", 7) + \
        ais_text(name, 20) + ais_bits((70, 8), (0, 30), (1, 4), (0, 20), (0, 8)) + \
        ais_text("", 20) + ais_bits((0, 1), (0, 1))


def static_a(name, mmsi=244660000):
    """Type 24, part A."""
    return ais_bits((24, 6), (0, 2), (mmsi, 30), (0, 2)) + ais_text(name, 20)


def zones(*features):
    """A zone file; each feature is (id, rings of a polygon, further properties)."""
    return json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "id": name, "geometry": {"type": "Polygon", "coordinates": rings},
         "properties": dict({"kind": "safe", "lower": "SFC", "upper": "UNL"}, **more)}
        for name, rings, more in features]}).encode()


def asterix(category, record, length=None):
    return bytes([category]) + struct.pack(">H", 3 + len(record) if length is None else length) + \
        record


def beacon(messages, size=25, count=None, header=b"\xf2\x19"):
    """A Wi-Fi beacon with a message pack of ASTM F3411, as a capture of link type 105."""
    count = len(messages) // 25 if count is None else count
    pack = header[:1] + bytes([size, count]) + messages
    element = b"\xfa\x0b\xbc\x0d\x01" + pack
    frame = b"\x80\0\0\0" + b"\xff" * 6 + b"\x02dron\x01" + b"\x02dron\x01" + b"\0\0" + \
        bytes(8) + b"\x64\0\x01\0" + b"\xdd" + bytes([len(element) & 255]) + element
    return capture(105, frame)


def capture(link, *packets):
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)
    for packet in packets:
        out += struct.pack("<IIII", 1700000000, 0, len(packet), len(packet)) + packet
    return out


def basic_id(name=b"SEED1"):
    return b"\x02\x12" + name.ljust(20, b"\0") + bytes(3)


def location(lat=520000000, lon=40000000, timestamp=600):
    return b"\x12\x20" + bytes([90, 20, 0]) + struct.pack("<iiHHH", lat, lon, 2200, 2200, 2100) + \
        b"\x3b\x44" + struct.pack("<H", timestamp) + b"\x01\0"

"""The catalogue of bad input: what was seen to break programs of this kind, or should be tried.

Each line has seeds or names tests that show what becomes of it, most have both. A seed goes through
`leeward decode --all` and lies in a fuzz target's corpus; test_catalogue.py sees to both, and to
every test that is named being there. What is expected: (reports, no report, refused) and words
that the output holds, or does not hold where they begin with `!`."""
from make import (ais_bits, aivdm, all_call, asterix, basic_id, beacon, beast, callsign, capture,
                  class_a, halves, location, mode_s, nmea, operational_status, position, squitter,
                  static_a, voyage, armour, zones)

ADDRESS = 0x4CA216
EVEN, ODD = position(0, 0x16BBB, 0x0A5A5), position(1, 0x0A5A5, 0x0B4B4)
# Published pair of 40621D (52.2572 N, 3.91937 E).
PAIR = [bytes.fromhex("58C382D690C8AC"), bytes.fromhex("58C386435CC412")]
PAIR_ADDRESS = 0x40621D
UNIT = "tests/unit"


class Seed:
    def __init__(self, name, target, style, data, counts, *words):
        """`style` is the format, and `target` the fuzz target whose corpus holds it."""
        self.name, self.target, self.style, self.data = name, target, style, data
        self.counts, self.words = counts, words


def of_mode_s(name, data, counts, *words):
    return Seed(name, "fuzz_decoder", "beast", data, counts, *words)


def of_ais(name, data, counts, *words):
    return Seed(name, "fuzz_ais", "ais", data, counts, *words)


def of_rid(name, data, counts, *words):
    return Seed(name, "fuzz_remote_id", "remote_id", data, counts, *words)


def of_asterix(name, data, counts, *words):
    return Seed(name, "fuzz_asterix", "asterix", data, counts, *words)


def of_lines(name, data, counts, *words):
    return Seed(name, "fuzz_decoder", "report_jsonl", data, counts, *words)


def of_json(name, data, counts, *words):
    return Seed(name, "fuzz_decoder", "aircraft_json", data, counts, *words)


def of_zones(name, data, counts, *words):
    """Goes through `leeward zones check`; the counts are (zones, refused)."""
    return Seed(name, "fuzz_zone_import", "zones", data, counts, *words)


def unit(place, *names):
    return [f"{UNIT}/{place}.c:{name}" for name in names]


def flipped(message, *bits):
    value = int.from_bytes(message, "big")
    for bit in bits:
        value ^= 1 << bit
    return value.to_bytes(len(message), "big")


def positions(*payloads, address=ADDRESS, seconds=0):
    return b"".join(beast(squitter(address, payload), seconds + n)
                    for n, payload in enumerate(payloads))


# What only shows after very many: a seed would be a large file.
NEEDS_MANY = []
SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]

IDENTITY = squitter(ADDRESS, callsign([11, 12, 13, 49, 50, 51, 32, 32]))
REPORT = b'{"t_us":1,"target":"icao24:4ca216","source":"adsb","lat":52.0,"lon":4.0}\n'
NAN = b'{"t_us":1,"target":"icao24:4ca216","source":"adsb","lat":%s,"lon":4.0}\n'

MODE_S = [
    ("a read that ends at any byte of a frame, also at its first",
     unit("decode/test_deframe", "beast_frames_survive_every_cut_and_escape"),
     [of_mode_s("cut_at_any_byte", b"".join(beast(IDENTITY)[:cut] + beast(IDENTITY)
                                            for cut in range(1, 23)), (21, 0, 22))]),
    ("an escape at the very end of what was read",
     unit("decode/test_deframe", "beast_frames_survive_every_cut_and_escape"),
     [of_mode_s("escape_at_end", beast(IDENTITY)[:-4] + b"\x1a\x1a", (0, 0, 1),
                "ends within a frame")]),
    ("types 1 to 4 with the length of another",
     [], [of_mode_s(f"type_{kind}_wrong_length", beast(IDENTITY, kind=bytes([kind])) +
                    beast(IDENTITY), counts)
          for kind, counts in ((0x31, (1, 1, 1)), (0x32, (1, 0, 2)), (0x34, (1, 1, 0)))]),
    ("every downlink format, 0 to 31", unit("decode/test_decoder",
                                           "random_and_cut_messages_give_only_valid_reports"),
     [of_mode_s("every_downlink_format",
                b"".join(beast(mode_s(bytes([df << 3]) + bytes(range(1, 4 if df < 16 else 11))))
                         for df in range(32)), (2, 30, 0), "!\"lat\"")]),
    ("one and two wrong bits: never repaired, never a track",
     unit("decode/test_decoder", "wrong_parity_is_refused_and_makes_no_target"),
     [of_mode_s("wrong_bits", b"".join(beast(flipped(IDENTITY, *bits))
                                       for bits in ((0,), (70,), (3, 90), (24, 25))),
                (0, 0, 4), "parity", "!icao24")]),
    ("even and odd halves of two aircraft are no pair", [],
     [of_mode_s("halves_of_two_aircraft",
                beast(squitter(PAIR_ADDRESS, PAIR[0])) + beast(squitter(ADDRESS, PAIR[1]), 1),
                (2, 0, 0), "!lat")]),
    ("halves more than ten seconds apart are no pair",
     unit("decode/test_decoder", "a_first_position_needs_two_halves_within_ten_seconds"),
     [of_mode_s("halves_too_old", beast(squitter(PAIR_ADDRESS, PAIR[0])) +
                beast(squitter(PAIR_ADDRESS, PAIR[1]), 10.1), (2, 0, 0), "!lat"),
      of_mode_s("halves_in_time", beast(squitter(PAIR_ADDRESS, PAIR[1])) +
                beast(squitter(PAIR_ADDRESS, PAIR[0]), 9.9), (2, 0, 0), '"lat":52.2572')]),
    ("halves of two zones of longitude",
     unit("decode/test_cpr", "halves_of_different_zones_of_longitude_give_nothing"),
     # 59 zones end at 10.4704713 degrees.
     [of_mode_s("halves_of_two_zones", positions(*halves((10.469, 20, 59), (10.472, 20, 58))),
                (2, 0, 0), "!lat")]),
    ("positions on the ground without a reference",
     unit("decode/test_decoder", "surface_positions_without_any_reference_are_not_guessed"),
     [of_mode_s("surface_without_site",
                beast(squitter(ADDRESS, position(0, 1000, 2000, 7))) +
                beast(squitter(ADDRESS, position(1, 1000, 2000, 7)), 1), (2, 0, 0), "!lat")]),
    ("latitudes of 87 to 90 degrees", unit("decode/test_cpr",
                                          "positions_all_over_the_world_survive"),
     [of_mode_s("polar", positions(*halves((88.5, 100, 1), (88.5, 100, 1))) +
                positions(*halves((-89.9, -100, 1), (-89.9, -100, 1)), address=ADDRESS + 1,
                          seconds=20), (4, 0, 0), '"lat":88.49', '"lat":-89.')]),
    ("callsigns with characters that there are not",
     [], [of_mode_s("callsign_reserved", beast(squitter(ADDRESS, callsign([0, 27, 63, 35, 1, 2, 3,
                                                                           4]))),
                    (0, 1, 0), "a character that does not exist", '!"callsign"')]),
    ("an altitude that is no Gillham code", unit("decode/test_mode_s", "altitude_has_three_codings",
                                                "gillham_steps_through_the_published_table"),
     [of_mode_s("gillham_without_c", beast(all_call(ADDRESS)) +
                beast(mode_s(bytes([0x20, 0, 0x08, 0x00]), ADDRESS), 1), (2, 0, 0),
                "!alt_baro_ft")]),
    ("NIC that contradicts the type code",
     unit("decode/test_adsb_status", "integrity_follows_version_type_and_supplements"),
     # Supplement A alone makes no NIC 9 of type code 11 in version 2.
     [of_mode_s("nic_of_half_a_supplement",
                beast(squitter(PAIR_ADDRESS, operational_status(2, 1))) +
                positions(PAIR[1], PAIR[0], address=PAIR_ADDRESS), (3, 0, 0), '"nic":8', '!"nic":9')]),
    ("DF18: TIS-B and anonymous addresses stay apart",
     unit("decode/test_decoder", "tisb_is_marked_and_its_addresses_stay_apart"),
     [of_mode_s("tisb_anonymous", beast(squitter(ADDRESS, callsign([1] * 8), 0x95)), (1, 0, 0),
                '"icao24:~4ca216"', '"tisb"')]),
    ("DF11 whose parity is overlaid with an interrogator's code, of an unknown address",
     unit("decode/test_decoder", "an_interrogators_code_needs_a_known_address"),
     [of_mode_s("all_call_overlaid", beast(mode_s(bytes([0x5D, 0x4C, 0xA2, 0x16]), 0x7F)),
                (0, 0, 1), "!icao24")]),
    ("DF4, 20 of an address never heard plainly: noise has some address too",
     unit("decode/test_decoder", "overlaid_parity_is_believed_for_a_minute_after_plain"),
     [of_mode_s("reply_unknown", beast(mode_s(bytes([0x20, 0, 0x18, 0x38]), ADDRESS)), (0, 1, 0), "!target"),
      of_mode_s("reply_known", beast(all_call(ADDRESS)) +
                beast(mode_s(bytes([0x20, 0, 0x18, 0x38]), ADDRESS), 1), (2, 0, 0),
                '"alt_baro_ft":38000')]),
    ("a control field of DF18 that means nothing to us: 4 and 7",
     unit("decode/test_decoder", "tisb_is_marked_and_its_addresses_stay_apart"),
     [of_mode_s("df18_management", beast(squitter(ADDRESS, callsign([1] * 8), 0x94)) +
                beast(squitter(ADDRESS, callsign([1] * 8), 0x97)), (0, 2, 0), "management",
                "reserved control field")]),
    ("a table of aircraft that is full", unit("decode/test_decoder",
                                             "the_oldest_aircraft_makes_room_and_is_counted"),
     NEEDS_MANY),
]

GOOD = aivdm(class_a())
AIS = [
    ("fill bits of 0 to 9", unit("decode/test_ais", "fields_of_the_sentence_are_checked"),
     [of_ais("fill_0_to_9", b"".join(
         nmea(f"AIVDM,1,1,,A,{armour(class_a())[0]},{fill}") for fill in range(10)),
             (1, 0, 9), "fill")]),
    ("an empty sequence number where there are parts (libais CVE-2026-56770)",
     unit("decode/test_ais", "fields_of_the_sentence_are_checked"),
     [of_ais("sequence_empty", nmea("AIVDM,2,1,,A,5300,0") + nmea("AIVDM,2,2,,A,5300,0") + GOOD,
             (1, 1, 1))]),
    ("nine parts of nine, out of order", unit("decode/test_ais", "parts_come_in_any_order"),
     [of_ais("parts_9_of_9", b"".join(nmea(f"AIVDM,9,{n},1,A,{'0' * 7},0")
                                      for n in range(9, 0, -1)), (0, 8, 1))]),
    ("the same sequence number on two channels",
     unit("decode/test_ais", "parts_of_other_messages_do_not_mix"),
     [of_ais("two_channels", nmea("AIVDM,2,1,1,A,5300,0") + nmea("AIVDM,2,2,1,B,5300,0") + GOOD,
             (1, 2, 0))]),
    ("half messages without end", unit("decode/test_ais",
                                      "half_messages_without_end_are_bounded_and_counted"),
     [of_ais("half_messages", b"".join(nmea(f"AIVDM,2,1,{n % 10},{'AB'[n % 2]},5{n:04d},0")
                                       for n in range(200)), (0, 200, 0))]),
    ("an unknown talker", [], [of_ais("talkers", nmea("ZZVDM,1,1,,A,,0") + nmea("??,1,1,,A,,0") +
                                      GOOD, (1, 2, 0))]),
    ("no checksum, a wrong one, half of one", unit("decode/test_nmea",
                                                  "checksums_must_be_there_and_match"),
     [of_ais("checksums", GOOD[:-5] + b"\n" + GOOD[:-4] + b"00\n" + GOOD[:-3] + b"\n" + GOOD,
             (1, 0, 3), "checksum")]),
    ("TAG blocks", unit("decode/test_nmea", "tag_blocks_tell_station_and_time_and_are_checked"),
     [of_ais("tag_blocks", b"\\c:1,s:x*00\\" + GOOD + b"\\c:99999999999999999999\\" + GOOD +
             b"\\" + GOOD, (0, 0, 3))]),
    ("bytes of 0xFF", [], [of_ais("ff_bytes", b"\xff" * 200 + b"\n" + GOOD, (1, 0, 1))]),
    ("a line of 10 kB, then a good one (NuttX #17768)",
     unit("decode/test_ais", "a_good_line_is_read_after_one_that_is_far_too_long"),
     [of_ais("line_10_kb", b"!AIVDM,1,1,,A," + b"0" * 10000 + b",0*00\r\n" + GOOD, (1, 0, 1))]),
    ("MMSI 0, 1, and of ten digits", unit("decode/test_ais", "a_number_that_is_no_mmsi_is_refused"),
     [of_ais("mmsi", aivdm(class_a(mmsi=0)) + aivdm(class_a(mmsi=1)) +
             aivdm(class_a(mmsi=1000000000)), (1, 0, 2), '"mmsi:000000001"')]),
    ("91 degrees, 181 degrees, speed 1023: not available",
     unit("decode/test_ais", "what_is_not_available_is_absent",
          "positions_off_the_earth_are_refused"),
     [of_ais("not_available", aivdm(class_a(lat=91 * 600000, lon=181 * 600000, speed=1023,
                                            course=3600, heading=511)), (0, 1, 0)),
      of_ais("off_the_earth", aivdm(class_a(lat=90 * 600000 + 1)) +
             aivdm(class_a(lon=180 * 600000 + 1)), (0, 0, 2))]),
    ("names with @, control characters, %n",
     unit("decode/test_ais", "voyage_data_names_the_ship",
          "a_ship_without_call_sign_has_its_name_cut_to_the_field"),
     [of_ais("names", aivdm(voyage("A@B")) + aivdm(voyage("%N%S%N")) + aivdm(voyage('"\\')),
             (3, 0, 0), '"callsign":"%N%S%N"', '"callsign":"A"')]),
    ("type 24, A without B and B without A",
     unit("decode/test_ais", "static_data_of_class_b_comes_in_two_parts"),
     [of_ais("static_a_without_b", aivdm(static_a("SEED")) + GOOD, (2, 0, 0),
             '"callsign":"SEED"')]),
    ("a zero byte inside", [], [of_ais("zero_inside", GOOD[:20] + b"\0" + GOOD[20:] + GOOD,
                                       (1, 0, 1))]),
    ("types 6, 8, 15, 20, 25, 26 of odd lengths (libais #137 to #174)",
     unit("decode/test_ais", "each_type_has_its_lengths"),
     [of_ais("odd_lengths", b"".join(aivdm(ais_bits((kind, 6), (0, 2), (244660000, 30)) + "1" * more)
                                     for kind in (6, 8, 15, 20, 25, 26)
                                     for more in (0, 1, 7, 33, 63)), (0, 10, 20), "length")]),
    ("a sentence with a field that is far too long (OpenCPN #1738)", [],
     [of_ais("field_too_long", nmea("RAWPL," + "9" * 400, "$") + nmea("GPRMC," + "1" * 70, "$") +
             GOOD, (1, 2, 0))]),
    ("a format string in a sentence (gpsd, $PGRMT)", [],
     [of_ais("format_string", nmea("PGRMT,%n%n%n%s%s,1,2,,,,,,", "$") + GOOD, (1, 1, 0))]),
    ("a satellite count that is above the table (PX4 #28348)", [],
     [of_ais("satellites_200", nmea("GPGSV,200,200,200,99,99,999,99", "$") + GOOD,
             (1, 1, 0))]),
]

REMOTE_ID = [
    ("packs of 0, 10 and 255 messages (core-c #107)",
     unit("decode/test_remote_id", "sizes_of_packs_are_checked",
          "ten_messages_are_too_many_even_when_all_are_there"),
     [of_rid(f"pack_of_{count}", beacon(basic_id() + location(), count=count), (0, 0, 1))
      for count in (0, 10, 255)]),
    ("a message size other than 25", unit("decode/test_remote_id", "sizes_of_packs_are_checked"),
     [of_rid("message_size_24", beacon(basic_id() + location(), size=24), (0, 0, 1))]),
    ("a pack within a pack", unit("decode/test_remote_id", "a_pack_within_a_pack_is_refused"),
     [of_rid("pack_in_pack", beacon(basic_id() + b"\xf2\x19\x01" + bytes(22)), (0, 0, 1))]),
    ("the 43-byte NAN frame (core-c #106)",
     unit("decode/test_remote_id", "the_43_byte_nan_frame_of_core_c_106_is_no_report"),
     [of_rid("nan_of_43_bytes", capture(105, b"\xd0" + bytes(9) + b"\x84" + bytes(13) + bytes.fromhex(
         "0409506f9a13030b0088" "69199d9209010010" "01")), (0, 0, 1), "!target")]),
    ("fields left from the pack before (core-c PR 37)",
     unit("decode/test_remote_id", "a_name_holds_for_a_minute_and_fields_do_not"),
     [of_rid("fields_of_the_pack_before", beacon(basic_id() + location()) +
             beacon(basic_id(b"OTHER"))[24:], (1, 1, 0))]),
    ("place 0/0", unit("decode/test_remote_id", "what_is_not_known_is_absent"),
     [of_rid("place_zero", beacon(basic_id() + location(0, 0)), (1, 0, 0), "!lat")]),
    ("times above 36000", unit("decode/test_remote_id", "places_and_times_out_of_range_are_refused"),
     [of_rid("time_36001", beacon(basic_id() + location(timestamp=36001)), (0, 0, 1))]),
    ("authentication pages that are missing or come twice",
     [], [of_rid("auth_pages", beacon(basic_id() + b"\x22\x10" + bytes(23) + b"\x22\x15" +
                                      bytes(23) + b"\x22\x15" + bytes(23)), (0, 1, 0))]),
    ("a swarm of names that nobody signed", unit("decode/test_remote_id",
                                                "a_swarm_of_names_is_bounded"),
     [of_rid("swarm", capture(105, *(beacon(basic_id(b"G%05d" % n) + location())[40:]
                                     for n in range(100))), (100, 0, 0), '"rid:G00099"')]),
    ("two locations in one pack", [],
     [of_rid("two_locations", beacon(basic_id() + location() + location(530000000)), (0, 0, 1))]),
]

I048 = bytes.fromhex("e1010102000000a002")
# 010, 140, 020, 070, 220: a whole record.
R048 = bytes.fromhex("e98019c9546000a00e383c660c")
ASTERIX = [
    ("LEN of 0, 1, 2, 3", unit("decode/test_asterix", "lengths_of_blocks_that_cannot_be_are_refused"),
     [of_asterix(f"length_{length}", asterix(2, I048, length), (0, 0, refused), "!target")
      for length, refused in enumerate((1, 1, 1, 2))]),
    ("LEN beyond the datagram, LEN below the content",
     unit("decode/test_asterix", "a_record_longer_than_its_block_is_refused_whole"),
     [of_asterix("length_beyond", asterix(2, I048, 2000), (0, 0, 1)),
      of_asterix("length_below", asterix(48, R048, 3 + 11) + asterix(48, R048), (0, 0, 2),
                 "!target")]),
    ("FSPEC without end", unit("decode/test_asterix", "a_field_specification_has_an_end"),
     [of_asterix("fspec_without_end", asterix(2, b"\xff" * 40), (0, 0, 1))]),
    ("REP of 0 and 255", unit("decode/test_asterix", "counts_of_repeated_items_are_checked"),
     [of_asterix("rep_0", asterix(48, bytes.fromhex("e1200102000000a000")), (0, 1, 0)),
      of_asterix("rep_255", asterix(48, bytes.fromhex("e1200102000000a0ff") + bytes(8)),
                 (0, 0, 1), "I048/250")]),
    ("explicit length of 0 and 1, RE and SP that lie (CroatiaControl #252)",
     unit("decode/test_asterix", "explicit_lengths_are_checked",
          "what_a_short_expansion_field_leaves_over_is_no_record"),
     [of_asterix(f"explicit_{length}", asterix(48, bytes.fromhex("e10101040102000000a0") +
                                               bytes([length])), counts)
      for length, counts in ((0, (0, 0, 1)), (1, (0, 1, 0)), (9, (0, 0, 1)))] +
     [of_asterix("expansion_lies", asterix(48, bytes.fromhex("e10101020102000000a00209e0010203")),
                 (0, 1, 1), "I048/140")]),
    ("an unknown category", unit("decode/test_asterix", "categories_that_are_not_read_say_nothing"),
     [of_asterix("category_255", asterix(255, b"\x80\x01"), (0, 1, 0))]),
    ("24:00 and the wrap of the day", unit("decode/test_asterix", "midnight_begins_the_next_day"),
     [of_asterix("midnight", b"".join(asterix(48, R048[:4] + tod.to_bytes(3, "big") + R048[7:])
                                      for tod in (86399 * 128, 86400 * 128, 128, 86400 * 128 + 1)),
                 (3, 0, 1), "time of day")]),
    ("several records and several blocks",
     unit("decode/test_asterix", "several_records_and_blocks_come_out_one_by_one"),
     [of_asterix("records_and_blocks", asterix(48, R048 * 2) + asterix(48, R048), (3, 0, 0))]),
    ("an item that overruns refuses its record whole",
     unit("decode/test_asterix", "a_record_longer_than_its_block_is_refused_whole",
          "items_that_extend_themselves_have_an_end"),
     [of_asterix("overruns", asterix(48, R048 + R048[:9]) + asterix(48, R048), (2, 0, 1))]),
]

JSON = [
    ("depth beyond the limit", unit("base/test_json_scan", "depth_is_limited"),
     [of_json("depth", b'{"hex":"4ca216","x":' + b"[" * 100 + b"]" * 100 + b"}\n" +
              b'{"hex":"4ca216","squawk":"1234"}', (1, 0, 1))]),
    ("a number of 100,000 digits", [],
     [of_lines("digits", NAN % (b"5" * 12000), (0, 0, 1)),
      of_lines("digits_behind_point", NAN % (b"5." + b"5" * 12000), (1, 0, 0), '"lat":5.5555556,')]),
    ("1e400, NaN, -0, numbers that JSON has not",
     unit("base/test_json_scan", "numbers_are_exact_and_round_half_away_from_zero"),
     [of_lines("numbers", NAN % b"1e400" + NAN % b"NaN" + NAN % b"-Infinity" + NAN % b"01" +
               NAN % b"0x10" + NAN % b"-0", (1, 0, 5))]),
    ("the same key twice: the last counts, here as in every form of it",
     unit("decode/test_decoder", "every_form_of_an_object_says_the_same"),
     [of_lines("key_twice", REPORT.replace(b'"lat"', b'"lat":1.0,"lat"'), (1, 0, 0), '"lat":52,'),
      of_json("key_twice_object", b'{"hex":"4ca216","squawk":"1234","squawk":"4321"}', (1, 0, 0),
              '"squawk":"4321"')]),
    ("half of a surrogate pair, and bytes that are no UTF-8",
     unit("base/test_json_scan", "escapes_are_resolved"),
     [of_lines("surrogates", REPORT.replace(b"}", b',"callsign":"\\ud800"}') +
               REPORT.replace(b"}", b',"callsign":"\xff\xfe"}'), (0, 0, 2))]),
    ("a byte order mark", [], [of_lines("byte_order_mark", b"\xef\xbb\xbf" + REPORT + REPORT,
                                        (1, 0, 1))]),
    ("a zero byte", [], [of_lines("zero_byte", REPORT.replace(b"icao24", b"icao\x0024") +
                                  REPORT.replace(b"4ca216", b"4ca2\\u0000"), (0, 0, 2))]),
    ("a backslash at the very end (cJSON #30)",
     unit("base/test_json_scan", "every_cut_of_a_text_is_refused_without_reading_past_it"),
     [of_lines("backslash_at_end", b'{"t_us":1,"target":"\\', (0, 0, 1))]),
    ("one byte at a time", unit("decode/test_deframe",
                               "a_snapshot_gives_its_objects_wherever_it_is_cut"),
     [of_json("snapshot", b'{ "now" : 1700000000.5, "aircraft" : [ {"hex":"4ca216","squawk":"1234",'
              b'"seen":1}, {"hex":"4ca217","squawk":"1235"} ], "messages" : 3 }', (2, 0, 0))]),
    ("a text without end", unit("decode/test_deframe",
                               "a_line_that_is_too_long_comes_in_refused_pieces"),
     [of_json("endless_text", b'{"hex":"4ca216","flight":"' + b"A" * 40000 +
              b'"}\n{"hex":"4ca216","squawk":"1234"}', (1, 0, 3))]),
    ("a file that was half written (readsb #23)",
     unit("decode/test_deframe", "broken_objects_are_refused_and_the_next_is_found"),
     [of_json("half_written", b'{"now":1,"aircraft":[{"hex":"4ca216","squawk":"12{"now":2,'
              b'"aircraft":[{"hex":"4ca216","squawk":"1234"}]}', (1, 0, 2))]),
]

ZONES = [
    ("rings that cross, duplicate vertices", unit("zone/test_import",
                                                 "rings_that_cross_are_repaired_and_said"),
     [of_zones("bow_tie", zones(("a", [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]], {})), (1, 0)),
      of_zones("vertices_twice", zones(("a", [[[0, 0], [0, 0], [1, 0], [1, 0], [1, 1], [0, 0]]],
                                        {})), (1, 0))]),
    ("no area, NaN", unit("zone/test_import", "shapes_without_area_are_refused"),
     [of_zones("no_area", zones(("a", [[[0, 0], [1, 1], [0, 0]]], {}),
                                ("b", [[[0, 0], [1, 0], [2, 0], [0, 0]]], {}),
                                ("c", [SQUARE], {})), (1, 2)),
      of_zones("not_a_number", zones(("a", [SQUARE], {})).replace(b"1]", b"NaN]"), (0, 0),
                "NaN")]),
    ("antimeridian and pole", unit("zone/test_import", "an_area_over_the_antimeridian_is_split",
                                  "a_circle_round_a_pole_covers_it"),
     [of_zones("antimeridian", zones(("a", [[[179, 10], [-179, 10], [-179, 12], [179, 12],
                                             [179, 10]]], {})), (1, 0)),
      of_zones("beyond_the_pole", zones(("a", [[[0, 89], [10, 91], [20, 89], [0, 89]]], {})),
               (0, 1))]),
    ("a hole outside its shell", unit("zone/test_import", "a_hole_outside_adds_nothing"),
     [of_zones("hole_outside", zones(("a", [SQUARE, [[5, 5], [6, 5], [6, 6], [5, 5]]], {})),
               (1, 0))]),
    ("latitude and longitude the wrong way round: said where it cannot be",
     unit("zone/test_import", "shapes_without_area_are_refused"),
     [of_zones("swapped", zones(("a", [[[10, 100], [11, 100], [11, 101], [10, 100]]], {})),
               (0, 1))]),
    ("more vertices than there may be", unit("zone/test_set",
                                            "too_many_zones_or_vertices_are_refused"), NEEDS_MANY),
    ("height above ellipsoid for height above sea",
     unit("zone/test_alt_band", "gnss_altitude_is_less_the_geoid_with_its_error"),
     [of_zones("ellipsoid", zones(("a", [SQUARE], {"upper": {"value": 400, "unit": "ft",
                                                              "ref": "HAE"}})), (1, 0))]),
    ("a floor above its ceiling", unit("zone/test_import",
                                      "one_bad_zone_is_refused_and_the_others_go_on"),
     [of_zones("floor_above_ceiling", zones(
         ("a", [SQUARE], {"lower": {"value": 5000, "unit": "ft", "ref": "MSL"},
                          "upper": {"value": 1000, "unit": "ft", "ref": "MSL"}}),
         ("b", [SQUARE], {})), (1, 1))]),
]

OTHERS = [
    ("requests: negative, huge, doubled lengths, folded lines, zeros, many headers",
     ["tests/serve/test_hostile.py:test_malformed_requests_get_an_error_or_nothing"], []),
    ("requests within requests",
     ["tests/serve/test_hostile.py:test_a_smuggled_second_request_is_not_answered"], []),
    ("frames of WebSocket: lengths, masks, reserved bits, fragments of control frames",
     ["tests/serve/test_hostile.py:test_frames_that_break_the_protocol_end_only_their_own_stream"],
     []),
    ("headers that come slowly, bodies that never come",
     ["tests/serve/test_hostile.py:test_slow_headers_hold_nobody_up_and_are_cut_off",
      "tests/serve/test_hostile.py:test_a_body_that_never_comes_is_given_up"], []),
    ("who reads slowly or not at all",
     ["tests/serve/test_stream.py:"
      "test_one_who_does_not_read_is_sent_away_and_the_others_lose_nothing"], []),
    ("a cut-off last record: it starts and says so (Tile38 #230)",
     unit("journal/test_journal", "a_cut_off_tail_is_kept_aside_and_the_journal_goes_on"), []),
    ("a flipped bit anywhere: named, and nothing is cleaned up",
     unit("journal/test_journal", "damage_among_acknowledged_records_is_named_and_nothing_is_changed"),
     []),
    ("every byte flipped and every cut of a bundle",
     unit("journal/test_bundle", "every_changed_byte_and_every_cut_is_refused"), []),
    ("a head that is newer than the data", unit(
        "journal/test_journal", "restoring_an_old_copy_never_shrinks_under_a_newer_head"), []),
    ("checkpoints: leading zeros, 2^63, CRLF, base64 that is not canonical, size 0",
     unit("journal/test_note", "checkpoints_are_read_strictly") +
     unit("base/test_base64", "base64_is_canonical_or_refused"), []),
    ("signatures: twice, unknown, none",
     unit("journal/test_note", "malformed_notes_are_refused",
          "unknown_signatures_are_ignored_and_a_known_one_must_be_there"), []),
    ("proofs that are too long or not of this tree",
     unit("journal/test_merkle", "every_inclusion_proof_verifies_and_nothing_else"), []),
    ("sightings: keys, times, places and cuts", unit(
        "decode/test_sighting", "an_error_names_the_field",
        "random_and_truncated_bodies_are_read_or_refused"), []),
    ("a webhook that is slow is a bounded queue (Tile38 #173)",
     unit("outlet/test_outlet", "a_full_queue_refuses_tells_and_counts"), []),
    ("words for XML that would be markup, or no character at all",
     unit("warn/test_xml", "the_five_special_characters_become_entities",
          "forbidden_characters_and_bytes_become_the_replacement_character"), []),
    ("the log on disk: each byte flipped, each cut, segments twice, swapped and missing",
     ["tests/crash/CMakeLists.txt:bit_rot", "tests/crash/CMakeLists.txt:tamper_journal"] +
     unit("journal/test_journal", "segments_before_the_end_may_not_be_missing"), []),
    ("a link where a file of the journal would be made",
     unit("io/test_file_os", "errors_are_those_of_the_system"), []),
    ("an exercise that could be taken for actual (Hawaii 2018)",
     unit("warn/test_warner", "apw_03_people_are_trained_by_exercises_that_nobody_takes_for_actual"),
     []),
    ("a position that its times of arrival contradict",
     unit("track/test_arrival", "a_place_that_three_times_refute_is_doubted_at_the_fifth",
          "one_wrong_clock_raises_nothing"), []),
    ("files that others could read before they are closed (Redis CVE-2023-45145)",
     ["tests/serve/test_http.py:test_tokens_are_kept_as_hashes_that_only_the_owner_reads"], []),
    ("instants that do not exist, and weeks that wrap (gpsd 2021)",
     unit("base/test_time_text", "wrong_instants_are_refused") +
     unit("decode/test_deframe", "a_counter_that_was_restarted_goes_on_from_the_last_time"), []),
    ("position reality: jumps, ghosts, areas, duplicates",
     ["tests/track/CMakeLists.txt:attacks"], []),
]

# Parts of which each line has a seed, for bytes of theirs come from outside.
SEEDED = [MODE_S, AIS, REMOTE_ID, ASTERIX, JSON, ZONES]

# Formats of the catalogue that nothing here reads: a feed in one of them is refused by its name.
NOT_READ = ["uat", "ubx", "rtcm", "cap"]

CATALOGUE = {"Mode S, ADS-B, Beast": MODE_S, "AIS, NMEA 0183": AIS, "Remote ID": REMOTE_ID,
             "ASTERIX": ASTERIX, "JSON": JSON, "zones": ZONES, "others": OTHERS}

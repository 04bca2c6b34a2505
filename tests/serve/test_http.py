"""What docs/api.md promises of every route, asked over a real socket."""
import os
import tempfile

from fake import Fake, run

POSTS = {"/api/v1/incidents/0000000000000001/acknowledge": "operator", "/api/v1/demo": "operator",
         "/api/v1/sightings": "observer"}


def test_every_route_that_reads_answers(fake):
    fake.tell("events 2")
    fake.tell("warning 1")
    for path, key in {"status": "version", "zones": "features", "tracks": "tracks",
                      "incidents": "incidents", "events": "events", "warnings": "warnings",
                      "sightings": "sightings"}.items():
        status, headers, body = fake.ask("GET", "/api/v1/" + path)
        assert status == 200 and key in body, (path, status, body)
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
    assert fake.ask("GET", "/healthz")[2] == b"ok\n"
    assert b"leeward_events_total 2\n" in fake.ask("GET", "/metrics")[2]
    assert fake.ask("GET", "/feeds/cap.atom")[1]["content-type"] == "application/atom+xml"
    assert fake.ask("GET", "/feeds/cap/w-1.xml")[2] == b"<alert/>"
    assert fake.ask("GET", "/feeds/cap/w-2.xml")[0] == 404
    assert fake.ask("GET", "/api/v1/nothing")[2]["error"]["code"] == "not_found"
    assert fake.ask("PUT", "/api/v1/status")[0] == 405
    assert fake.ask("GET", "/api/v1/demo")[0] == 405


def test_head_sends_no_body(fake):
    status, headers, body = fake.ask("HEAD", "/api/v1/status")
    assert status == 200 and body == b"" and int(headers["content-length"]) > 0


def test_aircraft_json_is_as_readsb_writes_it(fake):
    body = fake.ask("GET", "/data/aircraft.json")[2]
    one = body["aircraft"][0]
    assert one["hex"] == "400000" and one["alt_baro"] == 10000 and one["squawk"] == "7700"
    assert one["mach"] == 0.784 and one["nav_altitude_fms"] == 36000 and one["nic_baro"] == 1
    assert "nav_altitude_mcp" not in one and "ias" not in one
    assert one["type"] == "adsb_icao" and one["seen_pos"] < 5 and body["now"] > 1.6e9
    assert fake.ask("GET", "/data/receiver.json")[2]["refresh"] == 1000


def test_a_track_that_is_asked_for_has_what_its_transponder_says(fake):
    one = fake.ask("GET", "/api/v1/tracks")[2]["tracks"][0]
    assert one["mach"] == 0.784 and one["nic_baro"] is True and "roll_deg" not in one
    assert one["alt_selected_ft"] == 36000 and one["alt_selected_source"] == "fms"


def test_one_track_has_all_that_is_known_and_when_it_was_said(fake):
    status, _, one = fake.ask("GET", "/api/v1/tracks/icao24:400000")
    assert status == 200 and one["target"] == "icao24:400000" and one["mach"] == 0.784
    assert one["nic"] == 8 and one["rc_m"] == 186 and one["emergency"] == "nordo" and "nac_p" not in one
    said = one["said_us"]
    assert {"mach", "nic", "lat", "emergency", "alt_selected_source", "nic_baro"} <= set(said) and "nac_p" not in said
    assert said["lat"] - said["mach"] == 5000000 and said["lat"] == one["seen_us"]
    for name in ("icao24:4fffff", "icao24:", "400000", "", "x" * 300, "icao24%3A400000%20"):
        assert fake.ask("GET", "/api/v1/tracks/" + name)[0] == 404, name
    assert fake.ask("GET", "/api/v1/tracks/icao24%3A400000")[0] == 200
    assert "said_us" not in fake.ask("GET", "/api/v1/tracks")[2]["tracks"][0]


def test_zones_tell_generation_and_what_is_active_now(fake):
    status, headers, body = fake.ask("GET", "/api/v1/zones")
    active = {f["id"]: f["properties"]["active_now"] for f in body["features"]}
    assert body["generation"] == 1 and active == {"zone-0": True, "zone-1": False, "zone-2": True}
    again = fake.ask("GET", "/api/v1/zones", headers={"If-None-Match": headers["etag"]})
    assert status == 200 and again[0] == 304 and again[2] == b""
    fake.tell("zones 2000")
    status, _, body = fake.ask("GET", "/api/v1/zones", headers={"If-None-Match": headers["etag"]})
    assert status == 200 and body["generation"] == 2 and len(body["features"]) == 2000


def test_incidents_fold_their_events(fake):
    fake.tell("step predicted 7")
    fake.tell("step entered 7")
    fake.tell("step left 7")
    fake.tell("step ended 7")
    fake.tell("events 1")
    assert [i["incident"] for i in fake.ask("GET", "/api/v1/incidents")[2]["incidents"]] == \
        ["0000000000000001"]
    assert len(fake.ask("GET", "/api/v1/incidents?state=all")[2]["incidents"]) == 2
    assert fake.ask("GET", "/api/v1/incidents?state=some")[0] == 400
    fake.tell("warning 7")
    fake.tell("delivery delivered")
    one = fake.ask("GET", "/api/v1/incidents/0000000000000007")[2]
    assert one["state"] == "ended" and one["zone_kind"] == "no_fly"
    assert [e["event"] for e in one["events"]] == ["predicted", "entered", "left", "ended"]
    assert one["warnings"][0]["deliveries"][0]["state"] == "delivered"
    assert "xml" not in one["warnings"][0]
    assert fake.ask("GET", "/api/v1/incidents/00000000000000ff")[0] == 404


def test_events_continue_after_a_seq(fake):
    fake.tell("events 50")
    body = fake.ask("GET", "/api/v1/events?after=10&limit=5")[2]
    assert [e["seq"] for e in body["events"]] == [11, 12, 13, 14, 15]
    assert fake.ask("GET", "/api/v1/events?after=50")[2]["events"] == []
    for query in ("after=x", "after=-1", "limit=0", "after=99999999999999999999"):
        assert fake.ask("GET", "/api/v1/events?" + query)[0] == 400, query


def test_changing_needs_the_token_of_the_role(fake):
    fake.tell("events 1")
    may = {"operator": {"operator", "custodian"}, "observer": {"observer"}}
    for path, needed in POSTS.items():
        assert fake.ask("POST", path, "{}")[0] == 401
        assert fake.ask("POST", path, "{}", role="A" * 43)[0] == 401
        assert fake.ask("POST", path, "{}", headers={"Authorization": "Basic eDp5"})[0] == 401
        for role in ("observer", "operator", "custodian"):
            status = fake.ask("POST", path, "{}", role=role)[0]
            assert (status == 403) == (role not in may[needed]), (path, role, status)


def test_acknowledging_names_who(fake):
    fake.tell("events 1")
    path = "/api/v1/incidents/0000000000000001/acknowledge"
    status, _, body = fake.ask("POST", path, '{"by":"duty","note":"seen \\u0645"}', "operator")
    assert status == 200 and body["acknowledged"]["by"] == "duty"
    assert body["acknowledged"]["note"] == "seen م"
    assert fake.ask("GET", "/api/v1/incidents")[2]["incidents"][0]["acknowledged"]["by"] == "duty"
    missing = path.replace("0001/", "0009/")
    assert fake.ask("POST", missing, '{"by":"duty"}', "operator")[0] == 404
    assert fake.ask("POST", path, '{"by":""}', "operator")[0] == 400
    assert fake.ask("POST", path, '{"by":"' + "x" * 64 + '"}', "operator")[0] == 400


def test_demo_control_is_refused_when_it_is_no_demo(fake):
    assert fake.ask("POST", "/api/v1/demo", '{"speed":4}', "operator")[0] == 409
    assert fake.ask("POST", "/api/v1/demo", '{"speed":0}', "operator")[0] == 400


def test_a_sighting_never_tells_where_the_observer_stood(fake):
    body = '{"lat":48.1234567,"lon":11.7654321,"what":"drone","how":"heard"}'
    status, _, made = fake.ask("POST", "/api/v1/sightings", body, "observer")
    assert status == 201 and made["id"] == "0000000000000001"
    text = str(fake.ask("GET", "/api/v1/sightings"))
    assert "1234567" not in text and "7654321" not in text
    area = fake.ask("GET", "/api/v1/sightings")[2]["sightings"][0]["area"]
    assert area["lat"] == 48.15 and abs(area["lon"] - 11.7654321) < 0.1 and area["radius_m"] >= 10000
    assert "1234567" not in str(fake.ask("GET", "/api/v1/sightings", role="operator")[2])
    exact = fake.ask("GET", "/api/v1/sightings", role="custodian")[2]["sightings"][0]
    assert exact["area"]["lat"] == 48.1234567


def test_health_says_when_the_watch_does_not_judge(fake):
    fake.tell("sick")
    assert fake.ask("GET", "/healthz")[0] == 503


def test_garbage_in_every_post_is_refused(fake):
    fake.tell("events 1")
    bodies = [b"", b"{", b"[]", b"null", b'{"by":1}', b'{"by":{}}', b"\x00" * 100, b"\xff\xfe",
              b'{"by":"\xff"}', b'{"by":"a\\ud800"}', b"{" * 5000, b'{"a":' * 3000, b"1" * 65000,
              b'{"lat":1e999,"lon":0}', b'{"lat":"48","lon":"11"}', b'{"speed":1e-9}',
              b'{"jump":["next_incident"]}', os.urandom(4096)]
    for path, role in POSTS.items():
        for body in bodies:
            status = fake.ask("POST", path, body, role)[0]
            assert status in (400, 409), (path, body[:40], status)
        assert fake.ask("POST", path, b"x" * 70000, role)[0] == 413


def test_a_page_is_served_from_a_folder_and_nothing_beside_it(_):
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/index.html", "w", encoding="ascii") as file:
            file.write("<p>the page")
        with open(folder + "/.secret", "w", encoding="ascii") as file:
            file.write("hidden")
        own = Fake(folder)
        status, headers, body = own.ask("GET", "/")
        assert status == 200 and body == b"<p>the page" and "text/html" in headers["content-type"]
        assert "script-src 'self'" in headers["content-security-policy"]
        assert own.ask("GET", "/observe")[2] == b"<p>the page"
        for path in ("/../tokens.json", "/%2e%2e/%2e%2e/etc/passwd", "/.secret", "/a/../.secret",
                     "//etc/passwd", "/..%2f..%2fetc/passwd", "/missing.js", "/%00"):
            status, _, body = own.ask("GET", path)
            assert status in (400, 403, 404) or body == b"<p>the page", (path, status, body)
        own.end()


def test_tokens_are_kept_as_hashes_that_only_the_owner_reads(fake):
    path = fake.folder.name + "/tokens.json"
    assert os.stat(path).st_mode & 0o777 == 0o600
    with open(path, encoding="ascii") as file:
        text = file.read()
    assert all(token not in text for token in fake.tokens.values())


run(globals())

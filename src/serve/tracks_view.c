#include "serve/tracks_view.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/time_text.h"
#include "record/codec.h"
#include "serve/field.h"

#define GONE_MAX 8192u
#define SHARED_MAX 128u

typedef struct {
    bool used;
    lee_target target;
    uint64_t seen_round;
    uint64_t changed_round;
    uint64_t hash;
    char *json;
    uint32_t length;
    uint32_t capacity;
} slot;

typedef struct {
    lee_target target;
    uint64_t round;
} gone_target;

/* A piece already encoded in this round: readers at the same place share it. */
typedef struct {
    uint64_t from_round;
    uint32_t slot;
    uint32_t next_slot;
    lee_message *message; /* NULL: there is nothing to say on the way to next_slot */
} shared_part;

struct lee_tracks_view {
    int64_t stale_after_us;
    int64_t now_us;
    uint64_t round;
    lee_map *map;
    slot *slots;
    uint32_t capacity;
    uint32_t used; /* slots below this were used at some time */
    uint32_t count;
    uint32_t *free_slots;
    uint32_t free_count;
    gone_target *gone;
    uint64_t gone_count; /* ever */
    shared_part shared[SHARED_MAX];
    uint32_t shared_count;
    lee_buffer scratch;
    lee_buffer part;
};

/* --- one track as JSON ----------------------------------------------------------------------- */

static bool has(const lee_track *track, uint64_t bits)
{
    return (track->last.present & bits) == bits;
}

static void motion_write(const lee_track *track, lee_json *json)
{
    const lee_report *const last = &track->last;
    if (has(track, LEE_REPORT_HAS_ALT_BARO)) {
        lee_json_put_int(json, "alt_baro_ft", last->alt_baro_ft);
    }
    if (has(track, LEE_REPORT_HAS_ALT_HAE)) {
        lee_json_put_int(json, "alt_hae_ft", last->alt_hae_ft);
    }
    if (has(track, LEE_REPORT_HAS_SPEED_GROUND)) {
        lee_json_put_fixed(json, "speed_ground_kt", last->speed_ground_kt_e3, 3);
    }
    if (has(track, LEE_REPORT_HAS_TRACK)) {
        lee_json_put_fixed(json, "track_deg", last->track_deg_e3, 3);
    }
    if (has(track, LEE_REPORT_HAS_VERTICAL_RATE)) {
        lee_json_put_int(json, "vertical_rate_fpm", last->vertical_rate_fpm);
    }
    if (has(track, LEE_REPORT_HAS_ON_GROUND)) {
        lee_json_put_bool(json, "on_ground", last->on_ground != 0);
    }
}

static void squawk_text(int32_t squawk, char out[5])
{
    /* The number's four octal digits, as records hold it. */
    for (int i = 0; i < 4; i++) {
        out[i] = (char)('0' + ((squawk >> (9 - 3 * i)) & 7));
    }
    out[4] = '\0';
}

static void names_write(const lee_track *track, lee_json *json)
{
    const lee_report *const last = &track->last;
    if (has(track, LEE_REPORT_HAS_CALLSIGN)) {
        lee_field_put_text(json, "callsign", last->callsign, sizeof last->callsign);
    }
    if (has(track, LEE_REPORT_HAS_REGISTRATION)) {
        lee_field_put_text(json, "registration", last->registration, sizeof last->registration);
    }
    if (has(track, LEE_REPORT_HAS_SQUAWK)) {
        char squawk[5];
        squawk_text(last->squawk, squawk);
        lee_json_put_text(json, "squawk", squawk);
    }
    if (has(track, LEE_REPORT_HAS_CATEGORY)) {
        lee_field_put_text(json, "category", last->category, sizeof last->category);
    }
}

/* How far it is believed, and why not further. */
static void confidence_write(const lee_track *track, lee_json *json)
{
    lee_json_put_text(json, "confidence", lee_confidence_name(track->confidence));
    if (track->doubts != 0) {
        lee_json_key(json, "doubts");
        lee_json_array(json);
        for (int i = 0; i < LEE_DOUBT_COUNT; i++) {
            if (track->doubts >> i & 1) {
                lee_json_text(json, lee_doubt_name(i));
            }
        }
        lee_json_array_end(json);
    }
    if (track->error_m > 0) {
        lee_json_put_int(json, "error_m", track->error_m);
    }
    if (track->region_m > 0) {
        lee_json_put_int(json, "region_m", track->region_m);
        if (track->observers > 0) {
            lee_json_put_int(json, "observers", track->observers);
        }
    }
    if (track->feeds != 0) {
        lee_json_key(json, "feeds");
        lee_json_array(json);
        for (int feed = 0; feed < 64; feed++) {
            if (track->feeds >> feed & 1) {
                lee_json_int(json, feed);
            }
        }
        lee_json_array_end(json);
    }
}

static void put_fixed(const lee_track *track, uint64_t bit, const char *key, int32_t value,
                      int decimals, lee_json *json)
{
    if (has(track, bit)) {
        lee_json_put_fixed(json, key, value, decimals);
    }
}

static void details_write(const lee_track *track, lee_json *json)
{
    const lee_report *const last = &track->last;
    put_fixed(track, LEE_REPORT_HAS_HEADING, "heading_deg", last->heading_deg_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_HEADING_MAGNETIC, "heading_magnetic_deg",
              last->heading_magnetic_deg_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_SPEED_AIR, "speed_air_kt", last->speed_air_kt_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_SPEED_INDICATED, "speed_indicated_kt",
              last->speed_indicated_kt_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_MACH, "mach", last->mach_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_ROLL, "roll_deg", last->roll_deg_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_TRACK_RATE, "track_rate_dps", last->track_rate_dps_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_HEADING_SELECTED, "heading_selected_deg",
              last->heading_selected_deg_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_QNH, "qnh_hpa", last->qnh_hpa_e1, 1, json);
    if (has(track, LEE_REPORT_HAS_ALT_SELECTED)) {
        lee_json_put_int(json, "alt_selected_ft", last->alt_selected_ft);
    }
    if (has(track, LEE_REPORT_HAS_ALT_SELECTED_SOURCE)) {
        lee_json_put_text(json, "alt_selected_source",
                          lee_alt_selected_source_name(last->alt_selected_source));
    }
    if (has(track, LEE_REPORT_HAS_NIC_BARO)) {
        lee_json_put_bool(json, "nic_baro", last->nic_baro != 0);
    }
}

static void put_int(const lee_track *track, uint64_t bit, const char *key, int32_t value,
                    lee_json *json)
{
    if (has(track, bit)) {
        lee_json_put_int(json, key, value);
    }
}

/* How good it is, by the aircraft's own word, and what is wrong on board. */
static void quality_write(const lee_track *track, lee_json *json)
{
    const lee_report *const last = &track->last;
    put_int(track, LEE_REPORT_HAS_ADSB_VERSION, "adsb_version", last->adsb_version, json);
    put_int(track, LEE_REPORT_HAS_NIC, "nic", last->nic, json);
    put_int(track, LEE_REPORT_HAS_RC, "rc_m", last->rc_m, json);
    put_int(track, LEE_REPORT_HAS_NAC_P, "nac_p", last->nac_p, json);
    put_int(track, LEE_REPORT_HAS_NAC_V, "nac_v", last->nac_v, json);
    put_int(track, LEE_REPORT_HAS_SIL, "sil", last->sil, json);
    put_int(track, LEE_REPORT_HAS_SDA, "sda", last->sda, json);
    put_int(track, LEE_REPORT_HAS_GVA, "gva", last->gva, json);
    if (has(track, LEE_REPORT_HAS_EMERGENCY)) {
        lee_field_put_text(json, "emergency", last->emergency, sizeof last->emergency);
    }
    if (has(track, LEE_REPORT_HAS_ACAS_RA)) {
        lee_field_put_text(json, "acas_ra", last->acas_ra, sizeof last->acas_ra);
    }
}

/* When each field was said: what is known may be minutes old. */
static void said_write(const lee_track *track, lee_json *json)
{
    static const char *const keys[LEE_REPORT_FIELD_COUNT] = {
#define NUMBER_KEY(bit, type, member, key, kind, argument) key,
#define TEXT_KEY(bit, member, key, bytes) key,
        LEE_REPORT_FIELDS(NUMBER_KEY) LEE_REPORT_TEXTS(TEXT_KEY) LEE_REPORT_MORE(NUMBER_KEY)
#undef NUMBER_KEY
#undef TEXT_KEY
    };
    lee_json_key(json, "said_us");
    lee_json_object(json);
    for (int i = 0; i < LEE_REPORT_FIELD_COUNT; i++) {
        if (has(track, UINT64_C(1) << i)) {
            lee_json_put_int(json, keys[i], track->field_us[i]);
        }
    }
    lee_json_object_end(json);
}

void lee_track_write(const lee_track *track, int64_t now_us, int64_t stale_after_us,
                     lee_track_extent extent, lee_json *json)
{
    assert(track && json);
    static const char *const relations[] = {"none", "near", "permitted", "predicted", "inside"};
    assert((size_t)track->relation < sizeof relations / sizeof relations[0]);

    const bool placed = has(track, LEE_REPORT_HAS_POSITION);
    const int64_t position_us = placed ? track->field_us[LEE_REPORT_INDEX_LAT] : track->last.t_us;
    lee_json_object(json);
    lee_field_put_text(json, "target", track->last.target.text, sizeof track->last.target.text);
    if (placed) {
        lee_json_put_fixed(json, "lat", track->last.lat_e7, 7);
        lee_json_put_fixed(json, "lon", track->last.lon_e7, 7);
        lee_json_put_int(json, "position_us", position_us);
    }
    lee_json_put_int(json, "seen_us", track->last.t_us);
    lee_json_put_text(json, "age", now_us - position_us > stale_after_us ? "stale" : "fresh");
    motion_write(track, json);
    names_write(track, json);
    if (extent >= LEE_TRACK_DETAILED) {
        details_write(track, json);
    }
    if (extent == LEE_TRACK_WHOLE) {
        quality_write(track, json);
        said_write(track, json);
    }
    const uint8_t position_source = track->field_source[LEE_REPORT_INDEX_LAT];
    lee_json_put_text(json, "source",
                      lee_source_name(placed ? (lee_source)position_source : track->last.source));
    lee_json_put_text(json, "relation", relations[track->relation]);
    confidence_write(track, json);
    lee_json_object_end(json);
}

/* --- as readsb writes it --------------------------------------------------------------------- */

static const char *readsb_type(const lee_track *track, bool is_icao, bool placed)
{
    const lee_source source =
        placed ? (lee_source)track->field_source[LEE_REPORT_INDEX_LAT] : track->last.source;
    if (source == LEE_SOURCE_MLAT) {
        return "mlat";
    }
    if (source == LEE_SOURCE_TISB) {
        return is_icao ? "tisb_icao" : "tisb_other";
    }
    if (source == LEE_SOURCE_ADSB) {
        return is_icao ? "adsb_icao" : "adsb_other";
    }
    return source == LEE_SOURCE_MODE_S ? "mode_s" : "other";
}

static void readsb_motion(const lee_track *track, lee_json *json)
{
    const lee_report *const last = &track->last;
    if (has(track, LEE_REPORT_HAS_ON_GROUND) && last->on_ground) {
        lee_json_put_text(json, "alt_baro", "ground");
    } else if (has(track, LEE_REPORT_HAS_ALT_BARO)) {
        lee_json_put_int(json, "alt_baro", last->alt_baro_ft);
    }
    if (has(track, LEE_REPORT_HAS_ALT_HAE)) {
        lee_json_put_int(json, "alt_geom", last->alt_hae_ft);
    }
    if (has(track, LEE_REPORT_HAS_SPEED_GROUND)) {
        lee_json_put_fixed(json, "gs", last->speed_ground_kt_e3, 3);
    }
    if (has(track, LEE_REPORT_HAS_TRACK)) {
        lee_json_put_fixed(json, "track", last->track_deg_e3, 3);
    }
    if (has(track, LEE_REPORT_HAS_VERTICAL_RATE)) {
        lee_json_put_int(json, "baro_rate", last->vertical_rate_fpm);
    }
}

static void readsb_names(const lee_track *track, lee_json *json)
{
    const lee_report *const last = &track->last;
    if (has(track, LEE_REPORT_HAS_CALLSIGN)) {
        lee_field_put_text(json, "flight", last->callsign, sizeof last->callsign);
    }
    if (has(track, LEE_REPORT_HAS_REGISTRATION)) {
        lee_field_put_text(json, "r", last->registration, sizeof last->registration);
    }
    if (has(track, LEE_REPORT_HAS_SQUAWK)) {
        char squawk[5];
        squawk_text(last->squawk, squawk);
        lee_json_put_text(json, "squawk", squawk);
    }
    if (has(track, LEE_REPORT_HAS_EMERGENCY)) {
        lee_field_put_text(json, "emergency", last->emergency, sizeof last->emergency);
    }
    if (has(track, LEE_REPORT_HAS_CATEGORY)) {
        lee_field_put_text(json, "category", last->category, sizeof last->category);
    }
}

static void readsb_quality(const lee_track *track, lee_json *json)
{
    const lee_report *const last = &track->last;
    if (has(track, LEE_REPORT_HAS_NIC)) {
        lee_json_put_int(json, "nic", last->nic);
    }
    if (has(track, LEE_REPORT_HAS_NAC_P)) {
        lee_json_put_int(json, "nac_p", last->nac_p);
    }
    if (has(track, LEE_REPORT_HAS_SIL)) {
        lee_json_put_int(json, "sil", last->sil);
    }
    if (has(track, LEE_REPORT_HAS_NIC_BARO)) {
        lee_json_put_int(json, "nic_baro", last->nic_baro);
    }
}

static void readsb_air(const lee_track *track, lee_json *json)
{
    const lee_report *const last = &track->last;
    put_fixed(track, LEE_REPORT_HAS_SPEED_INDICATED, "ias", last->speed_indicated_kt_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_SPEED_AIR, "tas", last->speed_air_kt_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_MACH, "mach", last->mach_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_TRACK_RATE, "track_rate", last->track_rate_dps_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_ROLL, "roll", last->roll_deg_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_HEADING_MAGNETIC, "mag_heading", last->heading_magnetic_deg_e3,
              3, json);
    put_fixed(track, LEE_REPORT_HAS_HEADING, "true_heading", last->heading_deg_e3, 3, json);
    put_fixed(track, LEE_REPORT_HAS_QNH, "nav_qnh", last->qnh_hpa_e1, 1, json);
    if (has(track, LEE_REPORT_HAS_ALT_SELECTED)) {
        const bool is_fms = has(track, LEE_REPORT_HAS_ALT_SELECTED_SOURCE) &&
                            last->alt_selected_source == LEE_ALT_SELECTED_FMS;
        lee_json_put_int(json, is_fms ? "nav_altitude_fms" : "nav_altitude_mcp",
                         last->alt_selected_ft);
    }
    put_fixed(track, LEE_REPORT_HAS_HEADING_SELECTED, "nav_heading", last->heading_selected_deg_e3,
              3, json);
}

static int64_t tenths_since(int64_t now_us, int64_t t_us)
{
    return now_us > t_us ? (now_us - t_us) / (LEE_US_PER_S / 10) : 0;
}

bool lee_track_write_readsb(const lee_track *track, int64_t now_us, lee_json *json)
{
    assert(track && json);
    static const char prefix[] = "icao24:";
    const char *const target = track->last.target.text;
    if (strncmp(target, prefix, sizeof prefix - 1) != 0) {
        return false;
    }
    char hex[LEE_TARGET_BYTES + 1] = "~";
    const char *const name = target + sizeof prefix - 1;
    const char *const second = strchr(name, '@');
    /* The second of two accounts under one address is an address that nobody has: ~ says so. */
    const size_t marked = second && name[0] != '~';
    memcpy(hex + marked, name, second ? (size_t)(second - name) : strlen(name));
    const bool placed = has(track, LEE_REPORT_HAS_POSITION);
    lee_json_object(json);
    lee_json_put_text(json, "hex", hex);
    lee_json_put_text(json, "type", readsb_type(track, hex[0] != '~', placed));
    readsb_names(track, json);
    readsb_motion(track, json);
    readsb_air(track, json);
    if (placed) {
        lee_json_put_fixed(json, "lat", track->last.lat_e7, 7);
        lee_json_put_fixed(json, "lon", track->last.lon_e7, 7);
        lee_json_put_fixed(json, "seen_pos",
                           tenths_since(now_us, track->field_us[LEE_REPORT_INDEX_LAT]), 1);
    }
    readsb_quality(track, json);
    lee_json_put_int(json, "messages", track->report_count);
    lee_json_put_fixed(json, "seen", tenths_since(now_us, track->last.t_us), 1);
    lee_json_object_end(json);
    return true;
}

/* --- rounds ---------------------------------------------------------------------------------- */

lee_tracks_view *lee_tracks_view_create(uint32_t capacity, int64_t stale_after_us)
{
    assert(capacity > 0);
    lee_tracks_view *const view = lee_alloc(1, sizeof *view);
    if (!view) {
        return NULL;
    }
    view->capacity = capacity;
    view->stale_after_us = stale_after_us;
    view->map = lee_map_create(capacity, sizeof(lee_target));
    view->slots = lee_alloc(capacity, sizeof *view->slots);
    view->free_slots = lee_alloc(capacity, sizeof *view->free_slots);
    view->gone = lee_alloc(GONE_MAX, sizeof *view->gone);
    lee_buffer_init(&view->scratch, 8192);
    lee_buffer_init(&view->part, LEE_TRACKS_PART_BYTES + 1024u * 1024u);
    if (!view->map || !view->slots || !view->free_slots || !view->gone) {
        lee_tracks_view_free(view);
        return NULL;
    }
    return view;
}

static void shared_drop(lee_tracks_view *view)
{
    for (uint32_t i = 0; i < view->shared_count; i++) {
        lee_message_release(view->shared[i].message);
    }
    view->shared_count = 0;
}

void lee_tracks_view_free(lee_tracks_view *view)
{
    if (!view) {
        return;
    }
    shared_drop(view);
    for (uint32_t i = 0; view->slots && i < view->used; i++) {
        lee_free(view->slots[i].json);
    }
    lee_map_free(view->map);
    lee_free(view->slots);
    lee_free(view->free_slots);
    lee_free(view->gone);
    lee_buffer_free(&view->scratch);
    lee_buffer_free(&view->part);
    lee_free(view);
}

void lee_tracks_view_begin(lee_tracks_view *view, int64_t now_us)
{
    assert(view);
    shared_drop(view);
    view->now_us = now_us;
    view->round++;
}

/* The slot of the target; NULL: the table is full. */
static slot *slot_of(lee_tracks_view *view, const lee_target *target)
{
    uint32_t index = lee_map_get(view->map, target);
    if (index != LEE_MAP_NONE) {
        return &view->slots[index];
    }
    if (view->free_count > 0) {
        index = view->free_slots[--view->free_count];
    } else if (view->used < view->capacity) {
        index = view->used++;
    } else {
        return NULL;
    }
    if (!lee_map_put(view->map, target, index)) {
        view->free_slots[view->free_count++] = index;
        return NULL;
    }
    slot *const fresh = &view->slots[index];
    fresh->used = true;
    fresh->target = *target;
    fresh->length = 0;
    fresh->hash = 0;
    view->count++;
    return fresh;
}

void lee_tracks_view_put(lee_tracks_view *view, const lee_track *track)
{
    assert(view && track);

    lee_json json;
    lee_buffer_reset(&view->scratch);
    lee_json_begin(&json, &view->scratch);
    lee_track_write(track, view->now_us, view->stale_after_us, LEE_TRACK_SHOWN, &json);
    slot *const at = view->scratch.error == LEE_OK ? slot_of(view, &track->last.target) : NULL;
    if (!at) {
        return;
    }
    at->seen_round = view->round;
    const uint64_t hash = lee_hash(view->scratch.bytes, view->scratch.length);
    if (at->length == view->scratch.length && at->hash == hash) {
        return;
    }
    if (at->capacity < view->scratch.length) {
        const uint32_t capacity = (uint32_t)view->scratch.length + 64;
        char *const grown = lee_realloc(at->json, capacity, 1);
        if (!grown) {
            return;
        }
        at->json = grown;
        at->capacity = capacity;
    }
    memcpy(at->json, view->scratch.bytes, view->scratch.length);
    at->length = (uint32_t)view->scratch.length;
    at->hash = hash;
    at->changed_round = view->round;
}

void lee_tracks_view_end(lee_tracks_view *view)
{
    assert(view);
    for (uint32_t i = 0; i < view->used; i++) {
        slot *const at = &view->slots[i];
        if (at->used && at->seen_round != view->round) {
            view->gone[view->gone_count++ % GONE_MAX] =
                (gone_target){.target = at->target, .round = view->round};
            (void)lee_map_remove(view->map, &at->target);
            at->used = false;
            view->free_slots[view->free_count++] = i;
            view->count--;
        }
    }
}

uint32_t lee_tracks_view_count(const lee_tracks_view *view)
{
    assert(view);
    return view->count;
}

/* --- pieces ---------------------------------------------------------------------------------- */

static uint64_t gone_oldest(const lee_tracks_view *view)
{
    return view->gone_count > GONE_MAX ? view->gone_count - GONE_MAX : 0;
}

/* Writes those gone after the round that are not back. Returns how many. */
static uint32_t gone_write(lee_tracks_view *view, uint64_t after_round, lee_json *json)
{
    uint32_t count = 0;
    uint64_t first = view->gone_count;
    while (first > gone_oldest(view) && view->gone[(first - 1) % GONE_MAX].round > after_round) {
        first--;
    }
    for (uint64_t i = first; i < view->gone_count; i++) {
        const lee_target *const target = &view->gone[i % GONE_MAX].target;
        if (lee_map_get(view->map, target) == LEE_MAP_NONE) {
            lee_json_text(json, target->text);
            count++;
        }
    }
    return count;
}

/* Encodes the piece that begins at `from_slot`. NULL: there is nothing to say. */
static lee_message *part_make(lee_tracks_view *view, uint64_t from_round, uint32_t from_slot,
                              uint32_t *next_slot)
{
    lee_json json;
    uint32_t said = 0;
    uint32_t i = from_slot;
    lee_buffer_reset(&view->part);
    lee_json_begin(&json, &view->part);
    lee_json_object(&json);
    lee_json_put_text(&json, "type", "tracks");
    lee_json_put_int(&json, "t_us", view->now_us);
    lee_json_key(&json, "tracks");
    lee_json_array(&json);
    for (; i < view->used && view->part.length < LEE_TRACKS_PART_BYTES - 1024; i++) {
        const slot *const at = &view->slots[i];
        if (at->used && at->length > 0 && at->changed_round > from_round) {
            lee_json_raw(&json, at->json, at->length);
            said++;
        }
    }
    lee_json_array_end(&json);
    lee_json_key(&json, "gone");
    lee_json_array(&json);
    if (i >= view->used && from_round > 0) {
        said += gone_write(view, from_round, &json);
    }
    lee_json_array_end(&json);
    lee_json_object_end(&json);
    *next_slot = i;
    return said > 0 ? lee_message_of(&view->part) : NULL;
}

static const shared_part *part_get(lee_tracks_view *view, uint64_t from_round, uint32_t from_slot,
                                   shared_part *own)
{
    for (uint32_t i = 0; i < view->shared_count; i++) {
        if (view->shared[i].from_round == from_round && view->shared[i].slot == from_slot) {
            return &view->shared[i];
        }
    }
    *own = (shared_part){.from_round = from_round, .slot = from_slot};
    own->message = part_make(view, from_round, from_slot, &own->next_slot);
    if (view->shared_count < SHARED_MAX) {
        view->shared[view->shared_count] = *own;
        return &view->shared[view->shared_count++];
    }
    return own;
}

lee_message *lee_tracks_view_next(lee_tracks_view *view, lee_tracks_cursor *cursor, bool *lost)
{
    assert(view && cursor && lost);
    *lost = false;
    while (cursor->walk > 0 || cursor->round < view->round) {
        if (cursor->walk == 0) {
            cursor->walk = view->round;
            cursor->slot = 0;
        }
        const uint64_t forgotten =
            view->gone_count > GONE_MAX ? view->gone[gone_oldest(view) % GONE_MAX].round : 0;
        if (cursor->round > 0 && cursor->round < forgotten) {
            *lost = true;
            return NULL;
        }
        shared_part own;
        const shared_part *const part = part_get(view, cursor->round, cursor->slot, &own);
        cursor->slot = part->next_slot;
        if (cursor->slot >= view->used) {
            cursor->round = cursor->walk;
            cursor->walk = 0;
        }
        if (part->message) {
            return part == &own ? own.message : lee_message_hold(part->message);
        }
    }
    return NULL;
}

bool lee_tracks_view_is_due(const lee_tracks_view *view, const lee_tracks_cursor *cursor)
{
    assert(view && cursor);
    return cursor->walk > 0 || cursor->round < view->round;
}

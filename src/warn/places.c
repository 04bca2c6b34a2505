#include "warn/places.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"

/* Cells of one degree: 64,800 of them cost 260 kB and hold few places each. */
#define CELL_E7 10000000
#define ROWS 180
#define COLUMNS 360

struct lee_places {
    lee_place *places; /* sorted by cell, in the order of the file within one */
    uint32_t count;
    char *names;
    uint32_t cell_start[ROWS * COLUMNS + 1];
};

static uint32_t row_of(int32_t lat_e7)
{
    const int64_t row = ((int64_t)lat_e7 + LEE_LAT_MAX_E7) / CELL_E7;
    return (uint32_t)(row < ROWS ? row : ROWS - 1);
}

static uint32_t column_of(int32_t lon_e7)
{
    const int64_t column = ((int64_t)lon_e7 + LEE_LON_MAX_E7) / CELL_E7;
    return (uint32_t)(column < COLUMNS ? column : COLUMNS - 1);
}

static uint32_t cell_of(lee_point point)
{
    return row_of(point.lat_e7) * COLUMNS + column_of(point.lon_e7);
}

/* --- reading --------------------------------------------------------------------------------- */

typedef struct {
    const char *at;
    const char *end;
    lee_error_info *error;
    uint32_t line;
} reader;

static lee_error refuse(reader *in, lee_error code, const char *field, const char *reason)
{
    *in->error = (lee_error_info){.code = code, .line = in->line, .field = field, .reason = reason};
    return code;
}

/* One signed decimal up to the next tab, which is consumed. */
static lee_error read_number(reader *in, const char *field, int64_t least, int64_t most,
                             int64_t *out)
{
    bool negative = false;
    if (in->at < in->end && *in->at == '-') {
        negative = true;
        in->at++;
    }
    int64_t value = 0;
    unsigned digits = 0;
    while (in->at < in->end && *in->at >= '0' && *in->at <= '9' && digits < 12) {
        value = value * 10 + (*in->at - '0');
        digits++;
        in->at++;
    }
    if (digits == 0 || in->at >= in->end || *in->at != '\t') {
        return refuse(in, LEE_ERR_SYNTAX, field, "expected a whole number and a tab");
    }
    in->at++;
    value = negative ? -value : value;
    if (value < least || value > most) {
        return refuse(in, LEE_ERR_DOMAIN, field, "the number is out of range");
    }
    *out = value;
    return LEE_OK;
}

static lee_error read_country(reader *in, char out[3])
{
    size_t length = 0;
    while (in->at < in->end && *in->at >= 'A' && *in->at <= 'Z' && length < 2) {
        out[length++] = *in->at++;
    }
    out[length] = '\0';
    if (length == 1 || in->at >= in->end || *in->at != '\t') {
        return refuse(in, LEE_ERR_SYNTAX, "country", "expected two capital letters and a tab");
    }
    in->at++;
    return LEE_OK;
}

/* The rest of the line, copied to names + *used. */
static lee_error read_name(reader *in, char *names, size_t *used, const char **out)
{
    const size_t length = (size_t)(in->end - in->at);
    if (length == 0) {
        return refuse(in, LEE_ERR_SYNTAX, "name", "the name is empty");
    }
    if (length > LEE_PLACE_NAME_MAX_BYTES) {
        return refuse(in, LEE_ERR_LIMIT, "name", "the name is too long");
    }
    for (const char *c = in->at; c < in->end; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7F) {
            return refuse(in, LEE_ERR_SYNTAX, "name", "the name holds a control character");
        }
    }
    memcpy(names + *used, in->at, length);
    names[*used + length] = '\0';
    *out = names + *used;
    *used += length + 1;
    return LEE_OK;
}

static lee_error read_place(reader *in, char *names, size_t *used, lee_place *out)
{
    int64_t lat_e7 = 0;
    int64_t lon_e7 = 0;
    int64_t population = 0;
    lee_error error = read_number(in, "lat_e7", -LEE_LAT_MAX_E7, LEE_LAT_MAX_E7, &lat_e7);
    if (!error) {
        error = read_number(in, "lon_e7", -LEE_LON_MAX_E7, LEE_LON_MAX_E7, &lon_e7);
    }
    if (!error) {
        error = read_number(in, "population", 0, 100000000, &population);
    }
    if (!error) {
        error = read_country(in, out->country);
    }
    if (!error) {
        error = read_name(in, names, used, &out->name);
    }
    out->point = (lee_point){(int32_t)lat_e7, (int32_t)lon_e7};
    out->population = (uint32_t)population;
    return error;
}

typedef lee_error line_function(reader *line, void *context);

static lee_error each_line(const char *text, size_t length, lee_error_info *error,
                           line_function *function, void *context)
{
    const char *const end = text + length;
    uint32_t number = 0;
    for (const char *at = text; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop ? stop + 1 : end;
        stop = stop ? stop : end;
        number++;
        if (stop > at && stop[-1] == '\r') {
            stop--;
        }
        if (stop > at && *at != '#') {
            reader line = {.at = at, .end = stop, .error = error, .line = number};
            const lee_error result = function(&line, context);
            if (result) {
                return result;
            }
        }
        at = next;
    }
    return LEE_OK;
}

static lee_error count_line(reader *line, void *context)
{
    uint32_t *count = context;
    if (*count == LEE_PLACES_MAX) {
        return refuse(line, LEE_ERR_LIMIT, NULL, "too many places");
    }
    (*count)++;
    return LEE_OK;
}

typedef struct {
    lee_place *places;
    uint32_t count;
    char *names;
    size_t used;
} loading;

static lee_error load_line(reader *line, void *context)
{
    loading *load = context;
    const lee_error error = read_place(line, load->names, &load->used, &load->places[load->count]);
    if (!error) {
        load->count++;
    }
    return error;
}

/* Counting sort by cell, which keeps the order of the file within a cell. */
static void sort_by_cell(lee_places *places, const lee_place *unsorted)
{
    for (uint32_t i = 0; i < places->count; i++) {
        places->cell_start[cell_of(unsorted[i].point) + 1]++;
    }
    for (uint32_t cell = 0; cell < ROWS * COLUMNS; cell++) {
        places->cell_start[cell + 1] += places->cell_start[cell];
    }
    /* Each place goes to the start of its cell and moves it; moved back below. */
    for (uint32_t i = 0; i < places->count; i++) {
        const uint32_t cell = cell_of(unsorted[i].point);
        places->places[places->cell_start[cell]++] = unsorted[i];
    }
    for (uint32_t cell = ROWS * COLUMNS; cell > 0; cell--) {
        places->cell_start[cell] = places->cell_start[cell - 1];
    }
    places->cell_start[0] = 0;
}

lee_error lee_places_load(const char *text, size_t length, lee_places **out, lee_error_info *error)
{
    assert(text || length == 0);
    assert(out);
    assert(error);
    if (length > LEE_PLACES_TEXT_MAX_BYTES) {
        *error = (lee_error_info){.code = LEE_ERR_LIMIT, .reason = "the list is too long"};
        return LEE_ERR_LIMIT;
    }
    uint32_t count = 0;
    lee_error result = each_line(text, length, error, count_line, &count);
    if (result) {
        return result;
    }
    lee_places *places = lee_alloc(1, sizeof *places);
    loading load = {.places = lee_alloc((size_t)count + 1, sizeof *load.places),
                    .names = lee_alloc(length + 1, 1)};
    lee_place *sorted = lee_alloc((size_t)count + 1, sizeof *sorted);
    if (!places || !load.places || !load.names || !sorted) {
        *error = (lee_error_info){.code = LEE_ERR_NO_MEMORY, .reason = "out of memory"};
        result = LEE_ERR_NO_MEMORY;
        goto out;
    }
    result = each_line(text, length, error, load_line, &load);
    if (result) {
        goto out;
    }
    assert(load.count == count);
    assert(load.used <= length + 1);
    places->places = sorted;
    places->count = count;
    places->names = load.names;
    sort_by_cell(places, load.places);
    *out = places;
    lee_free(load.places);
    return LEE_OK;
out:
    lee_free(sorted);
    lee_free(load.names);
    lee_free(load.places);
    lee_free(places);
    return result;
}

void lee_places_free(lee_places *places)
{
    if (places) {
        lee_free(places->places);
        lee_free(places->names);
        lee_free(places);
    }
}

/* --- asking ---------------------------------------------------------------------------------- */

uint32_t lee_places_count(const lee_places *places)
{
    return places->count;
}

const lee_place *lee_places_at(const lee_places *places, uint32_t index)
{
    assert(index < places->count);
    return &places->places[index];
}

void lee_places_in_box(const lee_places *places, lee_box box, lee_place_sink *sink, void *context)
{
    assert(box.min.lat_e7 >= -LEE_LAT_MAX_E7 && box.max.lat_e7 <= LEE_LAT_MAX_E7);
    assert(box.min.lon_e7 >= -LEE_LON_MAX_E7 && box.max.lon_e7 <= LEE_LON_MAX_E7);
    if (box.min.lat_e7 > box.max.lat_e7 || box.min.lon_e7 > box.max.lon_e7) {
        return;
    }
    const uint32_t first_column = column_of(box.min.lon_e7);
    const uint32_t last_column = column_of(box.max.lon_e7);
    for (uint32_t row = row_of(box.min.lat_e7); row <= row_of(box.max.lat_e7); row++) {
        /* The cells of one row stand side by side, so their places do too. */
        const uint32_t from = places->cell_start[row * COLUMNS + first_column];
        const uint32_t to = places->cell_start[row * COLUMNS + last_column + 1];
        for (uint32_t i = from; i < to; i++) {
            const lee_point p = places->places[i].point;
            if (p.lat_e7 >= box.min.lat_e7 && p.lat_e7 <= box.max.lat_e7 &&
                p.lon_e7 >= box.min.lon_e7 && p.lon_e7 <= box.max.lon_e7) {
                sink(context, i, &places->places[i]);
            }
        }
    }
}

typedef struct {
    lee_box box;
    uint64_t people;
} census;

static void count_people(void *context, uint32_t index, const lee_place *place)
{
    (void)index;
    census *sum = context;
    if (place->point.lat_e7 < sum->box.max.lat_e7 && place->point.lon_e7 < sum->box.max.lon_e7) {
        sum->people += place->population;
    }
}

uint64_t lee_places_population(const lee_places *places, lee_box box)
{
    census sum = {.box = box};
    lee_places_in_box(places, box, count_people, &sum);
    return sum.people;
}

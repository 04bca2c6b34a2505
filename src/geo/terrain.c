#include "leeward/terrain.h"

#include <assert.h>
#include <string.h>

#include "base/alloc.h"

#define DEGREE_E7 INT64_C(10000000)
#define VOID_M INT16_MIN
/* A side of a tile in blocks, of which bounds are kept. */
#define BLOCKS 10u

typedef struct {
    const uint8_t *bytes;
    uint32_t cells;                /* along a side */
    int16_t min_m[BLOCKS][BLOCKS]; /* from the north-west; VOID_M: not known everywhere */
    int16_t max_m[BLOCKS][BLOCKS];
} tile;

struct lee_terrain {
    uint32_t count;
    tile *tiles[LEE_TERRAIN_TILES_MAX];
    uint16_t numbers[180][360]; /* of the tile plus one, by south-west corner; 0: none */
};

static_assert(LEE_TERRAIN_TILES_MAX < UINT16_MAX, "a tile has a number");

lee_error lee_terrain_create(lee_terrain **out)
{
    assert(out);
    lee_terrain *const terrain = lee_alloc(1, sizeof *terrain);
    if (!terrain) {
        return LEE_ERR_NO_MEMORY;
    }
    *out = terrain;
    return LEE_OK;
}

void lee_terrain_free(lee_terrain *terrain)
{
    for (uint32_t i = 0; terrain && i < terrain->count; i++) {
        lee_free(terrain->tiles[i]);
    }
    lee_free(terrain);
}

/* --- adding -------------------------------------------------------------------------------------
 */

/* `digits` digits. -1: it is no number. */
static int32_t number_of(const char *text, int digits)
{
    int32_t number = 0;
    for (int i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* The south-west corner in degrees from the south-west of the world. */
static bool corner_of(const char *name, uint32_t *row, uint32_t *column)
{
    const char ns = name[0];
    if (ns != 'N' && ns != 'S' && ns != 'n' && ns != 's') {
        return false;
    }
    const int32_t lat = number_of(name + 1, 2);
    if (lat < 0) {
        return false;
    }
    const char ew = name[3];
    const int32_t lon =
        ew == 'E' || ew == 'W' || ew == 'e' || ew == 'w' ? number_of(name + 4, 3) : -1;
    if (lon < 0) {
        return false;
    }
    const int32_t south = ns == 'S' || ns == 's' ? 90 - lat : 90 + lat;
    const int32_t west = ew == 'W' || ew == 'w' ? 180 - lon : 180 + lon;
    if (south < 0 || south > 179 || west < 0 || west > 359) {
        return false;
    }
    *row = (uint32_t)south;
    *column = (uint32_t)west;
    return true;
}

bool lee_terrain_is_name(const char *name)
{
    assert(name);
    uint32_t row;
    uint32_t column;
    return corner_of(name, &row, &column);
}

static int32_t height_m(const tile *t, uint32_t row, uint32_t column)
{
    const uint8_t *const at = t->bytes + 2 * ((size_t)row * (t->cells + 1) + column);
    const int32_t bits = at[0] << 8 | at[1];
    return bits >= 0x8000 ? bits - 0x10000 : bits;
}

/* Bounds of a block with its edges. False: a height cannot be, at *offset. */
static bool bound_block(tile *t, uint32_t block_row, uint32_t block_column, size_t *offset)
{
    const uint32_t side = t->cells / BLOCKS;
    int32_t least = INT16_MAX;
    int32_t most = INT16_MIN;
    bool has_void = false;
    for (uint32_t r = block_row * side; r <= (block_row + 1) * side; r++) {
        for (uint32_t c = block_column * side; c <= (block_column + 1) * side; c++) {
            const int32_t m = height_m(t, r, c);
            if (m == VOID_M) {
                has_void = true;
                continue;
            }
            if (m < LEE_TERRAIN_HEIGHT_MIN_M || m > LEE_TERRAIN_HEIGHT_MAX_M) {
                *offset = 2 * ((size_t)r * (t->cells + 1) + c);
                return false;
            }
            least = m < least ? m : least;
            most = m > most ? m : most;
        }
    }
    t->min_m[block_row][block_column] = (int16_t)(has_void ? VOID_M : least);
    t->max_m[block_row][block_column] = (int16_t)(has_void ? VOID_M : most);
    return true;
}

static lee_error refuse(lee_error_info *why, lee_error code, const char *reason)
{
    *why = (lee_error_info){.code = code, .field = "terrain", .reason = reason};
    return code;
}

static lee_error read_tile(const uint8_t *bytes, size_t length, tile *out, lee_error_info *why)
{
    const uint32_t cells = length == 2 * 1201 * 1201 ? 1200 : length == 2 * 3601 * 3601 ? 3600 : 0;
    if (cells == 0) {
        return refuse(why, LEE_ERR_TRUNCATED,
                      "has neither 1201 x 1201 nor 3601 x 3601 heights of two bytes");
    }
    out->bytes = bytes;
    out->cells = cells;
    size_t offset = 0;
    for (uint32_t block = 0; block < BLOCKS * BLOCKS; block++) {
        if (!bound_block(out, block / BLOCKS, block % BLOCKS, &offset)) {
            (void)refuse(why, LEE_ERR_DOMAIN, "has a height that is not from -500 to 9000 m");
            why->offset = offset;
            return LEE_ERR_DOMAIN;
        }
    }
    return LEE_OK;
}

lee_error lee_terrain_add(lee_terrain *terrain, const char *name, const uint8_t *bytes,
                          size_t length, lee_error_info *why)
{
    assert(terrain && name && (bytes || length == 0) && why);
    *why = (lee_error_info){.code = LEE_OK};
    uint32_t row;
    uint32_t column;
    if (!corner_of(name, &row, &column)) {
        return refuse(why, LEE_ERR_SYNTAX, "is not named after a corner, such as N46E008");
    }
    if (terrain->numbers[row][column] != 0) {
        return refuse(why, LEE_ERR_DUPLICATE, "is there already");
    }
    if (terrain->count == LEE_TERRAIN_TILES_MAX) {
        return refuse(why, LEE_ERR_LIMIT, "is one tile too many");
    }
    tile *const t = lee_alloc(1, sizeof *t);
    if (!t) {
        return refuse(why, LEE_ERR_NO_MEMORY, "finds no memory");
    }
    const lee_error error = read_tile(bytes, length, t, why);
    if (error != LEE_OK) {
        lee_free(t);
        return error;
    }
    terrain->tiles[terrain->count++] = t;
    terrain->numbers[row][column] = (uint16_t)terrain->count;
    return LEE_OK;
}

/* --- asking -------------------------------------------------------------------------------------
 */

/* Nothing north of 90 degrees; 180 degrees east is 180 degrees west. */
static const tile *tile_at(const lee_terrain *terrain, int64_t row, int64_t column)
{
    const uint32_t number =
        row < 0 || row > 179 ? 0 : terrain->numbers[row][(column % 360 + 360) % 360];
    return number == 0 ? NULL : terrain->tiles[number - 1];
}

static int64_t divide_nearest(int64_t value, int64_t by)
{
    return value >= 0 ? (value + by / 2) / by : -((-value + by / 2) / by);
}

static int32_t feet_of_dm(int64_t dm)
{
    return (int32_t)divide_nearest(dm * 328084, 1000000);
}

/* Adds a height with its weight. False: it counts, and is a void. */
static bool weigh(const tile *t, uint32_t row, uint32_t column, int64_t weight, int64_t *sum)
{
    if (weight == 0) {
        return true;
    }
    const int32_t m = height_m(t, row, column);
    *sum += m * weight;
    return m != VOID_M;
}

bool lee_terrain_height_ft(const lee_terrain *terrain, lee_point point, int32_t *out)
{
    assert(terrain && out);
    const int64_t north_e7 = (int64_t)point.lat_e7 + LEE_LAT_MAX_E7;
    const int64_t east_e7 = (int64_t)point.lon_e7 + LEE_LON_MAX_E7;
    const tile *const t = tile_at(terrain, north_e7 / DEGREE_E7, east_e7 / DEGREE_E7);
    if (!t) {
        return false;
    }
    /* In units of 1e-7 cells: from the north, where rows begin, and from the west. */
    const int64_t down = (DEGREE_E7 - north_e7 % DEGREE_E7) * t->cells;
    const int64_t along = east_e7 % DEGREE_E7 * t->cells;
    const uint32_t row = (uint32_t)(down / DEGREE_E7);
    const uint32_t column = (uint32_t)(along / DEGREE_E7);
    const int64_t y = down % DEGREE_E7;
    const int64_t x = along % DEGREE_E7;
    int64_t sum = 0;
    if (!weigh(t, row, column, (DEGREE_E7 - y) * (DEGREE_E7 - x), &sum) ||
        !weigh(t, row, column + 1, (DEGREE_E7 - y) * x, &sum) ||
        !weigh(t, row + 1, column, y * (DEGREE_E7 - x), &sum) ||
        !weigh(t, row + 1, column + 1, y * x, &sum)) {
        return false;
    }
    *out = feet_of_dm(divide_nearest(sum, DEGREE_E7 * DEGREE_E7 / 10));
    return true;
}

bool lee_terrain_range_ft(const lee_terrain *terrain, lee_box box, int32_t *min_ft, int32_t *max_ft)
{
    assert(terrain && min_ft && max_ft);
    assert(box.min.lat_e7 <= box.max.lat_e7 && box.min.lon_e7 <= box.max.lon_e7);
    const int64_t block_e7 = DEGREE_E7 / BLOCKS;
    const int64_t south = ((int64_t)box.min.lat_e7 + LEE_LAT_MAX_E7) / block_e7;
    const int64_t north = ((int64_t)box.max.lat_e7 + LEE_LAT_MAX_E7) / block_e7;
    const int64_t west = ((int64_t)box.min.lon_e7 + LEE_LON_MAX_E7) / block_e7;
    const int64_t east = ((int64_t)box.max.lon_e7 + LEE_LON_MAX_E7) / block_e7;
    int32_t least = INT16_MAX;
    int32_t most = INT16_MIN;
    for (int64_t r = south; r <= north; r++) {
        for (int64_t c = west; c <= east; c++) {
            const tile *const t = tile_at(terrain, r / BLOCKS, c / BLOCKS);
            const int64_t row = BLOCKS - 1 - r % BLOCKS;
            if (!t || t->min_m[row][c % BLOCKS] == VOID_M) {
                return false;
            }
            least = t->min_m[row][c % BLOCKS] < least ? t->min_m[row][c % BLOCKS] : least;
            most = t->max_m[row][c % BLOCKS] > most ? t->max_m[row][c % BLOCKS] : most;
        }
    }
    *min_ft = feet_of_dm((int64_t)least * 10);
    *max_ft = feet_of_dm((int64_t)most * 10);
    return true;
}

#include "geo/geoid.h"

#include <assert.h>

#include "geo/geoid_grid.h"

#define STEP_E7 INT64_C(20000000)
#define BLOCK_E7 INT64_C(100000000)

static int64_t divide_nearest(int64_t value, int64_t by)
{
    return value >= 0 ? (value + by / 2) / by : -((-value + by / 2) / by);
}

static int64_t height_dm(int64_t row, int64_t column)
{
    return lee__geoid_height_dm[row][column % LEE_GEOID_COLUMNS];
}

/* The last row and column of the poles and the antimeridian belong to the ones before. */
static int64_t cell_of(int64_t from_edge_e7, int64_t size_e7, int64_t count)
{
    const int64_t cell = from_edge_e7 / size_e7;
    return cell < count ? cell : count - 1;
}

static int32_t error_m(int64_t north_e7, int64_t east_e7)
{
    return lee__geoid_error_m[cell_of(north_e7, BLOCK_E7, LEE_GEOID_BLOCK_ROWS)]
                             [cell_of(east_e7, BLOCK_E7, LEE_GEOID_BLOCK_COLUMNS)];
}

lee_geoid lee_geoid_at(lee_point point)
{
    const int64_t north_e7 = (int64_t)point.lat_e7 + LEE_LAT_MAX_E7;
    const int64_t east_e7 = (int64_t)point.lon_e7 + LEE_LON_MAX_E7;
    assert(north_e7 >= 0 && north_e7 <= 2 * (int64_t)LEE_LAT_MAX_E7);
    assert(east_e7 >= 0 && east_e7 <= 2 * (int64_t)LEE_LON_MAX_E7);
    const int64_t row = cell_of(north_e7, STEP_E7, LEE_GEOID_ROWS - 1);
    const int64_t column = cell_of(east_e7, STEP_E7, LEE_GEOID_COLUMNS);
    const int64_t y = north_e7 - row * STEP_E7;
    const int64_t x = east_e7 - column * STEP_E7;
    const int64_t south = height_dm(row, column) * (STEP_E7 - x) + height_dm(row, column + 1) * x;
    const int64_t north =
        height_dm(row + 1, column) * (STEP_E7 - x) + height_dm(row + 1, column + 1) * x;
    const int64_t sum = south * (STEP_E7 - y) + north * y;
    return (lee_geoid){(int32_t)divide_nearest(sum, STEP_E7 * STEP_E7 * 10),
                       error_m(north_e7, east_e7)};
}

/* The next line of the grid, or the end before it. */
static int64_t next_line(int64_t at_e7, int64_t end_e7)
{
    const int64_t line_e7 = (at_e7 / STEP_E7 + 1) * STEP_E7;
    return line_e7 < end_e7 ? line_e7 : end_e7;
}

/* What is bilinear is greatest and least at corners: of the box, and where it crosses lines. */
lee_geoid lee_geoid_in(lee_box box)
{
    assert(box.min.lat_e7 <= box.max.lat_e7 && box.min.lon_e7 <= box.max.lon_e7);
    const int64_t south_e7 = (int64_t)box.min.lat_e7 + LEE_LAT_MAX_E7;
    const int64_t north_e7 = (int64_t)box.max.lat_e7 + LEE_LAT_MAX_E7;
    const int64_t west_e7 = (int64_t)box.min.lon_e7 + LEE_LON_MAX_E7;
    const int64_t east_e7 = (int64_t)box.max.lon_e7 + LEE_LON_MAX_E7;
    const lee_geoid middle =
        lee_geoid_at((lee_point){(int32_t)(((int64_t)box.min.lat_e7 + box.max.lat_e7) / 2),
                                 (int32_t)(((int64_t)box.min.lon_e7 + box.max.lon_e7) / 2)});
    int32_t least_m = middle.height_m;
    int32_t most_m = middle.height_m;
    int32_t worst_m = middle.error_m;
    for (int64_t lat = south_e7;; lat = next_line(lat, north_e7)) {
        for (int64_t lon = west_e7;; lon = next_line(lon, east_e7)) {
            const lee_geoid here = lee_geoid_at(
                (lee_point){(int32_t)(lat - LEE_LAT_MAX_E7), (int32_t)(lon - LEE_LON_MAX_E7)});
            least_m = here.height_m < least_m ? here.height_m : least_m;
            most_m = here.height_m > most_m ? here.height_m : most_m;
            worst_m = here.error_m > worst_m ? here.error_m : worst_m;
            if (lon == east_e7) {
                break;
            }
        }
        if (lat == north_e7) {
            break;
        }
    }
    const int32_t height_m = (least_m + most_m) / 2;
    const int32_t half_m =
        most_m - height_m > height_m - least_m ? most_m - height_m : height_m - least_m;
    return (lee_geoid){height_m, worst_m + half_m};
}

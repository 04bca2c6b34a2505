#include "geo/distance.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#include "geo/area.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef struct {
    lee_point from;
    lee_point to;
    int32_t track_deg_e3;
    int distance_m;
    double geodesic_m; /* between the rounded places */
} vector;

/* Made with GeographicLib 2.1 (Karney 2013), WGS 84. */
static const vector vectors[] = {
    {{-281867576, -1256942974}, {-281867486, -1256942974}, 0, 1, 0.997402},
    {{514038867, -1461131849}, {514038867, -1461131705}, 90000, 1, 1.002045},
    {{-740006946, -238875539}, {-740006856, -238875539}, 0, 1, 1.004474},
    {{81675606, -1587202178}, {81675606, -1587202087}, 90000, 1, 1.002800},
    {{209001465, 298788856}, {209003896, 298784806}, 302568, 50, 49.998527},
    {{-720657099, -1004105436}, {-720655431, -1004118933}, 291852, 50, 49.999753},
    {{-129377530, 146469188}, {-129377530, 146473796}, 90000, 50, 50.002205},
    {{-635110860, 256335809}, {-635106374, 256335809}, 0, 50, 50.005318},
    {{76391145, -1573959690}, {76391144, -1573869059}, 90000, 1000, 1000.004865},
    {{-5736808, 114192888}, {-5776298, 114112069}, 244109, 1000, 1000.000386},
    {{-221468230, -905664295}, {-221377922, -905664295}, 0, 1000, 1000.000336},
    {{119077936, 90707414}, {118987538, 90707286}, 180080, 1000, 999.997480},
    {{174334430, -1536476877}, {174333541, -1534594312}, 90000, 20000, 20000.004602},
    {{411425487, -1252855675}, {413226341, -1252855675}, 0, 20000, 19999.997562},
    {{739230533, -1520566264}, {739910635, -1526562384}, 292592, 20000, 19999.997086},
    {{-255804220, -539357804}, {-254792908, -541006106}, 304032, 20000, 19999.996420},
    {{-689979281, -1463054414}, {-681014139, -1463054414}, 0, 100000, 99999.999816},
    {{-702928916, 725371277}, {-697911518, 703624395}, 303010, 100000, 100000.001323},
    {{-344647149, -411150807}, {-335631857, -411150807}, 0, 100000, 100000.005006},
    {{705037707, -520329206}, {709173546, -496272928}, 61391, 100000, 100000.002197},
    {{-705672929, 965638759}, {-730967771, 1084655898}, 129821, 500000, 499999.998013},
    {{-174480475, 1337119107}, {-171739811, 1384066577}, 87223, 500000, 500000.001932},
    {{-157369190, -799779129}, {-142812458, -755763548}, 71788, 500000, 499999.994326},
    {{330234735, 1751281492}, {329088588, -1795247721}, 90000, 500000, 499999.997678},
    {{-558526551, -1165616177}, {-519360213, -866079203}, 90000, 2000000, 1999999.996013},
    {{-780699104, 1191936822}, {-695806526, -1794767709}, 95600, 2000000, 2000000.003685},
    {{-793450235, -291792596}, {-820569893, -1776444411}, 193595, 2000000, 2000000.005251},
    {{724956681, 685777166}, {895928627, -1114222834}, 0, 2000000, 2000000.001584},
    {{-69370044, 1335526204}, {216625608, 562429894}, 293219, 9000000, 8999999.997545},
    {{-163088591, -381167942}, {530428043, -870926873}, 332550, 9000000, 9000000.000570},
    {{-700403485, -1557548583}, {-84923540, -689562512}, 90000, 9000000, 9000000.000153},
    {{-624114712, 362618138}, {-79887037, 1219304041}, 90000, 9000000, 9000000.003623},
};

static void distances_are_within_the_stated_error_of_the_geodesic(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const vector v = vectors[i];
        const double error_m = fabs(lee_distance_m(v.from, v.to) - v.geodesic_m);
        if (error_m > 1e-5 * v.geodesic_m + 1e-3) {
            fail_msg("vector %zu: %.4f m off of %.4f", i, error_m, v.geodesic_m);
        }
        assert_true(lee_distance_m(v.to, v.from) == lee_distance_m(v.from, v.to));
    }
    assert_true(lee_distance_m(vectors[0].from, vectors[0].from) == 0.0);
}

static void the_antipode_is_half_the_way_round(void **state)
{
    (void)state;
    const double half_m = lee_distance_m((lee_point){0, 0}, (lee_point){0, 1800000000});
    assert_true(fabs(half_m - 20003931.0) < 0.006 * 20003931.0);
    const double poles_m = lee_distance_m((lee_point){900000000, 5}, (lee_point){-900000000, 77});
    assert_true(fabs(poles_m - 20003931.0) < 0.006 * 20003931.0);
}

static void going_ahead_arrives_where_the_geodesic_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const vector v = vectors[i];
        if (v.distance_m > 2000000) {
            continue;
        }
        const lee_point at = lee_point_ahead(v.from, v.track_deg_e3, v.distance_m);
        const double off_m = lee_distance_m(at, v.to);
        const double share = v.distance_m <= 100000 ? 3e-6 : 1e-4;
        if (off_m > share * v.distance_m + 0.02) {
            fail_msg("vector %zu: %.4f m off", i, off_m);
        }
    }
    const lee_point here = {123, 456};
    assert_int_equal(lee_point_ahead(here, 90000, 0.0).lon_e7, 456);
    assert_int_equal(lee_point_ahead(here, 90000, 0.0).lat_e7, 123);
}

static const lee_point square_points[] = {
    {500000000, 100000000}, {500000000, 110000000}, {510000000, 110000000}, {510000000, 100000000}};
static const lee_ring square_rings[] = {{square_points, 4}};
static const lee_area square = {square_rings, 1};

static void the_distance_to_an_area_is_that_to_its_nearest_edge_from_both_sides(void **state)
{
    (void)state;
    lee_point nearest;
    const lee_point west = {505000000, 99000000};
    assert_true(fabs(lee_area_distance_m(&square, west, &nearest) -
                     lee_distance_m(west, (lee_point){505000000, 100000000})) < 1.0);
    assert_int_equal(nearest.lon_e7, 100000000);
    const lee_point inside = {505000000, 101000000};
    assert_true(fabs(lee_area_distance_m(&square, inside, NULL) -
                     lee_distance_m(inside, (lee_point){505000000, 100000000})) < 1.0);
    const lee_point beyond_corner = {499000000, 99000000};
    assert_true(fabs(lee_area_distance_m(&square, beyond_corner, &nearest) -
                     lee_distance_m(beyond_corner, square_points[0])) < 1e-3);
    assert_int_equal(nearest.lat_e7, 500000000);
    assert_true(lee_area_distance_m(&square, (lee_point){500000000, 105000000}, NULL) < 0.02);
}

/* Sampling every edge finely must not find a place nearer than told, nor the told one be wrong by
 * more than the stated half per cent. */
static void no_sampled_place_on_an_edge_is_nearer(void **state)
{
    (void)state;
    const lee_point from[] = {
        {496000000, 92000000}, {512000000, 121000000}, {504000000, 106000000}};
    for (size_t k = 0; k < COUNT(from); k++) {
        double sampled_m = 1e30;
        for (int i = 0; i < 4; i++) {
            const lee_point a = square_points[i], b = square_points[(i + 1) % 4];
            for (int t = 0; t <= 5000; t++) {
                const lee_point p = {a.lat_e7 + (b.lat_e7 - a.lat_e7) / 5000 * t,
                                     a.lon_e7 + (b.lon_e7 - a.lon_e7) / 5000 * t};
                const double d = lee_distance_m(from[k], p);
                sampled_m = d < sampled_m ? d : sampled_m;
            }
        }
        const double told_m = lee_area_distance_m(&square, from[k], NULL);
        assert_true(told_m > sampled_m - 20.0);
        assert_true(told_m < sampled_m * 1.005);
    }
}

static void an_edge_beyond_the_antimeridian_is_near(void **state)
{
    (void)state;
    const lee_point points[] = {{0, -1800000000}, {10000000, -1800000000}, {10000000, -1790000000}};
    const lee_ring rings[] = {{points, 3}};
    const lee_area area = {rings, 1};
    lee_point nearest;
    const lee_point here = {5000000, 1799000000};
    assert_true(fabs(lee_area_distance_m(&area, here, &nearest) - 11131.5) < 1.0);
    assert_true(nearest.lon_e7 == -1800000000 || nearest.lon_e7 == 1800000000);
    assert_true(isinf(lee_area_distance_m(&(lee_area){NULL, 0}, here, NULL)));
}

static void a_grown_box_holds_everything_within_reach(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const vector v = vectors[i];
        if (v.distance_m > 2000000) {
            continue;
        }
        lee_box beyond;
        const lee_box box = lee_box_grow(lee_box_of(v.from), v.distance_m + 0.1, &beyond);
        for (int32_t track = 0; track < 360000; track += 5000) {
            const lee_box at = lee_box_of(lee_point_ahead(v.from, track, v.distance_m));
            assert_true(lee_box_meets(box, at) || lee_box_meets(beyond, at));
        }
        assert_true(box.max.lat_e7 - v.from.lat_e7 < v.distance_m * 91.0 + 30);
    }
}

static void a_grown_box_is_cut_at_the_antimeridian_and_wraps_the_poles(void **state)
{
    (void)state;
    lee_box beyond;
    lee_box box = lee_box_grow(lee_box_of((lee_point){0, 1799999000}), 1000.0, &beyond);
    assert_int_equal(box.max.lon_e7, 1800000000);
    assert_int_equal(beyond.min.lon_e7, -1800000000);
    assert_true(beyond.max.lon_e7 > -1799920000 && beyond.max.lon_e7 < -1799900000);
    box = lee_box_grow(lee_box_of((lee_point){899999000, 0}), 1000.0, &beyond);
    assert_int_equal(box.min.lon_e7, -1800000000);
    assert_int_equal(box.max.lon_e7, 1800000000);
    assert_int_equal(box.max.lat_e7, 900000000);
    assert_false(lee_box_meets(beyond, box));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_within_the_stated_error_of_the_geodesic),
        cmocka_unit_test(the_antipode_is_half_the_way_round),
        cmocka_unit_test(going_ahead_arrives_where_the_geodesic_does),
        cmocka_unit_test(the_distance_to_an_area_is_that_to_its_nearest_edge_from_both_sides),
        cmocka_unit_test(no_sampled_place_on_an_edge_is_nearer),
        cmocka_unit_test(an_edge_beyond_the_antimeridian_is_near),
        cmocka_unit_test(a_grown_box_holds_everything_within_reach),
        cmocka_unit_test(a_grown_box_is_cut_at_the_antimeridian_and_wraps_the_poles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Works in whole e7 degrees held in doubles (exact below 2^53), and every overlay is done by
 * OverlayNG on the grid of whole numbers, so that what comes out needs no rounding that could make
 * it cross itself again. */
#include "zone/shape_geos.h"

#include <assert.h>
#include <string.h>

#include <geos_c.h>

#include "base/alloc.h"

#define TURN_E7 (2 * (int64_t)LEE_LON_MAX_E7)

typedef struct {
    GEOSContextHandle_t geos;
    lee_shape *shape;
} bench;

static GEOSGeometry *make_ring(const bench *on, const lee_shape_part *part)
{
    const unsigned count = (unsigned)part->count;
    GEOSCoordSequence *sequence = GEOSCoordSeq_create_r(on->geos, count + 1, 2);
    if (!sequence) {
        return NULL;
    }
    for (unsigned i = 0; i <= count; i++) {
        const lee_wide_point point = on->shape->points[part->first + i % count];
        GEOSCoordSeq_setXY_r(on->geos, sequence, i, (double)point.lon_e7, (double)point.lat_e7);
    }
    return GEOSGeom_createLinearRing_r(on->geos, sequence);
}

static GEOSGeometry *make_plain_polygon(const bench *on, const lee_shape_part *part)
{
    GEOSGeometry *ring = make_ring(on, part);
    return ring ? GEOSGeom_createPolygon_r(on->geos, ring, NULL, 0) : NULL;
}

/* Every part of the polygon with its holes as GEOS holes; NULL when GEOS refuses. */
static GEOSGeometry *make_polygon(const bench *on, size_t first, size_t end, GEOSGeometry **holes)
{
    GEOSGeometry *shell = make_ring(on, &on->shape->rings[first]);
    if (!shell) {
        return NULL;
    }
    const size_t hole_count = end - first - 1;
    for (size_t i = 0; i < hole_count; i++) {
        holes[i] = make_ring(on, &on->shape->rings[first + 1 + i]);
        if (!holes[i]) {
            for (size_t j = 0; j < i; j++) {
                GEOSGeom_destroy_r(on->geos, holes[j]);
            }
            GEOSGeom_destroy_r(on->geos, shell);
            return NULL;
        }
    }
    return GEOSGeom_createPolygon_r(on->geos, shell, holes, (unsigned)hole_count);
}

static size_t polygon_end(const lee_shape *shape, size_t first)
{
    size_t end = first + 1;
    while (end < shape->ring_count && !shape->rings[end].is_outer) {
        end++;
    }
    return end;
}

/* Takes over *held, replacing it by the result; both operands are destroyed. */
static GEOSGeometry *overlay(const bench *on, GEOSGeometry *a, GEOSGeometry *b, bool is_union)
{
    GEOSGeometry *result = NULL;
    if (a && b) {
        result = is_union ? GEOSUnionPrec_r(on->geos, a, b, 1.0)
                          : GEOSDifferencePrec_r(on->geos, a, b, 1.0);
    }
    GEOSGeom_destroy_r(on->geos, a);
    GEOSGeom_destroy_r(on->geos, b);
    return result;
}

/* The area of one ring on the grid: even-odd where it crosses itself. */
static GEOSGeometry *valid_ring_area(const bench *on, const lee_shape_part *part)
{
    GEOSGeometry *polygon = make_plain_polygon(on, part);
    if (!polygon) {
        return NULL;
    }
    GEOSGeometry *valid = GEOSMakeValid_r(on->geos, polygon);
    GEOSGeom_destroy_r(on->geos, polygon);
    if (!valid) {
        return NULL;
    }
    /* MakeValid may leave lines beside the areas: overlay operations want one dimension. */
    GEOSGeometry *area = GEOSBuffer_r(on->geos, valid, 0, 1);
    GEOSGeom_destroy_r(on->geos, valid);
    if (!area) {
        return NULL;
    }
    GEOSGeometry *snapped = GEOSUnaryUnionPrec_r(on->geos, area, 1.0);
    GEOSGeom_destroy_r(on->geos, area);
    return snapped;
}

/* Outer ring less its holes; a hole that sticks out takes nothing from outside. */
static GEOSGeometry *valid_polygon_area(const bench *on, size_t first, size_t end)
{
    GEOSGeometry *area = valid_ring_area(on, &on->shape->rings[first]);
    for (size_t i = first + 1; i < end && area; i++) {
        area = overlay(on, area, valid_ring_area(on, &on->shape->rings[i]), false);
    }
    return area;
}

/* The union of all polygons, gathered first so that many parts cost one pass. */
static GEOSGeometry *united_area(const bench *on, GEOSGeometry **parts)
{
    const lee_shape *shape = on->shape;
    unsigned count = 0;
    for (size_t first = 0; first < shape->ring_count;) {
        const size_t end = polygon_end(shape, first);
        parts[count] = valid_polygon_area(on, first, end);
        if (!parts[count]) {
            for (unsigned i = 0; i < count; i++) {
                GEOSGeom_destroy_r(on->geos, parts[i]);
            }
            return NULL;
        }
        count++;
        first = end;
    }
    if (count == 1) {
        return parts[0];
    }
    GEOSGeometry *all =
        GEOSGeom_createCollection_r(on->geos, GEOS_GEOMETRYCOLLECTION, parts, count);
    if (!all) {
        return NULL;
    }
    GEOSGeometry *united = GEOSUnaryUnionPrec_r(on->geos, all, 1.0);
    GEOSGeom_destroy_r(on->geos, all);
    return united;
}

/* The whole shape as it stands, valid or not; NULL when GEOS will not hold it. */
static GEOSGeometry *plain_shape(const bench *on, GEOSGeometry **parts, GEOSGeometry **holes)
{
    unsigned count = 0;
    for (size_t first = 0; first < on->shape->ring_count;) {
        const size_t end = polygon_end(on->shape, first);
        parts[count] = make_polygon(on, first, end, holes);
        if (!parts[count]) {
            for (unsigned i = 0; i < count; i++) {
                GEOSGeom_destroy_r(on->geos, parts[i]);
            }
            return NULL;
        }
        count++;
        first = end;
    }
    return GEOSGeom_createCollection_r(on->geos, GEOS_MULTIPOLYGON, parts, count);
}

/* One piece for each turn of longitude that the area touches. */
static lee_error append_ring(const bench *on, const GEOSGeometry *ring, bool is_outer,
                             int64_t shift_e7)
{
    const GEOSCoordSequence *sequence = GEOSGeom_getCoordSeq_r(on->geos, ring);
    unsigned count = 0;
    if (!sequence || !GEOSCoordSeq_getSize_r(on->geos, sequence, &count) || count < 4) {
        return LEE_ERR_GEOMETRY;
    }
    on->shape->next_is_outer = is_outer;
    lee_shape_ring(on->shape);
    for (unsigned i = 0; i + 1 < count && on->shape->error == LEE_OK; i++) {
        double lon = 0;
        double lat = 0;
        GEOSCoordSeq_getXY_r(on->geos, sequence, i, &lon, &lat);
        lee_shape_point(on->shape, (int64_t)lat, (int64_t)lon - shift_e7);
    }
    return on->shape->error;
}

static lee_error append_polygon(const bench *on, const GEOSGeometry *polygon, int64_t shift_e7)
{
    if (GEOSisEmpty_r(on->geos, polygon)) {
        return LEE_OK;
    }
    lee_error error = append_ring(on, GEOSGetExteriorRing_r(on->geos, polygon), true, shift_e7);
    const int holes = GEOSGetNumInteriorRings_r(on->geos, polygon);
    for (int i = 0; i < holes && error == LEE_OK; i++) {
        error = append_ring(on, GEOSGetInteriorRingN_r(on->geos, polygon, i), false, shift_e7);
    }
    return error;
}

/* Results of overlays are polygons, multipolygons, or collections of those with lines: one level.
 */
static lee_error append_area(const bench *on, GEOSGeometry *area, int64_t shift_e7)
{
    GEOSNormalize_r(on->geos, area);
    const int count = GEOSGetNumGeometries_r(on->geos, area);
    lee_error error = LEE_OK;
    for (int i = 0; i < count && error == LEE_OK; i++) {
        const GEOSGeometry *part = GEOSGetGeometryN_r(on->geos, area, i);
        if (part && GEOSGeomTypeId_r(on->geos, part) == GEOS_POLYGON) {
            error = append_polygon(on, part, shift_e7);
        }
    }
    return error;
}

static GEOSGeometry *turn_piece(const bench *on, const GEOSGeometry *area, int64_t shift_e7)
{
    GEOSGeometry *window = GEOSGeom_createRectangle_r(
        on->geos, (double)(shift_e7 - LEE_LON_MAX_E7), -(double)LEE_LAT_MAX_E7,
        (double)(shift_e7 + LEE_LON_MAX_E7), (double)LEE_LAT_MAX_E7);
    if (!window) {
        return NULL;
    }
    GEOSGeometry *piece = GEOSIntersectionPrec_r(on->geos, area, window, 1.0);
    GEOSGeom_destroy_r(on->geos, window);
    return piece;
}

static lee_error replace_rings(const bench *on, GEOSGeometry *area, bool must_split)
{
    on->shape->ring_count = 0;
    on->shape->point_count = 0;
    if (!must_split) {
        return append_area(on, area, 0);
    }
    lee_error error = LEE_OK;
    for (int64_t shift_e7 = -TURN_E7 * 2; shift_e7 <= TURN_E7 * 2 && error == LEE_OK;
         shift_e7 += TURN_E7) {
        GEOSGeometry *piece = turn_piece(on, area, shift_e7);
        if (!piece) {
            return LEE_ERR_GEOMETRY;
        }
        error = append_area(on, piece, shift_e7);
        GEOSGeom_destroy_r(on->geos, piece);
    }
    return error;
}

static lee_error repair_with(const bench *on, bool must_split, GEOSGeometry **parts,
                             lee_shape_report *report)
{
    GEOSGeometry *plain = plain_shape(on, parts, parts + on->shape->ring_count);
    const bool valid = plain && GEOSisValid_r(on->geos, plain) == 1;
    GEOSGeom_destroy_r(on->geos, plain);
    if (valid && !must_split) {
        return LEE_OK;
    }
    if (!valid) {
        bool one = polygon_end(on->shape, 0) == on->shape->ring_count;
        report->repairs |= one ? LEE_SHAPE_CROSSING : LEE_SHAPE_OVERLAP;
    }
    GEOSGeometry *area = united_area(on, parts);
    if (!area) {
        return LEE_ERR_GEOMETRY;
    }
    const lee_error error = replace_rings(on, area, must_split);
    GEOSGeom_destroy_r(on->geos, area);
    if (error == LEE_OK && on->shape->ring_count == 0) {
        return LEE_ERR_GEOMETRY;
    }
    return error;
}

lee_error lee_shape_repair(lee_shape *shape, bool must_split, lee_shape_report *report)
{
    assert(shape && report);
    assert(shape->ring_count > 0);

    const GEOSContextHandle_t geos = GEOS_init_r();
    if (!geos) {
        return LEE_ERR_NO_MEMORY;
    }
    const bench on = {.geos = geos, .shape = shape};
    /* Parts and the holes of one part never need more than the rings there are, each. */
    GEOSGeometry **parts = lee_alloc(shape->ring_count * 2, sizeof(GEOSGeometry *));
    lee_error error = LEE_ERR_NO_MEMORY;
    if (parts) {
        error = repair_with(&on, must_split, parts, report);
        lee_free(parts);
    }
    GEOS_finish_r(geos);
    return error;
}

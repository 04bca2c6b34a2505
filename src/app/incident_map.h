/* app/incident_map.h: a zone and the positions of an incident, brought onto paper. */
#ifndef LEE_APP_INCIDENT_MAP_H
#define LEE_APP_INCIDENT_MAP_H

#include <stdbool.h>

#include <jansson.h>

#include "app/incident_file.h"

/* What is drawn, in degrees; nothing in it: is_empty. */
typedef struct {
    double west, south, east, north;
    bool is_empty;
} lee_map_box;

/* The zone in the text of zones (jansson); NULL: it is not in it. Borrowed. */
const json_t *lee_map_feature(const json_t *zones, const char *id);

/* Calls back for each ring of a zone's outline; `points` are its positions, longitude first. */
typedef void lee_map_ring_sink(void *context, const json_t *points);
void lee_map_rings(const json_t *feature, lee_map_ring_sink *sink, void *context);
/* The i-th position of a ring. */
void lee_map_position(const json_t *points, size_t i, double *lon, double *lat);

/* The box around zone and events. */
lee_map_box lee_map_box_of(const lee_incident_report *report, const json_t *feature);
/* Where a position lies in a square of side `size` with a margin, from its lower left corner. */
void lee_map_project(const lee_map_box *box, double size, double margin, double lon, double lat,
                     double *x, double *y);

#endif

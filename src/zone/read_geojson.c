#include "zone/readers.h"

#include <assert.h>
#include <string.h>

/* Where a foreign feature has its id, by age of the habit. */
static const char *foreign_id(lee_zone_import *import, const json_t *properties)
{
    static const char *const keys[] = {"id",         "identifier", "NOTAM_KEY",
                                       "iso_3166_2", "code_hasc",  "guid"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *id = lee_read_id(import, json_object_get(properties, keys[i]));
        if (id) {
            return id;
        }
    }
    const json_t *name = json_object_get(properties, "name");
    return json_is_string(name) ? lee_gather_slug(import, json_string_value(name)) : NULL;
}

static void label_feature(lee_zone_import *import, const json_t *feature, const json_t *properties)
{
    const json_t *sources[] = {
        json_object_get(feature, "id"),
        json_object_get(properties, "id"),
        json_object_get(properties, "name"),
    };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (json_is_string(sources[i])) {
            lee_gather_label(import, json_string_value(sources[i]), json_string_length(sources[i]));
            return;
        }
    }
}

/* A feature of our own says its kind; every other one is foreign, and what can be mapped is. */
static void read_feature(lee_zone_import *import, const json_t *feature, uint32_t line)
{
    lee_gather_begin(import, line);
    const json_t *properties = json_object_get(feature, "properties");
    label_feature(import, feature, properties);
    const char *type = json_string_value(json_object_get(feature, "type"));
    const bool is_own = json_object_get(properties, "kind") != NULL;
    const char *id = lee_read_id(import, json_object_get(feature, "id"));
    if (!type || strcmp(type, "Feature") != 0) {
        lee_gather_refuse(import, LEE_ERR_SYNTAX, "type", "it is not a Feature", NULL);
    } else {
        if (!id) {
            id = foreign_id(import, properties);
            if (is_own) {
                lee_gather_repair(import, "id", "no id: made from its properties", id);
            }
        }
        if (!id) {
            id = lee_gather_slug(import, "zone");
            lee_gather_repair(import, "id", "no id and no name: one was made", NULL);
        }
        import->draft.id = id;
        if (is_own) {
            lee_read_properties(import, properties);
        } else {
            lee_read_foreign(import, properties);
        }
        if (!import->refused) {
            const json_t *const geometry = json_object_get(feature, "geometry");
            const json_t *const moving = is_own ? json_object_get(properties, "moving") : NULL;
            if (moving) {
                (void)lee_read_moving(import, geometry, properties);
            } else {
                (void)lee_read_geometry(import, geometry, properties);
            }
        }
        if (!import->draft.name && id) {
            import->draft.name = lee_gather_json_text(import, id, strlen(id));
        }
    }
    const bool has_own_id = json_object_get(feature, "id") != NULL;
    lee_gather_end(import, !(is_own && has_own_id));
}

void lee_read_geojson(lee_zone_import *import, const json_t *root, lee_json_lines *lines)
{
    const json_t *features = json_object_get(root, "features");
    if (!features) {
        read_feature(import, root, 1);
        return;
    }
    const size_t count = json_array_size(features);
    for (size_t i = 0; i < count && import->error == LEE_OK; i++) {
        const json_t *feature = json_array_get(features, i);
        if (!json_is_object(feature)) {
            lee_gather_begin(import, import->line);
            lee_gather_refuse(import, LEE_ERR_SYNTAX, "type", "it is not a Feature", NULL);
            lee_gather_end(import, false);
            continue;
        }
        read_feature(import, feature, lee_json_lines_next(lines));
    }
}

/* zone/index_edit.h: exchanges one zone in the cells of a tile. */
#ifndef LEE_ZONE_INDEX_EDIT_H
#define LEE_ZONE_INDEX_EDIT_H

#include "zone/index.h"
#include "zone/index_mark.h"

typedef struct lee_cell_edit lee_cell_edit;

/* NULL: no memory. */
lee_cell_edit *lee__edit_create(uint32_t zone);
void lee__edit_free(lee_cell_edit *edit);

/* A draft of what the tile has; the edit's own until the next. NULL: no memory. */
lee_tile_draft *lee__edit_begin(lee_cell_edit *edit, const lee_tile *tile);

/* Takes the zone out of the cell, wherever it is in there, and puts it in as `passes` and `holds`
 * (of the cell's corner) say. The passes' edges are in the draft (lee__marks_place_edges). False:
 * no memory. */
bool lee__edit_cell(lee_cell_edit *edit, lee_cell cell, const lee_index_marks *marks,
                    const lee_edge_pass *passes, uint32_t pass_count, bool holds, uint32_t *entry);

/* Writes the list without the zone, or with it, to `out`, which has room for one more. */
void lee__list_exchange(const uint32_t *list, uint32_t zone, bool in, lee_words *out);

#endif

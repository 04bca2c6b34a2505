/* zone/set_tree.h: a tree of boxes, for finding those that meet a box.
 *
 * Packed bottom-up (Leutenegger, Edgington and Lopez 1997, sort-tile-recursive). A changed tree
 * shares all nodes with the one before it but those on the way to the change. */
#ifndef LEE_ZONE_SET_TREE_H
#define LEE_ZONE_SET_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "leeward/error.h"
#include "leeward/point.h"

typedef struct lee_box_tree lee_box_tree;

/* Over `count` boxes, which are copied. Boxes with min above max are left out. LEE_ERR_NO_MEMORY.
 */
LEE_CHECK_RESULT
lee_error lee_box_tree_build(const lee_box *boxes, uint32_t count, lee_box_tree **out);
void lee_box_tree_free(lee_box_tree *tree);

/* A new tree in which `number` has another box; either may have min above max: the number was not
 * there, or will not be. `old` stays, and may be in use meanwhile; both are freed in any order.
 * LEE_ERR_NO_MEMORY. */
LEE_CHECK_RESULT
lee_error lee_box_tree_change(const lee_box_tree *old, uint32_t number, lee_box old_box,
                              lee_box new_box, lee_box_tree **out);

/* Calls `visit` with the number of each box that meets `box`, in no particular order. */
typedef void lee_box_visit(void *context, uint32_t number);
void lee_box_tree_query(const lee_box_tree *tree, lee_box box, lee_box_visit *visit, void *context);

size_t lee_box_tree_bytes(const lee_box_tree *tree);

#endif

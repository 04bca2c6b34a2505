/* Operators' commands from hostile bytes: what is accepted is within its limits, what is refused
 * says why and changes nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "record/operation.h"

static void must(bool fact)
{
    if (!fact) {
        abort();
    }
}

/* Ended within its array, and UTF-8. */
static void check_text(const char *text, size_t size)
{
    const char *const end = memchr(text, '\0', size);
    must(end != NULL && lee_utf8_is_valid(text, (size_t)(end - text)));
}

static void check(const lee_operation *o, const char *text, size_t length)
{
    must((unsigned)o->op < LEE_OP_COUNT && lee_op_name(o->op)[0] != '\0');
    must(!o->has_for || (o->for_s >= 1 && o->for_s <= LEE_OPERATION_FOR_MAX_S));
    check_text(o->by, sizeof o->by);
    check_text(o->note, sizeof o->note);
    check_text(o->id, sizeof o->id);
    check_text(o->state, sizeof o->state);
    check_text(o->zone, sizeof o->zone);
    check_text(o->target.text, sizeof o->target.text);
    must(o->op != LEE_OP_INHIBIT || (o->has_for && o->id[0] != '\0'));
    /* There is no silence for all. */
    must(o->op != LEE_OP_INHIBIT || o->zone[0] != '\0' || o->target.text[0] != '\0');
    must(!o->permit || (o->permit >= text && o->permit_length <= length &&
                        (size_t)(o->permit - text) <= length - o->permit_length));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lee_operation operation;
    lee_operation before;
    lee_error_info why = {.code = LEE_OK};
    memset(&operation, 0x5A, sizeof operation);
    memcpy(&before, &operation, sizeof before);
    const char *const text = (const char *)data;
    const lee_error error = lee_operation_read(text, size, &operation, &why);
    if (error == LEE_OK) {
        check(&operation, text, size);
    } else {
        must(why.code == error && why.field && why.reason);
        must(memcmp(&operation, &before, sizeof before) == 0);
    }
    return 0;
}

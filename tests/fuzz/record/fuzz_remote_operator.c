/* What a parser may say of operators, from hostile bytes: what is accepted is within its ranges and
 * is written back as it is; what is refused changes nothing. */
#include <stdlib.h>
#include <string.h>

#include "leeward/point.h"
#include "record/remote_operator.h"

static void must(bool fact)
{
    if (!fact) {
        abort();
    }
}

static void check(const lee_remote_operator *said)
{
    lee_target target;
    must(lee_remote_operator_is_known(said));
    must(lee_target_parse(said->target.text, strlen(said->target.text), &target));
    must(!said->has_alt || said->has_position);
    must(!said->has_position ||
         (said->lat_e7 >= -LEE_LAT_MAX_E7 && said->lat_e7 <= LEE_LAT_MAX_E7 &&
          said->lon_e7 >= -LEE_LON_MAX_E7 && said->lon_e7 <= LEE_LON_MAX_E7));
    must(memchr(said->id, '\0', sizeof said->id) != NULL);
}

static void round_trip(const lee_remote_operator *said)
{
    lee_remote_operator back;
    lee_buffer first, second;
    lee_buffer_init(&first, LEE_REMOTE_OPERATOR_MAX_BYTES);
    lee_buffer_init(&second, LEE_REMOTE_OPERATOR_MAX_BYTES);
    lee_remote_operator_write(said, &first);
    must(first.error == LEE_OK);
    must(lee_remote_operator_read((const char *)first.bytes, first.length, &back) == LEE_OK);
    lee_remote_operator_write(&back, &second);
    must(first.length == second.length && memcmp(first.bytes, second.bytes, first.length) == 0);
    lee_buffer_free(&first);
    lee_buffer_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lee_remote_operator said;
    lee_remote_operator before;
    memset(&said, 0x5A, sizeof said);
    memcpy(&before, &said, sizeof before);
    if (lee_remote_operator_read((const char *)data, size, &said) == LEE_OK) {
        check(&said);
        round_trip(&said);
    } else {
        must(memcmp(&said, &before, sizeof before) == 0);
    }
    return 0;
}

/* What is said of operators, for those who ask to keep it sealed (decode/remote_id.h). Frames are
 * the same whether anybody asks or not. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "decode/deframe_internal.h"
#include "decode/remote_id.h"

enum { SYSTEM = 4, OPERATOR_ID = 5 };

#define ID_BYTES 20

struct lee__rid_operators {
    lee_remote_operator_sink *sink;
    void *context;
    lee_remote_operator said; /* of the packet or object that is being read */
    /* A transmitter says who it is and who flies it in packets of their own. These are the
     * decoder's names as far as this stream gives them. */
    lee__rid_names names;
};

lee_error lee__deframe_keep_operators(lee_deframer *deframer, lee_remote_operator_sink *sink,
                                      void *context)
{
    assert(deframer && sink && !deframer->rid_operators);
    if (deframer->format != LEE_FORMAT_REMOTE_ID) {
        return LEE_OK;
    }
    deframer->rid_operators = lee_alloc(1, sizeof *deframer->rid_operators);
    if (!deframer->rid_operators) {
        return LEE_ERR_NO_MEMORY;
    }
    deframer->rid_operators->sink = sink;
    deframer->rid_operators->context = context;
    return LEE_OK;
}

void lee__rid_operators_free(lee__rid_operators *operators)
{
    lee_free(operators);
}

lee_remote_operator *lee__rid_operator_begin(lee_deframer *deframer)
{
    if (!deframer->rid_operators) {
        return NULL;
    }
    memset(&deframer->rid_operators->said, 0, sizeof deframer->rid_operators->said);
    return &deframer->rid_operators->said;
}

lee_operator_location lee__rid_operator_location(uint64_t code)
{
    return code < LEE_OPERATOR_LOCATION_COUNT - 1 ? (lee_operator_location)(code + 1)
                                                  : LEE_OPERATOR_LOCATION_UNKNOWN;
}

/* F3411-22a tables 8 and 9. */
void lee__rid_operator_message(const uint8_t *message, lee_remote_operator *said)
{
    const uint8_t type = message[0] >> 4;
    if (type == OPERATOR_ID) {
        lee_remote_operator_put_id(said, message + 2, ID_BYTES);
    }
    if (type != SYSTEM) {
        return;
    }
    lee_bytes in;
    lee_bytes_init(&in, message + 2, LEE_RID_MESSAGE_BYTES - 2);
    const int32_t lat_e7 = (int32_t)lee_bytes_u32_le(&in);
    const int32_t lon_e7 = (int32_t)lee_bytes_u32_le(&in);
    const int64_t alt = message[18] | (int64_t)message[19] << 8;
    said->location = lee__rid_operator_location(message[1] & 3);
    lee_remote_operator_put_place(said, lat_e7, lon_e7);
    lee_remote_operator_put_alt(said, alt * 5 - 10000);
}

void lee__rid_operator_give(lee_deframer *deframer, const lee_frame *frame)
{
    lee__rid_operators *const operators = deframer->rid_operators;
    if (!operators) {
        return;
    }
    lee_report report = {.t_us = frame->t_us};
    lee_error_info why;
    const lee_decode_result result = lee__rid_decode(&operators->names, frame, &report, &why);
    lee_remote_operator *const said = &operators->said;
    if (result != LEE_DECODED_REFUSED && report.target.text[0] != '\0' &&
        lee_remote_operator_is_known(said)) {
        said->t_us = frame->t_us;
        said->feed = frame->feed;
        said->target = report.target;
        operators->sink(operators->context, said);
    }
    memset(said, 0, sizeof *said);
}

/* An archive from outside: lee_bundle_open must refuse or give records that can be walked. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "journal/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lee_bundle bundle;
    const lee_error error = lee_bundle_open(data, size, NULL, &bundle);
    if (error == LEE_OK) {
        size_t at = 0;
        uint64_t index = bundle.first;
        lee_record record;
        while (lee_bundle_next(&bundle, &at, &index, &record)) {
        }
        if (index != bundle.end) {
            abort();
        }
    } else if (error == LEE_ERR_CORRUPT && !bundle.reason) {
        abort();
    }
    lee_bundle_close(&bundle);
    return 0;
}

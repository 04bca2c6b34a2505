/* Time stamp responses out of hostile bytes. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/witness.h"
#include "outlet/stamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint64_t nonce = 1;
    lee_stamp_wanted wanted = {.digest = lee_digest_of("hello", 5)};
    uint64_t t_s = UINT64_MAX;
    const char *reason = NULL;
    const lee_error error = lee_stamp_check(data, size, &wanted, &t_s, &reason);
    /* Without a trusted certificate anybody can make one, but only of these bytes. */
    assert((error == LEE_OK) == (t_s != UINT64_MAX));
    assert(error == LEE_OK ? lee_stamp_is_of(data, size, &wanted.digest) : reason != NULL);
    wanted.nonce = &nonce;
    const lee_error strict = lee_stamp_check(data, size, &wanted, &t_s, &reason);
    assert(error == LEE_OK || strict != LEE_OK);
    return 0;
}

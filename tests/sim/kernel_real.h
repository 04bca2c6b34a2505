/* sim/kernel_real.h: whether a call is simulated, and the C library's own. */
#ifndef LEE_TESTS_SIM_KERNEL_REAL_H
#define LEE_TESTS_SIM_KERNEL_REAL_H

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>

#include "sim/kernel_private.h"

static inline void *sim__real_of(void **place, const char *name)
{
    if (!*place) {
        *place = dlsym(RTLD_NEXT, name);
        assert(*place);
    }
    return *place;
}
#define REAL(name)                                                                                 \
    static void *real_place;                                                                       \
    __typeof__(&name) real = (__typeof__(&name))sim__real_of(&real_place, #name)

static inline bool sim__is_simulated(void)
{
    return sim__current != NULL;
}

static inline int sim__fail(int error)
{
    errno = error;
    return -1;
}

static inline sim_host *sim__host_now(void)
{
    return sim__current->host;
}

/* A look at the clock takes a microsecond, or who waits for it to move would wait for ever. */
int64_t sim__tick_us(void);

#endif

/* What a path meets in a fan, for processors with AVX2: eight edges at once. (fan_see.h) */
#include "zone/fan.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define SEE_LANES 8
#define SEE_TARGET __attribute__((target("avx2,popcnt,bmi,bmi2")))
#define SEE_SIGNS(v) ((uint32_t)_mm256_movemask_ps((__m256)(v)))
#define SEE_SIGNS_4(v) ((uint32_t)_mm_movemask_ps((__m128)(v)))

#include "zone/fan_see.h"

SEE_TARGET bool lee__fan_see_avx2(const lee_fan *fan, const lee_zone_path *p, lee_fan_sight *s)
{
    return see_path(fan, p, s);
}

#else

bool lee__fan_see_avx2(const lee_fan *fan, const lee_zone_path *p, lee_fan_sight *s)
{
    return lee__fan_see(fan, p, s);
}

#endif

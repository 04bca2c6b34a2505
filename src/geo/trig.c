#include "geo/trig.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

/* pi/2 in three parts (Cody and Waite 1980). The first two have 33 significant bits, so that their
 * products with a quadrant number below 2^20 are exact. */
static const double half_pi_high = 0x1.921fb544p+0;
static const double half_pi_middle = 0x1.0b4611a6p-34;
static const double half_pi_low = 0x1.3198a2e037073p-69;

/* Taylor's series: on +-pi/4 the first term left out is below 1e-19. */
static inline double sin_near_zero(double x)
{
    const double z = x * x;
    double sum = 1.0 / 355687428096000.0;
    sum = sum * z - 1.0 / 1307674368000.0;
    sum = sum * z + 1.0 / 6227020800.0;
    sum = sum * z - 1.0 / 39916800.0;
    sum = sum * z + 1.0 / 362880.0;
    sum = sum * z - 1.0 / 5040.0;
    sum = sum * z + 1.0 / 120.0;
    sum = sum * z - 1.0 / 6.0;
    return x + x * z * sum;
}

static inline double cos_near_zero(double x)
{
    const double z = x * x;
    double sum = 1.0 / 20922789888000.0;
    sum = sum * z - 1.0 / 87178291200.0;
    sum = sum * z + 1.0 / 479001600.0;
    sum = sum * z - 1.0 / 3628800.0;
    sum = sum * z + 1.0 / 40320.0;
    sum = sum * z - 1.0 / 720.0;
    sum = sum * z + 1.0 / 24.0;
    return (1.0 - 0.5 * z) + z * z * sum;
}

/* Takes whole quarter turns away; *rest is within +-pi/4 and a hair. Returns the quadrant 0..3. */
static inline int reduce(double x_rad, double *rest)
{
    assert(x_rad >= -LEE_TRIG_MAX_RAD && x_rad <= LEE_TRIG_MAX_RAD);
    const double turns = x_rad * (2.0 / LEE_PI);
    const long quarter = (long)(turns + (turns < 0 ? -0.5 : 0.5));
    const double n = (double)quarter;
    *rest = ((x_rad - n * half_pi_high) - n * half_pi_middle) - n * half_pi_low;
    return (int)(quarter & 3);
}

double lee_sin(double x_rad)
{
    double rest;
    switch (reduce(x_rad, &rest)) {
    case 0:
        return sin_near_zero(rest);
    case 1:
        return cos_near_zero(rest);
    case 2:
        return -sin_near_zero(rest);
    default:
        return -cos_near_zero(rest);
    }
}

double lee_cos(double x_rad)
{
    double rest;
    switch (reduce(x_rad, &rest)) {
    case 0:
        return cos_near_zero(rest);
    case 1:
        return -sin_near_zero(rest);
    case 2:
        return -cos_near_zero(rest);
    default:
        return sin_near_zero(rest);
    }
}

void lee_sin_cos(double x_rad, double *sine, double *cosine)
{
    double rest;
    const int quarter = reduce(x_rad, &rest);
    const double s = sin_near_zero(rest);
    const double c = cos_near_zero(rest);
    const bool swaps = quarter & 1;
    const double of_sine = swaps ? c : s;
    const double of_cosine = swaps ? s : c;
    *sine = quarter >= 2 ? -of_sine : of_sine;
    *cosine = quarter == 1 || quarter == 2 ? -of_cosine : of_cosine;
}

double lee_tan(double x_rad)
{
    return lee_sin(x_rad) / lee_cos(x_rad);
}

/* The angle is halved twice by atan x = 2 atan(x / (1 + sqrt(1 + x^2))), which brings 0..1 to
 * 0..0.199, where the alternating series needs twelve terms. */
static double atan_unit(double x)
{
    assert(x >= 0.0 && x <= 1.0);
    x = x / (1.0 + sqrt(1.0 + x * x));
    x = x / (1.0 + sqrt(1.0 + x * x));
    const double z = x * x;
    double sum = 0.0;
    for (int odd = 23; odd >= 3; odd -= 2) {
        sum = 1.0 / odd - sum * z;
    }
    return 4.0 * (x - x * z * sum);
}

double lee_atan2(double y, double x)
{
    const double width = x < 0 ? -x : x;
    const double height = y < 0 ? -y : y;
    if (width == 0.0 && height == 0.0) {
        return 0.0;
    }
    double angle =
        height <= width ? atan_unit(height / width) : LEE_PI / 2.0 - atan_unit(width / height);
    if (x < 0) {
        angle = LEE_PI - angle;
    }
    return y < 0 ? -angle : angle;
}

double lee_asin(double x)
{
    if (x >= 1.0) {
        return LEE_PI / 2.0;
    }
    if (x <= -1.0) {
        return -LEE_PI / 2.0;
    }
    return lee_atan2(x, sqrt((1.0 - x) * (1.0 + x)));
}

double lee_acos(double x)
{
    if (x >= 1.0) {
        return 0.0;
    }
    if (x <= -1.0) {
        return LEE_PI;
    }
    return lee_atan2(sqrt((1.0 - x) * (1.0 + x)), x);
}

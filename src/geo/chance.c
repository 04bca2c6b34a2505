#include "geo/chance.h"

#include <assert.h>

/* Beyond this nothing is left that a double holds. */
#define EXP_MAX 700.0

double lee_exp_minus(double x)
{
    assert(x >= 0.0);
    if (x >= EXP_MAX) {
        return 0.0;
    }
    /* e^-x = (e^-(x/2^k))^(2^k), with the inner argument below 1/8, where ten terms of the series
     * leave less than 1e-17. Most that is asked is below 8: then k is 6, and no loop is guessed. */
    int halvings = 6;
    double inner = x * (1.0 / 64.0);
    for (; inner > 0.125; inner *= 0.5) {
        halvings++;
    }
    static const double inverse[] = {1.0,       1.0 / 2.0, 1.0 / 3.0, 1.0 / 4.0, 1.0 / 5.0,
                                     1.0 / 6.0, 1.0 / 7.0, 1.0 / 8.0, 1.0 / 9.0, 1.0 / 10.0};
    double sum = 1.0;
#pragma GCC unroll 10
    for (int term = 9; term >= 0; term--) {
        sum = 1.0 - inner * sum * inverse[term];
    }
    sum *= sum;
    sum *= sum;
    sum *= sum;
    sum *= sum;
    sum *= sum;
    sum *= sum;
    for (; halvings > 6; halvings--) {
        sum *= sum;
    }
    return sum;
}

double lee_normal_below(double x)
{
    const double far = x < 0.0 ? -x : x;
    const double t = 1.0 / (1.0 + 0.2316419 * far);
    const double sum =
        t * (0.319381530 +
             t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    const double inverse_root_of_two_pi = 0.39894228040143267794;
    const double above =
        far > 38.0 ? 0.0 : inverse_root_of_two_pi * lee_exp_minus(far * far / 2.0) * sum;
    return x < 0.0 ? above : 1.0 - above;
}

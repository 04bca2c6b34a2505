/* geo/trig.h: trigonometry that gives the same bits on every machine.
 *
 * The C library's functions differ between versions and processors in the last bit, and a decision
 * must not. These use only + - * / and sqrt, which IEEE 754 rounds exactly, with polynomials of
 * our own. Absolute error is below 1e-12 against the true value (tests/unit/geo/test_trig.c); for
 * lee_tan it is relative. No infinities or NaN in. */
#ifndef LEE_GEO_TRIG_H
#define LEE_GEO_TRIG_H

#define LEE_PI 3.14159265358979323846
#define LEE_RADIANS_PER_DEGREE (LEE_PI / 180.0)
#define LEE_DEGREES_PER_RADIAN (180.0 / LEE_PI)
#define LEE_RADIANS_PER_E7 (LEE_PI / 1800000000.0)
#define LEE_E7_PER_RADIAN (1800000000.0 / LEE_PI)

/* |x| at most LEE_TRIG_MAX_RAD, so that the reduction by multiples of pi/2 stays exact enough. */
#define LEE_TRIG_MAX_RAD 100000.0
double lee_sin(double x_rad);
double lee_cos(double x_rad);
double lee_tan(double x_rad);
/* Both at once: the same bits as the two. */
void lee_sin_cos(double x_rad, double *sine, double *cosine);

/* The angle of the vector (x, y) in radians, -pi..pi; 0 for the zero vector. */
double lee_atan2(double y, double x);

/* x in -1..1; values outside by rounding are taken as the limit. */
double lee_asin(double x);
double lee_acos(double x);

#endif

/* geo/chance.h: exponentials and the normal distribution, the same bits on every machine.
 *
 * As geo/trig.h: only + - * /, which IEEE 754 rounds exactly. */
#ifndef LEE_GEO_CHANCE_H
#define LEE_GEO_CHANCE_H

/* e to the power of -x, for x >= 0; 0 from 700 on. Relative error below 1e-11. */
double lee_exp_minus(double x);

/* The share of a normal distribution of mean 0 and deviation 1 that lies below x. Absolute error
 * below 1e-7 (Abramowitz and Stegun 1964, 7.1.26 in its form for the normal integral, 26.2.17). */
double lee_normal_below(double x);

#endif

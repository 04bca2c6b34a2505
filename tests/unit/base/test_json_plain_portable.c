/* The same tests of the path that processors without SSE2 take: there is no quick way. */
#undef __SSE2__
#include "unit/base/test_json_plain.c"

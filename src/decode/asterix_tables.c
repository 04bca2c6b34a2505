/* The items of each category in the order of its user application profile (UAP), as in parts 1 to
 * 21 of EUROCONTROL-SPEC-0149: 001 edition 1.4, 002 1.2, 020 1.11, 021 0.26 and 2.7, 034 1.29,
 * 048 1.32, 062 1.21, 065 1.6. Earlier editions of these have the same structure. */
#include "decode/asterix.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A leading 1, because a number that begins with 0 is octal. */
#define ITEM(category, id, kind, size)                                                             \
    {                                                                                              \
        1##id - 1000, "I" category "/" #id, kind, size, NULL, 0                                    \
    }
#define FIXED(id, size) ITEM(CATEGORY, id, LEE_ASTERIX_FIXED, size)
#define EXTENDED(id, size) ITEM(CATEGORY, id, LEE_ASTERIX_EXTENDED, size)
#define REPEATED(id, size) ITEM(CATEGORY, id, LEE_ASTERIX_REPEATED, size)
#define COMPOUND(id, list)                                                                         \
    {                                                                                              \
        1##id - 1000, "I" CATEGORY "/" #id, LEE_ASTERIX_COMPOUND, 0, list, COUNT(list)             \
    }
#define SPARE                                                                                      \
    {                                                                                              \
        0, "an unused item", LEE_ASTERIX_SPARE, 0, NULL, 0                                         \
    }
#define RE                                                                                         \
    {                                                                                              \
        LEE_ASTERIX_RE, "I" CATEGORY "/RE", LEE_ASTERIX_EXPLICIT, 0, NULL, 0                       \
    }
#define SP                                                                                         \
    {                                                                                              \
        LEE_ASTERIX_SP, "I" CATEGORY "/SP", LEE_ASTERIX_EXPLICIT, 0, NULL, 0                       \
    }
#define RFS                                                                                        \
    {                                                                                              \
        LEE_ASTERIX_RFS, "I" CATEGORY "/RFS", LEE_ASTERIX_RANDOM_ORDER, 0, NULL, 0                 \
    }
/* Parts of compound items. */
#define PART(name, size)                                                                           \
    {                                                                                              \
        0, name, LEE_ASTERIX_FIXED, size, NULL, 0                                                  \
    }
#define PART_REPEATED(name, size)                                                                  \
    {                                                                                              \
        0, name, LEE_ASTERIX_REPEATED, size, NULL, 0                                               \
    }
#define PART_EXTENDED(name)                                                                        \
    {                                                                                              \
        0, name, LEE_ASTERIX_EXTENDED, 1, NULL, 0                                                  \
    }

#define CATEGORY "001"
static const lee_asterix_item items_001_plot[] = {
    FIXED(010, 2), EXTENDED(020, 1),
    FIXED(040, 4), FIXED(070, 2),
    FIXED(090, 2), EXTENDED(130, 1),
    FIXED(141, 2), FIXED(050, 2),
    FIXED(120, 1), FIXED(131, 1),
    FIXED(080, 2), FIXED(100, 4),
    FIXED(060, 2), EXTENDED(030, 1),
    FIXED(150, 1), SPARE,
    SPARE,         SPARE,
    SPARE,         SP,
    RFS,
};
static const lee_asterix_item items_001_track[] = {
    FIXED(010, 2), EXTENDED(020, 1), FIXED(161, 2),    FIXED(040, 4),    FIXED(042, 4),
    FIXED(200, 4), FIXED(070, 2),    FIXED(090, 2),    FIXED(141, 2),    EXTENDED(130, 1),
    FIXED(131, 1), FIXED(120, 1),    EXTENDED(170, 1), EXTENDED(210, 1), FIXED(050, 2),
    FIXED(080, 2), FIXED(100, 4),    FIXED(060, 2),    EXTENDED(030, 1), SP,
    RFS,           FIXED(150, 1),
};
#undef CATEGORY

#define CATEGORY "002"
static const lee_asterix_item items_002[] = {
    FIXED(010, 2),
    FIXED(000, 1),
    FIXED(020, 1),
    FIXED(030, 3),
    FIXED(041, 2),
    EXTENDED(050, 1),
    EXTENDED(060, 1),
    REPEATED(070, 2),
    FIXED(100, 8),
    FIXED(090, 2),
    EXTENDED(080, 1),
    SPARE,
    SP,
    RFS,
};
#undef CATEGORY

#define CATEGORY "020"
static const lee_asterix_item parts_020_500[] = {PART("I020/500 DOP", 6), PART("I020/500 SDP", 6),
                                                 PART("I020/500 SDH", 2)};
static const lee_asterix_item items_020[] = {
    FIXED(010, 2),
    EXTENDED(020, 1),
    FIXED(140, 3),
    FIXED(041, 8),
    FIXED(042, 6),
    FIXED(161, 2),
    EXTENDED(170, 1),
    FIXED(070, 2),
    FIXED(202, 4),
    FIXED(090, 2),
    FIXED(100, 4),
    FIXED(220, 3),
    FIXED(245, 7),
    FIXED(110, 2),
    FIXED(105, 2),
    FIXED(210, 2),
    FIXED(300, 1),
    FIXED(310, 1),
    COMPOUND(500, parts_020_500),
    REPEATED(400, 1),
    REPEATED(250, 8),
    FIXED(230, 2),
    FIXED(260, 7),
    EXTENDED(030, 1),
    FIXED(055, 1),
    FIXED(050, 2),
    RE,
    SP,
};
#undef CATEGORY

#define CATEGORY "021"
static const lee_asterix_item parts_021_220[] = {PART("I021/220 WS", 2), PART("I021/220 WD", 2),
                                                 PART("I021/220 TMP", 2), PART("I021/220 TRB", 1)};
static const lee_asterix_item parts_021_110[] = {PART_EXTENDED("I021/110 TIS"),
                                                 PART_REPEATED("I021/110 TID", 15)};
static const lee_asterix_item items_021_0_26[] = {
    FIXED(010, 2),
    FIXED(040, 2),
    FIXED(030, 3),
    FIXED(130, 8),
    FIXED(080, 3),
    FIXED(140, 2),
    FIXED(090, 2),
    FIXED(210, 1),
    FIXED(230, 2),
    FIXED(145, 2),
    FIXED(150, 2),
    FIXED(151, 2),
    FIXED(152, 2),
    FIXED(155, 2),
    FIXED(157, 2),
    FIXED(160, 4),
    EXTENDED(165, 1),
    FIXED(170, 6),
    FIXED(095, 1),
    FIXED(032, 1),
    FIXED(200, 1),
    FIXED(020, 1),
    COMPOUND(220, parts_021_220),
    FIXED(146, 2),
    FIXED(148, 2),
    COMPOUND(110, parts_021_110),
    FIXED(070, 2),
    FIXED(131, 1),
    SPARE,
    SPARE,
    SPARE,
    SPARE,
    SPARE,
    RE,
    SP,
};
#define AGE(name) PART("I021/295 " name, 1)
static const lee_asterix_item parts_021_295[] = {
    AGE("AOS"), AGE("TRD"), AGE("M3A"), AGE("QI"),  AGE("TI1"), AGE("MAM"), AGE("GH"),  AGE("FL"),
    AGE("SAL"), AGE("FSA"), AGE("AS"),  AGE("TAS"), AGE("MH"),  AGE("BVR"), AGE("GVR"), AGE("GV"),
    AGE("TAR"), AGE("TI2"), AGE("TS"),  AGE("MET"), AGE("ROA"), AGE("ARA"), AGE("SCC")};
#undef AGE
static const lee_asterix_item items_021[] = {
    FIXED(010, 2),
    EXTENDED(040, 1),
    FIXED(161, 2),
    FIXED(015, 1),
    FIXED(071, 3),
    FIXED(130, 6),
    FIXED(131, 8),
    FIXED(072, 3),
    FIXED(150, 2),
    FIXED(151, 2),
    FIXED(080, 3),
    FIXED(073, 3),
    FIXED(074, 4),
    FIXED(075, 3),
    FIXED(076, 4),
    FIXED(140, 2),
    EXTENDED(090, 1),
    FIXED(210, 1),
    FIXED(070, 2),
    FIXED(230, 2),
    FIXED(145, 2),
    FIXED(152, 2),
    FIXED(200, 1),
    FIXED(155, 2),
    FIXED(157, 2),
    FIXED(160, 4),
    FIXED(165, 2),
    FIXED(077, 3),
    FIXED(170, 6),
    FIXED(020, 1),
    COMPOUND(220, parts_021_220),
    FIXED(146, 2),
    FIXED(148, 2),
    COMPOUND(110, parts_021_110),
    FIXED(016, 1),
    FIXED(008, 1),
    EXTENDED(271, 1),
    FIXED(132, 1),
    REPEATED(250, 8),
    FIXED(260, 7),
    FIXED(400, 1),
    COMPOUND(295, parts_021_295),
    SPARE,
    SPARE,
    SPARE,
    SPARE,
    SPARE,
    RE,
    SP,
};
#undef CATEGORY

#define CATEGORY "034"
static const lee_asterix_item parts_034_050[] = {
    PART("I034/050 COM", 1), SPARE, SPARE, PART("I034/050 PSR", 1), PART("I034/050 SSR", 1),
    PART("I034/050 MDS", 2)};
static const lee_asterix_item parts_034_060[] = {
    PART("I034/060 COM", 1), SPARE, SPARE, PART("I034/060 PSR", 1), PART("I034/060 SSR", 1),
    PART("I034/060 MDS", 1)};
static const lee_asterix_item items_034[] = {
    FIXED(010, 2),
    FIXED(000, 1),
    FIXED(030, 3),
    FIXED(020, 1),
    FIXED(041, 2),
    COMPOUND(050, parts_034_050),
    COMPOUND(060, parts_034_060),
    REPEATED(070, 2),
    FIXED(100, 8),
    FIXED(110, 1),
    FIXED(120, 8),
    FIXED(090, 2),
    RE,
    SP,
};
#undef CATEGORY

#define CATEGORY "048"
static const lee_asterix_item parts_048_130[] = {PART("I048/130 SRL", 1), PART("I048/130 SRR", 1),
                                                 PART("I048/130 SAM", 1), PART("I048/130 PRL", 1),
                                                 PART("I048/130 PAM", 1), PART("I048/130 RPD", 1),
                                                 PART("I048/130 APD", 1)};
static const lee_asterix_item parts_048_120[] = {PART("I048/120 CAL", 2),
                                                 PART_REPEATED("I048/120 RDS", 6)};
static const lee_asterix_item items_048[] = {
    FIXED(010, 2),
    FIXED(140, 3),
    EXTENDED(020, 1),
    FIXED(040, 4),
    FIXED(070, 2),
    FIXED(090, 2),
    COMPOUND(130, parts_048_130),
    FIXED(220, 3),
    FIXED(240, 6),
    REPEATED(250, 8),
    FIXED(161, 2),
    FIXED(042, 4),
    FIXED(200, 4),
    EXTENDED(170, 1),
    FIXED(210, 4),
    EXTENDED(030, 1),
    FIXED(080, 2),
    FIXED(100, 4),
    FIXED(110, 2),
    COMPOUND(120, parts_048_120),
    FIXED(230, 2),
    FIXED(260, 7),
    FIXED(055, 1),
    FIXED(050, 2),
    FIXED(065, 1),
    FIXED(060, 2),
    SP,
    RE,
};
#undef CATEGORY

#define CATEGORY "062"
#define D(name, size) PART("I062/380 " name, size)
static const lee_asterix_item parts_062_380[] = {D("ADR", 3),
                                                 D("ID", 6),
                                                 D("MHG", 2),
                                                 D("IAS", 2),
                                                 D("TAS", 2),
                                                 D("SAL", 2),
                                                 D("FSS", 2),
                                                 PART_EXTENDED("I062/380 TIS"),
                                                 PART_REPEATED("I062/380 TID", 15),
                                                 D("COM", 2),
                                                 D("SAB", 2),
                                                 D("ACS", 7),
                                                 D("BVR", 2),
                                                 D("GVR", 2),
                                                 D("RAN", 2),
                                                 D("TAR", 2),
                                                 D("TAN", 2),
                                                 D("GSP", 2),
                                                 D("VUN", 1),
                                                 D("MET", 8),
                                                 D("EMC", 1),
                                                 D("POS", 6),
                                                 D("GAL", 2),
                                                 D("PUN", 1),
                                                 PART_REPEATED("I062/380 MB", 8),
                                                 D("IAR", 2),
                                                 D("MAC", 2),
                                                 D("BPS", 2)};
#undef D
#define A(name, size) PART("I062/290 " name, size)
static const lee_asterix_item parts_062_290[] = {A("TRK", 1), A("PSR", 1), A("SSR", 1), A("MDS", 1),
                                                 A("ADS", 2), A("ES", 1),  A("VDL", 1), A("UAT", 1),
                                                 A("LOP", 1), A("MLT", 1)};
#undef A
#define A(name) PART("I062/295 " name, 1)
static const lee_asterix_item parts_062_295[] = {
    A("MFL"), A("MD1"), A("MD2"), A("MDA"), A("MD4"), A("MD5"), A("MHG"), A("IAS"),
    A("TAS"), A("SAL"), A("FSS"), A("TID"), A("COM"), A("SAB"), A("ACS"), A("BVR"),
    A("GVR"), A("RAN"), A("TAR"), A("TAN"), A("GSP"), A("VUN"), A("MET"), A("EMC"),
    A("POS"), A("GAL"), A("PUN"), A("MB"),  A("IAR"), A("MAC"), A("BPS")};
#undef A
#define P(name, size) PART("I062/390 " name, size)
static const lee_asterix_item parts_062_390[] = {
    P("TAG", 2), P("CSN", 7), P("IFI", 4), P("FCT", 1),
    P("TAC", 4), P("WTC", 1), P("DEP", 4), P("DST", 4),
    P("RDS", 3), P("CFL", 2), P("CTL", 2), PART_REPEATED("I062/390 TOD", 4),
    P("AST", 6), P("STS", 1), P("STD", 7), P("STA", 7),
    P("PEM", 2), P("PEC", 7)};
#undef P
#define M(name, size) PART("I062/110 " name, size)
static const lee_asterix_item parts_062_110[] = {M("SUM", 1), M("PMN", 4), M("POS", 6), M("GA", 2),
                                                 M("EM1", 2), M("TOS", 1), M("XP", 1)};
#undef M
#define E(name, size) PART("I062/500 " name, size)
static const lee_asterix_item parts_062_500[] = {E("APC", 4), E("COV", 2), E("APW", 4),
                                                 E("AGA", 1), E("ABA", 1), E("ATV", 2),
                                                 E("AA", 2),  E("ARC", 1)};
#undef E
#define M(name, size) PART("I062/340 " name, size)
static const lee_asterix_item parts_062_340[] = {M("SID", 2), M("POS", 4), M("HEI", 2),
                                                 M("MDC", 2), M("MDA", 2), M("TYP", 1)};
#undef M
static const lee_asterix_item items_062[] = {
    FIXED(010, 2),
    SPARE,
    FIXED(015, 1),
    FIXED(070, 3),
    FIXED(105, 8),
    FIXED(100, 6),
    FIXED(185, 4),
    FIXED(210, 2),
    FIXED(060, 2),
    FIXED(245, 7),
    COMPOUND(380, parts_062_380),
    FIXED(040, 2),
    EXTENDED(080, 1),
    COMPOUND(290, parts_062_290),
    FIXED(200, 1),
    COMPOUND(295, parts_062_295),
    FIXED(136, 2),
    FIXED(130, 2),
    FIXED(135, 2),
    FIXED(220, 2),
    COMPOUND(390, parts_062_390),
    EXTENDED(270, 1),
    FIXED(300, 1),
    COMPOUND(110, parts_062_110),
    FIXED(120, 2),
    EXTENDED(510, 3),
    COMPOUND(500, parts_062_500),
    COMPOUND(340, parts_062_340),
    SPARE,
    SPARE,
    SPARE,
    SPARE,
    SPARE,
    RE,
    SP,
};
#undef CATEGORY

#define CATEGORY "065"
static const lee_asterix_item items_065[] = {
    FIXED(010, 2),
    FIXED(000, 1),
    FIXED(015, 1),
    FIXED(030, 3),
    FIXED(020, 1),
    FIXED(040, 1),
    FIXED(050, 1),
    SPARE,
    SPARE,
    SPARE,
    SPARE,
    SPARE,
    RE,
    SP,
};
#undef CATEGORY

/* The items that the standard marks as mandatory and that every record seen has: they tell a record
 * from bytes that an item with a false length left over. */
static const lee_asterix_table tables[] = {
    {1,
     0,
     COUNT(items_001_plot),
     COUNT(items_001_track),
     items_001_plot,
     items_001_track,
     {10, 20}},
    {2, 0, COUNT(items_002), 0, items_002, NULL, {10}},
    {20, 0, COUNT(items_020), 0, items_020, NULL, {10, 20, 140}},
    {21, 0, COUNT(items_021), 0, items_021, NULL, {10, 80}},
    {21, LEE_ASTERIX_EDITION_0_26, COUNT(items_021_0_26), 0, items_021_0_26, NULL, {10, 40, 80}},
    {34, 0, COUNT(items_034), 0, items_034, NULL, {10}},
    {48, 0, COUNT(items_048), 0, items_048, NULL, {10, 20, 140}},
    {62, 0, COUNT(items_062), 0, items_062, NULL, {10, 40, 70}},
    {65, 0, COUNT(items_065), 0, items_065, NULL, {10}},
};

_Static_assert(COUNT(items_021) <= LEE_ASTERIX_ITEMS_MAX, "a record has room for every item");

const lee_asterix_table *lee_asterix_table_of(uint8_t category, uint8_t edition)
{
    for (size_t i = 0; i < COUNT(tables); i++) {
        if (tables[i].category == category && tables[i].edition == edition) {
            return &tables[i];
        }
    }
    return NULL;
}

// bench/kernel/boost.cc: Boost.Geometry, an R*-tree packed at once and `within` for each candidate.
// usage: boost SET KIND COUNT
#define _POSIX_C_SOURCE 200809L
#include "kernel/sets.h"

#include <malloc.h>

#include <iterator>
#include <utility>
#include <vector>

#include <boost/geometry.hpp>
#include <boost/geometry/geometries/box.hpp>
#include <boost/geometry/geometries/multi_polygon.hpp>
#include <boost/geometry/geometries/point_xy.hpp>
#include <boost/geometry/geometries/polygon.hpp>
#include <boost/geometry/index/rtree.hpp>

namespace bg = boost::geometry;
typedef bg::model::d2::point_xy<double> point;
typedef bg::model::box<point> box;
typedef bg::model::polygon<point> polygon;
typedef bg::model::multi_polygon<polygon> shape;
typedef std::pair<box, uint32_t> entry;

int main(int argc, char **argv)
{
    if (argc < 4) {
        return 2;
    }
    const bench_set set = bench_load(argv[1]);
    const bench_points points = bench_make_points(&set, argv[2], (uint64_t)atoll(argv[3]));
    malloc_trim(0);
    const double memory_before = bench_memory_mb();
    const double start = bench_cpu_s();
    std::vector<shape> shapes(set.zone_count);
    std::vector<entry> entries;
    for (uint32_t z = 0; z < set.zone_count; z++) {
        shapes[z].resize(set.zones[z].polygon_count);
        for (uint32_t p = 0; p < set.zones[z].polygon_count; p++) {
            const bench_polygon &from = set.zones[z].polygons[p];
            polygon &to = shapes[z][p];
            to.inners().resize(from.ring_count - 1);
            for (uint32_t r = 0; r < from.ring_count; r++) {
                auto &ring = r == 0 ? to.outer() : to.inners()[r - 1];
                for (uint32_t i = 0; i <= from.rings[r].count; i++) {
                    const bench_point v = from.rings[r].points[i % from.rings[r].count];
                    ring.push_back(point(v.lon, v.lat));
                }
            }
        }
        bg::correct(shapes[z]);
        if (set.zones[z].polygon_count > 0) {
            entries.push_back(entry(bg::return_envelope<box>(shapes[z]), z));
        }
    }
    bg::index::rtree<entry, bg::index::rstar<16>> tree(entries.begin(), entries.end());
    const double build_s = bench_cpu_s() - start;
    malloc_trim(0);
    const double memory_mb = bench_memory_mb() - memory_before;
    uint64_t pairs = 0, hash = 0;
    std::vector<entry> found;
    const double from = bench_cpu_s();
    for (uint64_t i = 0; i < points.count; i++) {
        const point q(points.lon[i], points.lat[i]);
        found.clear();
        tree.query(bg::index::intersects(q), std::back_inserter(found));
        for (const entry &e : found) {
            if (bg::within(q, shapes[e.second])) {
                pairs++;
                hash += bench_mix(i, e.second);
            }
        }
    }
    const double took = bench_cpu_s() - from;
    bench_print("boost", argv[1], argv[2], (double)points.count / took, build_s, memory_mb, pairs,
                hash, points.count);
    return 0;
}

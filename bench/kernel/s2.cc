// bench/kernel/s2.cc: Google's S2, one MutableS2ShapeIndex over all zones, asked for every shape that
// contains a point. Its edges are geodesics and its points lie on a sphere, so its answers differ
// from straight edges in about one pair of a hundred thousand. usage: s2 SET KIND COUNT
#define _POSIX_C_SOURCE 200809L
#include "kernel/sets.h"

#include <malloc.h>

#include <memory>
#include <vector>

#include "s2/mutable_s2shape_index.h"
#include "s2/s2contains_point_query.h"
#include "s2/s2latlng.h"
#include "s2/s2lax_polygon_shape.h"
#include "s2/s2point.h"

static S2Point at(int32_t lat, int32_t lon)
{
    return S2LatLng::FromE7(lat, lon).ToPoint();
}

static double turn(const bench_ring &ring)
{
    double area = 0;
    for (uint32_t i = 0; i < ring.count; i++) {
        const bench_point a = ring.points[i], b = ring.points[(i + 1) % ring.count];
        area += (double)a.lon * b.lat - (double)b.lon * a.lat;
    }
    return area;
}

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
    MutableS2ShapeIndex index;
    for (uint32_t z = 0; z < set.zone_count; z++) {
        std::vector<std::vector<S2Point>> loops;
        for (uint32_t p = 0; p < set.zones[z].polygon_count; p++) {
            for (uint32_t r = 0; r < set.zones[z].polygons[p].ring_count; r++) {
                const bench_ring &ring = set.zones[z].polygons[p].rings[r];
                std::vector<S2Point> loop;
                const bool reversed = (turn(ring) > 0) != (r == 0);
                for (uint32_t i = 0; i < ring.count; i++) {
                    const bench_point v = ring.points[reversed ? ring.count - 1 - i : i];
                    const S2Point q = at(v.lat, v.lon);
                    if (loop.empty() || loop.back() != q) {
                        loop.push_back(q);
                    }
                }
                while (loop.size() > 1 && loop.front() == loop.back()) {
                    loop.pop_back();
                }
                loops.push_back(loop);
            }
        }
        index.Add(std::make_unique<S2LaxPolygonShape>(loops));
    }
    index.ForceBuild();
    const double build_s = bench_cpu_s() - start;
    malloc_trim(0);
    const double memory_mb = bench_memory_mb() - memory_before;
    auto query = MakeS2ContainsPointQuery(&index);
    uint64_t pairs = 0, sum = 0;
    const double from = bench_cpu_s();
    for (uint64_t i = 0; i < points.count; i++) {
        query.VisitContainingShapes(at(points.lat[i], points.lon[i]), [&](S2Shape *shape) {
            pairs++;
            sum += (uint64_t)shape->id();
            return true;
        });
    }
    const double took = bench_cpu_s() - from;
    bench_print("s2", argv[1], argv[2], (double)points.count / took, build_s, memory_mb, pairs, sum,
                points.count);
    return 0;
}

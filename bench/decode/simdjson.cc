// The same fields out of JSON lines with simdjson (the version that is installed): simdjson FILE
// (aircraft), simdjson FILE report.
#include <simdjson.h>

#include <cstdio>
#include <ctime>

int main(int argc, char **argv)
{
    if (argc < 2) {
        return 2;
    }
    simdjson::padded_string bytes;
    if (simdjson::padded_string::load(argv[1]).get(bytes) != simdjson::SUCCESS) {
        return 1;
    }
    static const char *const numbers[][6] = {
        {"now", "gs", "track", "lat", "lon", "seen_pos"},
        {"t_us", "lat", "lon", "speed_ground_kt", "track_deg", "t_us"}};
    static const char *const integers[][10] = {{"alt_baro", "alt_geom", "baro_rate", "nic", "nac_p",
                                                "sil", "version", "rc", "nac_v", "gva"},
                                               {"alt_baro_ft", "alt_hae_ft", "vertical_rate_fpm",
                                                "nic", "nac_p", "sil", "adsb_version", "rc_m",
                                                "nac_v", "gva"}};
    static const char *const texts[][6] = {
        {"hex", "type", "flight", "squawk", "emergency", "category"},
        {"target", "source", "callsign", "squawk", "emergency", "category"}};
    const int kind = argc > 2;
    simdjson::dom::parser parser;
    simdjson::dom::document_stream stream;
    unsigned long long count = 0;
    double sum = 0;
    const std::clock_t begin = std::clock();
    if (parser.parse_many(bytes).get(stream) != simdjson::SUCCESS) {
        return 1;
    }
    for (auto document : stream) {
        simdjson::dom::object object;
        if (document.get(object) != simdjson::SUCCESS) {
            continue;
        }
        count++;
        for (const char *key : numbers[kind]) {
            double value;
            if (object[key].get(value) == simdjson::SUCCESS) {
                sum += value;
            }
        }
        for (const char *key : integers[kind]) {
            int64_t value;
            if (object[key].get(value) == simdjson::SUCCESS) {
                sum += static_cast<double>(value);
            }
        }
        for (const char *key : texts[kind]) {
            std::string_view value;
            if (object[key].get(value) == simdjson::SUCCESS) {
                sum += static_cast<double>(value.size());
            }
        }
    }
    std::printf("%llu %.6f %g\n", count, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC,
                sum);
    return 0;
}

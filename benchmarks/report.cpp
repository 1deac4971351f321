// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <thread>

// Set by the build: what this executable was compiled with, and which code placement it is.
#ifndef BENCH_FLAGS
#define BENCH_FLAGS "unknown"
#endif
#ifndef BENCH_PLACEMENT
#define BENCH_PLACEMENT "default"
#endif

namespace bench {
namespace {

double percentile(std::vector<double>& sample, double share) {
    const auto at = static_cast<std::size_t>(share * static_cast<double>(sample.size() - 1) + 0.5);
    std::nth_element(sample.begin(), sample.begin() + static_cast<std::ptrdiff_t>(at), sample.end());
    return sample[at];
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return out + '"';
}

std::string number(double value) {
    if (!std::isfinite(value)) return "null";
    std::ostringstream out;
    out.precision(6);
    out << value;
    return out.str();
}

std::string machine() {
    std::string model = "unknown processor";
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.rfind("model name", 0) != 0) continue;
        model = line.substr(std::min(line.size(), line.find(':') + 2));
        break;
    }
    return model + ", " + std::to_string(std::thread::hardware_concurrency()) + " processors";
}

/// How busy the machine was: a figure from a busy machine is worth little.
double load() {
    double average = nothing;
    std::ifstream("/proc/loadavg") >> average;
    return average;
}

std::string compiler() {
#if defined(__clang__)
    return std::string("clang ") + __clang_version__;
#else
    return std::string("g++ ") + __VERSION__;
#endif
}

std::string now() {
    const std::time_t seconds = std::time(nullptr);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&seconds));
    return text;
}

std::string json(const std::vector<row>& rows, const options& how) {
    std::ostringstream out;
    out << "{\n  \"machine\": " << quoted(machine()) << ",\n  \"compiler\": " << quoted(compiler())
        << ",\n  \"flags\": " << quoted(BENCH_FLAGS) << ",\n  \"date\": " << quoted(now())
        << ",\n  \"placement\": " << quoted(BENCH_PLACEMENT) << ",\n  \"load\": " << number(load())
        << ",\n  \"quick\": " << (how.quick ? "true" : "false") << ",\n  \"rows\": [";
    const char* between = "\n";
    for (const row& r : rows) {
        out << between << "    {\"scenario\": " << quoted(r.scenario)
            << ", \"variant\": " << quoted(r.variant) << ", \"library\": " << quoted(r.library)
            << ", \"n\": " << r.n << ", \"threads\": " << r.threads << ", \"unit\": " << quoted(r.unit)
            << ", \"median\": " << number(r.value.median) << ", \"p99\": " << number(r.value.p99)
            << ", \"p999\": " << number(r.value.p999) << ", \"ratio_to_raw\": " << number(r.ratio_to_raw)
            << "}";
        between = ",\n";
    }
    out << "\n  ]\n}\n";
    return out.str();
}

void print(const row& r) {
    const auto cell = [](double value) { return std::isfinite(value) ? number(value) : std::string("-"); };
    std::printf("%-10s %-24s %-22s %8zu %2d %12s %12s %12s %8s  %s\n", r.scenario.c_str(), r.variant.c_str(),
                r.library.c_str(), r.n, r.threads, cell(r.value.median).c_str(), cell(r.value.p99).c_str(),
                cell(r.value.p999).c_str(), cell(r.ratio_to_raw).c_str(), r.unit.c_str());
}

[[noreturn]] void usage(const char* program, const std::vector<std::string>& scenarios) {
    std::fprintf(stderr, "usage: %s [--quick] [--json FILE] [--only SCENARIO]\nscenarios:", program);
    for (const std::string& scenario : scenarios) std::fprintf(stderr, " %s", scenario.c_str());
    std::fputs("\n", stderr);
    std::exit(2);
}

} // namespace

summary summarise(std::vector<double>& sample) {
    summary made;
    if (sample.empty()) return made;
    made.median = percentile(sample, 0.5);
    if (sample.size() >= 100) made.p99 = percentile(sample, 0.99);
    if (sample.size() >= 1000) made.p999 = percentile(sample, 0.999);
    return made;
}

options parse(int count, char** arguments, const std::vector<std::string>& scenarios) {
    options chosen;
    for (int i = 1; i < count; ++i) {
        const std::string argument = arguments[i];
        if (argument == "--quick") {
            chosen.quick = true;
        } else if (argument == "--json" && i + 1 < count) {
            chosen.json = arguments[++i];
        } else if (argument == "--only" && i + 1 < count) {
            chosen.only = arguments[++i];
            if (std::find(scenarios.begin(), scenarios.end(), chosen.only) == scenarios.end())
                usage(arguments[0], scenarios);
        } else {
            usage(arguments[0], scenarios);
        }
    }
    return chosen;
}

bool report(const std::vector<row>& rows, const options& how) {
    std::printf("%-10s %-24s %-22s %8s %2s %12s %12s %12s %8s  %s\n", "scenario", "variant", "library", "n",
                "t", "median", "p99", "p99.9", "to raw", "unit");
    for (const row& r : rows) print(r);
    if (how.json.empty()) return true;
    std::ofstream file(how.json);
    file << json(rows, how);
    file.close();
    if (!file) std::fprintf(stderr, "%s: cannot be written\n", how.json.c_str());
    return static_cast<bool>(file);
}

} // namespace bench

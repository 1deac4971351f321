// SPDX-License-Identifier: BSL-1.0
// dispatch_latency [--quick] [--json FILE] [--only SCENARIO]: see README.md beside this file.

#include "report.hpp"
#include "scenarios.hpp"

#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

int main(int count, char** arguments) {
    const std::pair<const char*, void (*)(std::vector<bench::row>&, bool)> scenarios[] = {
        {"notify", bench::notify},   {"register", bench::registering}, {"churn", bench::churn},
        {"threads", bench::threads}, {"keyed", bench::keyed},          {"transact", bench::transact},
        {"race", bench::race},
    };
    std::vector<std::string> names;
    for (const auto& [name, run] : scenarios) names.emplace_back(name);
    const bench::options how = bench::parse(count, arguments, names);
    std::vector<bench::row> rows;
    for (const auto& [name, run] : scenarios) {
        if (!how.only.empty() && how.only != name) continue;
        std::fprintf(stderr, "%s\n", name);
        run(rows, how.quick);
    }
    return bench::report(rows, how) ? 0 : 1;
}

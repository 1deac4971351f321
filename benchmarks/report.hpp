// SPDX-License-Identifier: BSL-1.0
#ifndef BENCHMARKS_REPORT_HPP
#define BENCHMARKS_REPORT_HPP

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace bench {

inline const double nothing = std::nan("");

/// Median and tail of a sample; a sample too small for a percentile has none.
struct summary {
    double median = nothing;
    double p99 = nothing;
    double p999 = nothing;
};
summary summarise(std::vector<double>& sample);

struct row {
    std::string scenario;
    std::string variant; ///< what distinguishes rows of one scenario: an order, a kind of disturbance
    std::string library;
    std::size_t n = 0;
    int threads = 1;
    std::string unit;
    summary value{};
    double ratio_to_raw = nothing; ///< to the raw loop measured in turns with it, or what stands for it
};

struct options {
    bool quick = false; ///< does everything once and means nothing
    std::string json;
    std::string only;
};

/// Exits on a command line that it does not understand.
options parse(int count, char** arguments, const std::vector<std::string>& scenarios);

/// Prints the rows, and writes them to options.json if that is set. False: it could not be written.
bool report(const std::vector<row>& rows, const options& how);

} // namespace bench

#endif

// SPDX-License-Identifier: BSL-1.0
#include "measure.hpp"

#include <algorithm>

namespace bench {
namespace {

void calibrate(contestant& c) {
    for (c.times = 4;; c.times *= 2) {
        c.work(c.times);
        const auto start = clock::now();
        c.work(c.times);
        const double took = nanoseconds_since(start);
        if (took > batch_nanoseconds / 2 || c.times > 100'000) return;
    }
}

} // namespace

void measure_in_turns(std::vector<contestant>& all, std::size_t rounds) {
    for (contestant& c : all) {
        calibrate(c);
        c.sample.clear();
        c.sample.reserve(rounds);
    }
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t k = 0; k < all.size(); ++k) {
            // Every second round backwards: nobody always runs behind the same neighbour.
            contestant& c = all[round % 2 == 0 ? k : all.size() - 1 - k];
            c.work(std::max<std::size_t>(2, c.times / 8));
            const auto start = clock::now();
            c.work(c.times);
            c.sample.push_back(nanoseconds_since(start) / static_cast<double>(c.times));
        }
    }
}

} // namespace bench

// SPDX-License-Identifier: BSL-1.0
#ifndef BENCHMARKS_MEASURE_HPP
#define BENCHMARKS_MEASURE_HPP

#include "report.hpp"

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace bench {

using clock = std::chrono::steady_clock;

inline double nanoseconds_since(clock::time_point start) {
    return std::chrono::duration<double, std::nano>(clock::now() - start).count();
}

/// A measurement of something that did not happen is worse than none.
inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "benchmark: %s\n", what);
    std::exit(1);
}

/// A second thread that exists and sleeps. Without one, libstdc++ leaves out atomic operations.
class parked_thread {
public:
    template <class First> explicit parked_thread(First first) {
        std::binary_semaphore began{0};
        thread_ = std::thread([&] {
            first();
            began.release();
            end_.acquire();
        });
        began.acquire();
    }
    parked_thread() : parked_thread([] {}) {}
    parked_thread(const parked_thread&) = delete;
    parked_thread& operator=(const parked_thread&) = delete;
    ~parked_thread() {
        end_.release();
        thread_.join();
    }

private:
    std::binary_semaphore end_{0};
    std::thread thread_;
};

/// One of those measured against each other: does its work that many times.
struct contestant {
    std::string name;
    std::function<void(std::size_t times)> work;
    std::size_t times = 1;        ///< per batch; set by calibration
    std::vector<double> sample{}; ///< nanoseconds for doing it once, one per batch
};

/// How long a batch takes, about: long against reading the clock, short against a time slice.
inline constexpr double batch_nanoseconds = 20'000;

/// Measures batches of all contestants in turns, so that what changes over time (frequency, neighbours)
/// changes for all alike. Each batch is preceded by a few runs that warm up what the others have evicted.
void measure_in_turns(std::vector<contestant>& all, std::size_t rounds);

/// Ratio of the medians.
inline double ratio(const summary& a, const summary& b) { return a.median / b.median; }

} // namespace bench

#endif

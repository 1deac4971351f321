// SPDX-License-Identifier: BSL-1.0
// One thread notifies 16 callbacks while another registers and unregisters one more without pause.

#include "measure.hpp"
#include "scenarios.hpp"
#include "subject.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

namespace bench {
namespace {

constexpr std::size_t staying = 16;

/// Registers and unregisters for as long as it lives.
class churning_thread {
public:
    explicit churning_thread(subject& s) {
        const auto heavy = s.heavy_fences();
        start_ = clock::now();
        thread_ = std::thread([this, &s] {
            while (!end_.load(std::memory_order_relaxed)) {
                s.pairs(8);
                pairs_.fetch_add(8, std::memory_order_relaxed);
            }
        });
        before_ = heavy.value_or(0);
        // What is measured is a disturbed notifier, so the disturbance comes first.
        while (pairs_.load(std::memory_order_relaxed) == 0) std::this_thread::yield();
    }
    churning_thread(const churning_thread&) = delete;
    churning_thread& operator=(const churning_thread&) = delete;
    ~churning_thread() {
        if (thread_.joinable()) finish();
    }

    void finish() {
        end_.store(true, std::memory_order_relaxed);
        thread_.join();
        seconds_ = nanoseconds_since(start_) * 1e-9;
    }
    double pairs_per_second() const { return static_cast<double>(pairs_.load()) / seconds_; }
    double heavy_fences_per_second(const subject& s) const {
        const auto heavy = s.heavy_fences();
        return heavy ? static_cast<double>(*heavy - before_) / seconds_ : nothing;
    }

private:
    std::atomic<bool> end_{false};
    std::atomic<std::int64_t> pairs_{0};
    std::uint64_t before_ = 0;
    clock::time_point start_;
    double seconds_ = 0;
    std::thread thread_;
};

double notifications_per_second(subject& s, double for_nanoseconds) {
    const event e;
    std::size_t done = 0;
    const auto start = clock::now();
    double took = 0;
    do {
        s.emit(e, 256);
        done += 256;
        took = nanoseconds_since(start);
    } while (took < for_nanoseconds);
    return static_cast<double>(done) / took * 1e9;
}

/// Times one notification of sixteen, the clock included.
void sample_latency(subject& s, double for_nanoseconds, std::vector<double>& sample) {
    const event e;
    const auto until = clock::now() + std::chrono::nanoseconds(static_cast<std::int64_t>(for_nanoseconds));
    for (;;) {
        s.emit(e, 15);
        const auto start = clock::now();
        s.emit(e, 1);
        const auto end = clock::now();
        sample.push_back(std::chrono::duration<double, std::nano>(end - start).count());
        if (end >= until) return;
    }
}

struct measured_library {
    std::string name;
    std::unique_ptr<subject> used;
    std::vector<double> calm{}, disturbed{}, kept{}, pairs{}, heavy{}, latency_calm{}, latency_disturbed{};
};

} // namespace

void churn(std::vector<row>& to, bool quick) {
    const parked_thread second;
    const double slice = quick ? 2e6 : 1e8;
    const int rounds = quick ? 1 : 7;
    std::vector<measured_library> all;
    for (const library& lib : libraries()) {
        if (!lib.thread_safe || lib.name == "assent, no_wait") continue;
        all.push_back({lib.name, lib.make()});
        all.back().used->attach(staying);
        all.back().used->emit(event(), 1000);
    }
    const std::unique_ptr<subject> raw = libraries().front().make();
    raw->attach(staying);
    std::vector<double> raw_calm;
    for (int round = 0; round < rounds; ++round) {
        raw_calm.push_back(notifications_per_second(*raw, slice / 4));
        for (measured_library& m : all) {
            const double calm = notifications_per_second(*m.used, slice);
            churning_thread other(*m.used);
            const double disturbed = notifications_per_second(*m.used, slice);
            other.finish();
            m.calm.push_back(calm);
            m.disturbed.push_back(disturbed);
            m.kept.push_back(disturbed / calm);
            m.pairs.push_back(other.pairs_per_second());
            m.heavy.push_back(other.heavy_fences_per_second(*m.used));
        }
    }
    // A run of its own: reading the clock would slow down the notifier above.
    for (int round = 0; round < rounds; ++round) {
        for (measured_library& m : all) {
            sample_latency(*m.used, slice, m.latency_calm);
            const churning_thread other(*m.used);
            sample_latency(*m.used, slice, m.latency_disturbed);
        }
    }
    const summary floor = summarise(raw_calm);
    to.push_back({"churn", "undisturbed", "raw loop", staying, 1, "notifications/s", floor, 1});
    for (measured_library& m : all) {
        const auto add = [&](const char* variant, int count, const char* unit, std::vector<double>& sample) {
            const summary s = summarise(sample);
            const bool rate = std::string(unit) == "notifications/s";
            to.push_back(
                {"churn", variant, m.name, staying, count, unit, s, rate ? ratio(s, floor) : nothing});
        };
        add("undisturbed", 1, "notifications/s", m.calm);
        add("disturbed", 2, "notifications/s", m.disturbed);
        add("throughput kept", 2, "ratio", m.kept);
        add("pairs", 2, "pairs/s", m.pairs);
        if (m.used->heavy_fences()) add("heavy fences", 2, "fences/s", m.heavy);
        add("latency, undisturbed", 1, "ns", m.latency_calm);
        add("latency, disturbed", 2, "ns", m.latency_disturbed);
    }
}

} // namespace bench

// SPDX-License-Identifier: BSL-1.0
// Two threads notify on one dispatcher. The callbacks count for the notifying thread, so that what they
// do is shared by nobody and only the library's own sharing is seen.

#include "measure.hpp"
#include "scenarios.hpp"
#include "subject.hpp"

#include <atomic>
#include <memory>
#include <semaphore>
#include <thread>

namespace bench {
namespace {

struct alignas(64) own_counter {
    long value = 0;
};

/// Notifies without pause while it is told to.
class second_notifier {
public:
    second_notifier()
        : thread_([this] {
              own_counter counter;
              event e;
              e.counter = &counter.value;
              for (;;) {
                  began_.acquire();
                  subject* const s = on_;
                  if (s == nullptr) return;
                  s->emit(e, 100);
                  running_.release();
                  while (!end_.load(std::memory_order_relaxed)) s->emit(e, 16);
                  over_.release();
              }
          }) {}
    second_notifier(const second_notifier&) = delete;
    second_notifier& operator=(const second_notifier&) = delete;
    ~second_notifier() {
        on_ = nullptr;
        began_.release();
        thread_.join();
    }

    void begin(subject& s) {
        on_ = &s;
        end_.store(false, std::memory_order_relaxed);
        began_.release();
        running_.acquire();
    }
    void end() {
        end_.store(true, std::memory_order_relaxed);
        over_.acquire();
    }

private:
    subject* on_ = nullptr;
    std::atomic<bool> end_{false};
    std::binary_semaphore began_{0}, running_{0}, over_{0};
    std::thread thread_;
};

struct measured_library {
    std::string name;
    std::unique_ptr<subject> used;
    std::vector<double> one{}, two{}, two_to_one{};
};

/// Appends nanoseconds per notification, a batch each; returns their median.
double measure(subject& s, const event& e, int batches, std::vector<double>& sample) {
    std::vector<double> here;
    constexpr std::size_t times = 256;
    s.emit(e, times);
    for (int i = 0; i < batches; ++i) {
        const auto start = clock::now();
        s.emit(e, times);
        here.push_back(nanoseconds_since(start) / static_cast<double>(times));
    }
    sample.insert(sample.end(), here.begin(), here.end());
    return summarise(here).median;
}

} // namespace

void threads(std::vector<row>& to, bool quick) {
    second_notifier other; // sleeps between begin and end
    own_counter counter;
    event e;
    e.counter = &counter.value;
    const int rounds = quick ? 1 : 21;
    const int batches = quick ? 2 : 101;
    for (const std::size_t n : {1U, 16U}) {
        std::vector<measured_library> all;
        for (const library& lib : libraries()) {
            if (lib.name == "assent, no_wait" || (!lib.thread_safe && lib.name != "raw loop")) continue;
            all.push_back({lib.name, lib.make()});
            all.back().used->attach_per_thread(n);
        }
        for (int round = 0; round < rounds; ++round) {
            for (measured_library& m : all) {
                const double one = measure(*m.used, e, batches, m.one);
                other.begin(*m.used);
                const double two = measure(*m.used, e, batches, m.two);
                other.end();
                m.two_to_one.push_back(two / one);
            }
        }
        summary raw_one, raw_two;
        for (measured_library& m : all) {
            const summary one = summarise(m.one), two = summarise(m.two);
            if (m.name == "raw loop") {
                raw_one = one;
                raw_two = two;
            }
            to.push_back({"threads", "one notifier", m.name, n, 1, "ns", one, ratio(one, raw_one)});
            to.push_back({"threads", "two notifiers", m.name, n, 2, "ns", two, ratio(two, raw_two)});
            to.push_back({"threads", "two to one", m.name, n, 2, "ratio", summarise(m.two_to_one)});
        }
    }
    require(counter.value > 0, "threads: callbacks were not called");
}

} // namespace bench

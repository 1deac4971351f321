// SPDX-License-Identifier: BSL-1.0
// One thread notifies while another unregisters: is a callback found starting or still running after
// unregister or disconnect has returned?

#include "event.hpp"
#include "measure.hpp"
#include "scenarios.hpp"
#include "subject.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

namespace bench {
namespace {

struct findings {
    long met = 0; ///< rounds in which it was running when unregister was called
    long started_late = 0;
    long running_late = 0;
};

/// A meeting of two threads; spins, and yields when it takes long (one processor).
void await(const std::atomic<std::uint32_t>& where, std::uint32_t value) {
    for (int i = 0; where.load() != value; ++i)
        if (i > 500) std::this_thread::yield();
}

findings run(subject& s, std::uint32_t rounds) {
    findings found;
    s.attach_per_thread(1);
    std::atomic<canary*> current{nullptr};
    std::atomic<std::uint32_t> ready{0}, begun{0}, done{0};
    std::thread notifier([&] {
        long counter = 0;
        event e;
        e.counter = &counter;
        for (std::uint32_t round = 1; round <= rounds; ++round) {
            await(ready, round);
            const canary& c = *current.load();
            begun.store(round);
            // Until it is gone, and once more: whatever the other thread does meets a notification.
            for (int i = 0; !c.gone.load(); ++i) {
                s.emit(e, 1);
                spin(50); // whoever waits for a mutex gets it
                if (i > 100) std::this_thread::yield();
            }
            s.emit(e, 1);
            done.store(round);
        }
    });
    std::uint32_t random = 12345;
    for (std::uint32_t round = 1; round <= rounds; ++round) {
        canary c;
        s.add_canary(c);
        current.store(&c);
        ready.store(round);
        await(begun, round);
        random = random * 1664525U + 1013904223U;
        spin(random >> 22);
        if (c.inside.load() != 0) ++found.met;
        s.remove_canary();
        c.gone.store(true);
        await(done, round);
        found.started_late += c.started_late.load();
        found.running_late += c.running_late.load();
    }
    notifier.join();
    return found;
}

} // namespace

void race(std::vector<row>& to, bool quick) {
    const std::uint32_t rounds = quick ? 200 : 100'000;
    for (const library& lib : libraries()) {
        if (!lib.thread_safe) continue;
        const std::unique_ptr<subject> s = lib.make();
        const findings found = run(*s, rounds);
        const auto add = [&](const char* variant, const char* unit, long count) {
            summary value;
            value.median = static_cast<double>(count);
            to.push_back({"race", variant, lib.name, rounds, 2, unit, value});
        };
        add("running when unregistered", "rounds", found.met);
        add("started afterwards", "callbacks", found.started_late);
        add("still running afterwards", "callbacks", found.running_late);
    }
}

} // namespace bench

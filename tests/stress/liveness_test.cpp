// SPDX-License-Identifier: BSL-1.0
#include <assent/dispatch/dispatcher.hpp>

#include "domains.hpp"
#include "gate.hpp"
#include "recorder.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <random>
#include <thread>
#include <vector>

using namespace test_support;
using assent::dispatcher;
using assent::registration;
using assent::unregister_result;

namespace {

struct event {
    int value = 0;
};

constexpr bool slow = assent::config::thread_sanitizer;

/// What a callback must never see: its registrar has been told that it is gone.
struct canary {
    std::atomic<bool> gone{false};
};

struct watched {
    canary* bird;
    std::atomic<long>* violations;
    std::atomic<long>* calls;
    census::member counted;
    void look() const {
        if (bird->gone.load(std::memory_order_acquire)) violations->fetch_add(1);
        calls->fetch_add(1, std::memory_order_relaxed);
        // Long enough for the other thread to come in between, now and then.
        for (int i = 0; i < 20; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
        if (bird->gone.load(std::memory_order_acquire)) violations->fetch_add(1);
    }
    void operator()(const event&) const { look(); }
};

template <class Policy = assent::default_policy>
void churn_beside_notifications(const assent::domain& in, int notifiers, int churners, int rounds,
                                int priorities, std::size_t together = 5) {
    dispatcher<event, Policy> d(in);
    census callables;
    std::atomic<long> violations{0};
    std::atomic<long> calls{0};
    std::atomic<int> churning{churners};
    // With more threads than processors a round may wait for a notifier that is not running.
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    // Birds outlive every callback that could look at them, also one that is called wrongly.
    std::vector<std::vector<std::unique_ptr<canary>>> birds(static_cast<std::size_t>(churners));
    {
        std::vector<std::unique_ptr<runner>> threads;
        for (int t = 0; t < notifiers; ++t)
            threads.push_back(std::make_unique<runner>([&] {
                while (churning.load() > 0) d.notify({});
            }));
        for (int t = 0; t < churners; ++t)
            threads.push_back(std::make_unique<runner>([&, t] {
                auto& mine = birds[static_cast<std::size_t>(t)];
                std::minstd_rand random(static_cast<unsigned>(t + 1));
                std::vector<registration> slots(together);
                std::vector<canary*> in_slot(together);
                for (int i = 0; i < rounds && std::chrono::steady_clock::now() < until; ++i) {
                    const std::size_t at = random() % slots.size();
                    if (in_slot[at] != nullptr) {
                        const auto result = slots[at].unregister();
                        in_slot[at]->gone.store(true, std::memory_order_release);
                        if (result != unregister_result::done) ++violations;
                    }
                    mine.push_back(std::make_unique<canary>());
                    in_slot[at] = mine.back().get();
                    const int priority =
                        priorities == 1 ? 0 : static_cast<int>(random() % static_cast<unsigned>(priorities));
                    slots[at] = d.on({.priority = priority},
                                     watched{in_slot[at], &violations, &calls, census::member(callables)});
                    // Changes of pace take the dispatcher from one mode into the other and back.
                    if (i % 512 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
                }
                for (std::size_t s = 0; s < slots.size(); ++s) {
                    static_cast<void>(slots[s].unregister());
                    if (in_slot[s] != nullptr) in_slot[s]->gone.store(true, std::memory_order_release);
                }
                --churning;
            }));
    }
    CHECK(violations.load() == 0);
    CHECK(calls.load() > 0);
    CHECK(callables.alive() == 0);
}

} // namespace

TEST_CASE("G1 no callback starts or runs after unregister returned, one priority") {
    in_each_domain(
        [](const assent::domain& in) { churn_beside_notifications(in, 2, 1, slow ? 4000 : 30000, 1); });
}

TEST_CASE("G1 no callback starts or runs after unregister returned, several priorities and churners") {
    in_each_domain(
        [](const assent::domain& in) { churn_beside_notifications(in, 2, 2, slow ? 2000 : 12000, 4); });
}

TEST_CASE("G1 no callback starts or runs after unregister returned, where every notification fences") {
    in_each_domain([](const assent::domain& in) {
        churn_beside_notifications<assent::symmetric_policy>(in, 2, 1, slow ? 4000 : 60000, 1);
        churn_beside_notifications<assent::symmetric_policy>(in, 2, 2, slow ? 2000 : 12000, 4);
        // Alone, it is what a notification shows with its fence.
        churn_beside_notifications<assent::symmetric_policy>(in, 1, 1, slow ? 4000 : 300000, 1, 1);
    });
}

TEST_CASE("G1 no callback starts or runs after it unregistered itself while others notify") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        std::atomic<long> violations{0};
        std::atomic<bool> over{false};
        census callables;
        std::vector<std::unique_ptr<canary>> birds;
        runner notifier([&] {
            while (!over.load()) d.notify({1});
        });
        for (int i = 0; i < (slow ? 500 : 5000); ++i) {
            birds.push_back(std::make_unique<canary>());
            canary* const bird = birds.back().get();
            registration r;
            std::atomic<bool> ready{false};
            r = d.on([&, bird, m = census::member(callables)](const event& e) {
                if (bird->gone.load(std::memory_order_acquire)) ++violations;
                if (e.value != 2 || !ready) return;
                if (r.unregister() != unregister_result::inside_callback) ++violations;
                bird->gone.store(true, std::memory_order_release); // no other thread is in it any more
            });
            ready = true;
            d.notify({2});
            if (!bird->gone.load()) ++violations;
            // By this thread, or by the notifier if it was just passing the dead entry.
            eventually([&] { return callables.alive() == 0; }, "the callable to be destroyed");
        }
        over = true;
        CHECK(violations.load() == 0);
    });
}

TEST_CASE("G1 G5 no participant is called after unregister returned, and each prepare is finished once") {
    struct change {
        struct event_type {
            int value = 0;
        };
        using status_type = bool;
    };
    struct participant {
        canary* bird;
        std::atomic<long>* violations;
        std::atomic<int>* open; ///< prepared and not finished
        bool prepare(const typename change::event_type& e) {
            check();
            if (e.value % 7 == 3) return false;
            open->fetch_add(1);
            return true;
        }
        void commit(const typename change::event_type&) noexcept { finish(); }
        void abort(const typename change::event_type& e) noexcept {
            if (e.value < 0) violations->fetch_add(1); // the event is gone
            finish();
        }
        void finish() noexcept {
            check();
            open->fetch_sub(1);
        }
        void check() const {
            if (bird->gone.load(std::memory_order_acquire)) violations->fetch_add(1);
        }
    };
    in_each_domain([](const assent::domain& in) {
        for (const auto order : {assent::abort_order::reverse, assent::abort_order::forward}) {
            dispatcher<change> d(in);
            std::atomic<long> violations{0};
            std::atomic<bool> over{false};
            std::vector<std::unique_ptr<canary>> birds;
            std::vector<std::unique_ptr<std::atomic<int>>> opens;
            canary alive;
            std::atomic<int> kept_open{0};
            std::vector<registration> kept;
            for (int i = 0; i < 3; ++i) kept.push_back(d.on(participant{&alive, &violations, &kept_open}));
            const auto changes = [&](int step) {
                for (int i = step; !over.load(); i += 2) {
                    change::event_type e{i % 1000};
                    static_cast<void>(d.transact(e, [&] { return i % 5 != 0; },
                                                 {.rules = assent::transaction_rules{.order = order}}));
                    e.value = -1;
                }
            };
            {
                const runner a([&] { changes(0); });
                const runner b([&] { changes(1); });
                for (int i = 0; i < (slow ? 800 : 6000); ++i) {
                    birds.push_back(std::make_unique<canary>());
                    opens.push_back(std::make_unique<std::atomic<int>>(0));
                    registration r = d.on({.priority = i % 3 - 1},
                                          participant{birds.back().get(), &violations, opens.back().get()});
                    if (i % 4 == 0) std::this_thread::yield();
                    if (r.unregister() != unregister_result::done) ++violations;
                    birds.back()->gone.store(true, std::memory_order_release);
                    if (opens.back()->load() != 0) ++violations;
                }
                over = true;
            }
            CHECK(violations.load() == 0);
            CHECK(kept_open.load() == 0);
        }
    });
}

TEST_CASE("G1 keys come and go beside notifications") {
    struct keyed_event {
        struct event_type {
            int key = 0;
        };
        using key_type = int;
        static int key(const event_type& e) { return e.key; }
    };
    in_each_domain([](const assent::domain& in) {
        dispatcher<keyed_event> d(in);
        std::atomic<long> violations{0};
        std::atomic<bool> over{false};
        std::vector<std::unique_ptr<canary>> birds;
        const auto notify = [&] {
            for (int k = 0; !over.load(); k = (k + 1) % 4) d.notify({k});
        };
        const runner a(notify);
        const runner b(notify);
        for (int i = 0; i < (slow ? 2000 : 10000); ++i) {
            birds.push_back(std::make_unique<canary>());
            canary* const bird = birds.back().get();
            const int key = i % 4;
            registration r = d.on(key, [&violations, bird, key](const auto& e) {
                if (bird->gone.load(std::memory_order_acquire) || e.key != key) ++violations;
            });
            if (r.unregister() != unregister_result::done) ++violations;
            bird->gone.store(true, std::memory_order_release);
        }
        over = true;
        CHECK(violations.load() == 0);
    });
}

TEST_CASE("threads come and go, 200 of them, notifying and registering") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        std::atomic<long> calls{0};
        std::atomic<long> violations{0};
        census callables;
        const auto keep = d.on([&](const event&) { ++calls; });
        for (int wave = 0; wave < 10; ++wave) {
            std::vector<std::unique_ptr<runner>> threads;
            for (int t = 0; t < 20; ++t)
                threads.push_back(std::make_unique<runner>([&] {
                    for (int i = 0; i < 10; ++i) {
                        canary bird;
                        {
                            const registration r =
                                d.on(watched{&bird, &violations, &calls, census::member(callables)});
                            d.notify({});
                        }
                        bird.gone = true;
                    }
                }));
        }
        CHECK(violations.load() == 0);
        CHECK(callables.alive() == 0);
        CHECK(calls.load() >= 200 * 20);
        int records = 0;
        for (const auto* r = in.core().records.load(); r != nullptr; r = r->next) ++records;
        // Ended threads gave theirs back: 20 at a time, this one, the bystander.
        CHECK(records <= 22);
    });
}

TEST_CASE("200 threads alive at once are more than any fixed table") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        std::atomic<int> inside{0};
        gate go("all may leave");
        census callables;
        registration r = d.on([&, m = census::member(callables)](const event&) {
            ++inside;
            go.wait();
        });
        std::vector<std::unique_ptr<runner>> threads;
        for (int t = 0; t < 200; ++t) threads.push_back(std::make_unique<runner>([&] { d.notify({}); }));
        eventually([&] { return inside == 200; });
        std::atomic<bool> returned{false};
        runner unregistering([&] {
            CHECK(r.unregister() == unregister_result::done);
            returned = true;
        });
        CHECK(stays_false([&] { return returned.load(); }));
        CHECK(callables.alive() == 1);
        go.open();
        unregistering.join();
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("a callback blocked beside a million registrations keeps the memory flat") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        stop inside;
        registration blocked = d.on([&](const event& e) {
            if (e.value == 1) inside.here();
        });
        const runner notifier([&] { d.notify({1}); });
        inside.entered.wait();
        for (int i = 0; i < (slow ? 5000 : 50000); ++i) {
            registration r = d.on([](const event&) {});
            if (i % 16 == 0) d.notify({2});
        }
        CHECK(!inside.left.load());
        inside.leave.open();
    });
}

TEST_CASE("G1 positions that wait in a store buffer are seen: slow stores right before the callback") {
    // The position is stored, then the callback is looked up: while the store waits behind slow ones, only the
    // fences of the unregistering thread make it visible. Pauses of 150 us keep the dispatcher in one mode, their
    // absence brings it into the other.
    in_each_domain([](const assent::domain& in) {
        struct alignas(64) line {
            std::atomic<int> value{0};
        };
        const auto contended = std::make_unique<std::array<line, 48>>();
        for (const bool paced : {true, false}) {
            CAPTURE(paced);
            dispatcher<event> d(in);
            std::atomic<long> violations{0};
            std::atomic<bool> over{false};
            std::vector<std::unique_ptr<canary>> birds;
            const registration clogs = d.on([&](const event& e) {
                for (line& l : *contended) l.value.store(e.value, std::memory_order_relaxed);
            });
            const runner notifier([&] {
                while (!over.load(std::memory_order_relaxed)) d.notify({1});
            });
            const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(1500);
            while (std::chrono::steady_clock::now() < until) {
                birds.push_back(std::make_unique<canary>());
                canary* const bird = birds.back().get();
                registration r = d.on([&violations, bird](const event&) {
                    for (int i = 0; i < 300; ++i)
                        if (bird->gone.load(std::memory_order_relaxed)) return void(++violations);
                });
                if (paced) {
                    const auto pause = std::chrono::steady_clock::now() + std::chrono::microseconds(150);
                    while (std::chrono::steady_clock::now() < pause)
                        for (line& l : *contended) l.value.store(2, std::memory_order_relaxed);
                } else {
                    for (line& l : *contended) l.value.store(2, std::memory_order_relaxed);
                }
                if (r.unregister() != unregister_result::done) ++violations;
                bird->gone.store(true, std::memory_order_relaxed);
            }
            over = true;
            CHECK(violations.load() == 0);
        }
    });
}

TEST_CASE("G1 a callable left to a thread that is just leaving is destroyed, by that thread or by this") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        std::atomic<int> turn{0}; // 1: notify, 2: notified, 3: end
        const runner notifier([&] {
            for (int spins = 0;;) {
                int now = turn.load();
                if (now == 3) return;
                if (now != 1) {
                    // On one processor the other thread waits for this one's time slice to end.
                    if (++spins % 1000 == 0) std::this_thread::yield();
                    continue;
                }
                d.notify({});
                turn = 2;
            }
        });
        std::atomic<bool> entered{false};
        long kept = 0;
        for (int i = 0; i < (slow ? 1000 : 20000); ++i) {
            entered = false;
            registration r = d.on([&, m = census::member(callables)](const event&) { entered = true; });
            turn = 1;
            for (int spins = 1; !entered.load(); ++spins)
                if (spins % 1000 == 0) std::this_thread::yield();
            for (int spins = 0; spins < i % 64; ++spins) std::atomic_signal_fence(std::memory_order_seq_cst);
            static_cast<void>(r.unregister(assent::no_wait));
            eventually([&] { return turn == 2; });
            kept += callables.alive(); // nobody notifies now: it must not be left lying
        }
        turn = 3;
        CHECK(kept == 0);
    });
}

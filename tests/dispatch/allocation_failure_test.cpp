// SPDX-License-Identifier: BSL-1.0
#include <assent/dispatch/dispatcher.hpp>
#include <assent/dispatch/joint_transaction.hpp>

#include "allocation.hpp"
#include "domains.hpp"
#include "gate.hpp"
#include "recorder.hpp"
#include "skip.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#if defined(__clang__)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define REPLACES_OPERATOR_NEW 0
#endif
#endif
#if !defined(REPLACES_OPERATOR_NEW)
#define REPLACES_OPERATOR_NEW 1
#endif

namespace {

constexpr std::size_t never = SIZE_MAX;
thread_local std::size_t left_to_succeed = never;
thread_local bool keeps_failing = false;
thread_local bool has_failed = false;
thread_local long blocks = 0;
thread_local std::size_t allocated = 0;

} // namespace

#if REPLACES_OPERATOR_NEW

namespace {

// The C library of Windows keeps over-aligned memory apart from the rest.
#if defined(_WIN32)
void* take_aligned(std::size_t alignment, std::size_t size) { return _aligned_malloc(size, alignment); }
void free_aligned(void* memory) { _aligned_free(memory); }
#else
void* take_aligned(std::size_t alignment, std::size_t size) { return std::aligned_alloc(alignment, size); }
void free_aligned(void* memory) { std::free(memory); }
#endif

/// See allocations::recycle().
struct recycler {
    struct slot {
        void* memory = nullptr;
        std::size_t size = 0;
        bool free = false;
    };
    std::mutex lock;
    bool on = false;
    std::array<slot, 64> slots{};

    void* take(std::size_t alignment, std::size_t size) {
        const std::lock_guard guard(lock);
        for (slot& s : slots)
            if (on && s.free && s.size == size) {
                s.free = false;
                return s.memory;
            }
        void* const fresh = take_aligned(alignment, size);
        for (slot& s : slots)
            if (on && s.memory == nullptr) {
                s = {fresh, size, false};
                break;
            }
        return fresh;
    }
    void give(void* memory) {
        const std::lock_guard guard(lock);
        for (slot& s : slots)
            if (s.memory == memory) {
                s.free = true;
                if (on) return;
                s = {};
                break;
            }
        free_aligned(memory);
    }
    void turn(bool to) {
        const std::lock_guard guard(lock);
        on = to;
        for (slot& s : slots)
            if (!on && s.free) {
                free_aligned(s.memory);
                s = {};
            }
    }
};
recycler recycled;

void* take(std::size_t size, std::size_t alignment) noexcept {
    if (left_to_succeed == 0) {
        has_failed = true;
        if (!keeps_failing) left_to_succeed = never;
        return nullptr;
    }
    if (left_to_succeed != never) --left_to_succeed;
    void* memory = nullptr;
    if (alignment <= alignof(std::max_align_t)) {
        memory = std::malloc(size == 0 ? 1 : size);
    } else {
        memory = recycled.take(alignment, (size + alignment - 1) / alignment * alignment);
    }
    if (memory != nullptr) {
        ++blocks;
        ++allocated;
    }
    return memory;
}

void give_aligned(void* memory) noexcept {
    if (memory == nullptr) return;
    --blocks;
    recycled.give(memory);
}

void* take_or_throw(std::size_t size, std::size_t alignment) {
    void* const memory = take(size, alignment);
    if (memory == nullptr) {
#if defined(__cpp_exceptions)
        throw std::bad_alloc();
#else
        std::abort();
#endif
    }
    return memory;
}

void give(void* memory) noexcept {
    if (memory == nullptr) return;
    --blocks;
    std::free(memory);
}

} // namespace

void* operator new(std::size_t n) { return take_or_throw(n, 1); }
void* operator new[](std::size_t n) { return take_or_throw(n, 1); }
void* operator new(std::size_t n, std::align_val_t a) {
    return take_or_throw(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, std::align_val_t a) {
    return take_or_throw(n, static_cast<std::size_t>(a));
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return take(n, 1); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return take(n, 1); }
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
    return take(n, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
    return take(n, static_cast<std::size_t>(a));
}
void operator delete(void* p) noexcept { give(p); }
void operator delete[](void* p) noexcept { give(p); }
void operator delete(void* p, std::size_t) noexcept { give(p); }
void operator delete[](void* p, std::size_t) noexcept { give(p); }
void operator delete(void* p, std::align_val_t) noexcept { give_aligned(p); }
void operator delete[](void* p, std::align_val_t) noexcept { give_aligned(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { give_aligned(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { give_aligned(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { give(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { give(p); }
void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept { give_aligned(p); }
void operator delete[](void* p, std::align_val_t, const std::nothrow_t&) noexcept { give_aligned(p); }

#endif

namespace test_support {
#if REPLACES_OPERATOR_NEW
void allocations::recycle(bool on) noexcept { recycled.turn(on); }
#else
void allocations::recycle(bool) noexcept {}
#endif
bool allocations::replaced() noexcept { return REPLACES_OPERATOR_NEW != 0; }
void allocations::fail(std::size_t after, bool also_later) noexcept {
    left_to_succeed = after;
    keeps_failing = also_later;
    has_failed = false;
}
bool allocations::disarm() noexcept {
    left_to_succeed = never;
    return has_failed;
}
long allocations::outstanding() noexcept { return blocks; }
std::size_t allocations::count() noexcept { return allocated; }
} // namespace test_support

using namespace test_support;
using assent::dispatcher;
using assent::registration;
using assent::unregister_result;

namespace {

struct event {
    int value = 0;
};
struct keyed_event {
    struct event_type {
        std::string key;
    };
    using key_type = std::string;
    static const std::string& key(const event_type& e) { return e.key; }
};
struct device {
    struct event_type {
        int id = 0;
    };
    using instance_type = int;
    static event_type arrival(int i) { return {i}; }
    static event_type removal(int i) { return {-i}; }
};
struct processor : device {
    using status_type = int;
};
struct named_instances {
    struct event_type {
        std::string id;
    };
    using status_type = int;
    using instance_type = std::string;
    static event_type arrival(const std::string& i) { return {i}; }
    static event_type removal(const std::string& i) { return {i}; }
};

constexpr const char* cannot_fail = "operator new belongs to the sanitizer";
[[maybe_unused]] const std::string long_key =
    "a key that is longer than what a string object holds by itself";

} // namespace

TEST_CASE("G9 unregistering needs no memory, with any number of callbacks and from inside") {
    if (!allocations::replaced()) return skip(cannot_fail);
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        std::vector<registration> r;
        for (int i = 0; i < 500; ++i) r.push_back(d.on({.priority = i % 5}, [](const event&) {}));
        registration self;
        self = d.on([&](const event&) { CHECK(self.unregister() == unregister_result::inside_callback); });
        d.notify({});
        allocations::fail(0, true);
        bool all = true;
        for (registration& one : r) all = all && one.unregister() == unregister_result::done;
        d.notify({});
        allocations::disarm();
        CHECK(all);
        int calls = 0;
        const auto again = d.on([&](const event&) { ++calls; });
        d.notify({});
        CHECK(calls == 1);
    });
}

TEST_CASE("G7 after a thread's first use at a depth a notification allocates nothing") {
    if (!allocations::replaced()) return skip(cannot_fail);
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        const auto r = d.on([&](const event& e) {
            if (e.value > 0) d.notify({e.value - 1});
        });
        d.notify({30});
        const std::size_t before = allocations::count();
        d.notify({30});
        CHECK(allocations::count() == before);
        std::thread([&] {
            const std::size_t at_start = allocations::count();
            const bool ready = assent::attach_thread(31, in);
            CHECK(allocations::count() > at_start);
            const std::size_t attached = allocations::count();
            d.notify({30});
            CHECK(allocations::count() == attached);
            CHECK(ready);
        }).join();
    });
}

TEST_CASE("G1 unregister returns although its callback's slot is used by another after it left") {
    // The waiter compares what a frame shows. Here the frame soon shows the same address again, for another
    // callback that stays inside: that one is not waited for.
    if (!allocations::replaced()) return skip(cannot_fail);
    in_each_domain([](const assent::domain& in) {
        for (int round = 0; round < 3; ++round) {
            allocations::recycle(true);
            dispatcher<event> d(in);
            stop first;
            stop second;
            std::atomic<bool> returned{false};
            auto x = std::make_unique<registration>(d.on([&](const event&) { first.here(); }));
            runner notifier([&] {
                d.notify({1});
                // A block of 10 slots is used up twice: the third one lies where the first one did.
                for (int i = 0; i < 19; ++i) static_cast<void>(d.on([](const event&) {}).unregister());
                const auto y = d.on([&](const event&) { second.here(); });
                d.notify({2});
            });
            first.entered.wait();
            std::atomic<bool> begins{false};
            runner unregisterer([&] {
                begins = true;
                CHECK(x->unregister() == unregister_result::done);
                returned = true;
            });
            eventually([&] { return begins.load(); });
            // Long enough for the waiter to poll rarely; a shorter time only makes the test easier to pass.
            static_cast<void>(stays_false([&] { return returned.load(); }));
            first.leave.open();
            second.entered.wait();
            eventually([&] { return returned.load(); }, "unregister, which waits for the wrong callback");
            second.leave.open();
            notifier.join();
            allocations::recycle(false);
        }
    });
}

TEST_CASE("attach_thread reports that there is no memory, and may be tried again") {
    if (!allocations::replaced()) return skip(cannot_fail);
    in_each_domain([](const assent::domain& in) {
        std::thread([&] {
            allocations::fail(0, true);
            const bool attached = assent::attach_thread(20, in);
            allocations::disarm();
            CHECK(!attached);
            CHECK(assent::attach_thread(20, in));
        }).join();
    });
}

TEST_CASE("G6 keys that nobody uses any more cost no memory") {
    if (!allocations::replaced()) return skip(cannot_fail);
    in_each_domain([](const assent::domain& in) {
        dispatcher<keyed_event> d(in);
        const registration other = d.on("other", [](const auto&) {});
        const auto use = [&](int keys) {
            for (int i = 0; i < keys; ++i) {
                const registration r =
                    d.on(long_key + std::to_string(i), {.priority = i % 3}, [](const auto&) {});
                d.notify({long_key + std::to_string(i)});
            }
        };
        use(3);
        const long before = allocations::outstanding();
        use(300);
        CHECK(allocations::outstanding() == before);
    });
}

TEST_CASE("a registration costs one allocation beyond the growth of its block") {
    if (!allocations::replaced()) return skip(cannot_fail);
    dispatcher<event> d;
    const auto first = d.on([](const event&) {});
    for (int words = 0; words < 2; ++words) {
        const std::size_t before = allocations::count();
        if (words == 0) {
            const auto r = d.on([p = std::array<void*, 3>()](const event&) { static_cast<void>(p); });
            CHECK(allocations::count() == before + 1);
        } else {
            const auto r =
                d.on({.name = "with a name that is long enough to need memory"}, [](const event&) {});
            CHECK(allocations::count() == before + 1);
        }
    }
}

TEST_CASE("G6 the block of 100000 registrations grows some forty times: what moves is amortised") {
    if (!allocations::replaced()) return skip(cannot_fail);
    dispatcher<event> d;
    std::vector<registration> r(100'000);
    const std::size_t before = allocations::count();
    for (registration& one : r) one = d.on([](const event&) {});
    CHECK(allocations::count() - before <= r.size() + 50);
    // From either end, and whatever is left is moved as seldom.
    const std::size_t in_the_middle = allocations::count();
    for (std::size_t i = 0; i < r.size() / 2; ++i) {
        r[i] = registration();
        r[r.size() - 1 - i] = registration();
    }
    CHECK(allocations::count() - in_the_middle <= 20);
}

#if defined(__cpp_exceptions)

namespace {

/// attempt() registers somehow; look() describes the dispatcher. Every allocation of attempt() fails in turn,
/// alone and with all later ones.
template <class Attempt, class Look> void fail_each_allocation(Attempt attempt, Look look) {
    const std::string before = look();
    for (const bool also_later : {false, true}) {
        for (std::size_t k = 0;; ++k) {
            CAPTURE(k);
            CAPTURE(also_later);
            registration r;
            bool thrown = false;
            allocations::fail(k, also_later);
            try {
                attempt(r);
            } catch (const std::bad_alloc&) {
                thrown = true;
            }
            const bool failed = allocations::disarm();
            if (thrown) {
                CHECK(failed);
                CHECK(!r.active());
            }
            if (!failed) break;
            if (!thrown) { // it could do without
                CHECK(r.active());
                r = registration();
            }
            CHECK(look() == before);
            CHECK(k < 50);
            if (k >= 50) break;
        }
    }
}

} // namespace

TEST_CASE("G9 a registration without memory leaves the dispatcher as it was, at every allocation") {
    if (!allocations::replaced()) return skip(cannot_fail);
    in_each_domain([](const assent::domain& in) {
        for (const int present : {0, 1, 10, 50}) {
            for (const int priority : {0, 7, -7}) {
                dispatcher<event> d(in);
                recorder log;
                census callables;
                std::vector<registration> r;
                for (int i = 0; i < present; ++i)
                    r.push_back(
                        d.on({.priority = i % 5}, [&log, i](const event&) { log.say(std::to_string(i)); }));
                fail_each_allocation(
                    [&](registration& made) {
                        made = d.on({.priority = priority, .name = "newcomer"},
                                    [&, m = census::member(callables)](const event&) { log.say("new"); });
                    },
                    [&] {
                        d.notify({});
                        return log.take() + " " + std::to_string(callables.alive());
                    });
            }
        }
    });
}

TEST_CASE("G9 the same for a key that nobody had, and one that somebody has") {
    if (!allocations::replaced()) return skip(cannot_fail);
    in_each_domain([](const assent::domain& in) {
        for (const bool known : {false, true}) {
            recorder log;
            census callables;
            {
                dispatcher<keyed_event> d(in);
                const auto other = d.on("other", [&](const auto&) { log.say("other"); });
                std::optional<registration> one;
                if (known) one = d.on(long_key, [&](const auto&) { log.say("known"); });
                fail_each_allocation(
                    [&](registration& made) {
                        made = d.on(long_key, {.priority = 3, .name = "newcomer"},
                                    [&, m = census::member(callables)](const auto&) { log.say("new"); });
                    },
                    [&] {
                        d.notify({long_key});
                        d.notify({"other"});
                        return log.take() + " " + std::to_string(callables.alive());
                    });
            } // destroyed after the failures, when something half-made would show
            CHECK(callables.alive() == 0);
        }
    });
}

TEST_CASE("G9 the same for a newcomer that asks for what exists") {
    if (!allocations::replaced()) return skip(cannot_fail);
    in_each_domain([](const assent::domain& in) {
        for (const bool into : {false, true}) {
            dispatcher<device> d(in);
            recorder log;
            census callables;
            for (int i = 1; i < 4; ++i) d.notify_arrival(i);
            const auto old = d.on([&](const auto& e) { log.say("old" + std::to_string(e.id)); });
            fail_each_allocation(
                [&](registration& made) {
                    const auto f = [&, m = census::member(callables)](const auto& e) {
                        if (e.id > 50) log.say("new");
                    };
                    if (into) {
                        static_cast<void>(
                            d.on_into([&](registration&& r) { made = std::move(r); }, {.replay = true}, f));
                    } else {
                        made = d.on({.replay = true}, f);
                    }
                },
                [&] {
                    d.notify({99});
                    return log.take();
                });
            CHECK(callables.alive() == 0);
            d.notify_arrival(7);
            CHECK(log.take() == "old7");
        }
    });
}

TEST_CASE("G9 the same for a participant that asks for what exists") {
    if (!allocations::replaced()) return skip(cannot_fail);
    in_each_domain([](const assent::domain& in) {
        dispatcher<processor> d(in);
        recorder log;
        census callables;
        for (int i = 1; i < 4; ++i) d.announce_arrival(i);
        fail_each_allocation(
            [&](registration& made) {
                made = d.on(
                    {.replay = true}, [m = census::member(callables)](const auto&) { return 0; },
                    [](const auto&) noexcept {}, [](const auto&) noexcept {});
            },
            [&] {
                CHECK(d.transact({}, [] {}));
                return std::to_string(callables.alive());
            });
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("G9 a dispatcher or domain without memory is not made") {
    if (!allocations::replaced()) return skip(cannot_fail);
    const assent::domain in = assent::domain::make();
    const long before = allocations::outstanding();
    for (std::size_t k = 0; k < 20; ++k) {
        allocations::fail(k, false);
        bool thrown = false;
        try {
            const dispatcher<keyed_event> d(in);
            const assent::domain other = assent::domain::make();
        } catch (const std::bad_alloc&) {
            thrown = true;
        }
        const bool failed = allocations::disarm();
        CHECK(thrown == failed);
        CHECK(allocations::outstanding() == before);
        if (!failed) return;
    }
    CHECK_MESSAGE(false, "more allocations than expected");
}

TEST_CASE("G7 a thread without memory fails before any callback was called") {
    if (!allocations::replaced()) return skip(cannot_fail);
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        int calls = 0;
        const auto r = d.on([&](const event&) { ++calls; });
        std::thread([&] {
            bool thrown = false;
            allocations::fail(0, true);
            try {
                d.notify({});
            } catch (const std::bad_alloc&) {
                thrown = true;
            }
            const bool failed = allocations::disarm();
            CHECK((thrown || !failed)); // a record of an ended thread may have been free
            CHECK(calls == (thrown ? 0 : 1));
            d.notify({});
        }).join();
    });
}

TEST_CASE("G5 no transaction is torn by missing memory: every participant is told, and the change is known "
          "or not") {
    if (!allocations::replaced()) return skip(cannot_fail);
    in_each_domain([](const assent::domain& in) {
        for (std::size_t k = 0;; ++k) {
            CAPTURE(k);
            dispatcher<named_instances> d(in);
            int prepared = 0;
            int committed = 0;
            int aborted = 0;
            bool acted = false;
            std::vector<registration> r;
            // More priorities than a transaction has room for without asking for memory.
            for (int i = 0; i < 6; ++i) {
                r.push_back(d.on(
                    {.priority = i}, [&](const auto&) { return ++prepared, 0; },
                    [&](const auto&) noexcept { ++committed; }, [&](const auto&) noexcept { ++aborted; }));
            }
            bool thrown = false;
            allocations::fail(k, false);
            try {
                static_cast<void>(d.transact_arrival(long_key, [&] { acted = true; }));
            } catch (const std::bad_alloc&) {
                thrown = true;
            }
            const bool failed = allocations::disarm();
            CHECK(prepared == committed + aborted);
            CHECK((committed == 0 || aborted == 0));
            CHECK(acted == (committed == 6)); // what has happened cannot be called off
            CHECK(!(thrown && acted));
            int replayed = 0;
            const auto newcomer = d.on(
                {.replay = true}, [&](const auto&) { return ++replayed, 0; }, [](const auto&) noexcept {},
                [](const auto&) noexcept {});
            CHECK(replayed == (acted ? 1 : 0));
            CHECK(!d.inside_callback());
            if (!failed) break;
            CHECK(k < 50);
            if (k >= 50) break;
        }
    });
}

namespace {
struct bay_change {
    struct event_type {
        int bay = 0;
    };
    using status_type = bool;
    using key_type = int;
    static int key(const event_type& e) noexcept { return e.bay; }
};
} // namespace

TEST_CASE("G5 a joint change without memory, at every allocation, fails before anybody was asked") {
    if (!allocations::replaced()) return skip(cannot_fail);
    in_each_domain([](const assent::domain& in) {
        for (std::size_t k = 0; k < 50; ++k) {
            CAPTURE(k);
            dispatcher<named_instances> names(in);
            dispatcher<bay_change> bays(in);
            int prepared = 0;
            int committed = 0;
            std::vector<registration> r;
            for (int i = 0; i < 6; ++i) {
                r.push_back(names.on(
                    {.priority = i}, [&](const auto&) { return ++prepared, 0; },
                    [&](const auto&) noexcept { ++committed; }, [](const auto&) noexcept {}));
                r.push_back(bays.on(
                    i, {.priority = i}, [&](const auto&) { return ++prepared, true; },
                    [&](const auto&) noexcept { ++committed; }, [](const auto&) noexcept {}));
            }
            bool acted = false;
            bool thrown = false;
            bool failed = false;
            const std::array<int, 6> keys{0, 1, 2, 3, 4, 5};
            // A thread of its own: its frames are allocated in between.
            std::thread([&] {
                allocations::fail(k, false);
                try {
                    static_cast<void>(assent::transact([&] { acted = true; },
                                                       assent::part_keys(bays, keys, {0}),
                                                       assent::arrival(names, long_key)));
                } catch (const std::bad_alloc&) {
                    thrown = true;
                }
                failed = allocations::disarm();
            }).join();
            CHECK(thrown == failed);
            CHECK(acted == !thrown);
            CHECK(prepared == (thrown ? 0 : 12));
            CHECK(committed == prepared);
            CHECK(!names.inside_callback());
            CHECK(assent::transact([] {}, assent::removal(names, long_key), assent::part(bays, {1})));
            CHECK(committed == (thrown ? 7 : 19));
            if (!failed) {
                CHECK(k > 3);
                break;
            }
        }
    });
}

TEST_CASE("G9 an arrival that cannot be remembered is told to nobody") {
    if (!allocations::replaced()) return skip(cannot_fail);
    in_each_domain([](const assent::domain& in) {
        for (std::size_t k = 0;; ++k) {
            CAPTURE(k);
            dispatcher<device> d(in);
            int told = 0;
            const auto r = d.on([&](const auto&) { ++told; });
            d.notify({5});
            told = 0;
            bool thrown = false;
            allocations::fail(k, false);
            try {
                d.notify_arrival(1);
            } catch (const std::bad_alloc&) {
                thrown = true;
            }
            const bool failed = allocations::disarm();
            int replayed = 0;
            const auto newcomer = d.on({.replay = true}, [&](const auto&) { ++replayed; });
            CHECK(told == replayed);
            CHECK(told == (thrown ? 0 : 1));
            if (!failed) break;
            CHECK(k < 50);
            if (k >= 50) break;
        }
    });
}

#endif

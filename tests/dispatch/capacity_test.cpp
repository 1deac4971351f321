// SPDX-License-Identifier: BSL-1.0
#include <assent/core/registration_storage.hpp>

#include <assent/dispatch/dispatcher.hpp>

#include "allocation.hpp"
#include "domains.hpp"
#include "gate.hpp"
#include "skip.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

using namespace test_support;
using assent::dispatcher;
using assent::registration;
using assent::registration_storage;

namespace {

struct event {
    int value = 0;
};
struct change {
    struct event_type {
        int value = 0;
    };
    using status_type = bool;
};
template <unsigned Capacity> struct room_for : assent::default_policy {
    static constexpr unsigned capacity = Capacity;
};
template <unsigned Capacity> using bounded = dispatcher<event, room_for<Capacity>>;

constexpr const char* cannot_count = "operator new belongs to the sanitizer";

} // namespace

TEST_CASE("a dispatcher of fixed capacity allocates nothing after it was made, whatever comes and goes") {
    if (!allocations::replaced()) return skip(cannot_count);
    in_each_domain([](const assent::domain& in) {
        bounded<4> d(in);
        static_cast<void>(assent::attach_thread(3, in));
        std::array<registration_storage<>, 4> rooms;
        std::array<registration, 4> r;
        long calls = 0;
        const std::size_t before = allocations::count();
        for (std::size_t i = 0; i < 10'000; ++i) {
            r[i % 4] = registration();
            r[i % 4] = d.on_in(rooms[i % 4], [&calls](const event&) { ++calls; });
            if (i % 8 == 7) d.notify({});
        }
        CHECK(allocations::count() == before);
        CHECK(calls == 10'000 / 8 * 4);
    });
}

TEST_CASE("the same for participants, and beside a callback that is blocked") {
    if (!allocations::replaced()) return skip(cannot_count);
    struct participant {
        long* told;
        bool prepare(const change::event_type&) { return true; }
        void commit(const change::event_type&) noexcept { ++*told; }
        void abort(const change::event_type&) noexcept {}
    };
    in_each_domain([](const assent::domain& in) {
        {
            dispatcher<change, room_for<1>> d(in);
            static_cast<void>(assent::attach_thread(3, in));
            registration_storage<> room;
            long told = 0;
            const std::size_t before = allocations::count();
            for (int i = 0; i < 1000; ++i) {
                const registration r = d.on_in(room, participant{&told});
                static_cast<void>(d.transact({}, [] { return true; }));
            }
            CHECK(allocations::count() == before);
            CHECK(told == 1000);
        }
        bounded<2> d(in);
        stop inside;
        const registration blocked = d.on([&](const event& e) {
            if (e.value == 1) inside.here();
        });
        const runner notifier([&] { d.notify({1}); });
        inside.entered.wait();
        registration_storage<> room;
        long calls = 0;
        d.notify({});
        const std::size_t before = allocations::count();
        for (int i = 0; i < 10'000; ++i) {
            const registration r = d.on_in(room, [&calls](const event&) { ++calls; });
            d.notify({});
        }
        CHECK(allocations::count() == before);
        CHECK(calls == 10'000);
        inside.leave.open();
    });
}

TEST_CASE("reserve on a dispatcher of fixed capacity takes none of its room") {
    bounded<8> d;
    std::vector<registration> r;
    d.reserve(8);
    for (int i = 0; i < 8; ++i) r.push_back(d.on([](const event&) {}));
    d.reserve(0);
    for (const registration& each : r) CHECK(each.active());
}

TEST_CASE("G1 threads that come and go in a dispatcher of fixed capacity are called for exactly as long") {
    in_each_domain([](const assent::domain& in) {
        bounded<16> d(in);
        std::atomic<bool> over{false};
        std::atomic<long> violations{0};
        const auto notify = [&] {
            while (!over.load()) d.notify({});
        };
        const runner a(notify);
        const runner b(notify);
        {
            std::vector<std::unique_ptr<runner>> threads;
            for (int t = 0; t < 2; ++t)
                threads.push_back(std::make_unique<runner>([&] {
                    for (int i = 0; i < (assent::config::thread_sanitizer ? 500 : 5000); ++i) {
                        // Outlives a callback that were called wrongly.
                        auto gone = std::make_shared<std::atomic<bool>>(false);
                        {
                            const registration r = d.on([&violations, gone](const event&) {
                                if (gone->load()) ++violations;
                            });
                            if (!r.active()) ++violations;
                        }
                        gone->store(true);
                    }
                }));
        }
        over = true;
        CHECK(violations.load() == 0);
    });
}

#if !defined(__cpp_exceptions)

TEST_CASE("G9 without exceptions a registration beyond the capacity is inactive") {
    bounded<1> d;
    registration_storage<> room;
    int calls = 0;
    const registration kept = d.on([&calls](const event&) { ++calls; });
    const registration beyond = d.on([&calls](const event&) { ++calls; });
    const registration stored = d.on_in(room, [&calls](const event&) { ++calls; });
    CHECK(kept.active());
    CHECK(!beyond.active());
    CHECK(!stored.active());
    CHECK(room.vacant());
    d.notify({});
    CHECK(calls == 1);
}

#else

TEST_CASE("G9 beyond its capacity a dispatcher registers nobody and keeps who is there") {
    in_each_domain([](const assent::domain& in) {
        bounded<3> d(in);
        int calls = 0;
        registration_storage<> room;
        std::vector<registration> r;
        for (int i = 0; i < 3; ++i) r.push_back(d.on([&calls](const event&) { ++calls; }));
        for (int round = 0; round < 3; ++round) {
            CHECK_THROWS_AS(static_cast<void>(d.on([&calls](const event&) { calls += 100; })),
                            std::bad_alloc);
            CHECK_THROWS_AS(static_cast<void>(d.on_in(room, [&calls](const event&) { calls += 100; })),
                            std::bad_alloc);
            CHECK(room.vacant());
            CHECK_THROWS_AS(static_cast<void>(d.on({.priority = 1}, [](const event&) {})), std::bad_alloc);
            CHECK_THROWS_AS(d.reserve(1), std::bad_alloc);
        }
        d.notify({});
        CHECK(calls == 3);
        r.pop_back();
        r.push_back(d.on_in(room, [&calls](const event&) { calls += 10; }));
        d.notify({});
        CHECK(calls == 3 + 12);
    });
}

TEST_CASE("G9 when walks hold all the room of a dispatcher of fixed capacity on() fails, and recovers") {
    in_each_domain([](const assent::domain& in) {
        bounded<1> d(in);
        // Each level blocks a block of its own: deeper than concurrent_walks.
        int refused = 0;
        registration deepest;
        std::vector<registration> r(1);
        const auto churn_until_replaced = [&] {
            for (int i = 0; i < 40; ++i) {
                try {
                    const registration pair = d.on([](const event&) {});
                } catch (const std::bad_alloc&) {
                    ++refused;
                }
            }
        };
        struct recursive {
            bounded<1>* d;
            std::vector<registration>* r;
            int* refused;
            void operator()(const event& e) const {
                if (e.value == 0) return;
                bounded<1>& on = *d;
                const recursive copy = *this;
                static_cast<void>((*copy.r)[0].unregister());
                for (int i = 0; i < 40; ++i) {
                    try {
                        const registration pair = on.on([](const event&) {});
                    } catch (const std::bad_alloc&) {
                        ++*copy.refused;
                    }
                }
                try {
                    (*copy.r)[0] = on.on(copy);
                } catch (const std::bad_alloc&) {
                    ++*copy.refused;
                }
                on.notify({e.value - 1});
            }
        };
        r[0] = d.on(recursive{&d, &r, &refused});
        d.notify({8});
        CHECK(refused > 0);
        // All walks are over: there is room again.
        r[0] = registration();
        refused = 0;
        churn_until_replaced();
        CHECK(refused == 0);
    });
}

#endif

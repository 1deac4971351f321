// SPDX-License-Identifier: BSL-1.0
#include <assent/dispatch/dispatcher.hpp>

#include "allocation.hpp"
#include "domains.hpp"
#include "gate.hpp"
#include "recorder.hpp"
#include "skip.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <pthread.h>
#endif

using namespace test_support;
using assent::dispatcher;
using assent::registration;
using assent::unregister_result;

namespace {

struct event {
    int value = 0;
};

struct device_event {
    struct event_type {
        std::string device;
        int value = 0;
    };
    using key_type = std::string;
    static const key_type& key(const event_type& e) { return e.device; }
};

/// Comparing it may throw.
struct touchy {
    int number = 0;
    bool throws = false;
    bool operator==(const touchy& other) const {
        if (throws || other.throws) raise();
        return number == other.number;
    }
    static void raise() {
#if defined(__cpp_exceptions)
        throw 7;
#endif
    }
};

struct of_touchy {
    using event_type = touchy;
    using key_type = touchy;
    static const touchy& key(const touchy& e) { return e; }
};

} // namespace

template <> struct std::hash<touchy> {
    std::size_t operator()(const touchy& t) const noexcept { return static_cast<std::size_t>(t.number); }
};

TEST_CASE("callbacks are called by priority, and within a priority in registration order") {
    in_each_domain([](const assent::domain& in) {
        const std::array<int, 4> orders[] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {1, 3, 0, 2}};
        for (const auto& order : orders) {
            dispatcher<event> d(in);
            recorder log;
            std::vector<registration> r;
            for (int twice = 0; twice < 2; ++twice) {
                for (const int which : order) {
                    const int priority = (which - 2) * 10; // -20, -10, 0, 10
                    r.push_back(d.on({.priority = priority}, [&log, priority, twice](const event&) {
                        log.say(std::to_string(priority) + (twice == 0 ? "a" : "b"));
                    }));
                }
            }
            d.notify({});
            CHECK(log.take() == "10a 10b 0a 0b -10a -10b -20a -20b");
            r.erase(r.begin(), r.begin() + 4);
            d.notify({});
            CHECK(log.take() == "10b 0b -10b -20b");
        }
    });
}

TEST_CASE("order survives growth, compaction and reuse of a priority") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        std::vector<int> called;
        std::vector<std::unique_ptr<registration>> r(600);
        for (std::size_t i = 0; i < r.size(); ++i)
            r[i] = std::make_unique<registration>(
                d.on({.priority = static_cast<int>(i % 3)},
                     [&called, i](const event&) { called.push_back(static_cast<int>(i)); }));
        for (std::size_t i = 0; i < r.size(); ++i)
            if (i % 7 != 0) r[i].reset();
        d.notify({});
        std::vector<int> expected;
        for (int priority = 2; priority >= 0; --priority)
            for (int i = 0; i < 600; ++i)
                if (i % 3 == priority && i % 7 == 0) expected.push_back(i);
        CHECK(called == expected);
    });
}

TEST_CASE("G4 a callback registered during a notification does not see it, whatever its priority") {
    in_each_domain([](const assent::domain& in) {
        // From one priority (fast walk) and from several; registered by the first, the middle, the last one.
        for (const bool several : {false, true}) {
            for (const int registers : {10, 0, -10}) {
                for (const int newcomer : {20, 10, 5, 0, -10, -20}) {
                    CAPTURE(registers);
                    CAPTURE(newcomer);
                    dispatcher<event> d(in);
                    std::vector<registration> r;
                    int seen = 0;
                    bool armed = true;
                    std::vector<int> priorities{registers};
                    if (several) priorities = {10, 0, -10};
                    for (const int p : priorities) {
                        r.push_back(d.on({.priority = p}, [&, p](const event&) {
                            if (p != registers || !armed) return;
                            armed = false;
                            for (int i = 0; i < 40; ++i) // beyond the room of a block
                                r.push_back(d.on({.priority = newcomer}, [&](const event&) { ++seen; }));
                        }));
                    }
                    d.notify({});
                    CHECK(seen == 0);
                    d.notify({});
                    CHECK(seen == 40);
                }
            }
        }
    });
}

TEST_CASE("G4 one registered while another thread notifies does not see that notification") {
    in_each_domain([](const assent::domain& in) {
        for (const int newcomer : {5, 0, -5}) {
            dispatcher<event> d(in);
            stop inside;
            std::atomic<int> seen{0};
            const auto first = d.on([&](const event& e) {
                if (e.value == 1) inside.here();
            });
            const auto low = d.on({.priority = -1}, [](const event&) {});
            runner notifier([&] { d.notify({1}); });
            inside.entered.wait();
            const auto r = d.on({.priority = newcomer}, [&](const event& e) { seen += e.value; });
            inside.leave.open();
            notifier.join();
            CHECK(seen.load() == 0);
            d.notify({2});
            CHECK(seen.load() == 2);
        }
    });
}

TEST_CASE("G4 one unregistered during a notification and not yet called is not called") {
    in_each_domain([](const assent::domain& in) {
        for (const int victim : {0, -10}) {
            for (const bool replaced : {false, true}) {
                dispatcher<event> d(in);
                int calls = 0;
                registration r;
                std::vector<registration> filler;
                const auto first = d.on([&](const event&) {
                    if (replaced)
                        for (int i = 0; i < 60; ++i)
                            filler.push_back(d.on({.priority = victim}, [](const event&) {}));
                    CHECK((r.unregister() == unregister_result::done || calls == 0));
                });
                r = d.on({.priority = victim}, [&](const event&) { ++calls; });
                d.notify({});
                d.notify({});
                CHECK(calls == 0);
            }
        }
    });
}

TEST_CASE("a dispatcher without callbacks, or with none left, notifies nobody") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        d.notify({});
        int calls = 0;
        auto low = d.on({.priority = -3}, [&](const event&) { ++calls; });
        d.notify({});
        CHECK(calls == 1);
        CHECK(low.unregister() == unregister_result::done);
        d.notify({});
        CHECK(calls == 1);
    });
}

TEST_CASE("callables of every kind can be registered") {
    dispatcher<event> d;
    int sum = 0;
    struct adder {
        int* sum;
        void operator()(const event& e) { *sum += e.value; }
        void operator=(const adder&) = delete;
    };
    adder one{&sum};
    const auto a = d.on(std::ref(one));
    const auto b = d.on([&sum, p = std::make_unique<int>(10)](const event& e) { sum += *p * e.value; });
    const auto c =
        d.on(std::function<int(const event&)>([&](const event& e) { return sum += 100 * e.value; }));
    const auto e = d.on(+[](const event&) {});
    static int by_pointer = 0;
    const auto f = d.on(+[](const event& x) { by_pointer = x.value; });
    const auto g = d.on(&event::value); // a member, read and dropped
    d.notify({2});
    CHECK(sum == 222);
    CHECK(by_pointer == 2);
}

TEST_CASE("a callable that needs more than usual alignment gets it") {
    dispatcher<event> d;
    struct alignas(128) wide {
        bool* aligned;
        void operator()(const event&) const { *aligned = reinterpret_cast<std::uintptr_t>(this) % 128 == 0; }
    };
    bool aligned = false;
    const auto r = d.on({.name = "wide"}, wide{&aligned});
    d.notify({});
    CHECK(aligned);
    CHECK(r.name() == "wide");
}

TEST_CASE("keyed receivers see the events of their key only") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device_event> d(in);
        recorder log;
        const auto b1 = d.on("b", [&](const auto& e) { log.say("b1:" + std::to_string(e.value)); });
        const auto a = d.on("a", [&](const auto& e) { log.say("a:" + std::to_string(e.value)); });
        auto b2 =
            d.on("b", {.priority = 1}, [&](const auto& e) { log.say("b2:" + std::to_string(e.value)); });
        d.notify({"b", 1});
        d.notify({"a", 2});
        d.notify({"nobody", 3});
        CHECK(log.take() == "b2:1 b1:1 a:2");
        CHECK(b2.unregister() == unregister_result::done);
        d.notify({"b", 4});
        CHECK(log.take() == "b1:4");
    });
}

TEST_CASE("a key that nobody uses any more is forgotten, also when the last one leaves inside its callback") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device_event> d(in);
        census callables;
        int calls = 0;
        for (int i = 0; i < 300; ++i) {
            const std::string key = "a key longer than what a string holds inside " + std::to_string(i);
            registration r;
            r = d.on(key, [&, m = census::member(callables)](const auto& e) {
                ++calls;
                if (e.value == 1) CHECK(r.unregister() == unregister_result::inside_callback);
                if (e.value == 2) {
                    r = registration(); // the key goes, and comes back while its old channel is still walked
                    r = d.on(e.device, [&](const auto&) { calls += 1000; });
                }
            });
            d.notify({key, i % 3});
            d.notify({key, 0});
        }
        CHECK(callables.alive() == 0);
        CHECK(calls == 100 * 2 + 100 + 100 * 1001);
    });
}

TEST_CASE("G4 a receiver of a key registered from inside that key's event does not see it") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device_event> d(in);
        int seen = 0;
        registration second;
        const auto first = d.on("k", [&](const auto&) {
            if (!second.active()) second = d.on("k", {.priority = -1}, [&](const auto&) { ++seen; });
        });
        d.notify({"k", 0});
        CHECK(seen == 0);
        d.notify({"k", 0});
        CHECK(seen == 1);
    });
}

TEST_CASE("on_into gives the registration away before the first call") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        registration kept;
        int calls = 0;
        const bool done = d.on_into(
            [&](registration&& r) {
                CHECK(r.active());
                kept = std::move(r);
                d.notify({}); // not started yet
                CHECK(calls == 0);
            },
            {},
            [&](const event&) {
                ++calls;
                CHECK(kept.unregister() == unregister_result::inside_callback);
            });
        CHECK(done);
        d.notify({});
        d.notify({});
        CHECK(calls == 1);
    });
}

TEST_CASE("on_into whose sink drops the registration registers nothing") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        int calls = 0;
        static_cast<void>(d.on_into([](registration&& r) { const registration dropped(std::move(r)); }, {},
                                    [&, m = census::member(callables)](const event&) { ++calls; }));
        d.notify({});
        CHECK(calls == 0);
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("on_into starts only when told, if asked to defer") {
    dispatcher<event> d;
    registration kept;
    int calls = 0;
    static_cast<void>(d.on_into([&](registration&& r) { kept = std::move(r); }, {.deferred = true},
                                [&](const event&) { ++calls; }));
    d.notify({});
    CHECK(calls == 0);
    CHECK(kept.start());
    d.notify({});
    CHECK(calls == 1);
}

TEST_CASE("a dispatcher can be moved with its callbacks") {
    dispatcher<event> a;
    int calls = 0;
    const auto r = a.on([&](const event&) { ++calls; });
    dispatcher<event> b(std::move(a));
    b.notify({});
    dispatcher<event> c;
    c = std::move(b);
    c.notify({});
    CHECK(calls == 2);
    CHECK(r.active());
}

#if defined(__cpp_exceptions)

TEST_CASE("G8 a callback that throws does not stop the others; the first exception arrives after the last") {
    in_each_domain([](const assent::domain& in) {
        for (const bool several : {false, true}) {
            dispatcher<event> d(in);
            recorder log;
            const int p = several ? -1 : 0;
            const auto a = d.on([&](const event&) { log.say("a"); });
            const auto b = d.on([&](const event&) {
                log.say("b");
                throw std::runtime_error("b");
            });
            const auto c = d.on({.priority = p}, [&](const event&) {
                log.say("c");
                throw std::logic_error("c");
            });
            const auto e = d.on({.priority = p}, [&](const event&) { log.say("e"); });
            CHECK_THROWS_WITH_AS(d.notify({}), "b", std::runtime_error);
            CHECK(log.take() == "a b c e");
        }
    });
}

TEST_CASE("G8 what a keyed callback or a key throws leaves no trace of the notification") {
    in_each_domain([](const assent::domain& in) {
        for (const bool several : {false, true}) {
            dispatcher<device_event> d(in);
            recorder log;
            registration a = d.on("key", [&](const device_event::event_type&) {
                log.say("a");
                throw std::runtime_error("a");
            });
            registration b = d.on("key", {.priority = several ? -1 : 0},
                                  [&](const device_event::event_type&) { log.say("b"); });
            for (int i = 0; i < 100; ++i) {
                CHECK_THROWS_WITH_AS(d.notify({"key", i}), "a", std::runtime_error);
                CHECK(log.take() == "a b");
            }
            // Neither is shown as running on this thread any more, the last one of the walk in particular.
            CHECK(b.unregister() == unregister_result::done);
            CHECK_THROWS_WITH_AS(d.notify({"key", 0}), "a", std::runtime_error);
            CHECK(a.unregister() == unregister_result::done);
            CHECK(log.take() == "a");
        }
        dispatcher<of_touchy> d(in);
        const auto r = d.on({1}, [](const touchy&) {});
        d.notify({1});
        const std::size_t before = allocations::count();
        for (int i = 0; i < 100; ++i) CHECK_THROWS_AS(d.notify({1, true}), int);
        CHECK(allocations::count() == before); // frames that are not given back run out
    });
}

TEST_CASE("G8 a callback that unregisters itself and throws is destroyed, and its exception arrives") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        registration r;
        r = d.on([&, m = census::member(callables)](const event&) {
            static_cast<void>(r.unregister());
            throw 7;
        });
        CHECK_THROWS_AS(d.notify({}), int);
        CHECK(callables.alive() == 0);
        d.notify({});
    });
}

TEST_CASE("G8 an exception of a nested notification passes through the callback that made it") {
    dispatcher<event> d;
    int after = 0;
    const auto a = d.on([&](const event& e) {
        if (e.value == 0) d.notify({1});
        if (e.value == 1) throw std::string("nested");
    });
    const auto b = d.on([&](const event&) { ++after; });
    CHECK_THROWS_AS(d.notify({0}), std::string);
    CHECK(after == 2);
}

TEST_CASE("a callable whose copy throws leaves nothing behind") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device_event> d(in);
        struct throws_on_copy {
            throws_on_copy() = default;
            throws_on_copy(const throws_on_copy&) { throw 1; }
            void operator()(const device_event::event_type&) const {}
        };
        const throws_on_copy f;
        CHECK_THROWS_AS(static_cast<void>(d.on("key", {.name = "name"}, f)), int);
        int calls = 0;
        const auto r = d.on("key", [&](const auto&) { ++calls; });
        d.notify({"key", 0});
        CHECK(calls == 1);
    });
}

#if defined(__linux__) && defined(__GLIBCXX__)

namespace {
template <class Body> void run_cancelled(Body body) {
    std::function<void()> f = body;
    pthread_t thread{};
    const int made = pthread_create(
        &thread, nullptr,
        [](void* p) -> void* {
            (*static_cast<std::function<void()>*>(p))();
            return nullptr;
        },
        &f);
    CHECK(made == 0);
    pthread_join(thread, nullptr);
}

struct instances {
    struct event_type {
        int id = 0;
    };
    using instance_type = int;
    static event_type arrival(int i) { return {i}; }
    static event_type removal(int i) { return {-i}; }
};
struct two_phases {
    struct event_type {};
    using status_type = bool;
};
} // namespace

TEST_CASE("G8 a thread that ends inside a callback passes through, and others can go on") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        int after = 0;
        auto a = d.on([m = census::member(callables)](const event& e) {
            if (e.value == 1) pthread_exit(nullptr);
        });
        const auto b = d.on([&](const event&) { ++after; });
        run_cancelled([&] { d.notify({1}); });
        CHECK(after == 0);
        d.notify({2});
        CHECK(after == 1);
        CHECK(a.unregister() == unregister_result::done);
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("G8 a thread that ends inside a callback gives up the dispatcher's turn") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<instances> d(in);
        int seen = 0;
        const auto a = d.on([&](const auto& e) {
            if (e.id == 1) pthread_exit(nullptr);
            ++seen;
        });
        run_cancelled([&] { d.notify({1}); });
        std::atomic<bool> returned{false};
        std::thread next([&] {
            d.notify({2});
            returned = true;
        });
        eventually([&] { return returned.load(); }, "a turn that an ended thread has kept");
        next.join();
        CHECK(seen == 1);
    });
}

TEST_CASE("G8 a thread that ends inside prepare gives up the dispatcher's turn and those prepared abort") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<two_phases> d(in);
        std::atomic<int> prepared{0};
        std::atomic<int> aborted{0};
        std::atomic<bool> ends{true};
        const auto first = d.on(
            [&](const auto&) {
                ++prepared;
                return true;
            },
            [](const auto&) noexcept {}, [&](const auto&) noexcept { ++aborted; });
        const auto second = d.on(
            [&](const auto&) {
                if (ends) pthread_exit(nullptr);
                return true;
            },
            [](const auto&) noexcept {}, [](const auto&) noexcept {});
        run_cancelled([&] { static_cast<void>(d.transact({}, [] { return true; })); });
        CHECK(prepared.load() == 1);
        CHECK(aborted.load() == 1);
        ends = false;
        std::atomic<bool> returned{false};
        std::thread next([&] {
            CHECK(d.transact({}, [] { return true; }));
            returned = true;
        });
        eventually([&] { return returned.load(); }, "a turn that an ended thread has kept");
        next.join();
    });
}
#else
TEST_CASE("G8 a thread that ends inside a callback, or inside prepare") {
    skip("ending a thread does not unwind it on this system");
}
#endif

#endif

// SPDX-License-Identifier: BSL-1.0
#include <assent/core/registration_storage.hpp>

#include <assent/dispatch/dispatcher.hpp>

#include "allocation.hpp"
#include "child_process.hpp"
#include "domains.hpp"
#include "gate.hpp"
#include "recorder.hpp"
#include "skip.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace test_support;
using assent::dispatcher;
using assent::registration;
using assent::registration_storage;
using assent::registration_storage_for;
using assent::unregister_result;

namespace {

struct event {
    int value = 0;
};
struct keyed_event {
    struct event_type {
        int key = 0;
    };
    using key_type = int;
    static int key(const event_type& e) { return e.key; }
};
struct change {
    struct event_type {
        int value = 0;
    };
    using status_type = bool;
};
struct device {
    struct event_type {
        int id = 0;
    };
    using instance_type = int;
    static event_type arrival(int i) { return {i}; }
    static event_type removal(int i) { return {-i}; }
};

constexpr const char* cannot_count = "operator new belongs to the sanitizer";
constexpr auto success = [] { return true; };

} // namespace

TEST_CASE("registering in a storage, notifying and unregistering allocate nothing once there are slots") {
    if (!allocations::replaced()) return skip(cannot_count);
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        d.reserve(30);
        static_cast<void>(assent::attach_thread(3, in));
        registration_storage<> one;
        registration_storage<> other;
        int calls = 0;
        const std::size_t before = allocations::count();
        for (int i = 0; i < 15; ++i) {
            const registration a = d.on_in(one, [&calls](const event&) { ++calls; });
            const registration b = d.on_in(other, {.name = "with a name of more than a few letters"},
                                           [&calls](const event&) { ++calls; });
            d.notify({});
        }
        CHECK(allocations::count() == before);
        CHECK(calls == 30);
    });
}

TEST_CASE("a storage without a slot that was reserved costs the dispatcher's slots only") {
    if (!allocations::replaced()) return skip(cannot_count);
    dispatcher<event> d;
    registration_storage<> room;
    const std::size_t before = allocations::count();
    const registration r = d.on_in(room, [](const event&) {});
    CHECK(r.active());
    CHECK(allocations::count() == before + 1);
}

TEST_CASE("reserve makes slots for as many as it was asked for, and keeps who is there") {
    if (!allocations::replaced()) return skip(cannot_count);
    in_each_domain([](const assent::domain& in) {
        for (const std::size_t more : {0U, 1U, 7U, 1000U}) {
            CAPTURE(more);
            dispatcher<event> d(in);
            std::vector<registration> r;
            r.reserve(more + 5);
            int calls = 0;
            for (int i = 0; i < 5; ++i) r.push_back(d.on([&calls](const event&) { ++calls; }));
            d.reserve(more);
            const std::size_t before = allocations::count();
            for (std::size_t i = 0; i < more; ++i) r.push_back(d.on([&calls](const event&) { ++calls; }));
            CHECK(allocations::count() == before + more);
            d.notify({});
            CHECK(calls == static_cast<int>(more) + 5);
        }
    });
}

TEST_CASE("a storage in use is not registered with; after unregistering it may be used again") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        recorder log;
        registration_storage<> room;
        CHECK(room.vacant());
        registration first = d.on_in(room, [&log](const event&) { log.say("first"); });
        CHECK(!room.vacant());
        const registration refused = d.on_in(room, [&log](const event&) { log.say("refused"); });
        CHECK(!refused.active());
        d.notify({});
        CHECK(first.unregister() == unregister_result::done);
        CHECK(room.vacant());
        const registration second = d.on_in(room, [&log](const event&) { log.say("second"); });
        CHECK(second.active());
        d.notify({});
        CHECK(log.take() == "first second");
    });
}

TEST_CASE("a storage serves one dispatcher after another, in any domain") {
    registration_storage<> room;
    int calls = 0;
    for (int i = 0; i < 3; ++i) {
        const assent::domain in = assent::domain::make();
        dispatcher<event> d(in);
        const registration r = d.on_in(room, [&calls](const event&) { ++calls; });
        d.notify({});
    }
    CHECK(calls == 3);
    CHECK(room.vacant());
}

TEST_CASE("G2 a callback in a storage that unregisters itself leaves it when the call is over") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        registration r;
        int calls = 0;
        auto body = [&, m = census::member(callables)](const event&) {
            ++calls;
            CHECK(r.unregister() == unregister_result::inside_callback);
        };
        registration_storage_for<decltype(body)> room;
        r = d.on_in(room, std::move(body));
        for (int i = 0; i < 2; ++i) {
            d.notify({});
            CHECK(room.vacant());
            CHECK(callables.alive() == 0);
        }
        CHECK(calls == 1);
    });
}

TEST_CASE("G1 the destructor of a storage waits for an invocation that somebody else did not wait for") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        stop inside;
        auto body = [&inside, m = census::member(callables)](const event&) { inside.here(); };
        std::optional<registration_storage_for<decltype(body)>> room(std::in_place);
        registration r = d.on_in(*room, std::move(body));
        const runner notifier([&] { d.notify({}); });
        inside.entered.wait();
        CHECK(r.unregister(assent::no_wait) == unregister_result::still_running);
        CHECK(!room->vacant());
        std::atomic<bool> returned{false};
        runner destroying([&] {
            room.reset();
            CHECK(inside.left.load());
            CHECK(callables.alive() == 0);
            returned = true;
        });
        CHECK(stays_false([&] { return returned.load(); }));
        inside.leave.open();
        destroying.join();
    });
}

TEST_CASE("G1 a storage destroyed while its callback is on its way out of its own unregistration") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        for (int i = 0; i < 300; ++i) {
            std::atomic<bool> over{false};
            registration r;
            auto body = [&r, &over](const event&) {
                static_cast<void>(r.unregister());
                over = true;
            };
            auto room = std::make_unique<registration_storage_for<decltype(body)>>();
            r = d.on_in(*room, body);
            const runner notifier([&] { d.notify({}); });
            eventually([&] { return over.load(); });
            room.reset();
        }
    });
}

TEST_CASE("G13 a registration that outlives its dispatcher stays in the storage until it is gone") {
    in_each_domain([](const assent::domain& in) {
        census callables;
        auto body = [m = census::member(callables)](const event&) {};
        registration_storage_for<decltype(body)> room;
        registration r;
        {
            dispatcher<event> d(in);
            r = d.on_in(room, std::move(body));
        }
        CHECK(!r.active());
        CHECK(!room.vacant());
        r = registration();
        CHECK(room.vacant());
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("a storage holds callables of unusual alignment, and names without copying them") {
    struct alignas(128) aligned {
        std::array<char, 128> bytes{};
        std::uintptr_t* at;
        void operator()(const event&) { *at = reinterpret_cast<std::uintptr_t>(this); }
    };
    dispatcher<event> d;
    registration_storage_for<aligned> room;
    std::uintptr_t at = 1;
    const std::string name = "aligned";
    const registration r = d.on_in(room, {.name = name}, aligned{{}, &at});
    d.notify({});
    CHECK(at % 128 == 0);
    CHECK(r.name().data() == name.data());
}

TEST_CASE(
    "receivers of keys, deferred callbacks and newcomers that ask for what exists may be in a storage") {
    in_each_domain([](const assent::domain& in) {
        registration_storage<> room;
        int sum = 0;
        {
            dispatcher<keyed_event> d(in);
            const registration r = d.on_in(room, 7, [&sum](const auto& e) { sum += e.key; });
            d.notify({7});
            d.notify({8});
            CHECK(sum == 7);
        }
        {
            dispatcher<event> d(in);
            registration r = d.on_in(room, {.deferred = true}, [&sum](const event&) { ++sum; });
            d.notify({});
            CHECK(sum == 7);
            CHECK(r.start());
            d.notify({});
            CHECK(sum == 8);
        }
        {
            dispatcher<device> d(in);
            d.notify_arrival(100);
            const registration r = d.on_in(room, {.replay = true}, [&sum](const auto& e) { sum += e.id; });
            CHECK(sum == 108);
        }
        CHECK(room.vacant());
    });
}

TEST_CASE("G5 a participant in a storage takes part, and hears of its withdrawal") {
    struct participant {
        std::string* log;
        bool prepare(const change::event_type&) {
            *log += 'p';
            return true;
        }
        void commit(const change::event_type&) noexcept { *log += 'c'; }
        void abort(const change::event_type&) noexcept { *log += 'a'; }
    };
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> d(in);
        std::string log;
        registration_storage<> room;
        registration r = d.on_in(room, participant{&log});
        CHECK(d.transact({}, success));
        CHECK(log == "pc");
        CHECK(d.transact({}, [&] {
            CHECK(r.unregister() == unregister_result::done);
            CHECK(room.vacant());
        }));
        CHECK(log == "pcpa");
    });
}

TEST_CASE(
    "G1 a storage used over and over beside notifications never holds a callable that is called too late") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        std::atomic<bool> over{false};
        std::atomic<long> violations{0};
        const auto notify = [&] {
            while (!over.load()) d.notify({});
        };
        const runner a(notify);
        const runner b(notify);
        census callables;
        for (int i = 0; i < (assent::config::thread_sanitizer ? 500 : 5000); ++i) {
            auto gone = std::make_unique<std::atomic<bool>>(false);
            auto body = [&violations, &seen = *gone, m = census::member(callables)](const event&) {
                if (seen.load()) ++violations;
            };
            {
                registration_storage_for<decltype(body)> room;
                registration r = d.on_in(room, std::move(body));
                if (!r.active()) ++violations;
                if (i % 2 == 0) {
                    static_cast<void>(r.unregister(assent::no_wait));
                } else if (r.unregister() != unregister_result::done || !room.vacant()) {
                    ++violations;
                }
            }
            // Either unregister() or the storage has waited.
            if (callables.alive() != 0) ++violations;
            gone->store(true);
        }
        over = true;
        CHECK(violations.load() == 0);
    });
}

TEST_CASE("child: a storage destroyed before its registration" * doctest::skip()) {
    dispatcher<event> d;
    registration r;
    registration_storage<> room;
    r = d.on_in(room, [](const event&) {});
}

TEST_CASE("child: a storage destroyed before its registration, whose dispatcher is gone" * doctest::skip()) {
    registration r;
    registration_storage<> room;
    dispatcher<event> d;
    r = d.on_in(room, [](const event&) {});
}

TEST_CASE("child: a storage destroyed inside its own callback" * doctest::skip()) {
    dispatcher<event> d;
    registration r;
    auto room = std::make_unique<registration_storage<>>();
    r = d.on_in(*room, [&](const event&) {
        static_cast<void>(r.unregister());
        room.reset();
    });
    d.notify({});
}

TEST_CASE("child: a storage destroyed inside a callback that its own waits for" * doctest::skip()) {
    dispatcher<event> a;
    dispatcher<event> b;
    auto room = std::make_unique<registration_storage<>>();
    gate in_first("first callback entered");
    gate left("the first was unregistered without waiting");
    registration first;
    registration second;
    first = a.on_in(*room, [&](const event&) {
        in_first.open();
        left.wait();
        static_cast<void>(second.unregister()); // waits for the callback that destroys the storage
    });
    second = b.on([&](const event&) {
        in_first.wait();
        static_cast<void>(first.unregister(assent::no_wait));
        left.open();
        room.reset();
    });
    const runner one([&] { a.notify({}); });
    b.notify({});
}

TEST_CASE("a storage destroyed where its callable cannot go ends the program and says why") {
    // No structured binding: clang before 16 captures none in a lambda, which CAPTURE is.
    for (const auto& ends : {
             std::pair("child: a storage destroyed before its registration", "declare the storage before it"),
             std::pair("child: a storage destroyed before its registration, whose dispatcher is gone",
                       "declare the storage before it"),
             std::pair("child: a storage destroyed inside its own callback", "would never end"),
         }) {
        // A comma separates patterns of test case names.
        const char* const name = ends.first;
        const char* const why = ends.second;
        std::string pattern = name;
        for (char& c : pattern)
            if (c == ',') c = '?';
        const child_result child = run_case_in_child(pattern);
        if (!child.ran) return skip("no child processes on this system");
        CAPTURE(name);
        CAPTURE(child.output);
        CHECK(!child.passed);
        CHECK(child.output.find("assent: registration_storage destroyed although") != std::string::npos);
        CHECK(child.output.find(why) != std::string::npos);
    }
}

TEST_CASE("G3 a storage's destructor that closes a cycle of waits does not hang") {
    // Who closes the cycle depends on who comes second: the storage ends the program, unregister() returns.
    const child_result child =
        run_case_in_child("child: a storage destroyed inside a callback that its own waits for");
    if (!child.ran) return skip("no child processes on this system");
    CAPTURE(child.output);
    CHECK(child.output.find("hangs") == std::string::npos);
    CHECK((child.passed || child.output.find("would never end") != std::string::npos));
}

#if defined(__cpp_exceptions)

TEST_CASE("G9 without memory for a slot a registration in a storage leaves everything as it was") {
    if (!allocations::replaced()) return skip(cannot_count);
    in_each_domain([](const assent::domain& in) {
        for (const int priority : {0, 3}) {
            dispatcher<event> d(in);
            registration_storage<> room;
            int attempts = 0;
            registration r;
            for (std::size_t k = 0; !r.active(); ++k) {
                allocations::fail(k, true);
                try {
                    r = d.on_in(room, {.priority = priority}, [](const event&) {});
                } catch (const std::bad_alloc&) {
                    ++attempts;
                }
                allocations::disarm();
                CHECK(room.vacant() == !r.active());
                REQUIRE(k < 10);
            }
            CHECK(attempts > 0);
        }
    });
}

TEST_CASE("G9 reserve without memory changes nothing") {
    if (!allocations::replaced()) return skip(cannot_count);
    dispatcher<event> d;
    int calls = 0;
    const registration r = d.on([&calls](const event&) { ++calls; });
    allocations::fail(0, true);
    bool thrown = false;
    try {
        d.reserve(1000);
    } catch (const std::bad_alloc&) {
        thrown = true;
    }
    allocations::disarm();
    CHECK(thrown);
    CHECK_THROWS_AS(d.reserve(SIZE_MAX), std::bad_alloc);
    d.notify({});
    CHECK(calls == 1);
}

TEST_CASE("a callable whose copy throws leaves its storage vacant") {
    struct throwing {
        throwing() = default;
        throwing(const throwing&) { throw 7; }
        void operator()(const event&) {}
    };
    dispatcher<event> d;
    registration_storage<> room;
    const throwing f;
    CHECK_THROWS_AS(static_cast<void>(d.on_in(room, f)), int);
    CHECK(room.vacant());
    const registration r = d.on_in(room, [](const event&) {});
    CHECK(r.active());
}

#endif

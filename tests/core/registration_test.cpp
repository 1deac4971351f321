// SPDX-License-Identifier: BSL-1.0
#include <assent/core/registration.hpp>

#include <assent/dispatch/dispatcher.hpp>

#include "domains.hpp"
#include "gate.hpp"
#include "recorder.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace test_support;
using assent::dispatcher;
using assent::no_wait;
using assent::registration;
using assent::unregister_result;

namespace {

struct event {
    int value = 0;
};

static_assert(sizeof(registration) == sizeof(void*),
              "a vector of registrations must stay a vector of pointers");
static_assert(!std::is_copy_constructible_v<registration>, "two owners would unregister twice");
static_assert(std::is_nothrow_move_constructible_v<registration> &&
                  std::is_nothrow_move_assignable_v<registration>,
              "or vector<registration> could not grow safely");

/// What a test does to take a callback away.
enum class form { unregister, destroy, assign, clear_vector, until };

void take_away(std::vector<registration>& v, form how) {
    switch (how) {
    case form::unregister:
        CHECK(v.front().unregister() == unregister_result::done);
        break;
    case form::destroy: {
        const registration dying(std::move(v.front()));
        break;
    }
    case form::assign:
        v.front() = registration();
        break;
    case form::clear_vector:
        v.clear();
        break;
    case form::until:
        CHECK(v.front().unregister_until(std::chrono::steady_clock::now() + std::chrono::seconds(40)) ==
              unregister_result::done);
        break;
    }
}

} // namespace

TEST_CASE("G1 every way of unregistering waits for the callback that runs on another thread") {
    in_each_domain([](const assent::domain& in) {
        for (const form how :
             {form::unregister, form::destroy, form::assign, form::clear_vector, form::until}) {
            for (const bool switched : {false, true}) {
                CAPTURE(static_cast<int>(how));
                CAPTURE(switched);
                dispatcher<event> d(in);
                if (switched) churn(d, [](const event&) {});
                stop inside;
                census callables;
                std::atomic<int> later{0};
                std::vector<registration> v;
                v.push_back(d.on([&, m = census::member(callables)](const event& e) {
                    if (e.value == 1) inside.here();
                }));
                const auto after = d.on([&](const event&) { ++later; });
                runner notifier([&] { d.notify({1}); });
                inside.entered.wait();
                std::atomic<bool> returned{false};
                std::atomic<bool> had_left{false};
                std::atomic<int> alive{-1};
                runner unregisterer([&] {
                    take_away(v, how);
                    had_left = inside.left.load();
                    alive = callables.alive();
                    returned = true;
                });
                CHECK(stays_false([&] { return returned.load(); }));
                CHECK(callables.alive() == 1);
                inside.leave.open();
                unregisterer.join();
                notifier.join();
                CHECK(had_left.load());
                CHECK(alive.load() == 0);
                CHECK(callables.destroyed() == 1);
                CHECK(later.load() == 1);
            }
        }
    });
}

TEST_CASE("G1 a callback that blocks delays only its own unregistration") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        stop inside;
        census others;
        auto blocked = d.on([&](const event& e) {
            if (e.value == 1) inside.here();
        });
        std::vector<registration> before_and_after;
        for (int i = 0; i < 40; ++i)
            before_and_after.push_back(
                d.on({.priority = i % 3 - 1}, [m = census::member(others)](const event&) {}));
        runner notifier([&] { d.notify({1}); });
        inside.entered.wait();
        // All on this thread, while the callback stays inside: none may wait for it.
        for (registration& r : before_and_after) CHECK(r.unregister() == unregister_result::done);
        CHECK(others.alive() == 0);
        for (int i = 0; i < 200; ++i) {
            auto r = d.on([m = census::member(others)](const event&) {});
            d.notify({2});
            CHECK(r.unregister() == unregister_result::done);
        }
        CHECK(others.alive() == 0);
        CHECK(!inside.left.load());
        inside.leave.open();
        notifier.join();
        CHECK(blocked.unregister() == unregister_result::done);
    });
}

TEST_CASE("G1 unregistering waits although the blocks were replaced under the running callback") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        stop inside;
        auto blocked = d.on([&](const event& e) {
            if (e.value == 1) inside.here();
        });
        runner notifier([&] { d.notify({1}); });
        inside.entered.wait();
        {
            std::vector<registration> many;
            for (int i = 0; i < 500; ++i) many.push_back(d.on([](const event&) {}));
        }
        std::atomic<bool> had_left{false};
        std::atomic<bool> returned{false};
        runner unregisterer([&] {
            CHECK(blocked.unregister() == unregister_result::done);
            had_left = inside.left.load();
            returned = true;
        });
        CHECK(stays_false([&] { return returned.load(); }));
        inside.leave.open();
        unregisterer.join();
        CHECK(had_left.load());
    });
}

TEST_CASE("G1 a callback unregistered in a replaced block is not called by the walk that is still in it") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        stop inside;
        std::atomic<int> called{0};
        const auto first = d.on([&](const event& e) {
            if (e.value == 1) inside.here();
        });
        auto second = d.on([&](const event&) { ++called; });
        runner notifier([&] { d.notify({1}); });
        inside.entered.wait();
        std::vector<registration> many;
        for (int i = 0; i < 100; ++i) many.push_back(d.on([](const event&) {}));
        CHECK(second.unregister() == unregister_result::done);
        inside.leave.open();
        notifier.join();
        CHECK(called.load() == 0);
    });
}

TEST_CASE("G1 unregister waits for every thread that runs the callback") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        stop inside[3];
        auto r = d.on([&](const event& e) { inside[e.value].here(); });
        runner a([&] { d.notify({0}); });
        runner b([&] { d.notify({1}); });
        runner c([&] { d.notify({2}); });
        for (stop& s : inside) s.entered.wait();
        std::atomic<bool> returned{false};
        std::atomic<bool> all_left{false};
        runner unregisterer([&] {
            CHECK(r.unregister() == unregister_result::done);
            all_left = inside[0].left && inside[1].left && inside[2].left;
            returned = true;
        });
        for (stop& s : inside) {
            CHECK(stays_false([&] { return returned.load(); }));
            s.leave.open();
        }
        unregisterer.join();
        CHECK(all_left.load());
    });
}

TEST_CASE("G1 the no-wait form returns at once and the callable lives until its last invocation ends") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        stop inside;
        std::atomic<int> calls{0};
        std::atomic<int> alive_inside{0};
        auto r = d.on([&, m = census::member(callables)](const event&) {
            ++calls;
            inside.here();
            alive_inside = callables.alive();
        });
        runner notifier([&] { d.notify({}); });
        inside.entered.wait();
        CHECK(r.unregister(no_wait) == unregister_result::still_running);
        CHECK(!inside.left.load());
        CHECK(callables.alive() == 1);
        CHECK(r.unregister() == unregister_result::empty);
        CHECK(!r.active());
        d.notify({});
        inside.leave.open();
        notifier.join();
        CHECK(calls.load() == 1);
        CHECK(alive_inside.load() == 1);
        CHECK(callables.alive() == 0);
        CHECK(callables.destroyed() == 1);
    });
}

TEST_CASE("G1 the no-wait form destroys at once what does not run") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        auto r = d.on([m = census::member(callables)](const event&) {});
        CHECK(r.unregister(no_wait) == unregister_result::done);
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("G1 unregister_until gives up in time and leaves the callable to the running invocation") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        stop inside;
        auto r = d.on([&, m = census::member(callables)](const event&) { inside.here(); });
        runner notifier([&] { d.notify({}); });
        inside.entered.wait();
        const auto begin = std::chrono::steady_clock::now();
        CHECK(r.unregister_until(begin + std::chrono::milliseconds(5)) == unregister_result::timed_out);
        CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(5));
        CHECK(!inside.left.load());
        CHECK(callables.alive() == 1);
        CHECK(r.unregister() == unregister_result::empty);
        inside.leave.open();
        notifier.join();
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("G1 a callable left to two running invocations is destroyed after the second") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        stop inside[2];
        auto r = d.on([&, m = census::member(callables)](const event& e) { inside[e.value].here(); });
        runner a([&] { d.notify({0}); });
        runner b([&] { d.notify({1}); });
        inside[0].entered.wait();
        inside[1].entered.wait();
        CHECK(r.unregister(no_wait) == unregister_result::still_running);
        inside[0].leave.open();
        a.join();
        CHECK(callables.alive() == 1);
        inside[1].leave.open();
        b.join();
        CHECK(callables.alive() == 0);
        CHECK(callables.destroyed() == 1);
    });
}

TEST_CASE("G1 move-assignment releases the old callback before it takes the new one") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        int first = 0;
        int second = 0;
        auto r = d.on([&](const event&) { ++first; });
        r = d.on([&](const event&) { ++second; });
        d.notify({});
        CHECK(first == 0);
        CHECK(second == 1);
        auto& alias = r;
        r = std::move(alias);
        CHECK(r.active());
        registration other;
        swap(r, other);
        CHECK(!r.active());
        CHECK(other.active());
        CHECK(r.unregister() == unregister_result::empty);
    });
}

TEST_CASE("a vector of registrations unregisters each when it is erased, in any order") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        recorder log;
        std::vector<registration> v;
        for (int i = 0; i < 5; ++i)
            v.push_back(d.on([&log, i](const event&) { log.say(std::to_string(i)); }));
        v.erase(v.begin() + 1);
        d.notify({});
        CHECK(log.take() == "0 2 3 4");
        v.erase(v.begin());
        v.pop_back();
        d.notify({});
        CHECK(log.take() == "2 3");
        v.clear();
        d.notify({});
        CHECK(log.take().empty());
    });
}

TEST_CASE("a deferred registration is called only after start") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        int calls = 0;
        auto r = d.on({.deferred = true}, [&](const event&) { ++calls; });
        CHECK(!r.active());
        d.notify({});
        CHECK(calls == 0);
        CHECK(r.start());
        CHECK(!r.start());
        CHECK(r.active());
        d.notify({});
        CHECK(calls == 1);
        CHECK(r.unregister() == unregister_result::done);
        CHECK(!r.start());
        auto never = d.on({.deferred = true}, [&](const event&) { ++calls; });
        CHECK(never.unregister() == unregister_result::done);
    });
}

TEST_CASE("a registration knows its name") {
    dispatcher<event> d;
    std::string name = "left wheel";
    const auto r = d.on({.name = name}, [](const event&) {});
    name = "overwritten";
    CHECK(r.name() == "left wheel");
    CHECK(d.on([](const event&) {}).name().empty());
    CHECK(registration().name().empty());
}

TEST_CASE("G2 a callback that unregisters itself does not wait for itself and is destroyed afterwards") {
    in_each_domain([](const assent::domain& in) {
        for (const bool switched : {false, true}) {
            dispatcher<event> d(in);
            if (switched) churn(d, [](const event&) {});
            census callables;
            int calls = 0;
            int alive_after = -1;
            registration r;
            r = d.on([&, m = census::member(callables)](const event&) {
                ++calls;
                CHECK(r.unregister() == unregister_result::inside_callback);
                CHECK(r.unregister() == unregister_result::empty);
                alive_after = callables.alive();
            });
            d.notify({});
            CHECK(alive_after == 1);
            CHECK(callables.alive() == 0);
            CHECK(callables.destroyed() == 1);
            d.notify({});
            CHECK(calls == 1);
        }
    });
}

TEST_CASE("G2 the destructor inside the callback does not wait either") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        std::optional<registration> r;
        int alive_after = -1;
        r = d.on([&, m = census::member(callables)](const event&) {
            r.reset();
            alive_after = callables.alive();
        });
        d.notify({});
        CHECK(alive_after == 1);
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE(
    "G2 self-unregistration at every nesting depth keeps the callable until the outermost call returns") {
    in_each_domain([](const assent::domain& in) {
        for (int depth = 1; depth <= 6; ++depth) {
            CAPTURE(depth);
            dispatcher<event> d(in);
            census callables;
            registration r;
            int calls = 0;
            r = d.on([&, m = census::member(callables)](const event& e) {
                ++calls;
                if (e.value + 1 < depth) {
                    d.notify({e.value + 1});
                } else {
                    CHECK(r.unregister() == unregister_result::inside_callback);
                }
                CHECK(callables.alive() == 1);
            });
            d.notify({0});
            CHECK(calls == depth);
            CHECK(callables.alive() == 0);
        }
    });
}

TEST_CASE("G2 self-unregistration waits for the callback's invocation on another thread") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        stop inside;
        std::atomic<bool> other_had_left{false};
        std::atomic<bool> returned{false};
        registration r;
        r = d.on([&, m = census::member(callables)](const event& e) {
            if (e.value == 1) return inside.here();
            CHECK(r.unregister() == unregister_result::inside_callback);
            other_had_left = inside.left.load();
            returned = true;
        });
        runner other([&] { d.notify({1}); });
        inside.entered.wait();
        runner self([&] { d.notify({2}); });
        CHECK(stays_false([&] { return returned.load(); }));
        inside.leave.open();
        self.join();
        other.join();
        CHECK(other_had_left.load());
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("G2 a callback unregisters another that has not been called, and one that has") {
    in_each_domain([](const assent::domain& in) {
        for (const bool switched : {false, true}) {
            dispatcher<event> d(in);
            if (switched) churn(d, [](const event&) {});
            recorder log;
            census callables;
            registration before;
            registration after;
            before = d.on([&, m = census::member(callables)](const event&) { log.say("before"); });
            const auto middle = d.on([&](const event&) {
                log.say("middle");
                CHECK(before.unregister() != unregister_result::still_running);
                CHECK(after.unregister() != unregister_result::still_running);
                CHECK(callables.alive() == 0);
            });
            after = d.on([&, m = census::member(callables)](const event&) { log.say("after"); });
            d.notify({});
            d.notify({});
            CHECK(log.take() == "before middle middle");
        }
    });
}

TEST_CASE("G2 a callback unregisters a sibling that another thread is about to call") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        stop inside;
        std::atomic<bool> gone{false};
        std::atomic<bool> called_when_gone{false};
        registration sibling;
        const auto first = d.on([&](const event& e) {
            if (e.value == 1) return inside.here(); // the other thread stands right before the sibling
            CHECK(sibling.unregister() == unregister_result::done);
            gone = true;
        });
        sibling = d.on([&](const event&) { called_when_gone = called_when_gone || gone; });
        runner other([&] { d.notify({1}); });
        inside.entered.wait();
        d.notify({2});
        CHECK(gone.load());
        inside.leave.open();
        other.join();
        CHECK(!called_when_gone.load());
    });
}

TEST_CASE("G2 a callback unregisters an outer callback of its own thread without waiting for it") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> outer(in);
        dispatcher<event> inner(in);
        census callables;
        registration r;
        bool called = false;
        r = outer.on([&, m = census::member(callables)](const event&) {
            inner.notify({});
            CHECK(callables.alive() == 1);
        });
        const auto unregisters = inner.on([&](const event&) {
            called = true;
            CHECK(r.unregister() == unregister_result::inside_callback);
        });
        outer.notify({});
        CHECK(called);
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("G2 callbacks register and notify while nested 50 deep, on dispatchers in turn") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> ds[2] = {dispatcher<event>(in), dispatcher<event>(in)};
        census callables;
        std::vector<registration> made;
        int calls = 0;
        const auto dive = [&](const event& e) {
            ++calls;
            made.push_back(ds[e.value % 2].on([m = census::member(callables)](const event&) {}));
            if (e.value < 50) ds[(e.value + 1) % 2].notify({e.value + 1});
        };
        registration keep[2] = {ds[0].on(dive), ds[1].on(dive)};
        ds[0].notify({0});
        CHECK(calls == 51);
        CHECK(made.size() == 51);
        made.clear();
        CHECK(callables.alive() == 0);
        calls = 0;
        ds[0].notify({0});
        CHECK(calls == 51);
        CHECK(keep[0].unregister() == unregister_result::done);
    });
}

TEST_CASE("G2 at the bottom of 50 levels a callback unregisters everything, itself included") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        census callables;
        std::vector<registration> all;
        int calls = 0;
        for (int i = 0; i < 3; ++i) {
            all.push_back(d.on([&, m = census::member(callables)](const event& e) {
                ++calls;
                if (e.value < 50) return d.notify({e.value + 1});
                all.clear();
            }));
        }
        d.notify({1});
        CHECK(calls == 50);
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("G2 a thread inside more domains than it remembers still knows what is its own") {
    constexpr std::size_t count = 12;
    std::vector<dispatcher<event>> d;
    std::vector<assent::domain> in;
    for (std::size_t i = 0; i < count; ++i) {
        in.push_back(assent::domain::make());
        d.emplace_back(in.back());
    }
    census callables;
    std::vector<registration> r(count);
    int calls = 0;
    for (std::size_t i = 0; i < count; ++i) {
        r[i] = d[i].on([&, i, m = census::member(callables)](const event& e) {
            ++calls;
            if (i + 1 < count) return d[i + 1].notify({e.value});
            if (e.value == 0) return d[0].notify({1}); // all of them once more, on top of themselves
            for (registration& one : r) CHECK(one.unregister() == unregister_result::inside_callback);
            CHECK(callables.alive() == static_cast<int>(count));
        });
    }
    d[0].notify({0});
    CHECK(calls == static_cast<int>(2 * count));
    CHECK(callables.alive() == 0);
    for (const assent::domain& one : in) {
        const assent::detail::record* const first = one.core().records.load();
        CHECK(first != nullptr);
        CHECK((first == nullptr || first->next == nullptr)); // one thread, one record
    }
}

TEST_CASE("a callable that is destroyed may use the library") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        struct owner {
            registration owned;
            dispatcher<event>* of;
            int* notified;
            owner(registration r, dispatcher<event>& d, int& n) : owned(std::move(r)), of(&d), notified(&n) {}
            owner(owner&& o) noexcept
                : owned(std::move(o.owned)), of(std::exchange(o.of, nullptr)), notified(o.notified) {}
            ~owner() {
                if (of == nullptr) return;
                CHECK(owned.unregister() == unregister_result::done);
                of->notify({7});
            }
        };
        int notified = 0;
        int inner = 0;
        const auto listener = d.on([&](const event& e) { notified += e.value == 7; });
        registration r;
        r = d.on([&, o = owner(d.on([&](const event&) { ++inner; }), d, notified)](const event& e) {
            if (e.value == 0) static_cast<void>(r.unregister());
        });
        d.notify({0});
        CHECK(inner == 1);
        CHECK(notified == 1);
    });
}

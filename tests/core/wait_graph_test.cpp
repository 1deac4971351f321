// SPDX-License-Identifier: BSL-1.0
#include <assent/core/detail/wait_graph.hpp>

#include <assent/dispatch/dispatcher.hpp>

#include "child_process.hpp"
#include "domains.hpp"
#include "gate.hpp"
#include "recorder.hpp"
#include "skip.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace test_support;
using assent::dispatcher;
using assent::registration;
using assent::unregister_result;
using assent::verdict;

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

/// A participant that runs `inside` while it prepares.
struct when_prepared {
    std::function<void()> inside;
    bool prepare(const change::event_type&) {
        inside();
        return true;
    }
    void commit(const change::event_type&) noexcept {}
    void abort(const change::event_type&) noexcept {}
};

/// N threads, each inside callback i, each unregisters callback (i + 1) % N.
template <std::size_t N> void ring(const assent::domain& in) {
    dispatcher<event> d(in);
    std::array<registration, N> r;
    std::array<census, N> callables;
    std::array<std::atomic<int>, N> alive_while_inside{};
    std::array<unregister_result, N> results{};
    std::atomic<std::size_t> inside{0};
    std::atomic<int> broken{0};
    for (std::size_t i = 0; i < N; ++i) {
        r[i] = d.on([&, i, m = census::member(callables[i])](const event& e) {
            if (e.value != static_cast<int>(i)) return;
            ++inside;
            eventually([&] { return inside == N; });
            results[i] = r[(i + 1) % N].unregister();
            if (results[i] == unregister_result::cycle_broken) ++broken;
            alive_while_inside[i] = callables[i].alive();
        });
    }
    {
        std::vector<std::unique_ptr<runner>> threads;
        for (std::size_t i = 0; i < N; ++i)
            threads.push_back(std::make_unique<runner>([&, i] { d.notify({static_cast<int>(i)}); }));
    }
    CHECK(broken.load() == 1);
    for (std::size_t i = 0; i < N; ++i) {
        CAPTURE(i);
        CHECK((results[i] == unregister_result::done || results[i] == unregister_result::cycle_broken));
        CHECK(alive_while_inside[i].load() == 1);
        CHECK(callables[i].alive() == 0);
        CHECK(callables[i].destroyed() == 1);
    }
    d.notify({0});
    CHECK(inside.load() == N);
}

struct lenient : assent::default_policy {
    static inline std::atomic<int> asked{0};
    static inline std::string destroyed;
    static inline std::string inside;
    static void cycle_in_destructor(std::string_view what, std::string_view where) noexcept {
        ++asked;
        destroyed = what;
        inside = where;
    }
};

/// Two threads, each inside one callback, each destroys the other's registration.
template <class Policy> void destroy_crosswise(const assent::domain& in) {
    dispatcher<event, Policy> d(in);
    std::optional<registration> r[2];
    census callables;
    std::atomic<int> inside{0};
    const char* const names[2] = {"first", "second"};
    for (int i = 0; i < 2; ++i) {
        r[i] = d.on({.name = names[i]}, [&, i, m = census::member(callables)](const event& e) {
            if (e.value != i) return;
            ++inside;
            eventually([&] { return inside == 2; });
            r[1 - i].reset();
        });
    }
    {
        const runner a([&] { d.notify({0}); });
        const runner b([&] { d.notify({1}); });
    }
    CHECK(callables.alive() == 0);
}

} // namespace

TEST_CASE("G3 of two callbacks that unregister each other one waits and one is told of the cycle") {
    in_each_domain([](const assent::domain& in) {
        for (int i = 0; i < 20; ++i) ring<2>(in);
    });
}

TEST_CASE("G3 of three callbacks that unregister each other in a ring exactly one is told") {
    in_each_domain([](const assent::domain& in) {
        for (int i = 0; i < 20; ++i) ring<3>(in);
    });
}

TEST_CASE("G3 of seven in a ring exactly one is told") {
    in_each_domain([](const assent::domain& in) { ring<7>(in); });
}

TEST_CASE("G3 who waits in a cycle that was broken has waited for the callback") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        registration x;
        registration y;
        stop in_y;
        gate x_waits{"x waits"};
        std::atomic<bool> y_was_left{false};
        std::atomic<bool> a_returned{false};
        x = d.on([&](const event& e) {
            if (e.value != 0) return;
            in_y.entered.wait();
            x_waits.open();
            CHECK(y.unregister() == unregister_result::done);
            y_was_left = in_y.left.load();
            a_returned = true;
        });
        y = d.on([&](const event& e) {
            if (e.value != 1) return;
            in_y.entered.open();
            x_waits.wait();
            static_cast<void>(stays_false([&] { return a_returned.load(); })); // lets x add its edge
            CHECK(x.unregister() == unregister_result::cycle_broken);
            CHECK(stays_false([&] { return a_returned.load(); }));
            in_y.left = true;
        });
        {
            const runner a([&] { d.notify({0}); });
            const runner b([&] { d.notify({1}); });
        }
        CHECK(y_was_left.load());
    });
}

TEST_CASE("G3 a chain without a cycle is waited out") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> d(in);
        registration y;
        stop in_y;
        std::atomic<bool> waits{false};
        std::atomic<bool> done{false};
        auto x = d.on([&](const event& e) {
            if (e.value != 0) return;
            waits = true;
            CHECK(y.unregister() == unregister_result::done);
            CHECK(in_y.left.load());
        });
        y = d.on([&](const event& e) {
            if (e.value == 1) in_y.here();
        });
        const runner b([&] { d.notify({1}); });
        in_y.entered.wait();
        const runner a([&] { d.notify({0}); });
        eventually([&] { return waits.load(); });
        runner c([&] {
            CHECK(x.unregister() == unregister_result::done); // waits for a, which waits for b
            CHECK(in_y.left.load());
            done = true;
        });
        CHECK(stays_false([&] { return done.load(); }));
        in_y.leave.open();
        c.join();
    });
}

TEST_CASE("G3 transactions of two dispatchers that ask for each other: one is refused, the other goes on") {
    in_each_domain([](const assent::domain& in) {
        for (int round = 0; round < 10; ++round) {
            dispatcher<change> d[2] = {dispatcher<change>(in), dispatcher<change>(in)};
            std::atomic<int> inside{0};
            std::atomic<int> refused{0};
            std::atomic<int> committed{0};
            registration r[2];
            for (int i = 0; i < 2; ++i) {
                r[i] = d[i].on(when_prepared{[&, i] {
                    if (inside >= 2) return;
                    ++inside;
                    eventually([&] { return inside == 2; });
                    const auto nested = d[1 - i].transact({}, [] { return true; });
                    if (nested.result() == verdict::would_deadlock) ++refused;
                    if (nested.result() == verdict::committed) ++committed;
                }});
            }
            {
                const runner a([&] { CHECK(d[0].transact({}, [] { return true; })); });
                const runner b([&] { CHECK(d[1].transact({}, [] { return true; })); });
            }
            CHECK(refused.load() == 1);
            CHECK(committed.load() == 1);
        }
    });
}

TEST_CASE("G3 a ticket and an unregistration that wait for each other are a cycle too") {
    in_each_domain([](const assent::domain& in) {
        for (int round = 0; round < 10; ++round) {
            dispatcher<change> changes(in);
            dispatcher<event> events(in);
            std::atomic<int> inside{0};
            std::atomic<int> broken{0};
            registration e;
            const auto p = changes.on(when_prepared{[&] {
                if (inside >= 2) return;
                ++inside;
                eventually([&] { return inside == 2; });
                if (e.unregister() == unregister_result::cycle_broken) ++broken;
            }});
            e = events.on([&](const event&) {
                ++inside;
                eventually([&] { return inside == 2; });
                if (changes.transact({}, [] { return true; }).result() == verdict::would_deadlock) ++broken;
            });
            {
                const runner a([&] { CHECK(changes.transact({}, [] { return true; })); });
                const runner b([&] { events.notify({}); });
            }
            CHECK(broken.load() == 1);
        }
    });
}

TEST_CASE("G3 a cycle that closes when the first of two withdrawing threads is done is found") {
    // The thread that ran a transaction waits for those who withdrew a participant meanwhile. It points to one
    // of them at a time; the other has begun to wait for it before it is pointed to.
    in_each_domain([](const assent::domain& in) {
        for (const bool swapped : {false, true}) {
            CAPTURE(swapped);
            dispatcher<event> events(in);
            dispatcher<change> changes(in);
            registration outer;
            registration quick;
            registration crossing;
            gate both_withdrawing{"withdrawing"};
            gate finish_quick{"quick may finish"};
            std::atomic<int> withdrawing{0};
            std::atomic<int> result{-1};
            std::atomic<bool> crosses{false};
            std::atomic<bool> action_over{false};
            struct withdrawn {
                std::function<void()> told;
                bool prepare(const change::event_type&) { return true; }
                void commit(const change::event_type&) noexcept {}
                void abort(const change::event_type&) noexcept { told(); }
            };
            quick = changes.on(withdrawn{[&] {
                ++withdrawing;
                finish_quick.wait();
            }});
            crossing = changes.on(withdrawn{[&] {
                ++withdrawing;
                eventually([&] { return action_over.load(); });
                crosses = true;
                result = static_cast<int>(outer.unregister());
            }});
            std::unique_ptr<runner> withdrawers[2];
            outer = events.on([&](const event&) {
                const auto o = changes.transact({}, [&] {
                    // The list of those who withdraw is searched newest first.
                    for (int i = 0; i < 2; ++i) {
                        const bool first = (i == 0) != swapped;
                        registration& which = first ? crossing : quick;
                        withdrawers[i] = std::make_unique<runner>(
                            [&which] { CHECK(which.unregister() == unregister_result::done); });
                        eventually([&] { return withdrawing == i + 1; });
                    }
                    action_over = true;
                    return true;
                });
                CHECK(o);
            });
            {
                const runner transacting([&] { events.notify({}); });
                eventually([&] { return crosses.load(); });
                // Time for both to add their edges; too short a time makes the test easier to pass.
                static_cast<void>(stays_false([&] { return result.load() != -1; }));
                finish_quick.open();
                eventually([&] { return result.load() != -1; }, "the end of a cycle of waits");
            }
            CHECK(static_cast<unregister_result>(result.load()) == unregister_result::cycle_broken);
            withdrawers[0]->join();
            withdrawers[1]->join();
        }
    });
}

TEST_CASE("G3 the same when the one that crosses waits for a ticket") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> held(in);
        dispatcher<change> changes(in);
        registration quick;
        registration crossing;
        gate finish_quick{"quick may finish"};
        std::atomic<int> withdrawing{0};
        std::atomic<int> result{-1};
        std::atomic<bool> crosses{false};
        std::atomic<bool> action_over{false};
        struct withdrawn {
            std::function<void()> told;
            bool prepare(const change::event_type&) { return true; }
            void commit(const change::event_type&) noexcept {}
            void abort(const change::event_type&) noexcept { told(); }
        };
        quick = changes.on(withdrawn{[&] {
            ++withdrawing;
            finish_quick.wait();
        }});
        crossing = changes.on(withdrawn{[&] {
            ++withdrawing;
            eventually([&] { return action_over.load(); });
            crosses = true;
            result = static_cast<int>(held.transact({}, [] {}).result());
        }});
        std::unique_ptr<runner> withdrawers[2];
        {
            const runner transacting([&] {
                CHECK(held.transact({}, [&] {
                    CHECK(changes.transact({}, [&] {
                        // The list of those who withdraw is searched newest first: quick is found first.
                        registration* const which[2] = {&crossing, &quick};
                        for (int i = 0; i < 2; ++i) {
                            withdrawers[i] = std::make_unique<runner>(
                                [r = which[i]] { CHECK(r->unregister() == unregister_result::done); });
                            eventually([&] { return withdrawing == i + 1; });
                        }
                        action_over = true;
                    }));
                }));
            });
            eventually([&] { return crosses.load(); });
            static_cast<void>(stays_false([&] { return result.load() != -1; })); // both add their edges
            finish_quick.open();
            eventually([&] { return result.load() != -1; }, "the end of a cycle of waits");
        }
        CHECK(static_cast<verdict>(result.load()) == verdict::would_deadlock);
        withdrawers[0]->join();
        withdrawers[1]->join();
    });
}

TEST_CASE("G3 a destructor that closes a cycle asks the policy, with both names") {
    in_each_domain([](const assent::domain& in) {
        lenient::asked = 0;
        destroy_crosswise<lenient>(in);
        CHECK(lenient::asked.load() == 1);
        CHECK(lenient::destroyed != lenient::inside);
        CHECK((lenient::destroyed == "first" || lenient::destroyed == "second"));
        CHECK((lenient::inside == "first" || lenient::inside == "second"));
    });
}

TEST_CASE("child: destructors that close a cycle" * doctest::skip()) {
    destroy_crosswise<assent::default_policy>(assent::domain::by_default());
}

TEST_CASE("G3 by default a destructor that closes a cycle ends the program and names both callbacks") {
    const child_result child = run_case_in_child("child: destructors that close a cycle");
    if (!child.ran) return skip("no child processes on this system");
    CHECK(!child.passed);
    CAPTURE(child.output);
    CHECK(child.output.find("would wait for ever") != std::string::npos);
    CHECK(child.output.find("'first'") != std::string::npos);
    CHECK(child.output.find("'second'") != std::string::npos);
}

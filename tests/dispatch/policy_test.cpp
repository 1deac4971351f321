// SPDX-License-Identifier: BSL-1.0
// What holds on one thread, for every policy of threads; the tests beside this one are about any threads.
#include <assent/dispatch/policy.hpp>

#include <assent/assent.hpp>

#include "allocation.hpp"
#include "child_process.hpp"
#include "domains.hpp"
#include "gate.hpp"
#include "recorder.hpp"
#include "skip.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace test_support;
using assent::dispatcher;
using assent::registration;
using assent::unregister_result;
using assent::verdict;

#define EVERY_POLICY assent::default_policy, assent::symmetric_policy, assent::single_threaded_policy

namespace {

struct event {
    int value = 0;
};
struct device_event {
    struct event_type {
        int device = 0;
    };
    using key_type = int;
    static int key(const event_type& e) { return e.device; }
};
struct existing {
    struct event_type {
        int id = 0;
    };
    using instance_type = int;
    static event_type arrival(int i) { return {i}; }
    static event_type removal(int i) { return {-i}; }
};
struct change {
    struct event_type {
        int value = 0;
    };
    using status_type = bool;
};
struct device_change : change {
    using key_type = int;
    static int key(const event_type& e) { return e.value; }
};

/// Says what it is told; acts and answers as the test wants.
struct told {
    recorder* log;
    std::string name;
    std::function<bool(assent::phase)> does = [](assent::phase) { return true; };

    bool prepare(const change::event_type&) {
        log->say("p" + name);
        return does(assent::phase::prepare);
    }
    void commit(const change::event_type&) noexcept {
        log->say("c" + name);
        static_cast<void>(does(assent::phase::commit));
    }
    void abort(const change::event_type&) noexcept {
        log->say("a" + name);
        static_cast<void>(does(assent::phase::abort));
    }
};

template <class Policy> struct room_for_four : Policy { static constexpr unsigned capacity = 4; };

} // namespace

TEST_CASE_TEMPLATE("callbacks are called by priority, then in registration order", Policy, EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event, Policy> d(in);
        recorder log;
        std::vector<registration> r;
        const auto listen = [&](int priority, const char* name) {
            r.push_back(d.on({.priority = priority}, [&log, name](const event&) { log.say(name); }));
        };
        d.notify({});
        CHECK(log.take().empty());
        listen(0, "a");
        listen(0, "b");
        d.notify({});
        CHECK(log.take() == "a b");
        listen(10, "high");
        listen(-10, "low");
        listen(0, "c");
        d.notify({});
        CHECK(log.take() == "high a b c low");
        r.erase(r.begin());
        d.notify({});
        CHECK(log.take() == "high b c low");
        r.clear();
        d.notify({});
        CHECK(log.take().empty());
    });
}

TEST_CASE_TEMPLATE("order survives growth, compaction and reuse of slots", Policy, EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event, Policy> d(in);
        std::vector<int> called;
        std::vector<registration> r;
        for (int i = 0; i < 600; ++i) r.push_back(d.on([&called, i](const event&) { called.push_back(i); }));
        std::vector<int> expected;
        for (int i = 0; i < 600; ++i) {
            if (i % 7 == 0) {
                expected.push_back(i);
            } else {
                CHECK(r[static_cast<std::size_t>(i)].unregister() == unregister_result::done);
            }
        }
        d.notify({});
        CHECK(called == expected);
    });
}

TEST_CASE_TEMPLATE("G2 a callback unregisters itself and is destroyed when it returns", Policy,
                   EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        for (const int other_priority : {0, 5}) {
            dispatcher<event, Policy> d(in);
            census callables;
            int calls = 0;
            registration self;
            self = d.on([&, m = census::member(callables)](const event&) {
                ++calls;
                CHECK(self.unregister() == unregister_result::inside_callback);
                CHECK(self.unregister() == unregister_result::empty);
                CHECK(callables.alive() == 1);
            });
            const registration after =
                d.on({.priority = other_priority}, [&](const event&) { CHECK(calls <= 1); });
            d.notify({});
            CHECK(callables.alive() == 0);
            d.notify({});
            CHECK(calls == 1);
        }
    });
}

TEST_CASE_TEMPLATE("G4 a sibling that is about to be called is unregistered and not called", Policy,
                   EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        for (const int priority : {0, -5}) {
            dispatcher<event, Policy> d(in);
            census callables;
            int calls = 0;
            registration second;
            registration third;
            const registration first = d.on([&](const event&) {
                CHECK(second.unregister() != unregister_result::inside_callback);
                CHECK(third.unregister() != unregister_result::inside_callback);
                // Not running, so it goes at once.
                CHECK(callables.alive() == 0);
            });
            second = d.on({.priority = priority},
                          [&calls, m = census::member(callables)](const event&) { ++calls; });
            third = d.on({.priority = priority},
                         [&calls, m = census::member(callables)](const event&) { ++calls; });
            d.notify({});
            CHECK(calls == 0);
        }
    });
}

TEST_CASE_TEMPLATE("G4 a callback registered inside a callback is called from the next notification on",
                   Policy, EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        for (const int priority : {0, 5, -5}) {
            dispatcher<event, Policy> d(in);
            std::vector<registration> r;
            int seen = 0;
            r.push_back(d.on([&](const event& e) {
                for (int i = 0; i < 40 && e.value == 0; ++i) // beyond the room of a block
                    r.push_back(d.on({.priority = priority}, [&](const event&) { ++seen; }));
            }));
            d.notify({0});
            CHECK(seen == 0);
            d.notify({1});
            CHECK(seen == 40);
        }
    });
}

TEST_CASE_TEMPLATE("G2 notifications nest, and an outer one's callback is unregistered deep inside", Policy,
                   EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        constexpr int depth = 20; // more than a thread has frames for at first
        dispatcher<event, Policy> d(in);
        census callables;
        recorder log;
        registration outer;
        outer = d.on([&, m = census::member(callables)](const event& e) {
            log.say(std::to_string(e.value));
            if (e.value < depth) {
                d.notify({e.value + 1});
            } else {
                CHECK(outer.unregister() == unregister_result::inside_callback);
                // What stood in the way of the walk around this one is replaced.
                std::vector<registration> many;
                for (int i = 0; i < 100; ++i) many.push_back(d.on([](const event&) {}));
                d.notify({-1});
            }
            CHECK(callables.alive() == 1);
        });
        const registration second = d.on([&](const event& e) { log.say("s" + std::to_string(e.value)); });
        d.notify({depth - 2});
        CHECK(log.take() == "18 19 20 s-1 s20 s19 s18");
        d.notify({0});
        CHECK(log.take() == "s0");
        CHECK(callables.alive() == 0);
        outer = d.on([&](const event& e) {
            if (e.value < depth) d.notify({e.value + 1});
        });
        d.notify({0});
        CHECK(log.take().ends_with("s18 s19 s20"));
    });
}

TEST_CASE_TEMPLATE("G13 a dispatcher is destroyed inside its own callback", Policy, EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        for (const int priority : {0, -5}) {
            for (const int depth : {0, 5}) {
                auto d = std::make_unique<dispatcher<event, Policy>>(in);
                census callables;
                int calls = 0;
                std::vector<registration> r;
                r.push_back(d->on([&, m = census::member(callables)](const event& e) {
                    if (e.value < depth) {
                        d->notify({e.value + 1});
                        return;
                    }
                    d.reset();
                    CHECK(!r.front().active());
                    r.clear();
                    CHECK(callables.alive() == 1); // this one
                    ++calls;
                }));
                r.push_back(d->on({.priority = priority},
                                  [&calls, m = census::member(callables)](const event&) { calls += 100; }));
                d->notify({0});
                CHECK(calls == 1);
                CHECK(callables.alive() == 0);
            }
        }
    });
}

TEST_CASE_TEMPLATE("G13 registrations outlive their dispatcher", Policy, EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        census callables;
        std::vector<registration> r;
        {
            dispatcher<event, Policy> d(in);
            for (int i = 0; i < 50; ++i)
                r.push_back(d.on({.priority = i % 3}, [m = census::member(callables)](const event&) {}));
            d.notify({});
        }
        CHECK(!r.back().active());
        r.clear();
        CHECK(callables.alive() == 0);
    });
}

#if defined(__cpp_exceptions)
TEST_CASE_TEMPLATE("G8 a callback that throws does not stop the others, the first exception is rethrown",
                   Policy, EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event, Policy> d(in);
        recorder log;
        registration self;
        self = d.on([&](const event& e) {
            log.say("a");
            static_cast<void>(self.unregister());
            throw e.value;
        });
        const registration second = d.on([&](const event& e) {
            log.say("b");
            if (e.value > 0) CHECK_THROWS_AS(d.notify({e.value - 1}), std::string);
            throw std::string("second");
        });
        const registration third = d.on([&](const event&) { log.say("c"); });
        CHECK_THROWS_AS(d.notify({2}), int);
        CHECK(log.take() == "a b b b c c c");
        CHECK_THROWS_AS(d.notify({0}), std::string);
        CHECK(log.take() == "b c");
    });
}
#endif

TEST_CASE_TEMPLATE("G2 G6 keys come and go, also inside their callbacks", Policy, EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        dispatcher<device_event, Policy> d(in);
        std::vector<int> calls(300);
        std::vector<registration> r;
        for (int i = 0; i < 300; ++i)
            r.push_back(d.on(i, [&calls](const auto& e) { ++calls[static_cast<std::size_t>(e.device)]; }));
        for (std::size_t i = 0; i < r.size(); ++i)
            if (i % 3 != 0) r[i] = registration();
        for (int i = 0; i < 300; ++i) d.notify({i});
        for (std::size_t i = 0; i < calls.size(); ++i) REQUIRE(calls[i] == (i % 3 == 0 ? 1 : 0));
        r.clear();

        int last = 0;
        registration self;
        self = d.on(7, [&](const auto&) {
            static_cast<void>(self.unregister());
            ++last;
            // The key is gone, its memory is in use by the walk we are in.
            for (int i = 0; i < 40; ++i) {
                const registration other = d.on({7 + i}, [&](const auto&) { last += 10; });
                d.notify({7 + i});
            }
        });
        d.notify({7});
        CHECK(last == 401);
        d.notify({7});
        CHECK(last == 401);
    });
}

TEST_CASE_TEMPLATE("G13 a keyed dispatcher is destroyed inside its own callback", Policy, EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        auto d = std::make_unique<dispatcher<device_event, Policy>>(in);
        int calls = 0;
        registration self;
        self = d->on(1, [&](const auto&) {
            ++calls;
            static_cast<void>(self.unregister());
            d.reset();
        });
        const registration second = d->on(1, [&](const auto&) { calls += 10; });
        d->notify({1});
        CHECK(calls == 1);
    });
}

TEST_CASE_TEMPLATE("a dispatcher of fixed capacity refuses what is beyond it, and reuses its slots", Policy,
                   EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event, room_for_four<Policy>> d(in);
        std::array<registration, 4> r;
        int calls = 0;
        for (std::size_t i = 0; i < 1000; ++i) {
            r[i % 4] = registration();
            r[i % 4] = d.on([&calls](const event&) { ++calls; });
        }
        d.notify({});
        CHECK(calls == 4);
#if defined(__cpp_exceptions)
        CHECK_THROWS_AS(static_cast<void>(d.on([](const event&) {})), std::bad_alloc);
#endif
        r[0] = registration();
        r[0] = d.on([&](const event& e) {
            // From inside a callback the room is held by the walk.
            for (int i = 0; i < 100; ++i) {
                r[1] = registration();
                r[1] = d.on([&calls](const event&) { ++calls; });
            }
            if (e.value == 0) d.notify({1});
        });
        calls = 0;
        d.notify({0});
        CHECK(calls == 3 + 2); // and two of them again in the one inside
    });
}

TEST_CASE_TEMPLATE("registering needs no memory where the caller supplies it", Policy, EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        assent::registration_storage<> room;
        dispatcher<event, Policy> d(in);
        int calls = 0;
        for (int i = 0; i < 10; ++i) {
            registration self;
            self = d.on_in(room, [&](const event&) {
                ++calls;
                static_cast<void>(self.unregister());
            });
            REQUIRE(self.active());
            d.notify({});
        }
        CHECK(calls == 10);
    });
}

TEST_CASE_TEMPLATE("a group is unregistered at once, also from inside one of its callbacks", Policy,
                   EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event, Policy> d(in);
        census callables;
        std::vector<registration> r;
        int calls = 0;
        for (int i = 0; i < 20; ++i) {
            r.push_back(d.on([&, m = census::member(callables)](const event& e) {
                ++calls;
                if (e.value != 1) return;
                assent::unregister_all(r);
                CHECK(callables.alive() == 1);
            }));
        }
        d.notify({0});
        CHECK(calls == 20);
        d.notify({1});
        CHECK(calls == 21);
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE_TEMPLATE("a newcomer is told what exists, also inside a callback", Policy, EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        dispatcher<existing, Policy> d(in);
        recorder log;
        d.notify_arrival(1);
        d.notify_arrival(2);
        std::vector<registration> r;
        r.push_back(d.on({.replay = true}, [&](const auto& e) {
            log.say("a" + std::to_string(e.id));
            if (e.id != 3) return;
            d.notify_removal(1); // queued
            r.push_back(d.on({.replay = true}, [&](const auto& n) { log.say("b" + std::to_string(n.id)); }));
        }));
        CHECK(log.take() == "a1 a2");
        d.notify_arrival(3);
        CHECK(log.take() == "a3 b1 b2 b3 a-1 b-1");
    });
}

TEST_CASE_TEMPLATE("G5 a participant withdrawn while prepared gets its abort; the others commit", Policy,
                   EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change, Policy> d(in);
        recorder log;
        registration first = d.on(told{&log, "1"});
        const registration second = d.on(told{&log, "2", [&](assent::phase p) {
                                                  if (p == assent::phase::prepare)
                                                      static_cast<void>(first.unregister());
                                                  return true;
                                              }});
        registration third;
        third = d.on(told{&log, "3", [&](assent::phase p) {
                              if (p == assent::phase::commit) static_cast<void>(third.unregister());
                              return true;
                          }});
        CHECK(d.transact({}, [&] { log.say("!"); }).result() == verdict::committed);
        CHECK(log.take() == "p1 p2 a1 p3 ! c2 c3");
        CHECK(d.transact({}, [&] { return false; }).result() == verdict::failed);
        CHECK(log.take() == "p2 a2");
        const registration refuses =
            d.on({.priority = -1}, told{&log, "4", [](assent::phase) { return false; }});
        CHECK(d.transact({}, [] {}).result() == verdict::refused);
        CHECK(log.take() == "p2 p4 a2");
        d.announce({});
        CHECK(log.take() == "c2 c4");
    });
}

TEST_CASE_TEMPLATE("G10 G13 inside a transaction another is refused, and the dispatcher may go", Policy,
                   EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        auto d = std::make_unique<dispatcher<device_change, Policy>>(in);
        recorder log;
        const registration first =
            d->on(1, told{&log, "1", [&](assent::phase p) {
                              if (p != assent::phase::commit) return true;
                              CHECK(d->inside_callback());
                              CHECK(d->transact({1}, [] {}).result() == verdict::would_deadlock);
                              d.reset();
                              return true;
                          }});
        const registration second = d->on(1, told{&log, "2"});
        CHECK(d->transact({1}, [] {}).result() == verdict::committed);
        CHECK(log.take() == "p1 p2 c1 c2");
        CHECK(d == nullptr);
    });
}

TEST_CASE_TEMPLATE("G5 a joint transaction covers dispatchers of different policies", Policy, EVERY_POLICY) {
    in_each_domain([](const assent::domain& in) {
        dispatcher<change> any(in);
        dispatcher<change, Policy> d(in);
        dispatcher<device_change, Policy> keyed(in);
        recorder log;
        const registration r[] = {any.on(told{&log, "1"}), d.on(told{&log, "2"}),
                                  keyed.on(3, told{&log, "3"})};
        const auto done =
            assent::transact([] {}, assent::part(any, {}), assent::part(d, {}), assent::part(keyed, {3}));
        CHECK(done.result() == verdict::committed);
        CHECK(log.take() == "p1 p2 p3 c1 c2 c3");
        registration self;
        self = d.on(told{&log, "x", [&](assent::phase) {
                             static_cast<void>(self.unregister());
                             return false;
                         }});
        CHECK(assent::transact([] {}, assent::part(keyed, {3}), assent::part(d, {})).result() ==
              verdict::refused);
        CHECK(log.take() == "p3 p2 px a2 a3");
    });
}

TEST_CASE("a symmetric dispatcher interrupts nobody for those who come and go, and remains so") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event, assent::symmetric_policy> d(in);
        dispatcher<device_event, assent::symmetric_policy> keyed(in);
        int calls = 0;
        const auto come_and_go = [&] {
            for (int i = 0; i < 100; ++i) {
                const registration r[] = {d.on([](const event&) {}),
                                          d.on({.priority = i % 2}, [](const event&) {}),
                                          keyed.on(i, [](const auto&) {})};
                keyed.notify({i});
            }
            std::vector<registration> group;
            for (int i = 0; i < 100; ++i) group.push_back(d.on([](const event&) {}));
            assent::unregister_all(group);
        };
        const registration stays = d.on([&](const event& e) {
            if (++calls % 1000 == 0 && e.value == 0) d.notify({1});
        });
        come_and_go();
        // Long enough for an adaptive one to become asymmetric again.
        for (int i = 0; i < 10'000; ++i) d.notify({0});
        come_and_go();
        CHECK(calls == 10'010);
        CHECK(in.heavy_fences() == 0);
    });
}

TEST_CASE("a symmetric dispatcher interrupts once for notifications that stay before the callback, not for "
          "others") {
    in_each_domain([](const assent::domain& in) {
        const std::uint64_t one = in.fences() == assent::fence_kind::asymmetric ? 1 : 0;
        dispatcher<event, assent::symmetric_policy> d(in);
        stop inside[2];
        const auto here = [&](const event& e) {
            if (e.value < 2) inside[e.value].here();
        };
        std::vector<registration> before;
        std::vector<registration> after;
        for (int i = 0; i < 6; ++i) before.push_back(d.on([](const event&) {}));
        const registration blocks = d.on(here);
        for (int i = 0; i < 6; ++i) after.push_back(d.on([](const event&) {}));
        const auto fences = [&in](auto act) {
            const auto count = in.heavy_fences();
            act();
            return in.heavy_fences() - count;
        };
        const auto leaves = [](std::vector<registration>& from) {
            CHECK(from.back().unregister() == unregister_result::done);
            from.pop_back();
        };
        const runner one_of_them([&] { d.notify({0}); });
        const runner other([&] { d.notify({1}); });
        for (stop& s : inside) s.entered.wait();
        CHECK(fences([&] { leaves(after); }) == one);
        CHECK(fences([&] { leaves(before); }) == 0);
        CHECK(fences([&] { assent::unregister_all(after); }) == one);
        CHECK(fences([&] { assent::unregister_all(before); }) == 0);
        for (stop& s : inside) s.leave.open();
    });
}

TEST_CASE(
    "an adaptive dispatcher soon interrupts nobody while registrations come and go, and does again after") {
    in_each_domain([](const assent::domain& in) {
        const std::uint64_t one = in.fences() == assent::fence_kind::asymmetric ? 1 : 0;
        for (const bool several : {false, true}) {
            CAPTURE(several);
            dispatcher<event> d(in);
            const registration stays = d.on([](const event&) {});
            const registration low = several ? d.on({.priority = -1}, [](const event&) {}) : registration();
            const auto fences_of_a_pair = [&] {
                registration r = d.on([](const event&) {});
                const auto before = in.heavy_fences();
                static_cast<void>(r.unregister());
                return in.heavy_fences() - before;
            };
            const auto fences_of_pairs = [&](int notifications_between) {
                std::uint64_t sum = 0;
                for (int pair = 0; pair < 40; ++pair) {
                    for (int i = 0; i < notifications_between; ++i) d.notify({});
                    sum += fences_of_a_pair();
                }
                return sum;
            };
            CHECK(fences_of_a_pair() == one);
            // Soon after the first, the second changes the mode, and is the last that interrupts.
            CHECK(fences_of_a_pair() == one);
            eventually([&] { return fences_of_a_pair() == 0; }, "a pair that interrupts nobody");
            CHECK(fences_of_pairs(0) == 0);
            // As long as there is one among a thousand notifications.
            CHECK(fences_of_pairs(300) == 0);
            for (int i = 0; i < 3 * 1024; ++i) d.notify({});
            CHECK(fences_of_a_pair() == one);
        }
    });
}

TEST_CASE("a dispatcher of one thread interrupts nobody, whatever mode others in its domain are in") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event, assent::single_threaded_policy> d(in);
        dispatcher<device_event, assent::single_threaded_policy> keyed(in);
        for (int i = 0; i < 300; ++i) {
            const registration r[] = {d.on([](const event&) {}),
                                      d.on({.priority = i % 2}, [](const event&) {}),
                                      keyed.on(i, [](const auto&) {})};
            keyed.notify({i});
        }
        CHECK(in.heavy_fences() == 0);
    });
}

TEST_CASE("G2 dispatchers of one thread and of any call each other's callbacks, nested") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<event> any(in);
        dispatcher<event, assent::single_threaded_policy> one(in);
        census callables;
        recorder log;
        registration in_any;
        registration in_one;
        in_any = any.on([&, m = census::member(callables)](const event& e) {
            log.say("any" + std::to_string(e.value));
            if (e.value < 4) one.notify({e.value + 1});
            CHECK(callables.alive() == 2);
        });
        in_one = one.on([&, m = census::member(callables)](const event& e) {
            log.say("one" + std::to_string(e.value));
            if (e.value < 4) {
                any.notify({e.value + 1});
            } else {
                CHECK(in_one.unregister() == unregister_result::inside_callback);
                CHECK(in_any.unregister() == unregister_result::inside_callback);
            }
            // The outermost call is ours; the other's has returned by then.
            CHECK(callables.alive() == (e.value == 0 ? 1 : 2));
        });
        one.notify({0});
        CHECK(log.take() == "one0 any1 one2 any3 one4");
        CHECK(callables.alive() == 0);
    });
}

TEST_CASE("a dispatcher of one thread keeps its thread's record, however many domains that thread uses") {
    const assent::domain in = assent::domain::make();
    census callables;
    {
        const runner other([&] {
            dispatcher<event, assent::single_threaded_policy> d(in);
            // More domains than a thread remembers; and another thread that looks for a record nobody needs.
            for (int i = 0; i < 20; ++i) static_cast<void>(assent::attach_thread(1, assent::domain::make()));
            const runner newcomer([&] { static_cast<void>(assent::attach_thread(1, in)); });
            registration self;
            self = d.on([&, m = census::member(callables)](const event&) {
                dispatcher<event> any(in);
                int calls = 0;
                const registration r = any.on([&](const event&) { ++calls; });
                any.notify({});
                CHECK(calls == 1);
                CHECK(self.unregister() == unregister_result::inside_callback);
                CHECK(callables.alive() == 1);
            });
            d.notify({});
            CHECK(callables.alive() == 0);
        });
    }
    // Nobody is left: unregistering need not interrupt.
    dispatcher<event> any(in);
    const auto before = in.heavy_fences();
    for (int i = 0; i < 10; ++i) const registration r = any.on([](const event&) {});
    CHECK(in.heavy_fences() == before);
}

TEST_CASE("G7 a notification on one thread allocates nothing at a depth that was made ready") {
    if (!allocations::replaced()) return skip("operator new belongs to the sanitizer");
    const assent::domain in = assent::domain::make();
    REQUIRE(assent::attach_thread(10, in));
    dispatcher<event, assent::single_threaded_policy> d(in);
    int calls = 0;
    const registration r = d.on([&](const event& e) {
        ++calls;
        if (e.value > 0) d.notify({e.value - 1});
    });
    const std::size_t before = allocations::count();
    d.notify({9});
    CHECK(allocations::count() == before);
    CHECK(calls == 10);
}

namespace {
/// What another thread does to a dispatcher of one thread, each of which is found out.
void misuse_on_another_thread(int how) {
    const assent::domain in = assent::domain::make();
    dispatcher<event, assent::single_threaded_policy> d(in);
    dispatcher<device_event, assent::single_threaded_policy> keyed(in);
    registration r = d.on([](const event&) {});
    const runner other([&] {
        if (how == 0) d.notify({});
        if (how == 1) keyed.notify({});
        if (how == 2) r = d.on([](const event&) {});
        if (how == 3) static_cast<void>(r.unregister());
    });
}
} // namespace

TEST_CASE("child: single-threaded and notified by another thread" * doctest::skip()) {
    misuse_on_another_thread(0);
}
TEST_CASE("child: single-threaded and keyed and notified by another thread" * doctest::skip()) {
    misuse_on_another_thread(1);
}
TEST_CASE("child: single-threaded and registered with by another thread" * doctest::skip()) {
    misuse_on_another_thread(2);
}
TEST_CASE("child: single-threaded and unregistered by another thread" * doctest::skip()) {
    misuse_on_another_thread(3);
}

TEST_CASE("debug builds detect that a dispatcher of one thread is used by another") {
    if (!assent::config::debug_checks) return skip("NDEBUG: nothing is detected");
    for (const char* const name :
         {"single-threaded and notified", "single-threaded and keyed and notified",
          "single-threaded and registered with", "single-threaded and unregistered"}) {
        const child_result child = run_case_in_child(std::string("child: ") + name + " by another thread");
        if (!child.ran) return skip("no child processes on this system");
        CAPTURE(name);
        CAPTURE(child.output);
        CHECK(!child.passed);
        CHECK(child.output.find("a dispatcher of one thread is used by another") != std::string::npos);
    }
}

// SPDX-License-Identifier: BSL-1.0
#include "guest.hpp"

#include "domains.hpp"
#include "gate.hpp"
#include "recorder.hpp"

#include <doctest/doctest.h>

#include <dlfcn.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace plugins;
using namespace test_support;
using assent::dispatcher;
using assent::registration;
using assent::unregister_result;
using assent::verdict;

namespace {

/// A loaded guest; closed at the end of the scope, and gone from the process then.
class guest {
public:
    explicit guest(const char* path) : path_(path), library_(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
        if (library_ == nullptr) {
            MESSAGE(dlerror());
            REQUIRE(library_ != nullptr);
        }
        does = reinterpret_cast<guest_entry*>(dlsym(library_, "guest_entry_point"))();
    }
    guest(const guest&) = delete;
    guest& operator=(const guest&) = delete;
    ~guest() { close(); }

    /// G14
    void close() {
        if (library_ == nullptr) return;
        CHECK(dlclose(library_) == 0);
        library_ = nullptr;
        CHECK(dlopen(path_, RTLD_NOW | RTLD_NOLOAD) == nullptr);
    }

    guest_operations does{};

private:
    const char* path_;
    void* library_;
};

struct guest_kind {
    const char* visibility;
    const char* path;
};
constexpr guest_kind guests[] = {{"hidden", GUEST_HIDDEN}, {"default", GUEST_DEFAULT}};

/// body(path of a guest, domain) with each guest and each kind of fence.
template <class Body> void with_each_guest(Body body) {
    for (const guest_kind& g : guests) {
        CAPTURE(g.visibility);
        in_each_domain([&](const assent::domain& in) { body(g.path, in); });
    }
}

constexpr auto nothing = [] {};

int records(const assent::domain& in) {
    int count = 0;
    for (const auto* r = in.core().records.load(); r != nullptr; r = r->next) ++count;
    return count;
}

} // namespace

TEST_CASE("G11 guest and host have copies of their own of what one thread remembers, and share its record") {
    with_each_guest([](const char* path, const assent::domain& in) {
        guest g(path);
        CHECK(assent::attach_thread(3, in));
        const int before = records(in);
        CHECK(g.does.attach(in));
        CHECK(records(in) == before);
    });
}

TEST_CASE("G11 a guest's callback unregisters itself in a notification of the host, and of the guest") {
    with_each_guest([](const char* path, const assent::domain& in) {
        guest g(path);
        dispatcher<event> d(in);
        for (const bool by_guest : {false, true}) {
            CAPTURE(by_guest);
            int calls = 0;
            auto result = unregister_result::empty;
            auto body = [&] {
                ++calls;
                result = g.does.leave();
            };
            g.does.listen(d, hook_to(body));
            for (int i = 0; i < 2; ++i) {
                if (by_guest) {
                    g.does.notify(d, 1);
                } else {
                    d.notify({1});
                }
            }
            CHECK(calls == 1);
            CHECK(result == unregister_result::inside_callback);
        }
    });
}

TEST_CASE("G11 a host's callback unregisters itself in a notification that the guest makes, in either copy") {
    with_each_guest([](const char* path, const assent::domain& in) {
        guest g(path);
        dispatcher<event> d(in);
        for (const bool by_guest : {false, true}) {
            CAPTURE(by_guest);
            census callables;
            int calls = 0;
            auto result = unregister_result::empty;
            registration r;
            r = d.on([&, m = census::member(callables)](const event&) {
                ++calls;
                result = by_guest ? g.does.drop(r) : r.unregister();
                CHECK(callables.alive() == 1);
            });
            g.does.notify(d, 1);
            CHECK(callables.alive() == 0);
            g.does.notify(d, 2);
            CHECK(calls == 1);
            CHECK(result == unregister_result::inside_callback);
        }
    });
}

TEST_CASE("G11 host and guest notify each other nested 20 deep; at the bottom everybody is unregistered") {
    with_each_guest([](const char* path, const assent::domain& in) {
        guest g(path);
        dispatcher<event> d(in);
        int depth = 0;
        registration mine;
        int inside = 0;
        const auto deeper = [&] {
            if (++depth < 20) {
                if (depth % 3 == 0) {
                    g.does.notify(d, 1);
                } else {
                    d.notify({1});
                }
                return;
            }
            inside += g.does.drop(mine) == unregister_result::inside_callback;
            inside += g.does.leave() == unregister_result::inside_callback;
        };
        // They take turns: at the bottom both have been called.
        auto in_guest = [&] {
            if (depth % 2 == 1) deeper();
        };
        mine = d.on([&](const event&) {
            if (depth % 2 == 0 && depth < 20) deeper();
        });
        g.does.listen(d, hook_to(in_guest));
        d.notify({0});
        CHECK(inside == 2);
        d.notify({0});
        CHECK(depth == 20);
    });
}

TEST_CASE("G11 G1 unregistering in one library waits for the call that the other makes on another thread") {
    with_each_guest([](const char* path, const assent::domain& in) {
        guest g(path);
        dispatcher<event> d(in);
        for (const bool guest_notifies : {false, true}) {
            for (const bool guests_callback : {false, true}) {
                CAPTURE(guest_notifies);
                CAPTURE(guests_callback);
                stop inside;
                auto body = [&] { inside.here(); };
                registration mine;
                if (guests_callback) {
                    g.does.listen(d, hook_to(body));
                } else {
                    mine = d.on([&](const event&) { inside.here(); });
                }
                const runner notifier([&] {
                    if (guest_notifies) {
                        g.does.notify(d, 1);
                    } else {
                        d.notify({1});
                    }
                });
                inside.entered.wait();
                std::atomic<bool> returned{false};
                runner leaving([&] {
                    const auto result = guests_callback ? g.does.leave() : g.does.drop(mine);
                    CHECK(result == unregister_result::done);
                    CHECK(inside.left.load());
                    returned = true;
                });
                CHECK(stays_false([&] { return returned.load(); }));
                inside.leave.open();
                leaving.join();
            }
        }
    });
}

TEST_CASE(
    "G11 G3 callbacks of host and guest that unregister each other: one waits, one is told of the cycle") {
    with_each_guest([](const char* path, const assent::domain& in) {
        guest g(path);
        // Two dispatchers, so that each thread is in one callback when it asks for the other.
        dispatcher<event> a(in);
        dispatcher<event> b(in);
        gate host_in("host's callback entered");
        gate guest_in("guest's callback entered");
        std::atomic<int> broken{0};
        std::atomic<int> waited{0};
        const auto count = [&](unregister_result r) {
            if (r == unregister_result::cycle_broken) ++broken;
            if (r == unregister_result::done) ++waited;
        };
        registration mine = a.on([&](const event&) {
            host_in.open();
            guest_in.wait();
            count(g.does.leave());
        });
        auto body = [&] {
            guest_in.open();
            host_in.wait();
            count(mine.unregister());
        };
        g.does.listen(b, hook_to(body));
        {
            const runner first([&] { a.notify({}); });
            const runner second([&] { g.does.notify(b, 1); });
        }
        CHECK(broken.load() == 1);
        CHECK(waited.load() == 1);
    });
}

TEST_CASE("G11 two guests unregister each other's callback and their own") {
    in_each_domain([](const assent::domain& in) {
        guest one(GUEST_HIDDEN);
        guest other(GUEST_DEFAULT);
        dispatcher<event> d(in);
        int calls = 0;
        auto results = std::vector<unregister_result>();
        auto first = [&] {
            ++calls;
            results.push_back(other.does.leave());
            results.push_back(one.does.leave());
        };
        auto second = [&] { ++calls; };
        one.does.listen(d, hook_to(first));
        other.does.listen(d, hook_to(second));
        other.does.notify(d, 1);
        one.does.notify(d, 1);
        CHECK(calls == 1);
        CHECK(results == std::vector{unregister_result::done, unregister_result::inside_callback});
    });
}

TEST_CASE("G11 G5 a transaction asks participants of host and guest, whoever makes it") {
    with_each_guest([](const char* path, const assent::domain& in) {
        guest g(path);
        for (const bool by_guest : {false, true}) {
            for (const bool agrees : {false, true}) {
                for (const bool withdraws : {false, true}) {
                    CAPTURE(by_guest);
                    CAPTURE(agrees);
                    CAPTURE(withdraws);
                    dispatcher<change> d(in);
                    int prepared = 0;
                    int committed = 0;
                    int aborted = 0;
                    const registration mine = d.on(
                        [&](const change::event_type&) {
                            ++prepared;
                            return true;
                        },
                        [&](const change::event_type&) noexcept { ++committed; },
                        [&](const change::event_type&) noexcept { ++aborted; });
                    told to;
                    auto answer = nothing;
                    g.does.participate(d, hook_to(answer), agrees, to);
                    auto act = [&] {
                        if (withdraws) CHECK(g.does.withdraw() == unregister_result::done);
                    };
                    const verdict v =
                        by_guest ? g.does.transact(d, 1, hook_to(act)) : d.transact({1}, act).result();
                    CHECK(v == (agrees ? verdict::committed : verdict::refused));
                    CHECK(prepared == 1);
                    CHECK(committed == (agrees ? 1 : 0));
                    CHECK(aborted == (agrees ? 0 : 1));
                    CHECK(to.prepared == 1);
                    CHECK(to.committed == (agrees && !withdraws ? 1 : 0));
                    CHECK(to.aborted == (agrees && withdraws ? 1 : 0));
                    static_cast<void>(g.does.withdraw());
                }
            }
        }
    });
}

TEST_CASE("G11 G10 a guest's participant that asks for a transaction of the same dispatcher is refused") {
    with_each_guest([](const char* path, const assent::domain& in) {
        guest g(path);
        dispatcher<change> d(in);
        told to;
        auto act = nothing;
        auto nested = verdict::committed;
        auto ask = [&] { nested = g.does.transact(d, 2, hook_to(act)); };
        g.does.participate(d, hook_to(ask), true, to);
        CHECK(d.transact({1}, act).result() == verdict::committed);
        CHECK(nested == verdict::would_deadlock);
        CHECK(to.prepared == 1);
        CHECK(to.committed == 1);
        static_cast<void>(g.does.withdraw());
    });
}

TEST_CASE("G14 a guest whose callback has left is closed; its host and threads go on") {
    with_each_guest([](const char* path, const assent::domain& in) {
        dispatcher<event> d(in);
        int calls = 0;
        const registration mine = d.on([&](const event&) { ++calls; });
        gate used("the guest was used by another thread");
        gate closed("the guest is closed");
        auto g = std::make_unique<guest>(path);
        // Another thread notified through the guest, which remembered its record, and outlives the guest.
        const runner other([&] {
            g->does.notify(d, 1);
            used.open();
            closed.wait();
            d.notify({2});
        });
        used.wait();
        int heard = 0;
        auto count = [&] { ++heard; };
        g->does.listen(d, hook_to(count));
        d.notify({3});
        CHECK(g->does.leave() == unregister_result::done);
        g.reset();
        d.notify({4});
        CHECK(heard == 1);
        closed.open();
    });
}

TEST_CASE("G14 a guest that unregistered itself inside its callback is closed as soon as the call is over") {
    with_each_guest([](const char* path, const assent::domain& in) {
        dispatcher<event> d(in);
        const registration before = d.on([](const event&) {});
        guest g(path);
        auto leave = [&] { CHECK(g.does.leave() == unregister_result::inside_callback); };
        g.does.listen(d, hook_to(leave));
        const registration after = d.on([](const event&) {});
        d.notify({1});
        g.close();
        d.notify({2});
    });
}

TEST_CASE("G14 a guest that left without waiting is closed when its last invocation has ended") {
    with_each_guest([](const char* path, const assent::domain& in) {
        dispatcher<event> d(in);
        guest g(path);
        stop inside;
        auto body = [&] { inside.here(); };
        g.does.listen(d, hook_to(body));
        runner notifier([&] { d.notify({1}); });
        inside.entered.wait();
        CHECK(g.does.leave_no_wait() == unregister_result::still_running);
        inside.leave.open();
        notifier.join();
        g.close();
        d.notify({2});
    });
}

TEST_CASE("G14 a callback of the host that blocks does not keep a guest in the process") {
    with_each_guest([](const char* path, const assent::domain& in) {
        dispatcher<event> d(in);
        guest g(path);
        auto count = nothing;
        stop inside;
        const registration blocked = d.on([&](const event& e) {
            if (e.value == 1) inside.here();
        });
        // Behind the one that blocks: the walk that is held there has not come to it.
        g.does.listen(d, hook_to(count));
        const runner notifier([&] { d.notify({1}); });
        inside.entered.wait();
        CHECK(g.does.leave() == unregister_result::done);
        g.close();
        d.notify({2});
        inside.leave.open();
    });
}

TEST_CASE("G14 a guest's own dispatcher is destroyed with it once the host's registrations are gone") {
    with_each_guest([](const char* path, const assent::domain& in) {
        guest g(path);
        dispatcher<event>* const d = g.does.open_own(in);
        int calls = 0;
        {
            const registration mine = d->on([&](const event&) { ++calls; });
            g.does.notify(*d, 1);
            d->notify({2});
        }
        g.does.close_own();
        CHECK(calls == 2);
    });
}

TEST_CASE("G14 a guest that comes and goes leaves no memory behind") {
    const assent::domain in = assent::domain::make();
    dispatcher<event> d(in);
    for (const guest_kind& kind : guests) {
        for (int i = 0; i < 20; ++i) {
            guest g(kind.path);
            int calls = 0;
            auto body = [&] {
                ++calls;
                static_cast<void>(g.does.leave());
            };
            g.does.listen(d, hook_to(body));
            g.does.notify(d, 1);
            CHECK(calls == 1);
            CHECK(records(in) == 1);
        }
    }
}

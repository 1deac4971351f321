// SPDX-License-Identifier: BSL-1.0
#include <assent/assent.hpp>

#include "allocation.hpp"
#include "skip.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace {

struct saved {
    int revision;
};
struct change {
    using event_type = int;
    using status_type = bool;
};

using assent::callback_for;
using assent::participant_in;

// A callback: told by const reference, stored by value.
static_assert(callback_for<void (*)(const saved&), saved>);
static_assert(!callback_for<void (*)(saved&), saved>, "events are shared: no mutable reference");
static_assert(!callback_for<void (*)(saved&&), saved>, "events are shared: none can be moved from");
static_assert(!callback_for<void (*)(), saved>, "it is called with the event");
static_assert(!callback_for<void (*)(const char*), saved>, "another type of event");
static_assert(!callback_for<void (*)(const saved&, int), saved>, "one argument, not two");
static_assert(!callback_for<const std::unique_ptr<int>&, saved>, "not callable at all");
static_assert(!callback_for<void (*)(int), change>, "a category with phases needs a participant");
static_assert(callback_for<std::reference_wrapper<const std::function<void(saved)>>, saved>);

struct move_only {
    std::unique_ptr<int> held = std::make_unique<int>(1);
    void operator()(const saved&) {}
};
static_assert(callback_for<move_only, saved>);
static_assert(!callback_for<move_only&, saved>, "it can be moved into the registration, not copied");

// A participant: one answer, two ends that cannot fail.
struct participant {
    bool prepare(int) { return true; }
    void commit(int) noexcept {}
    void abort(int) noexcept {}
};
struct reasoned : participant {
    void abort(int, const assent::abort_reason<bool>&) noexcept {}
};
template <class Commit> struct with_commit {
    bool prepare(int) { return true; }
    Commit commit(int) noexcept { return Commit(); }
    void abort(int) noexcept {}
};
struct throwing_commit : participant {
    void commit(int) {}
};
struct throwing_reasoned_abort : participant {
    void abort(int, const assent::abort_reason<bool>&) {}
};
struct no_abort {
    bool prepare(int) { return true; }
    void commit(int) noexcept {}
};
struct wrong_answer : participant {
    std::unique_ptr<int> prepare(int) { return {}; }
};
struct mutable_event : participant {
    bool prepare(int&) { return true; }
};
static_assert(participant_in<participant, change>);
static_assert(participant_in<std::reference_wrapper<participant>, change>);
static_assert(participant_in<reasoned, change>);
static_assert(participant_in<with_commit<void>, change>);
static_assert(participant_in<bool (*)(const assent::phase_notice<bool>&, int) noexcept, change>);
static_assert(!participant_in<with_commit<int>, change>, "commit has nothing to answer");
static_assert(participant_in<throwing_commit, change> == !assent::config::exceptions,
              "committing may not fail");
static_assert(participant_in<throwing_reasoned_abort, change> == !assent::config::exceptions,
              "nor may aborting");
static_assert(!participant_in<no_abort, change>, "who agrees must be able to undo");
static_assert(!participant_in<wrong_answer, change>, "the answer is a status");
static_assert(!participant_in<mutable_event, change>, "events are shared");
static_assert(!participant_in<participant, saved>, "a category with one phase asks nobody");
static_assert(!participant_in<void (*)(int) noexcept, change>, "one callable must receive the phase");

// A status: it says whether it agrees, without throwing.
enum class answer { yes, no };
struct throwing_answer {};
} // namespace
template <> struct assent::status_traits<throwing_answer> {
    static bool agrees(const throwing_answer&) { return true; }
    static throwing_answer agreed() { return {}; }
};
namespace {
static_assert(assent::status<bool> && assent::status<int> && assent::status<std::error_code>);
static_assert(!assent::status<answer>, "nobody says which of its values agree");
static_assert(!assent::status<unsigned>, "an unsigned number has no sign to refuse with");
static_assert(!assent::status<std::unique_ptr<int>>, "it is reported to several");
static_assert(!assent::status<throwing_answer>, "looking at it may not fail");

// A category.
struct no_event_type {
    using status_type = bool;
};
struct unhashable_key {
    using event_type = int;
    struct key_type {
        bool operator==(const key_type&) const = default;
    };
    static key_type key(int) { return {}; }
};
struct no_removal {
    using event_type = int;
    using instance_type = int;
    static int arrival(int i) { return i; }
};
static_assert(assent::event_category<saved> && assent::one_phase<saved> && assent::two_phase<change>);
static_assert(!assent::event_category<saved&>, "an event is an object");
static_assert(!assent::event_category<no_event_type>, "a category names what its callbacks receive");
static_assert(!assent::two_phase<saved>, "it names no status_type");
static_assert(!assent::one_phase<change>, "it names a status_type");
static_assert(!assent::keyed<saved>, "it names no key_type");
static_assert(!assent::keyed<unhashable_key>, "keys are looked up in a table");
static_assert(!assent::replaying<no_removal>, "what arrives can go");

// A policy and an action.
struct throwing_policy {
    static void cycle_in_destructor(std::string_view, std::string_view) {}
};
static_assert(assent::dispatcher_policy<assent::default_policy>);
static_assert(!assent::dispatcher_policy<throwing_policy>, "it is called in a destructor");
static_assert(!assent::dispatcher_policy<saved>, "it has no cycle_in_destructor");
static_assert(assent::change_action<void (*)()> && assent::change_action<bool (*)()>);
static_assert(!assent::change_action<void (*)(int)>, "nobody could pass the argument");
static_assert(!assent::change_action<const char* (*)()>, "whether it happened could not be said");

template <class Work> std::size_t allocations_in(Work work) {
    const std::size_t before = test_support::allocations::count();
    work();
    return test_support::allocations::count() - before;
}

int told_function = 0;
void function(const saved& e) { told_function = e.revision; }

struct listener {
    int seen = 0;
    void saw(const saved& e) { seen = e.revision; }
    void saw_nothing() {}
    bool ready(int) { return true; }
    void apply(int e) noexcept { seen = e; }
    void undo(int) noexcept { seen = -1; }
    void operator()(const saved& e) { seen = e.revision; }
};

} // namespace

TEST_CASE("a callable of one to three words costs no allocation beyond the registration's own") {
    if (!test_support::allocations::replaced())
        return test_support::skip("operator new belongs to the sanitizer");
    assent::dispatcher<saved> d;
    std::array<assent::registration, 8> kept;
    // Room for many: what grows with the number of registrations is paid already.
    {
        std::array<assent::registration, 64> room;
        for (auto& r : room) r = d.on([](const saved&) {});
    }
    int a = 0;
    int b = 0;
    int c = 0;
    listener l;
    CHECK(allocations_in([&] { kept[0] = d.on([](const saved&) {}); }) == 1);
    CHECK(allocations_in([&] { kept[1] = d.on([&a](const saved&) { ++a; }); }) == 1);
    CHECK(allocations_in([&] { kept[2] = d.on([&a, &b](const saved&) { ++a, ++b; }); }) == 1);
    CHECK(allocations_in([&] { kept[3] = d.on([&a, &b, &c](const saved&) { ++a, ++b, ++c; }); }) == 1);
    CHECK(allocations_in([&] { kept[4] = d.on(assent::member(&listener::saw, l)); }) == 1);
    CHECK(allocations_in([&] { kept[5] = d.on(std::ref(l)); }) == 1);
    CHECK(allocations_in([&] { kept[6] = d.on(&function); }) == 1);
    d.notify({4});
    CHECK(a + b + c == 6);
    CHECK(allocations_in([&] { kept = {}; }) == 0);
}

TEST_CASE("move-only callables and move-only state") {
    assent::dispatcher<saved> d;
    int seen = 0;
    const auto r =
        d.on([held = std::make_unique<int>(3), &seen](const saved& e) { seen = *held * e.revision; });
    const auto object = d.on(move_only());
    d.notify({5});
    CHECK(seen == 15);

    assent::dispatcher<change> changes;
    const auto p = changes.on([held = std::make_unique<int>(1)](int e) { return e >= *held; },
                              [&, held = std::make_unique<int>(2)](int e) noexcept { seen = e * *held; },
                              [held = std::make_unique<int>(3)](int) noexcept {});
    CHECK(changes.transact(10, [] {}));
    CHECK(seen == 20);
    CHECK_FALSE(changes.transact(0, [] {}));
}

TEST_CASE("function pointers, member functions and reference wrappers") {
    assent::dispatcher<saved> d;
    listener by_member;
    listener by_pointer;
    listener by_wrapper;
    listener borrowed;
    const auto a = d.on(function);
    const auto b = d.on(assent::member(&listener::saw, by_member));
    const auto c = d.on(assent::member(&listener::saw, &by_pointer));
    const auto e = d.on(std::ref(by_wrapper));
    const auto f = d.on({.name = "borrowed"}, assent::borrow(borrowed));
    d.notify({8});
    CHECK(told_function == 8);
    CHECK(by_member.seen == 8);
    CHECK(by_pointer.seen == 8);
    CHECK(by_wrapper.seen == 8);
    CHECK(borrowed.seen == 8);
}

TEST_CASE("three member functions are one participant") {
    assent::dispatcher<change> d;
    listener l;
    const auto r = d.on(assent::member(&listener::ready, l), assent::member(&listener::apply, l),
                        assent::member(&listener::undo, l));
    CHECK(d.transact(6, [] {}));
    CHECK(l.seen == 6);
    CHECK_FALSE(d.transact(7, [] { return false; }));
    CHECK(l.seen == -1);
    // Wrapping keeps the promise not to throw, and does not make one.
    static_assert(noexcept(assent::member(&listener::apply, l)(1)));
    static_assert(!noexcept(assent::member(&listener::ready, l)(1)));
}

TEST_CASE("a participant registered by reference is the user's own object") {
    assent::dispatcher<change> d;
    struct counting : participant {
        int commits = 0;
        void commit(int) noexcept { ++commits; }
    } p;
    const auto r = d.on(assent::borrow(p));
    CHECK(d.transact(1, [] {}));
    CHECK(p.commits == 1);
}

TEST_CASE("a tracked callable is not called once its owner is gone") {
    assent::dispatcher<saved> d;
    auto owner = std::make_shared<listener>();
    listener* const raw = owner.get();
    int calls = 0;
    const auto r = d.on(assent::tracked(owner, [&calls, raw](const saved& e) {
        raw->saw(e);
        ++calls;
    }));
    CHECK(owner.use_count() == 1); // it does not keep it alive
    d.notify({1});
    CHECK(owner->seen == 1);
    owner.reset();
    d.notify({2});
    CHECK(calls == 1);
    CHECK(r.active());
}

TEST_CASE("the owner of a tracked callable outlives a call that is running") {
    assent::dispatcher<saved> d;
    auto owner = std::make_shared<listener>();
    const std::weak_ptr<listener> watched = owner;
    bool alive_inside = false;
    const auto r = d.on(assent::tracked(owner, [&, raw = owner.get()](const saved& e) {
        owner.reset();
        alive_inside = !watched.expired();
        raw->saw(e);
    }));
    d.notify({1});
    CHECK(alive_inside);
    CHECK(watched.expired());
}

TEST_CASE("a tracked participant whose owner is gone agrees") {
    assent::dispatcher<change> d;
    auto owner = std::make_shared<int>(0);
    const auto r =
        d.on(assent::tracked(owner, [](int) { return false; }), assent::tracked(owner, [](int) noexcept {}),
             assent::tracked(owner, [](int) noexcept {}));
    CHECK_FALSE(d.transact(1, [] {}));
    owner.reset();
    CHECK(d.transact(1, [] {}));
}

// SPDX-License-Identifier: BSL-1.0
// Keys that come and go beside notifications: the table of keys and what it points to are used without a lock.
#include <assent/dispatch/dispatcher.hpp>

#include "domains.hpp"
#include "gate.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace test_support;
using assent::dispatcher;
using assent::registration;

namespace {

constexpr int rounds = assent::config::thread_sanitizer ? 1'500 : 15'000;

/// A key with memory of its own, so that a use after its channel has gone shows.
struct label {
    std::string text;
    friend bool operator==(const label&, const label&) = default;
};

label label_of(std::size_t i) {
    return {"a key that is too long for its string's own room " + std::to_string(i)};
}

} // namespace

template <> struct std::hash<label> {
    std::size_t operator()(const label& l) const noexcept { return std::hash<std::string>{}(l.text); }
};

namespace {

struct labelled {
    using event_type = labelled;
    using key_type = label;
    label which;
    static const label& key(const labelled& e) noexcept { return e.which; }
};

/// All keys in a few slots.
struct crowded {
    std::uint64_t number;
    friend bool operator==(const crowded&, const crowded&) = default;
};

} // namespace

template <> struct std::hash<crowded> {
    std::size_t operator()(const crowded& c) const noexcept { return c.number % 3; }
};

namespace {

struct crowd {
    using event_type = crowd;
    using key_type = crowded;
    crowded who;
    static const crowded& key(const crowd& e) noexcept { return e.who; }
};

/// `stayers` keys have a receiver throughout; others come and go, few or many at a time, so that the table grows
/// and shrinks. Every notification of a stayer must arrive, none at a receiver that was told it is gone.
template <class Category, class Policy = assent::default_policy, class MakeKey>
void keys_come_and_go(const assent::domain& in, std::size_t passers, MakeKey key_of) {
    constexpr std::size_t stayers = 5;
    dispatcher<Category, Policy> d(in);
    std::vector<registration> kept;
    std::vector<std::atomic<long>> arrived(stayers);
    std::vector<std::atomic<long>> sent(stayers);
    for (std::size_t i = 0; i < stayers; ++i)
        kept.push_back(d.on(key_of(i), [&arrived, i](const Category&) { ++arrived[i]; }));
    std::atomic<bool> running{true};
    std::atomic<long> violations{0};
    {
        std::vector<std::unique_ptr<runner>> notifiers;
        for (unsigned t = 0; t < 2; ++t)
            notifiers.push_back(std::make_unique<runner>([&, t] {
                std::minstd_rand random(t + 1);
                while (running.load(std::memory_order_relaxed)) {
                    const std::size_t i = random() % (stayers + passers);
                    d.notify({key_of(i)});
                    if (i < stayers) ++sent[i];
                }
            }));
        const runner registrar([&] {
            std::minstd_rand random(7);
            struct passer {
                std::unique_ptr<std::atomic<bool>> gone = std::make_unique<std::atomic<bool>>(false);
                registration in;
            };
            std::vector<std::unique_ptr<std::atomic<bool>>> outlive;
            std::vector<passer> here;
            for (int done = 0; done < rounds;) {
                const std::size_t wanted = random() % passers;
                for (; here.size() < wanted; ++done) {
                    passer p;
                    p.in = d.on(key_of(stayers + random() % passers),
                                [gone = p.gone.get(), &violations](const Category&) {
                                    if (gone->load(std::memory_order_acquire)) ++violations;
                                });
                    here.push_back(std::move(p));
                }
                for (; here.size() > wanted; ++done) {
                    std::swap(here[random() % here.size()], here.back());
                    here.back().in.unregister();
                    here.back().gone->store(true, std::memory_order_release);
                    outlive.push_back(std::move(here.back().gone));
                    here.pop_back();
                }
            }
            for (passer& p : here) {
                p.in.unregister();
                p.gone->store(true, std::memory_order_release);
                outlive.push_back(std::move(p.gone));
            }
            running.store(false, std::memory_order_relaxed);
            // Nobody is left: nobody may be called.
            for (std::size_t i = 0; i < passers; ++i) d.notify({key_of(stayers + i)});
        });
    }
    CHECK(violations.load() == 0);
    for (std::size_t i = 0; i < stayers; ++i) {
        CHECK(arrived[i].load() == sent[i].load());
        CHECK(sent[i].load() > 0);
    }
}

} // namespace

TEST_CASE("G1 G6 receivers of other keys come and go without disturbing a notification") {
    in_each_domain([](const assent::domain& in) {
        keys_come_and_go<labelled>(in, 3, label_of);
        keys_come_and_go<labelled>(in, 200, label_of);
    });
}

TEST_CASE("G1 G6 keys whose hashes are equal are told apart while they come and go") {
    in_each_domain([](const assent::domain& in) {
        keys_come_and_go<crowd>(in, 40, [](std::size_t i) { return crowded{i}; });
    });
}

namespace {

template <class Policy> void last_receiver_comes_and_goes(const assent::domain& in) {
    dispatcher<labelled, Policy> d(in);
    std::atomic<bool> running{true};
    std::atomic<bool> here{false};
    std::atomic<long> violations{0};
    // More than there are processors: some are preempted between finding the key and showing that they did.
    std::vector<std::unique_ptr<runner>> notifiers;
    for (int t = 0; t < 6; ++t)
        notifiers.push_back(std::make_unique<runner>([&] {
            const labelled event{label_of(1)};
            while (running.load(std::memory_order_relaxed)) d.notify(event);
        }));
    for (int i = 0; i < rounds; ++i) {
        auto calls = std::make_unique<long>(0);
        std::mutex counting;
        here.store(true);
        registration r = d.on(label_of(1), [&, own = calls.get()](const labelled&) {
            if (!here.load()) ++violations;
            const std::lock_guard guard(counting);
            ++*own;
        });
        if (i % 16 == 0) d.notify({label_of(1)});
        r.unregister();
        here.store(false);
        // Nobody else writes it any more: AddressSanitizer and ThreadSanitizer would see it.
        CHECK(*calls >= (i % 16 == 0 ? 1 : 0));
    }
    running.store(false);
    notifiers.clear();
    CHECK(violations.load() == 0);
}

} // namespace

TEST_CASE("G1 G6 one key loses its last receiver and gets its first one again, beside its notifications") {
    in_each_domain(
        [](const assent::domain& in) { last_receiver_comes_and_goes<assent::default_policy>(in); });
}

TEST_CASE("G1 G6 keys come and go where every notification fences") {
    in_each_domain([](const assent::domain& in) {
        keys_come_and_go<labelled, assent::symmetric_policy>(in, 3, label_of);
        keys_come_and_go<labelled, assent::symmetric_policy>(in, 200, label_of);
        keys_come_and_go<crowd, assent::symmetric_policy>(in, 40, [](std::size_t i) { return crowded{i}; });
        last_receiver_comes_and_goes<assent::symmetric_policy>(in);
    });
}

TEST_CASE("G1 G6 one key comes and goes as fast as it can, where every notification fences") {
    in_each_domain([](const assent::domain& in) {
        dispatcher<crowd, assent::symmetric_policy> d(in);
        std::atomic<bool> running{true};
        std::atomic<int> here{0};
        std::atomic<long> violations{0};
        runner notifier([&] {
            while (running.load(std::memory_order_relaxed)) d.notify({{1}});
        });
        for (int i = 1; i <= 100 * rounds; ++i) {
            here.store(i, std::memory_order_relaxed);
            registration r = d.on(crowded{1}, [&, i](const crowd&) {
                if (here.load(std::memory_order_relaxed) != i) ++violations;
            });
            r.unregister();
        }
        running.store(false, std::memory_order_relaxed);
        notifier.join();
        CHECK(violations.load() == 0);
    });
}

TEST_CASE("G6 every one of 100000 keys is found, and those that have gone are not") {
    constexpr std::size_t keys = assent::config::thread_sanitizer ? 5'000 : 100'000;
    dispatcher<labelled> d;
    std::vector<int> calls(keys);
    std::vector<registration> all;
    for (std::size_t i = 0; i < keys; ++i)
        all.push_back(d.on(label_of(i), [&calls, i](const labelled&) { ++calls[i]; }));
    for (std::size_t i = 0; i < keys; ++i) d.notify({label_of(i)});
    CHECK(calls == std::vector<int>(keys, 1));
    for (std::size_t i = 0; i < keys; i += 2) all[i] = registration();
    for (std::size_t i = 0; i < keys; ++i) d.notify({label_of(i)});
    for (std::size_t i = 0; i < keys; ++i) REQUIRE(calls[i] == (i % 2 == 0 ? 1 : 2));
}

TEST_CASE("G2 G13 a keyed dispatcher may be destroyed, and its last key vanish, inside its own callback") {
    in_each_domain([](const assent::domain& in) {
        auto d = std::make_unique<dispatcher<labelled>>(in);
        int calls = 0;
        registration second;
        registration first = d->on(label_of(1), [&](const labelled&) {
            ++calls;
            second.unregister();
            first.unregister();
            // The key's table entry is gone, its memory is in use by the walk we are in.
            for (std::size_t i = 2; i < 40; ++i) {
                const registration r = d->on(label_of(i), [](const labelled&) {});
                d->notify({label_of(i)});
            }
            d->notify({label_of(1)});
            d.reset();
        });
        second = d->on(label_of(1), [&](const labelled&) { ++calls; });
        d->notify({label_of(1)});
        CHECK(calls == 1);
    });
}

// SPDX-License-Identifier: BSL-1.0
#include <assent/async/post.hpp>

#include <assent/async/any_executor.hpp>
#include <assent/async/inline_executor.hpp>
#include <assent/async/manual_executor.hpp>
#include <assent/async/ordered_worker.hpp>

#include "meeting.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using assent::delivery_result;
using assent::manual_executor;
using assent::ordered_worker;
using assent::registration;
using assent::shutdown;
using assent::submission;

struct changed {
    int to = 0;
};

struct disk {
    using event_type = std::string;
    using instance_type = int;
    static std::string arrival(int i) { return "+" + std::to_string(i) + " "; }
    static std::string removal(int i) { return "-" + std::to_string(i) + " "; }
};

struct power {
    using event_type = int;
    using status_type = bool;
};

std::string name(delivery_result r) {
    switch (r) {
    case delivery_result::delivered:
        return "delivered ";
    case delivery_result::discarded:
        return "discarded ";
    case delivery_result::failed:
        return "failed ";
    }
    return "?";
}

// Something that wants to know less, or more, than there is to know.
static_assert(!assent::delivery_completion<int>, "it cannot be called");
static_assert(!assent::delivery_completion<void (*)(std::string)>, "it is told a result");
static_assert(assent::delivery_completion<void (*)(delivery_result)>);
static_assert(assent::delivery_completion<void (*)(delivery_result, std::exception_ptr)>);

} // namespace

TEST_CASE("a posted event is a copy, delivered when the executor comes to it") {
    std::string notes;
    manual_executor e;
    assent::dispatcher<changed> d;
    const registration r = d.on([&](const changed& c) { notes += std::to_string(c.to) + " "; });
    {
        changed event{1};
        CHECK(assent::post(e, d, event) == submission::accepted);
        event.to = 9;
    }
    CHECK(assent::post(e, d, {2}) == submission::accepted);
    CHECK(notes.empty());
    CHECK(e.run_all() == 2);
    CHECK(notes == "1 2 ");
}

TEST_CASE("the completion comes after the last receiver, and also when there is none") {
    std::string notes;
    manual_executor e;
    assent::dispatcher<changed> d;
    const auto completion = [&](delivery_result result) { notes += name(result); };
    CHECK(assent::post(e, d, {1}, completion) == submission::accepted);
    CHECK(notes.empty());
    CHECK(e.run_all() == 1);
    CHECK(notes == "delivered ");
    notes.clear();
    const registration a = d.on([&](const changed&) { notes += "a "; });
    const registration b = d.on([&](const changed&) { notes += "b "; });
    CHECK(assent::post(e, d, {1}, completion) == submission::accepted);
    CHECK(assent::post(e, d, {2}, completion) == submission::accepted);
    CHECK(e.run_all() == 2);
    CHECK(notes == "a b delivered a b delivered ");
}

TEST_CASE("inline, everything is over when post returns") {
    std::string notes;
    assent::dispatcher<changed> d;
    const registration r = d.on([&](const changed&) { notes += "told "; });
    CHECK(assent::post(assent::inline_executor(), d, {1},
                       [&](delivery_result result) { notes += name(result); }) == submission::accepted);
    CHECK(notes == "told delivered ");
}

TEST_CASE("completions and events may be move-only") {
    struct owned {
        std::unique_ptr<int> value;
    };
    int sum = 0;
    manual_executor e;
    assent::dispatcher<owned> d;
    const registration r = d.on([&](const owned& o) { sum += *o.value; });
    CHECK(assent::post(e, d, owned{std::make_unique<int>(3)},
                       [&, p = std::make_unique<int>(4)](delivery_result) { sum += *p; }) ==
          submission::accepted);
    CHECK(e.run_all() == 1);
    CHECK(sum == 7);
}

TEST_CASE("every accepted event is reported when the executor closes") {
    std::string notes;
    assent::dispatcher<changed> d;
    const registration r = d.on([&](const changed& c) { notes += std::to_string(c.to) + " "; });
    const auto completion = [&](delivery_result result) { notes += name(result); };
    {
        manual_executor e;
        for (int i = 0; i < 3; ++i) CHECK(assent::post(e, d, {i}, completion) == submission::accepted);
        CHECK(e.run_one());
    }
    CHECK(notes == "0 delivered discarded discarded ");
    notes.clear();
    {
        ordered_worker w;
        for (int i = 0; i < 2; ++i) CHECK(assent::post(w, d, {i}, completion) == submission::accepted);
    }
    CHECK(notes == "0 delivered 1 delivered ");
}

TEST_CASE("the completion of an event that was not accepted is not called") {
    std::string notes;
    assent::dispatcher<changed> d;
    const auto completion = [&](delivery_result result) { notes += name(result); };
    manual_executor e(1);
    CHECK(assent::post(e, d, {1}, completion) == submission::accepted);
    CHECK(assent::post(e, d, {2}, completion) == submission::full);
    CHECK(notes.empty());
    CHECK(e.close(shutdown::deliver) == assent::drain_result::done);
    CHECK(assent::post(e, d, {3}, completion) == submission::closed);
    CHECK(notes == "delivered ");
}

TEST_CASE(
    "instances arrive and go in the order in which they were posted, and newcomers are told what exists") {
    std::string early;
    std::string late;
    manual_executor e;
    assent::dispatcher<disk> d;
    const registration a = d.on([&](const std::string& s) { early += s; });
    CHECK(assent::post_arrival(e, d, 1) == submission::accepted);
    CHECK(assent::post_arrival(e, d, 2) == submission::accepted);
    CHECK(assent::post_removal(e, d, 1, [&](delivery_result result) { early += name(result); }) ==
          submission::accepted);
    CHECK(e.run_one());
    CHECK(e.run_one());
    const registration b = d.on({.replay = true}, [&](const std::string& s) { late += s; });
    CHECK(late == "+1 +2 ");
    CHECK(e.run_all() == 1);
    CHECK(early == "+1 +2 -1 delivered ");
    CHECK(late == "+1 +2 -1 ");
}

TEST_CASE("a newcomer sees every posted instance once, whatever the worker does meanwhile") {
    for (int round = 0; round < 30; ++round) {
        std::vector<std::string> seen;
        assent::dispatcher<disk> d;
        ordered_worker w;
        std::thread feeder([&] {
            for (int i = 0; i < 20; ++i) CHECK(assent::post_arrival(w, d, i) == submission::accepted);
        });
        const registration r = d.on({.replay = true}, [&](const std::string& s) { seen.push_back(s); });
        feeder.join();
        CHECK(w.drain() == assent::drain_result::done);
        REQUIRE(seen.size() == 20);
        for (int i = 0; i < 20; ++i) CHECK(seen[static_cast<std::size_t>(i)] == disk::arrival(i));
    }
}

TEST_CASE("an announcement is told to everybody as a commit") {
    std::string notes;
    manual_executor e;
    assent::dispatcher<power> d;
    const registration r = d.on([&](const int&) { return notes += "prepare ", true; },
                                [&](const int& i) noexcept { notes += "commit " + std::to_string(i) + " "; },
                                [&](const int&) noexcept { notes += "abort "; });
    CHECK(assent::post_announcement(e, d, 4, [&](delivery_result result) { notes += name(result); }) ==
          submission::accepted);
    CHECK(e.run_all() == 1);
    CHECK(notes == "commit 4 delivered ");
}

TEST_CASE("events posted by several threads: each receiver sees each thread's in order, and each once") {
    constexpr int threads = 3;
    constexpr int each = 200;
    struct numbered {
        std::size_t thread;
        int number;
    };
    std::vector<int> next(threads, 0);
    int wrong = 0;
    int completions = 0; // written by the worker only
    assent::dispatcher<numbered> d;
    const registration r = d.on([&](const numbered& n) {
        if (next[n.thread]++ != n.number) ++wrong;
    });
    {
        ordered_worker w({.capacity = 5});
        const assent::any_executor chosen(w);
        std::vector<std::thread> all;
        for (std::size_t t = 0; t < threads; ++t) {
            all.emplace_back([&, t] {
                for (int i = 0; i < each; ++i)
                    CHECK(assent::post(chosen, d, {t, i}, [&](delivery_result) { ++completions; }) ==
                          submission::accepted);
            });
        }
        for (auto& t : all) t.join();
    }
    CHECK(wrong == 0);
    CHECK(completions == threads * each);
    for (const int n : next) CHECK(n == each);
}

TEST_CASE("a callback posts to the worker it runs on, and the event follows") {
    std::string notes;
    assent::dispatcher<changed> d;
    {
        ordered_worker w;
        registration r;
        r = d.on([&](const changed& c) {
            notes += std::to_string(c.to) + " ";
            if (c.to < 3) CHECK(assent::post(w, d, {c.to + 1}) == submission::accepted);
            notes += "end ";
        });
        CHECK(assent::post(w, d, {0}) == submission::accepted);
        for (int i = 0; i < 4; ++i) CHECK(w.drain() == assent::drain_result::done);
    }
    CHECK(notes == "0 end 1 end 2 end 3 end ");
}

TEST_CASE("post_call tells what became of any work") {
    std::string notes;
    manual_executor e;
    CHECK(assent::post_call(
              e, [&] { notes += "work "; }, [&](delivery_result result) { notes += name(result); }) ==
          submission::accepted);
    CHECK(assent::post_call(e, [&] { notes += "alone "; }) == submission::accepted);
    CHECK(e.run_all() == 2);
    CHECK(notes == "work delivered alone ");
}

#if defined(__cpp_exceptions)
namespace {
std::string message(const std::exception_ptr& thrown) {
    if (thrown == nullptr) return "none ";
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        return e.what() + std::string(" ");
    }
}
} // namespace

TEST_CASE(
    "a receiver that throws does not stop the others; the completion is told, with the first exception") {
    std::string notes;
    manual_executor e;
    assent::dispatcher<changed> d;
    const registration a = d.on([&](const changed&) { throw std::runtime_error("first"); });
    const registration b = d.on([&](const changed&) { throw std::runtime_error("second"); });
    const registration c = d.on([&](const changed&) { notes += "c "; });
    CHECK(assent::post(e, d, {1}, [&](delivery_result result, std::exception_ptr thrown) {
              notes += name(result) + message(thrown);
          }) == submission::accepted);
    CHECK(assent::post(e, d, {1}, [&](delivery_result result) { notes += name(result); }) ==
          submission::accepted);
    CHECK(e.run_all() == 2);
    CHECK(notes == "c failed first c failed ");
}

TEST_CASE("without an exception the completion's second argument is null, delivered or discarded") {
    std::string notes;
    assent::dispatcher<changed> d;
    {
        manual_executor e;
        for (int i = 0; i < 2; ++i)
            CHECK(assent::post(e, d, {1}, [&](delivery_result result, std::exception_ptr thrown) {
                      notes += name(result) + message(thrown);
                  }) == submission::accepted);
        CHECK(e.run_one());
    }
    CHECK(notes == "delivered none discarded none ");
}

TEST_CASE("without a completion the exception leaves the executor") {
    manual_executor e;
    assent::dispatcher<changed> d;
    const registration a = d.on([&](const changed&) { throw std::runtime_error("first"); });
    CHECK(assent::post(e, d, {1}) == submission::accepted);
    CHECK(test_async::throws<std::runtime_error>([&] { e.run_all(); }));
    CHECK(test_async::throws<std::runtime_error>(
        [&] { static_cast<void>(assent::post(assent::inline_executor(), d, {1})); }));
}

TEST_CASE("an event that cannot be copied into the task changes nothing") {
    struct fragile {
        fragile() = default;
        fragile(const fragile&) { throw std::runtime_error("copy"); }
        fragile(fragile&& other) : fragile(std::as_const(other)) {}
    };
    bool completed = false;
    manual_executor e;
    assent::dispatcher<fragile> d;
    const fragile event;
    CHECK(test_async::throws<std::runtime_error>(
        [&] { static_cast<void>(assent::post(e, d, event, [&](delivery_result) { completed = true; })); }));
    CHECK(e.pending() == 0);
    CHECK_FALSE(completed);
}
#endif

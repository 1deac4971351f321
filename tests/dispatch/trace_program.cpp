// SPDX-License-Identifier: BSL-1.0
// Writes a trace of everything that is hard on its JSON to the standard output; trace_test.py reads it.
#include <assent/assent.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <pthread.h>
#endif

namespace {

struct saved {
    int revision;
};
struct reload {
    using event_type = int;
    using status_type = bool;
};
template <char C> struct odd { int value; };

// A clock that is set back all the time.
struct backward_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<backward_clock>;
    static time_point now() noexcept {
        static rep time = 0;
        return time_point(duration(time -= 1234567));
    }
};

template <class Category>
using traced = assent::dispatcher<Category, assent::observed_by<assent::trace_writer<>>>;

void names(assent::trace_writer<>& trace) {
    std::string every;
    for (int c = 1; c < 256; ++c) every += static_cast<char>(c);
    const std::string_view hard[] = {
        "plain",
        "\"quoted\" back\\slash /",
        std::string_view("nul\0 inside", 11),
        "tab\t line\n feed\f bell\a escape\x1b delete\x7f",
        "umlaut \xc3\xa4, euro \xe2\x82\xac, clef \xf0\x9d\x84\x9e",
        "cut short \xe2\x82",
        "overlong \xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf",
        "surrogate \xed\xa0\x80, too large \xf4\x90\x80\x80 \xf5",
        "</script> ]}] , \\u0041",
        every,
    };
    traced<saved> saves(trace);
    std::vector<assent::registration> kept;
    for (const std::string_view name : hard) kept.push_back(saves.on({.name = name}, [](const saved&) {}));
    kept.push_back(saves.on([](const saved&) {}));
    saves.notify({1});
    traced<odd<'"'>> quotes(trace);
    quotes.notify({1});
    traced<odd<'\\'>> slashes(trace);
    slashes.notify({1});
}

void changes(assent::trace_writer<>& trace) {
    traced<saved> saves(trace);
    traced<reload> reloads(trace);
    const auto nested = saves.on({.name = "nested"}, [&](const saved& e) {
        if (e.revision > 0) saves.notify({e.revision - 1});
    });
    const auto first = reloads.on(
        {.name = "first"}, [&](int) { return saves.notify({3}), true; }, [](int) noexcept {},
        [](int) noexcept {});
    const auto second = reloads.on(
        {.name = "second"}, [](int event) { return event != 2; }, [](int) noexcept {}, [](int) noexcept {});
    static_cast<void>(reloads.transact(1, [&] { static_cast<void>(reloads.transact(5, [] {})); }));
    static_cast<void>(reloads.transact(2, [] {}));
    static_cast<void>(reloads.transact(3, [] { return false; }));
    reloads.announce(4);
}

void failures([[maybe_unused]] assent::trace_writer<>& trace) {
#if defined(__cpp_exceptions)
    traced<saved> saves(trace);
    const auto thrower = saves.on({.name = "thrower"}, [](const saved&) { throw std::runtime_error("x"); });
    try {
        saves.notify({1});
    } catch (const std::runtime_error&) {
    }
#if defined(__linux__) && defined(__GLIBCXX__)
    traced<reload> reloads(trace);
    const auto ended = reloads.on(
        {.name = "ended"}, [](int) -> bool { pthread_exit(nullptr); }, [](int) noexcept {},
        [](int) noexcept {});
    pthread_t thread{};
    const auto body = [](void* d) -> void* {
        static_cast<void>(static_cast<traced<reload>*>(d)->transact(1, [] {}));
        return nullptr;
    };
    if (pthread_create(&thread, nullptr, body, &reloads) == 0) pthread_join(thread, nullptr);
#endif
#endif
}

void threads(assent::trace_writer<>& trace) {
    traced<saved> saves(trace);
    const auto r = saves.on({.name = "shared"}, [](const saved&) {});
    std::vector<std::thread> all;
    for (int t = 0; t < 4; ++t)
        all.emplace_back([&] {
            for (int i = 0; i < 25; ++i) saves.notify({i});
        });
    for (std::thread& t : all) t.join();
}

} // namespace

int main(int count, char** arguments) {
    const std::string_view wanted = count > 1 ? arguments[1] : "";
    if (wanted == "nothing") {
        const assent::trace_writer<> trace(stdout);
    } else if (wanted == "backward") {
        using writer = assent::trace_writer<backward_clock>;
        writer trace(stdout);
        assent::dispatcher<saved, assent::observed_by<writer>> saves(trace);
        saves.notify({1});
    } else {
        assent::trace_writer<> trace(stdout);
        names(trace);
        changes(trace);
        failures(trace);
        threads(trace);
    }
}
